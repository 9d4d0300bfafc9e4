"""Every line of docs/situations.md, provoked."""

import gzip
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Json, Project
from documents import member, organization, response, tree_page

from firmograph.pipeline.report import Report

PAGE = (Path(__file__).parents[1] / "docs" / "situations.md").read_text("utf-8")
LINES = [
    tuple(cell.strip() for cell in line.strip("|").split("|"))
    for line in PAGE.splitlines()
    if re.fullmatch(r"\| .* \| \d \|", line)
]
FIRST = response(organization("100000001"), "2026-03-01T10:00:00.000Z")
NAME = "x_data_blocks_20260401.json"
TREE = "x_family_tree_20260401_1.json"


def company(time: str = "2026-04-01T10:00:00.000Z", **more: object) -> Json:
    """A document of the company that is known."""
    return response(organization("100000001", **more), time)  # type: ignore[arg-type]


def lines(*documents: bytes | Json) -> bytes:
    """Documents, one a line."""
    texts = (d if isinstance(d, bytes) else json.dumps(d).encode() for d in documents)
    return b"\n".join(texts) + b"\n"


def link(project: Project) -> None:
    (project.folders.uploads / NAME).symlink_to("/dev/null")


def page(count: int, time: str) -> Json:
    return tree_page("300000001", [member("300000001")], of=count, count=count, time=time)


def keyless() -> Json:
    codes: list[Json] = [{"code": "1", "typeDnBCode": 7, "priority": 1}, {"code": "2"}]
    return company(industryCodes=codes)


def drop(name: str, content: object) -> Callable[[Project], object]:
    return lambda project: project.drop(name, content)


PROVOKED: dict[str, Callable[[Project], object]] = {
    "has new bytes": drop(NAME, company()),
    "has the bytes of a file that is in ODS already": drop(NAME, FIRST),
    "has the name of an earlier file, and other bytes": drop(
        "first_data_blocks_20260301.json", company()
    ),
    "is empty": drop(NAME, b""),
    "is a `.gz` that was cut off": drop(
        f"{NAME}.gz", gzip.compress(json.dumps(company()).encode())[:-20]
    ),
    "is a `.zip` that is no archive": drop("x_data_blocks_20260401.zip", b"no archive"),
    "has a name that does not follow the pattern": drop("notes.txt", b"{}"),
    "is a symbolic link": link,
    "has a name that begins with a dot": drop(f".{NAME}", company()),
    "of a company that was not known": drop(NAME, response(organization("100000002"))),
    "newer than the published one": drop(NAME, company(registeredName="Alpine Holding")),
    "newer than the published one, with the same values": drop(NAME, company()),
    "older than the published one": drop(NAME, company("2026-01-01T10:00:00.000Z")),
    "without a mandatory value": drop(f"{NAME}l", lines(company(primaryName=None), company())),
    "that is not JSON": drop(f"{NAME}l", lines(b'{"duns": "100000001",', company())),
    "with a list element that lacks a key": drop(NAME, keyless()),
    "that is one page of a tree of which no page was known": drop(
        TREE, page(2, "2026-04-01T10:00:00.000Z")
    ),
    "that begins a newer delivery of a complete tree, and lacks pages": drop(
        TREE, page(2, "2026-04-01T10:00:00.000Z")
    ),
}


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lake of the page, to be copied."""
    project = Project(tmp_path_factory.mktemp("known") / "lake")
    project.drop("first_data_blocks_20260301.json", FIRST)
    project.run()
    return project.root


def test_situations_of_the_page_are_those_provoked() -> None:
    assert [line[0] for line in LINES] == list(PROVOKED)


@pytest.mark.parametrize(("situation", "state", "then", "code"), LINES)
def test_situation_is_as_the_page_says(
    known: Path, tmp_path: Path, situation: str, state: str, then: str, code: str
) -> None:
    shutil.copytree(known, tmp_path / "lake")
    project = Project(tmp_path / "lake")
    if "complete tree" in situation:
        project.drop("y_family_tree_20260301.json", page(1, "2026-03-01T10:00:00.000Z"))
        project.run()
    PROVOKED[situation](project)
    before = {path.name for path in project.folders.uploads.iterdir()}
    report = project.run()
    assert report.exit_code == int(code)
    counts = report.totals.files | {"not seen": 1 - report.totals.files_seen}
    documents = vars(report.totals.documents)
    assert (counts if state in counts else documents)[state] == 1
    assert _holds(then, project, report, before)


def _holds(then: str, project: Project, report: Report, before: set[str]) -> bool:
    """Whether what follows is so."""
    folders, company = project.folders, report.tables["dw_company_data"]
    left = {path.name for path in folders.uploads.iterdir()}
    tree = project.sql("SELECT is_complete FROM dw_family_tree")
    facts = {
        "stays": left == before,
        "moves to `processedFiles/`": _moved(before, left, folders.processed),
        "moves to `processedFiles/duplicates/`": _moved(
            before, left, folders.processed / "duplicates"
        ),
        "moves to a subfolder of `processedFiles/` named after the run": _moved(
            before, left, folders.processed / report.run_id
        ),
        "moves to `quarantinedFiles/`": _moved(before, left, folders.quarantined),
        "its rows are inserted": (company.inserted, company.rows) == (1, 2),
        "its rows replace the older ones": (company.updated, company.rows) == (1, 1),
        "no row is written": not company.any,
        "it is kept in ODS only": not company.any
        and project.sql("SELECT count(*) AS n FROM ods_datablocks_raw") == [{"n": 2}],
        "the others of its file are published": report.totals.documents.received == 2
        and report.totals.documents.quarantined == 1,
        "the element is rejected, the rest is published": report.totals.elements.rejected == 1
        and report.tables["dw_industry_code"].rows == 1,
        "the tree is marked incomplete": tree == [{"is_complete": False}],
        "the complete tree stays until the pages are there": tree == [{"is_complete": True}],
    }
    return facts[then]


def _moved(before: set[str], left: set[str], folder: Path) -> bool:
    return not left and folder.is_dir() and before <= {path.name for path in folder.iterdir()}
