from pathlib import Path

import pytest
from kernels import shipped
from small_contract import SMALL, faults

from firmograph.contract.load import fingerprint, load_contract, parse_contract
from firmograph.contract.registry import load_contracts
from firmograph.errors import ContractError

GIVEN = {
    "dw_company_data": [
        "duns",
        "primary_name",
        "registered_name",
        "sic_id",
        "sic_description",
        "default_currency",
        "primary_address_country",
        "primary_address_region",
        "primary_address_street",
        "postal_code",
        "business_entity_type",
        "business_dnb_code",
        "incorporated_date",
        "fiscal_year_end",
        "legal_entity_identifier",
    ],
    "dw_industry_code": [
        "duns",
        "type_dnb_code",
        "priority",
        "code",
        "description",
        "type_description",
    ],
    "dw_stock_exchanges": ["duns", "stock_name", "country", "exchange_name"],
    "dw_family_tree": ["global_duns", "in_language", "transaction_id", "transaction_timestamp"],
    "dw_family_tree_members": [
        "global_duns",
        "duns",
        "primary_name",
        "start_date",
        "address_country",
        "address_locality",
        "postal_code",
        "street1",
        "street2",
        "sic_id",
        "sic_description",
        "hierarchy_level",
    ],
}
KEYS = {
    "dw_company_data": ("duns",),
    "dw_corporate_linkage": ("duns",),
    "dw_industry_code": ("duns", "type_dnb_code", "priority"),
    "dw_stock_exchanges": ("duns", "stock_name"),
    "dw_family_tree": ("global_duns",),
    "dw_family_tree_members": ("global_duns", "duns"),
}


def test_shipped_contracts_hold_the_given_columns_first() -> None:
    tables = {t.name: t for c in load_contracts().values() for t in c.tables}
    assert {name: table.key for name, table in tables.items()} == KEYS
    found = {n: [c.name for c in tables[n].columns][: len(given)] for n, given in GIVEN.items()}
    assert found == GIVEN


def test_small_contract_has_no_fault() -> None:
    assert faults(SMALL) == []


def test_contract_in_a_folder_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "data_blocks.yaml").write_text(SMALL)
    contracts = load_contracts(tmp_path)
    assert [c.name for c in contracts["data_blocks"].tables[0].columns] == [
        "duns",
        "primary_name",
        "registered_name",
    ]
    assert contracts["family_tree"] == load_contracts()["family_tree"]


def test_folder_without_contracts_leaves_the_shipped_ones(tmp_path: Path) -> None:
    assert load_contracts(tmp_path) == load_contracts()


def test_faults_of_all_contracts_are_told_at_once(tmp_path: Path) -> None:
    blocks, tree = tmp_path / "data_blocks.yaml", tmp_path / "family_tree.yaml"
    blocks.write_text(SMALL.replace("entity: duns", "entity: ."))
    tree.write_text("- nothing\n")
    with pytest.raises(ContractError) as caught:
        load_contracts(tmp_path)
    first, second = caught.value.message.splitlines()
    assert first.startswith(f"{blocks}:3: path '.' is not understood")
    assert second == f"{tree}:1: a contract is a mapping; this file holds none"
    assert caught.value.hint == "fix the lines named; nothing was run"


def test_contract_of_another_document_type_under_a_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "family_tree.yaml").write_text(SMALL)
    with pytest.raises(ContractError, match=r"family_tree\.yaml:1: "):
        load_contracts(tmp_path)


def test_contract_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "data_blocks.yaml"
    file.write_bytes(b"contract: data_blocks # caf\xe9\n")
    with pytest.raises(ContractError, match=r"data_blocks\.yaml: cannot be read: "):
        load_contract(file)


def test_contract_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"data_blocks\.yaml: cannot be read: "):
        load_contract(tmp_path / "data_blocks.yaml")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "x.yaml:1: a contract is a mapping; this file holds none"),
        ("data_blocks", "x.yaml:1: a contract is a mapping; this file holds none"),
        ("contract: data_blocks\nrecord_at: [\n", "x.yaml:3: not YAML: "),
        ("contract: data_blocks\n\ttables: {}\n", "x.yaml:2: not YAML: "),
        ("contract: {a: b\n", "x.yaml:2: not YAML: "),
        ("contract: *nowhere\n", "x.yaml:1: not YAML: "),
        ("contract: a\n---\ncontract: b\n", "x.yaml:2: not YAML: "),
        ("contract: \x07\n", "x.yaml:1: not YAML: "),
    ],
)
def test_bad_yaml_is_refused_with_its_line(text: str, fault: str) -> None:
    (found,) = faults(text)
    assert found.startswith(fault)


def test_fault_hints_at_a_valid_contract() -> None:
    with pytest.raises(ContractError) as caught:
        parse_contract("", "x.yaml")
    assert caught.value.hint == "`firmograph contract show` prints a valid one"
    assert caught.value.exit_code == 2


def test_all_faults_of_a_contract_are_told_in_the_order_of_its_lines() -> None:
    text = SMALL
    for old, new in [
        ("entity: duns", "entity: duns | $.duns"),
        ("covered_by: {block", "coverd_by: {block"),
        ("rule: expected", "rule: optional"),
        ("type: integer}\n      code: code", "type: int}\n      code: code["),
        ("key: [duns, stock_name]", "key: [duns, stok_name]"),
    ]:
        assert text.count(old) == 1
        text = text.replace(old, new)
    assert [fault.split(";")[0] for fault in faults(text)] == [
        "x.yaml:3: one path is expected here, without |",
        "x.yaml:9: unknown key 'coverd_by'",
        "x.yaml:13: unknown rule 'optional'",
        "x.yaml:23: unknown type 'int'",
        "x.yaml:24: path 'code[' is not understood at '['",
        "x.yaml:26: key column 'stok_name' is not in dw_stock_exchanges",
    ]


def test_delivery_facts_are_told_apart_by_name_not_by_place() -> None:
    """Pages are assembled from these facts; swapped links would lose a tree's pages."""
    text = shipped("family_tree")
    own, last = "  self_link: links.self\n", "  last_link: links.last\n"
    assert own + last in text
    contract = parse_contract(text.replace(own + last, last + own), "x.yaml")
    assert contract == load_contracts()["family_tree"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("record_at: [organization, $]", "record_at: [$, organization]"),
        ("rule: expected", "rule: mandatory"),
        ("      code: code\n", "      code: code | kode\n"),
        ("path: primaryName,", "path: $.primaryName,"),
        ("skip_empty: true", "skip_empty: false"),
        ("level: 2", "level: 3"),
        ("key: [duns, priority]", "key: [duns, code]"),
        ("{path: priority, type: integer}", "{path: priority, type: double}"),
    ],
)
def test_fingerprint_changes_with_the_meaning(old: str, new: str) -> None:
    changed = SMALL.replace(old, new)
    assert changed != SMALL
    before, after = (parse_contract(text, "x.yaml") for text in (SMALL, changed))
    assert fingerprint([before]) != fingerprint([after])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("contract: data_blocks", "# a comment\n\ncontract: data_blocks  # another"),
        ("      code: code\n", "      code: {path: code}\n"),
        ("      code: code\n", "      code: {type: text, path: 'code'}\n"),
        ("entity: duns", "entity: 'duns'"),
        ("rule: expected}", "rule: expected,}"),
    ],
)
def test_fingerprint_does_not_change_with_the_spelling(old: str, new: str) -> None:
    changed = SMALL.replace(old, new)
    assert changed != SMALL
    before, after = (parse_contract(text, "x.yaml") for text in (SMALL, changed))
    assert fingerprint([before]) == fingerprint([after])


def test_fingerprint_tells_one_contract_from_two() -> None:
    both = list(load_contracts().values())
    assert len({fingerprint(both), fingerprint(both[:1]), fingerprint(both[1:])}) == 3
    assert fingerprint(both) == fingerprint(reversed(both))
