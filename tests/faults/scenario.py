"""A lake and a drop with new, changed, duplicate, late and bad documents and tree pages."""

import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
from conftest import Once, Project
from deltalake import DeltaTable
from documents import Json, member, organization, response, tree_page

from firmograph.testing import read_lake

KILLER = Path(__file__).with_name("killer.py")
ROOT_DUNS = "300000001"
LEDGER, SNAPSHOTS = "tb_pipeline_control", "tb_published_snapshots"


def pages(day: int, numbers: tuple[int, ...] = (1, 2, 3)) -> dict[int, Json]:
    """Three pages of a tree of six, delivered on a day of March."""
    found = {}
    for number in numbers:
        first, second = 2 * number - 1, 2 * number
        members = [
            member(f"30000000{first}", ROOT_DUNS if first > 1 else None, 1 if first == 1 else 2),
            member(f"30000000{second}", ROOT_DUNS, 2, startDate=f"20{day:02}"),
        ]
        time = f"2026-03-{day:02}T10:0{number}:00.000Z"
        found[number] = tree_page(
            ROOT_DUNS, members, number=number, of=3, count=6, time=time, size=2
        )
    return found


def write(uploads: Path, name: str, content: Any) -> None:
    """Writes one upload."""
    uploads.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content)
    (uploads / name).write_text(text, "utf-8")


def first_drop(uploads: Path) -> None:
    """What the lake was made from: eight companies, a complete tree, a bad document."""
    for number in range(1, 9):
        record = organization(f"10000000{number}", f"Company {number}")
        write(uploads, f"c{number}_data_blocks_20260301.json", response(record))
    for number, page in pages(1).items():
        write(uploads, f"tree_family_tree_20260301_{number}.json", page)
    write(uploads, "bad_data_blocks_20260301.json", {"error": {"errorCode": "10001"}})


def second_drop(uploads: Path) -> None:
    """New, changed, duplicate, late and bad documents, and pages of a newer delivery."""
    new = [response(organization(f"20000000{n}", f"New {n}")) for n in range(1, 4)]
    write(uploads, "new_data_blocks_20260305.jsonl", "\n".join(json.dumps(doc) for doc in new))
    changed = organization("100000001", "Company 1 renamed", stockExchanges=[])
    write(uploads, "c1_data_blocks_20260301.json", response(changed, "2026-03-04T10:00:00Z"))
    same = response(organization("100000002", "Company 2"), "2026-03-05T10:00:00Z")
    write(uploads, "c2_data_blocks_20260305.json", same)
    late = response(organization("100000003", "Company 3 once"), "2025-01-01T00:00:00Z")
    write(uploads, "c3_data_blocks_20260305.json", late)
    write(
        uploads, "again_data_blocks_20260305.json", response(organization("100000004", "Company 4"))
    )
    partial = response(
        {"duns": "100000005", "primaryName": "C5"}, "2026-03-06T00:00:00Z", "x_L1_v1"
    )
    write(uploads, "c5_data_blocks_20260306.json", partial)
    write(uploads, "worse_data_blocks_20260305.json", {"organization": {"duns": "12345678"}})
    write(uploads, "cut_data_blocks_20260305.json", '{"organization": {"duns": "1000')
    write(uploads, "empty_data_blocks_20260305.json", "")
    write(uploads, "elements_data_blocks_20260305.json", response(_with_bad_element()))
    for number, page in pages(5, (1, 3)).items():
        write(uploads, f"tree_family_tree_20260305_{number}.json", page)
    other = tree_page("400000001", [member("400000001"), member("400000002", "400000001", 2)])
    write(uploads, "other_family_tree_20260305.json", other)
    write(uploads, "readme.txt", "not ours")


def _with_bad_element() -> Json:
    codes = [
        {"code": "1", "typeDnBCode": 399, "priority": 1},
        {"code": "2", "typeDnBCode": 399, "priority": 1},
        {"code": "3", "typeDnBCode": "x", "priority": 2},
    ]
    return organization("100000009", "Company 9", industryCodes=codes)


def firmograph(
    root: Path, *arguments: str, kill_at: int = 0, kill_after: float = 0, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Runs the real command in a process of its own, and ends it; see `killer`."""
    command = [sys.executable, str(KILLER), str(kill_at), str(kill_after)]
    command += [*arguments, "--root", str(root)]
    for name, value in settings.items():
        command += ["--set", f"{name}={value}"]
    # a file cut short is refused at once, however new it is
    environment = {**os.environ, "FIRMOGRAPH_SETTLE_SECONDS": "0"}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=300, check=False, env=environment
    )


def make_base(root: Path) -> None:
    """A lake with the first drop published."""
    first_drop(root / "workingArea" / "uploads")
    assert Project(root).run().exit_code == 3


class Undisturbed(NamedTuple):
    """A lake that took the second drop undisturbed.

    Attributes:
        root: the lake; not to be changed.
        boundaries: how many the run passed.
        seconds: of processor time that it took.
    """

    root: Path
    boundaries: int
    seconds: float


def undisturbed_lake(once: Once) -> Undisturbed:
    """Such a lake, made once for all tests."""

    def fill(folder: Path) -> None:
        copy_with_drop(once("faults-base", make_base), folder / "lake")
        done = firmograph(folder / "lake", "run")
        assert done.returncode == 3, done.stderr
        (folder / "stderr").write_text(done.stderr, "utf-8")

    folder = once("faults-undisturbed", fill)
    return Undisturbed(folder / "lake", *extent((folder / "stderr").read_text("utf-8")))


def extent(stderr: str) -> tuple[int, float]:
    """How many boundaries a whole run passed, and how many seconds of processor time it took."""
    (line,) = (line for line in stderr.splitlines() if line.startswith("passed "))
    _, boundaries, seconds = line.split()
    return int(boundaries), float(seconds)


def copy_with_drop(base: Path, root: Path) -> None:
    """A copy of the lake with the second drop waiting."""
    shutil.copytree(base, root)
    second_drop(root / "workingArea" / "uploads")


def tables(root: Path) -> dict[str, list[dict[str, str]]]:
    """Every row of every table but the ledger and the snapshots, without what names the run."""
    found = read_lake(root / "datasets")
    return {name: of.rows for name, of in found.items() if name not in (LEDGER, SNAPSHOTS)}


def files(root: Path) -> list[str]:
    """Where every upload ended up, whichever run moved it."""
    work = root / "workingArea"
    found = [p.relative_to(work).as_posix() for p in work.rglob("*") if p.is_file()]
    return sorted(re.sub(r"/\d{8}T\d{6}Z-[0-9a-f]{6}/", "/RUN/", path) for path in found)


def totals(root: Path) -> dict[str, int]:
    """Documents by where they went, over all snapshots; and how many ODS holds."""
    path = root / "datasets" / "control" / SNAPSHOTS
    listed = DeltaTable(str(path)).to_pyarrow_table()["sums"].to_pylist()
    total: dict[str, int] = {}
    for text in listed:
        for name, count in json.loads(text)["documents"].items():
            total[name] = total.get(name, 0) + count
    logs = (root / "datasets" / "ods").glob("*/_delta_log")
    total["in_ods"] = sum(DeltaTable(str(log.parent)).count() for log in logs)
    return total


def published_twice(root: Path) -> list[tuple[str, int]]:
    """Files that the ledger says were ingested more than once."""
    table = DeltaTable(str(root / "datasets" / "control" / LEDGER)).to_pyarrow_table()
    with duckdb.connect() as connection:
        connection.register("ledger", table)
        return connection.execute(
            "SELECT file_name, count(*) FROM ledger WHERE status = 'ingested' "
            "GROUP BY file_sha256, file_name HAVING count(*) > 1"
        ).fetchall()


class Account(NamedTuple):
    """What a lake holds; equal lakes have equal accounts.

    Attributes:
        tables: their rows.
        files: where every upload is.
        totals: documents by where they went.
        twice: files that were ingested more than once.
    """

    tables: dict[str, list[dict[str, str]]]
    files: list[str]
    totals: dict[str, int]
    twice: list[tuple[str, int]]


def account(root: Path) -> Account:
    """What a lake holds."""
    return Account(tables(root), files(root), totals(root), published_twice(root))


def assert_same(root: Path, reference: Path) -> None:
    """Both lakes hold the same rows, put each file into the same place, and count the same."""
    found = account(root)
    assert found == account_once(reference)
    assert found.twice == []


account_once = cache(account)
"""For a lake that nothing changes any more."""
