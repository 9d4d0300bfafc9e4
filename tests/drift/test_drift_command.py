"""The command: what it prints, in which form, and that its output contains no terminal controls."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from conftest import Project
from documents import member, organization, response, tree_page
from drifts import drop_lines, files

from firmograph.cli.drift import drift
from firmograph.errors import LakeError, UsageError

EVIL = "\x1b[31mred\x07\x9b\u202e"
SEEN = r"\x1b[31mred\x07\x9b\u202e"


def invoke(root: Path, *args: str) -> Result:
    """Runs the command on a root folder; its own errors are raised."""
    return CliRunner().invoke(drift, ["--root", str(root), *args], catch_exceptions=False)


def facts(root: Path, *args: str) -> list[dict[str, Any]]:
    """The JSON output of the command."""
    outcome = invoke(root, "--json", *args)
    assert outcome.exit_code == 0
    found: list[dict[str, Any]] = json.loads(outcome.stdout)
    return found


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with five companies, one of them drifted, and a tree; only read."""
    project = Project(tmp_path_factory.mktemp("lake"))
    project.drop("tree_family_tree_20260301.json", tree_page("100000001", [member("100000001")]))
    records = [organization(f"10000000{n}") for n in range(1, 5)]
    records.append(organization("100000005", defaultCurrency=756, newKey={"a": ["x"]}))
    drop_lines(project, [response(record) for record in records])
    return project


def test_json_has_one_object_a_type_with_fixed_keys(lake: Project) -> None:
    blocks, trees = facts(lake.root)
    assert (blocks["document_type"], trees["document_type"]) == ("data_blocks", "family_tree")
    for found in (blocks, trees):
        assert list(found) == [
            "document_type",
            "snapshot_id",
            "documents",
            "source_paths",
            "unnamed",
            "vanished",
            "changed",
            "left_out",
        ]
    assert blocks["snapshot_id"] == 1
    assert blocks["documents"] == {
        "stored": 5,
        "sampled": 5,
        "read": 5,
        "not_objects": 0,
        "without_record": 0,
    }
    assert blocks["source_paths"] == {"seen": 21, "mapped": 19, "share": 19 / 21}
    assert blocks["unnamed"] == [
        {
            "path": "^.transactionDetail.transactionID",
            "documents": 5,
            "share": 1.0,
            "example": "t",
        },
        {"path": "newKey.a[]", "documents": 1, "share": 0.2, "example": "x"},
    ]
    assert blocks["changed"] == [
        {
            "path": "defaultCurrency",
            "allowed": ["string"],
            "found": "number",
            "count": 1,
            "example": "756",
            "named_by": ["dw_company_data.default_currency"],
        }
    ]
    assert {
        "path": "startDate",
        "named_by": ["dw_company_data.start_date"],
        "read_elsewhere": False,
    } in blocks["vanished"]
    assert blocks["left_out"] == 0


def test_type_limits_what_is_looked_at(lake: Project) -> None:
    assert [f["document_type"] for f in facts(lake.root, "--type", "family_tree")] == [
        "family_tree"
    ]


def test_sample_is_of_1000_documents_unless_told_otherwise(project: Project) -> None:
    drop_lines(project, [{"duns": "100000001", "n": n} for n in range(1_003)])
    kind = ("--type", "data_blocks")
    sampled = {
        args: facts(project.root, *kind, *args)[0]["documents"]["sampled"]
        for args in ((), ("--sample", "7"), ("--sample", "2000"), ("--full",))
    }
    assert sampled == {
        (): 1_000,
        ("--sample", "7"): 7,
        ("--sample", "2000"): 1_003,
        ("--full",): 1_003,
    }


def test_text_tells_each_finding_in_a_table(lake: Project) -> None:
    lines = [line.strip() for line in invoke(lake.root).stdout.splitlines()]
    assert lines[:2] == [
        "data_blocks: 5 of 5 documents read, 0 skipped",
        "19 of 21 source paths are mapped (90.5%)",
    ]
    rows = [line.split() for line in lines]
    assert ["newKey.a[]", "1", "20.0%", "x"] in rows
    assert ["defaultCurrency", "string", "number", "1", "756"] in rows
    assert ["startDate", "dw_company_data.start_date", "no"] in rows
    assert "family_tree: 1 of 1 documents read, 0 skipped" in lines
    titles = [line for line in lines if line.endswith(":")]
    assert titles[:3] == [
        "In documents, but not named by the contract:",
        "Named by the contract, but in no document:",
        "Found with another JSON type:",
    ]


def test_text_says_how_much_was_left_out(lake: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmograph.drift.paths.PATH_LIMIT", 1)
    text = invoke(lake.root, "--type", "data_blocks").stdout
    assert "1 value at further paths, not listed." in text.splitlines()


@pytest.mark.parametrize("args", [(), ("--json",)])
def test_escapes_in_keys_and_values_are_shown_as_text(
    project: Project, args: tuple[str, ...]
) -> None:
    record = organization(**{EVIL: EVIL, "lone": "\ud800", "\udfff": 1, "defaultCurrency": [EVIL]})
    drop_lines(project, [response(record)])
    text = invoke(project.root, *args).stdout
    assert all(c.isprintable() or c == "\n" for c in text)
    shown = SEEN.replace("\\", "\\\\") if args else SEEN
    assert f"'{shown}'" in text


def test_escapes_in_json_are_the_same_text(project: Project) -> None:
    record = {"duns": "100000001", EVIL: EVIL, "\udfff": "\ud800", "defaultCurrency": [EVIL]}
    drop_lines(project, [record])
    (found,) = facts(project.root, "--type", "data_blocks")
    assert [(row["path"], row["example"]) for row in found["unnamed"]] == [
        (f"'{SEEN}'", SEEN),
        (r"'\udfff'", r"\ud800"),
        ("defaultCurrency[]", SEEN),
    ]
    assert [row["example"] for row in found["changed"]] == [r'["\u001b[31mred\u0007\x9b\u202e"]']


def test_example_stays_within_200_characters_when_cleaned(project: Project) -> None:
    drop_lines(project, [{"duns": "100000001", "new": "\x1b" * 150}])
    (found,) = facts(project.root, "--type", "data_blocks")
    (row,) = found["unnamed"]
    assert len(row["example"]) == 200
    assert row["example"].startswith(r"\x1b\x1b")


def test_command_writes_nothing(lake: Project) -> None:
    before = files(lake)
    invoke(lake.root)
    invoke(lake.root, "--sample", "2", "--json")
    assert files(lake) == before


def test_sample_and_full_exclude_each_other(lake: Project) -> None:
    with pytest.raises(UsageError, match="are mutually exclusive"):
        invoke(lake.root, "--sample", "5", "--full")


@pytest.mark.parametrize("args", [("--sample", "0"), ("--sample", "-1")])
def test_wrong_option_is_refused(lake: Project, args: tuple[str, ...]) -> None:
    assert invoke(lake.root, *args).exit_code == 2


def test_type_that_no_contract_declares_is_refused(lake: Project) -> None:
    with pytest.raises(UsageError, match="did you mean 'family_tree'"):
        invoke(lake.root, "--type", "family_trees")


def test_no_lake_is_an_error(project: Project) -> None:
    with pytest.raises(LakeError, match="no lake"):
        invoke(project.root)
