"""Every line of docs/situations.md, provoked."""

import gzip
import io
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import IO

import pytest
from conftest import Json, Project
from documents import member, organization, response, tree_page
from sources.archives import zipped

from firmograph import Project as Api
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


def delivered(name: str, content: object) -> Callable[[Project], object]:
    """What an earlier run met."""

    def prepare(project: Project) -> None:
        project.drop(name, content)
        project.run()

    return prepare


def settling(project: Project) -> None:
    project.limits = replace(project.limits, settle_seconds=3_600.0)
    project.drop(NAME, CUT)


def writing(project: Project) -> IO[bytes]:
    file = (project.folders.uploads / NAME).open("wb")
    file.write(json.dumps(company()).encode())
    file.flush()
    return file


def document_id(project: Project, file_name: str) -> str:
    query = f"SELECT document_id FROM ods_datablocks_raw WHERE file_name = '{file_name}'"
    return str(project.sql(query)[0]["document_id"])


def withdrawn(project: Project) -> None:
    delivered("y_data_blocks_20260302.json", SECOND)(project)
    withdrawing = Api(project.root)
    withdrawing.withdraw(document_id(project, "y_data_blocks_20260302.json"), "a test")
    project.drop("y_data_blocks_20260302.json", SECOND)


def rolled_back(project: Project) -> None:
    delivered("y_data_blocks_20260302.json", SECOND)(project)
    Api(project.root).rollback(1)
    project.drop("y_data_blocks_20260302.json", SECOND)


BARE = organization("100000003")
SECOND = response(organization("100000002"), "2026-03-02T10:00:00.000Z")
TEXT = json.dumps(company(registeredName="Alpine Holding")).encode()
CUT = TEXT[:500]
REFUSED = company(primaryName=None)
CANDIDATES = {"matchCandidates": [{"organization": organization("100000001")}]}
ERROR = {"error": {"errorCode": "00040", "errorMessage": "Limit reached"}}
EARLIER: dict[str, Callable[[Project], object]] = {
    "has known bytes, under a name that means something else": delivered(
        "y_data_blocks_20250101.json", BARE
    ),
    "that corrects a refused one of the same file name": delivered(NAME, REFUSED),
    "that corrects a refused one of another file name": delivered(
        "bad_data_blocks_20260401.json", REFUSED
    ),
}
"""What was delivered before, by situation; a complete tree for those that name one."""

PROVOKED: dict[str, Callable[[Project], object]] = {
    "has new bytes": drop(NAME, company()),
    "has the bytes of a file that is in ODS already": drop(
        "first_data_blocks_20260301.json", FIRST
    ),
    "has known bytes, under a name with another company part": drop(
        "y_data_blocks_20260301.json", FIRST
    ),
    "has known bytes, under a name that means something else": drop(
        "y_data_blocks_20260101.json", BARE
    ),
    "has the name of an earlier file, and other bytes": drop(
        "first_data_blocks_20260301.json", company()
    ),
    "has the name of a second download, such as `… (1).json`": drop(
        "x_data_blocks_20260401 (1).json", company()
    ),
    "has several documents one after another, without an array": drop(
        NAME, TEXT + json.dumps(SECOND).encode()
    ),
    "is empty": drop(NAME, b""),
    "is cut off before its first document ends": drop(NAME, CUT),
    "is cut off after a whole document": drop(NAME, TEXT + b"\n" + CUT),
    "ends too early and changed within `settle_seconds`": settling,
    "is open for writing by another program (Linux)": writing,
    "is a `.gz` that was cut off": drop(f"{NAME}.gz", gzip.compress(TEXT)[:-20]),
    "is compressed by gzip, under a name without `.gz`": drop(NAME, gzip.compress(TEXT)),
    "is a `.zip` that is no archive": drop("x_data_blocks_20260401.zip", b"no archive"),
    "is a `.zip` in which one file is not JSON": drop(
        "x_data_blocks_20260401.zip", zipped({"a.json": TEXT, "b.pdf": b"%PDF"})
    ),
    "is UTF-16": drop(NAME, TEXT.decode().encode("utf-16")),
    "has a name that does not follow the pattern": drop("notes.txt", b"{}"),
    "is a symbolic link": link,
    "is a folder, without `recursive`": lambda p: (p.folders.uploads / "folder").mkdir(),
    "has a name that `not_deliveries` lists": drop("README.txt", b"{}"),
    "has a name that begins with a dot": drop(f".{NAME}", company()),
    "of a company that was not known": drop(NAME, SECOND),
    "newer than the published one": drop(NAME, company(registeredName="Alpine Holding")),
    "newer than the published one, with the same values": drop(NAME, company()),
    "older than the published one": drop(NAME, company("2026-01-01T10:00:00.000Z")),
    "newer, with a value that does not fit an optional column": drop(
        NAME, company(incorporatedDate="0000-00-00", registeredName="Alpine Holding")
    ),
    "without a mandatory value": drop(f"{NAME}l", lines(REFUSED, company())),
    "that is not JSON": drop(f"{NAME}l", lines(b'{"duns": "100000001",', company())),
    "that is an answer of a match, with candidates": drop(NAME, CANDIDATES),
    "that is an error of the vendor": drop(NAME, ERROR),
    "with a time more than a day ahead": drop(NAME, company("2999-01-01T10:00:00.000Z")),
    "that corrects a refused one of the same file name": drop(
        NAME, company(registeredName="Alpine Holding")
    ),
    "that corrects a refused one of another file name": drop(
        NAME, company(registeredName="Alpine Holding")
    ),
    "with a list element that lacks a key": drop(NAME, keyless()),
    "that was withdrawn, when its file comes again": withdrawn,
    "that a rollback withdrew, when its file comes again": rolled_back,
    "that is one page of a tree of which no page was known": drop(
        TREE, page(2, "2026-04-01T10:00:00.000Z")
    ),
    "that begins a newer delivery of a complete tree, and lacks pages": drop(
        TREE, page(2, "2026-04-01T10:00:00.000Z")
    ),
    "that counts the members of a complete tree, and lists none": drop(
        TREE, tree_page("300000001", [], count=1, time="2026-04-01T10:00:00.000Z")
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
    EARLIER.get(situation, str)(project)
    held = PROVOKED[situation](project)
    before = {path.name for path in project.folders.uploads.iterdir()}
    report = project.run()
    if isinstance(held, io.IOBase):
        held.close()
    assert report.exit_code == int(code)
    documents = vars(report.totals.documents)
    counts = {
        **documents,
        **report.totals.files,
        "not seen": 1 - report.totals.files_seen,
        "not received": 1 - documents["received"],
    }
    assert counts[state] == 1
    assert _holds(then, project, report, before)


def _holds(then: str, project: Project, report: Report, before: set[str]) -> bool:
    """Whether what follows is so."""
    folders, company = project.folders, report.tables["dw_company_data"]
    left = {path.name for path in folders.uploads.iterdir()}
    tree = project.sql("SELECT is_complete FROM dw_family_tree")
    cases = project.sql(
        "SELECT arg_max(status, attempt) AS s FROM tb_quarantine_files GROUP BY document_id"
    )
    statuses = {row["s"] for row in cases}
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
        "all of them are published": company.rows == 2,
        "the earlier delivery is superseded": statuses == {"superseded"},
        "that document is published, the rest is refused": company.updated == 1
        and report.totals.documents.received == 1
        and statuses == {"open"},
        "that file is refused, the others are published": company.updated == 1
        and statuses == {"open"},
        "the value is NULL and a warning": report.finding_count == 1 and company.updated == 1,
        "the company keeps its rows": not company.any and company.rows == 1,
        "the refusal is closed": statuses == {"superseded"},
        "its file is a duplicate, and it stays withdrawn": report.totals.files["duplicate"] == 1
        and report.withdrawn_count == 1
        and company.rows == 1,
        "its rows return": (company.inserted, company.rows) == (1, 2),
        "the complete tree stays": tree == [{"is_complete": True}],
    }
    return facts[then]


def _moved(before: set[str], left: set[str], folder: Path) -> bool:
    return not left and folder.is_dir() and before <= {path.name for path in folder.iterdir()}
