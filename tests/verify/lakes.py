"""A lake with a history, what `verify` says about it, and ways to tamper with it."""

import json
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
from click.testing import CliRunner
from conftest import Json, Project
from deltalake import DeltaTable, write_deltalake
from documents import member, organization, response, tree_page

from firmograph.cli.verify import verify

ROOT = "100000009"
LONE = "100000008"
LINKED = {"globalUltimate": {"duns": ROOT}, "parent": {"duns": ROOT}, "hierarchyLevel": 2}
CODES = [
    {"typeDnBCode": 30832, "priority": 1, "code": "311351"},
    {"typeDnbCode": "3599", "priority": 1, "code": "2066"},
    {"typeDnBCode": 30832, "priority": 1, "code": "311351"},
    {"typeDnBCode": 30832, "priority": 1, "code": "a second one with that key"},
    {"typeDnBCode": 30832, "code": "no priority"},
    {"typeDnBCode": 30832, "priority": "first", "code": "no number"},
    None,
]
CHECKS = ["files", "sums", "keys", "parents", "heads", "rows", "processed"]


class Proof(NamedTuple):
    """The result of the command: its exit code and the object it printed."""

    code: int
    verdict: Json

    @property
    def failing(self) -> dict[str, list[str]]:
        """Examples of each check that failed, by its name."""
        return {c["name"]: c["examples"] for c in self.verdict["checks"] if not c["is_ok"]}

    def seen(self, name: str) -> str:
        """What a check reports that it examined."""
        return str(next(c["message"] for c in self.verdict["checks"] if c["name"] == name))


def prove(project: Project, *options: str) -> Proof:
    """Runs `verify --json` on a project."""
    ran = CliRunner().invoke(
        verify, ["--root", str(project.root), "--json", *options], catch_exceptions=False
    )
    return Proof(ran.exit_code, json.loads(ran.output))


def printed(project: Project, *options: str) -> list[str]:
    """The lines that `verify` prints."""
    command = ["--root", str(project.root), *options]
    return CliRunner().invoke(verify, command, catch_exceptions=False).output.splitlines()


def live_through(project: Project) -> None:
    """Three runs: partial, late, refused, rejected elements, a complete and two lacking trees."""
    full = response(
        organization("100000001", corporateLinkage=LINKED, numberOfEmployees=[]),
        "2026-01-05T00:00:00.123Z",
        "companyinfo_L2_v1",
        "hierarchyconnections_L1_v1",
    )
    project.drop("alpine_data_blocks_20260105.json", full)
    bex = organization("100000002", "Bex", industryCodes=CODES, stockExchanges={})
    project.drop("bex_data_blocks_20260106.json", bex)
    refused = [{"duns": "1", "primaryName": "No DUNS"}, {"duns": "100000005", "primaryName": 5.50}]
    project.drop("two_data_blocks_20260106.json", refused)
    project.drop("t1_family_tree_20260105.json", page(1, "2026-01-05T00:00:00Z"))
    project.run()
    bought = {"duns": "100000001", "primaryName": "Alpine, payments only"}
    partial = response(bought, "2026-02-01T00:00:00Z", "paymentinsight_L1_v1")
    project.drop("alpine_data_blocks_20260201.json", partial)
    late = response(organization("100000001", "Late"), "2025-12-01T00:00:00Z")
    project.drop("alpine_data_blocks_20251201.json", late)
    project.drop("t2_family_tree_20260105.json", page(2, "2026-01-05T00:01:00Z"))
    project.run()
    project.drop("t3_family_tree_20260301.json", page(1, "2026-03-01T00:00:00Z"))
    lone = tree_page(LONE, [member(LONE)], number=2, of=3, count=9)
    project.drop("lone_family_tree_20260101.json", lone)
    project.run()


def page(number: int, time: str) -> Json:
    """One of two pages of a tree with two members on each; the first stands on both."""
    branch = {"familytreeRolesPlayed": [{"dnbCode": 9140}], "headQuarter": {"duns": ROOT}}
    members = {
        1: [member(ROOT), member("200000001", ROOT, 2, startDate="1986-02")],
        2: [member(ROOT, "200000001", 3), member("200000002", corporateLinkage=branch)],
    }
    return tree_page(ROOT, members[number], number=number, of=2, count=3, time=time)


def copy_project(project: Project, root: Path) -> Project:
    """A copy of the project, to be tampered with."""
    shutil.copytree(project.root, root, dirs_exist_ok=True)
    (root / "workingArea" / "uploads").rmdir()
    return Project(root)


def table_path(project: Project, name: str) -> Path:
    """Where a table lives."""
    (log,) = project.folders.lake.glob(f"*/{name}/_delta_log")
    return log.parent


def data_files(project: Project, name: str) -> list[Path]:
    """The files of the newest version of a table."""
    table = DeltaTable(str(table_path(project, name)))
    return sorted(Path(uri.removeprefix("file://")) for uri in table.file_uris())


def rewrite(project: Project, name: str, sql: str, **totals: Any) -> None:
    """Replaces a table's rows with a query's result over them, ``held``, and publishes it."""
    table = DeltaTable(str(table_path(project, name)))
    held = table.to_pyarrow_table()
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone='UTC'").fetchall()
        connection.register("held", held)
        rows = connection.sql(sql).to_arrow_table().cast(held.schema)
    write_deltalake(table, rows, mode="overwrite")
    publish_again(project, **totals)


def publish_again(project: Project, ingest_seq: int | None = None, **totals: Any) -> None:
    """Appends a snapshot that names the newest version of each table, as if a run had ended."""
    snapshots = DeltaTable(str(table_path(project, "tb_published_snapshots")))
    held = snapshots.to_pyarrow_table()
    last = max(held.to_pylist(), key=lambda row: row["snapshot_id"])
    versions = {
        name: DeltaTable(str(table_path(project, name))).version()
        for name in json.loads(last["table_versions"])
    }
    last["snapshot_id"] += 1
    last["ingest_seq"] = ingest_seq or last["ingest_seq"]
    last["table_versions"] = json.dumps(versions)
    last["sums"] = json.dumps({**json.loads(last["sums"]), **totals})
    write_deltalake(snapshots, pa.Table.from_pylist([last], held.schema), mode="append")


def everything(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and modification time of each file and folder under a folder."""
    stats = {path.relative_to(folder).as_posix(): path.stat() for path in folder.rglob("*")}
    return {name: (found.st_size, found.st_mtime_ns) for name, found in stats.items()}
