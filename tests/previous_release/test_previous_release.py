"""A lake written by the previous release; README.md describes its content."""

import json
import shutil
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from documents import member, organization, response, tree_page

from firmograph.cli import main

ARCHIVE = Path(__file__).with_name("lake.tar.gz")
Command = Callable[..., tuple[int, str]]

COMPANIES = (
    "SELECT duns, primary_name, primary_address_country_code, incorporated_date, employees, run_id "
    "FROM dw_company_data ORDER BY duns"
)
TREES = (
    "SELECT global_duns, members_expected, members_received, pages_received, is_complete "
    "FROM dw_family_tree ORDER BY global_duns"
)
MEMBERS = (
    "SELECT global_duns, duns, parent_duns, hierarchy_level FROM dw_family_tree_members "
    "ORDER BY global_duns, duns"
)
COUNTRIES = "SELECT country_code, companies FROM app_companies_by_country ORDER BY country_code"

FIRST_RUN, SECOND_RUN = "20261126T094841Z-a15241", "20261126T094843Z-9784ba"
ALPINE = ("100000001", "Alpine Cocoa Holding AG", "CH", "1986-02", 52, SECOND_RUN)
BIRCH = ("100000002", "Birch & Søn A/S", "DK", None, None, FIRST_RUN)
CEDAR = ("100000003", "Cedar 杉 KK", "JP", None, None, FIRST_RUN)
DUNE = ("300000001", 3, 3, 2, True)
DUNE_MEMBERS = [
    ("300000001", "100000001", "300000002", 3),
    ("300000001", "300000001", None, 1),
    ("300000001", "300000002", "300000001", 2),
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The lake with its uploads, unpacked."""
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path, filter="data")
    (tmp_path / "workingArea" / "uploads").mkdir()
    return tmp_path


@pytest.fixture
def firmograph(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Runs a command on it; gives the exit code and what was printed."""

    def command(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["firmograph", "--root", str(root), *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), capsys.readouterr().out

    return command


def rows(firmograph: Command, query: str, *options: str) -> list[tuple[Any, ...]]:
    """Rows of a query."""
    code, out = firmograph("sql", query, "--format", "json", *options)
    assert code == 0
    return [tuple(row.values()) for row in json.loads(out)]


def assert_verified(firmograph: Command) -> None:
    code, out = firmograph("verify", "--full")
    assert out.splitlines()[-1].endswith(": all well")
    assert code == 0


def refused(firmograph: Command) -> list[tuple[str, list[str]]]:
    """The files of refused documents that are open, and the rules they break."""
    _, out = firmograph("quarantine", "list", "--json")
    return [(row["file_name"], row["rules"]) for row in json.loads(out)]


def test_lake_is_read_as_it_was_left(firmograph: Command) -> None:
    assert rows(firmograph, COMPANIES) == [ALPINE, BIRCH, CEDAR]
    before = "SELECT primary_name, employees FROM dw_company_data WHERE duns = '100000001'"
    assert rows(firmograph, before, "--snapshot", "1") == [("Alpine Cocoa AG", 40)]
    assert rows(firmograph, TREES) == [DUNE, ("310000001", 1, 1, 1, True)]
    assert rows(firmograph, MEMBERS) == [*DUNE_MEMBERS, ("310000001", "310000001", None, 1)]
    assert rows(
        firmograph, "SELECT * EXCLUDE (load_timestamp, run_id) FROM dw_stock_exchanges"
    ) == [("100000001", "SIX:ALPC", "CH", None, True)]
    linkage = "SELECT * EXCLUDE (load_timestamp, run_id) FROM dw_corporate_linkage"
    assert rows(firmograph, linkage) == [("100000001", "300000001", "300000001", "300000002", 3, 3)]
    assert rows(firmograph, COUNTRIES) == [("CH", 1), ("DK", 1), ("JP", 1)]
    assert refused(firmograph) == [("nameless_data_blocks_20260302.json", ["mandatory"])]
    _, status = firmograph("status")
    assert "Family tree 310000001 lacks page 2" in status
    assert_verified(firmograph)


def test_lake_is_run_on_and_rebuilt(root: Path, firmograph: Command) -> None:
    drop_more(root)
    code, out = firmograph("run", "--json")
    assert code == 0
    report = json.loads(out)
    files = {name: count for name, count in report["files"].items() if count}
    assert files == {"seen": 3, "ingested": 2, "duplicate": 1}
    documents = {name: count for name, count in report["documents"].items() if count}
    assert documents == {"received": 2, "waiting_before": 1, "published": 3}
    fjord = ("100000006", "Fjord AG", "CH", None, None, report["run_id"])
    assert_run_on(firmograph, ALPINE, fjord)
    scope = "SELECT employees_scope FROM dw_company_data WHERE duns = '100000001'"
    assert rows(firmograph, scope) == [(None,)]

    code, out = firmograph("rebuild", "--json")
    assert code == 3
    rebuilt = json.loads(out)
    assert rebuilt["documents"]["quarantined"] == 1
    assert len(rebuilt["tables"]) == 8
    for name, changes in rebuilt["tables"].items():
        updated = 1 if name == "dw_company_data" else 0  # a rebuild fills in Alpine's new columns
        assert (changes["inserted"], changes["updated"], changes["deleted"]) == (0, updated, 0)
    assert_run_on(firmograph, (*ALPINE[:-1], rebuilt["run_id"]), fjord)
    assert rows(firmograph, scope) == [("consolidated",)]


def drop_more(root: Path) -> None:
    """Drops a new company, the page that a tree is waiting for, and a file ingested before."""
    uploads = root / "workingArea" / "uploads"
    company = response(organization("100000006", "Fjord AG"))
    (uploads / "fjord_data_blocks_20260501.json").write_text(json.dumps(company))
    members = [member("310000003", "310000002", 3)]
    time = "2026-04-01T10:00:05.000Z"
    page = tree_page("310000001", members, number=2, of=2, count=3, time=time, size=2)
    (uploads / "ember_family_tree_20260401_2.json").write_text(json.dumps(page))
    known = "portfolio_data_blocks_20260302.jsonl.gz"
    shutil.copy(root / "workingArea" / "processedFiles" / known, uploads / known)


def assert_run_on(firmograph: Command, alpine: tuple[Any, ...], fjord: tuple[Any, ...]) -> None:
    assert rows(firmograph, COMPANIES) == [alpine, BIRCH, CEDAR, fjord]
    assert rows(firmograph, TREES) == [DUNE, ("310000001", 3, 3, 2, True)]
    assert rows(firmograph, MEMBERS) == [
        *DUNE_MEMBERS,
        ("310000001", "310000001", None, 1),
        ("310000001", "310000002", "310000001", 2),
        ("310000001", "310000003", "310000002", 3),
    ]
    assert rows(firmograph, COUNTRIES) == [("CH", 2), ("DK", 1), ("JP", 1)]
    assert refused(firmograph) == [("nameless_data_blocks_20260302.json", ["mandatory"])]
    assert_verified(firmograph)
