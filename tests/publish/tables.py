"""What tests of publish and control look at: rows, versions, tables as other readers see them."""

from collections.abc import Iterable
from pathlib import Path

import published
import pyarrow as pa
from conftest import Json, Project
from deltalake import DeltaTable

from firmograph.pipeline.report import Report

DW = (
    "dw_company_data",
    "dw_corporate_linkage",
    "dw_industry_code",
    "dw_stock_exchanges",
    "dw_family_tree",
    "dw_family_tree_members",
)
STATE = (*DW, "app_stocks_by_company", "tb_entity_heads", "tb_tree_pages")
"""What a publish makes out of ODS."""
STAMPS = ("load_timestamp", "run_id")


def state(project: Project) -> dict[str, list[Json]]:
    """Every table of `STATE` as of the last snapshot, without stamps, in a fixed order."""
    named = published.versions(project.folders.lake)
    return {table: _rows(delta_path(project, table), named[table]) for table in STATE}


def added(table: DeltaTable) -> list[str]:
    """The names of a table's files."""
    names: list[str] = pa.table(table.get_add_actions())["path"].to_pylist()
    return names


def _rows(path: Path, version: int) -> list[Json]:
    rows = published.table(path, version).to_pylist()
    return sorted(
        ({k: v for k, v in row.items() if k not in STAMPS} for row in rows),
        key=lambda row: repr(sorted(row.items())),
    )


def query(project: Project, sql: str) -> list[Json]:
    """Rows of a query over the last snapshot."""
    return project.sql(sql)


def column(project: Project, sql: str) -> list[object]:
    """The values of a query's one column."""
    return [next(iter(row.values())) for row in query(project, sql)]


def one(project: Project, sql: str) -> Json:
    """The one row of a query."""
    rows = query(project, sql)
    assert len(rows) == 1
    return rows[0]


def count(project: Project, table: str) -> int:
    """How many rows a table holds."""
    return counts(project, table)[table]


def counts(project: Project, *tables: str) -> dict[str, int]:
    """How many rows each table holds."""
    columns = ", ".join(f'(SELECT count(*) FROM {t}) AS "{t}"' for t in tables)
    return {name: int(n) for name, n in one(project, f"SELECT {columns}").items()}


def delta_path(project: Project, name: str) -> Path:
    """Where a table lives, whatever its layer."""
    found = [p.parent for p in project.folders.lake.glob(f"*/{name}/_delta_log")]
    assert len(found) == 1
    return found[0]


def open_delta(project: Project, name: str) -> DeltaTable:
    """A table as any other Delta reader opens it, at its newest version."""
    return DeltaTable(str(delta_path(project, name)))


def versions(project: Project, without: Iterable[str] = ()) -> dict[str, int]:
    """The newest version of each table of the lake."""
    logs = project.folders.lake.glob("*/*/_delta_log")
    names = {log.parent.name for log in logs} - set(without)
    return {name: open_delta(project, name).version() for name in sorted(names)}


def documents(report: Report) -> dict[str, int]:
    """What became of the run's documents, without zero counts."""
    return {name: n for name, n in vars(report.totals.documents).items() if n}
