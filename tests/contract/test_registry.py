"""Contracts beside each other: which document types there are, and what two may not share."""

from pathlib import Path

import pytest
from small_contract import SMALL

from firmograph.contract.load import parse_contract
from firmograph.contract.registry import contract_names, contract_text, load_contracts
from firmograph.errors import ContractError, UsageError

NOTES = """\
contract: notes
record_at: [$]
entity: duns
source_time: at
tables:
  dw_note:
    key: [duns]
    columns: {duns: {path: duns, type: duns}, note: text}
"""


def faults(folder: Path, **texts: str) -> list[str]:
    """The faults of contracts in a folder, without the folder."""
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)
    with pytest.raises(ContractError) as caught:
        load_contracts(folder)
    return caught.value.message.replace(f"{folder}/", "").splitlines()


def test_shipped_types_say_where_their_documents_come_from() -> None:
    contracts = load_contracts().values()
    assert [(c.name, c.file_token, c.ods_table, c.assembly.value) for c in contracts] == [
        ("data_blocks", "data_blocks", "ods_datablocks_raw", "single"),
        ("family_tree", "family_tree", "ods_familytree_raw", "pages"),
    ]
    assert {t.name: t.parent for c in contracts for t in c.tables} == {
        "dw_company_data": None,
        "dw_corporate_linkage": "dw_company_data",
        "dw_industry_code": "dw_company_data",
        "dw_stock_exchanges": "dw_company_data",
        "dw_family_tree": None,
        "dw_family_tree_members": "dw_family_tree",
    }


def test_own_type_is_named_after_its_contract(tmp_path: Path) -> None:
    (tmp_path / "notes.yaml").write_text(NOTES)
    contracts = load_contracts(tmp_path)
    assert list(contracts) == ["data_blocks", "family_tree", "notes"]
    notes = contracts["notes"]
    assert (notes.file_token, notes.ods_table, notes.assembly.value) == (
        "notes",
        "ods_notes_raw",
        "single",
    )


def test_override_need_not_repeat_where_its_documents_come_from(tmp_path: Path) -> None:
    """One written for the release before goes on as it is."""
    shipped = contract_text("family_tree", tmp_path)
    lines = ("file_token:", "ods_table:", "assembly:", "    parent:")
    older = "\n".join(line for line in shipped.splitlines() if not line.startswith(lines))
    assert len(older.splitlines()) == len(shipped.splitlines()) - 4
    (tmp_path / "family_tree.yaml").write_text(older)
    assert load_contracts(tmp_path) == load_contracts()


def test_override_may_leave_tables_out(tmp_path: Path) -> None:
    text = SMALL[: SMALL.index("  dw_stock_exchanges:")]
    (tmp_path / "data_blocks.yaml").write_text(text)
    tables = load_contracts(tmp_path)["data_blocks"].tables
    assert [table.name for table in tables] == [
        "dw_company_data",
        "dw_corporate_linkage",
        "dw_industry_code",
    ]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (
            "file_token: data_blocks",
            "notes.yaml:2: file_token 'data_blocks' is that of data_blocks, too",
        ),
        (
            "file_token: blocks",
            "notes.yaml:2: file_token 'blocks' is ambiguous beside that of data_blocks, "
            "'data_blocks': one ends with the other",
        ),
        (
            "file_token: my_family_tree",
            "notes.yaml:2: file_token 'my_family_tree' is ambiguous beside that of family_tree, "
            "'family_tree': one ends with the other",
        ),
        (
            "ods_table: ods_datablocks_raw",
            "notes.yaml:2: ods_table 'ods_datablocks_raw' is that of data_blocks, too",
        ),
    ],
)
def test_two_types_share_no_files_and_no_documents(tmp_path: Path, line: str, fault: str) -> None:
    text = NOTES.replace("record_at", f"{line}\nrecord_at")
    assert faults(tmp_path, notes=text) == [fault]


def test_two_types_share_no_table(tmp_path: Path) -> None:
    assert faults(tmp_path, notes=NOTES, remarks=NOTES.replace("notes", "remarks")) == [
        "remarks.yaml:6: table 'dw_note' is one of notes's, and names are unique over all "
        "contracts; to change notes, write `contract: notes` into notes.yaml"
    ]


def test_override_that_claims_anothers_files_is_told_in_its_own_file(tmp_path: Path) -> None:
    text = SMALL.replace("record_at", "file_token: family_tree\nrecord_at")
    assert faults(tmp_path, data_blocks=text) == [
        "data_blocks.yaml:2: file_token 'family_tree' is that of family_tree, too"
    ]


def test_file_is_named_as_its_contract(tmp_path: Path) -> None:
    assert faults(tmp_path, datablocks=SMALL) == [
        "datablocks.yaml:1: the file is named datablocks, its contract data_blocks; name the "
        "file data_blocks.yaml"
    ]


def test_file_with_another_ending_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "notes.yml").write_text(NOTES)
    assert faults(tmp_path) == ["notes.yml:1: a contract's file ends in .yaml; name it notes.yaml"]


def test_names_are_those_of_the_package_and_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "notes.yaml").write_text(NOTES)
    (tmp_path / "empty.yaml").touch()
    assert contract_names(tmp_path) == ["data_blocks", "family_tree", "notes"]
    assert contract_text("notes", tmp_path) == NOTES
    with pytest.raises(UsageError, match="no document type is named 'note'; did you mean 'notes'"):
        contract_text("note", tmp_path)


def test_contract_may_be_parsed_without_the_packages() -> None:
    assert parse_contract(SMALL, "x.yaml").ods_table == "ods_data_blocks_raw"
