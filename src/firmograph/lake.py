"""The lake: where tables live, what they look like, and how they are opened for reading."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from firmograph.contract.model import Column, ColumnType, Contract, Table
from firmograph.errors import LakeError

TIMESTAMP = pa.timestamp("us", "UTC")
TEXTS = pa.list_(pa.string())

PROPERTIES = {
    "delta.columnMapping.mode": "none",
    "delta.enableDeletionVectors": "false",
    # versions are kept until `vacuum`: snapshots must stay restorable
    "delta.enableExpiredLogCleanup": "false",
}
PROTOCOL = (1, 2)
"""Reader and writer version of every table, so that every engine can read and write it."""

CONTROL_TABLES: dict[str, tuple[tuple[str, pa.DataType], ...]] = {
    "tb_pipeline_control": (
        ("file_name", pa.string()),
        ("activity", pa.string()),
        ("status", pa.string()),
        ("script", pa.string()),
        ("load_timestamp", TIMESTAMP),
        ("run_id", pa.string()),
        ("file_path", pa.string()),
        ("file_sha256", pa.string()),
        ("file_bytes", pa.int64()),
        ("document_count", pa.int64()),
        ("row_count", pa.int64()),
        ("message", pa.string()),
        ("duration_seconds", pa.float64()),
    ),
    "tb_quarantine_files": (
        ("file_name", pa.string()),
        ("reason", pa.string()),
        ("load_timestamp", TIMESTAMP),
        ("run_id", pa.string()),
        ("document_id", pa.string()),
        ("document_type", pa.string()),
        ("entity_id", pa.string()),
        ("record_number", pa.int64()),
        ("rule", pa.string()),
        ("json_path", pa.string()),
        ("value", pa.string()),
        ("line", pa.int64()),
        ("column", pa.int64()),
        ("status", pa.string()),
        ("attempt", pa.int64()),
        ("scope", pa.string()),
        ("ingest_seq", pa.int64()),
    ),
    "tb_published_snapshots": (
        ("snapshot_id", pa.int64()),
        ("run_id", pa.string()),
        ("published_at", TIMESTAMP),
        ("contract_fingerprint", pa.string()),
        ("ingest_seq", pa.int64()),
        ("table_versions", pa.string()),
        ("sums", pa.string()),
        ("contract", pa.string()),
    ),
    "tb_entity_heads": (
        ("document_type", pa.string()),
        ("entity_id", pa.string()),
        ("table_name", pa.string()),
        ("document_ids", TEXTS),
        ("covers", pa.bool_()),
        ("source_timestamp", TIMESTAMP),
        ("ingest_seq", pa.int64()),
    ),
    "tb_tree_pages": (
        ("global_duns", pa.string()),
        ("ingest_seq", pa.int64()),
        ("document_id", pa.string()),
        ("source_timestamp", TIMESTAMP),
        ("branches_excluded", pa.bool_()),
        ("page_size", pa.int64()),
        ("page_number", pa.int64()),
        ("page_count", pa.int64()),
        ("members_count", pa.int64()),
        ("members_count_without_branches", pa.int64()),
        ("member_count", pa.int64()),
    ),
    "tb_data_quality": (
        ("run_id", pa.string()),
        ("table_name", pa.string()),
        ("column_name", pa.string()),
        ("rule", pa.string()),
        ("count", pa.int64()),
        ("examples", TEXTS),
        ("load_timestamp", TIMESTAMP),
    ),
}
ODS_COLUMNS: tuple[tuple[str, pa.DataType], ...] = (
    ("company_name", pa.string()),
    ("file_name", pa.string()),
    ("file_path", pa.string()),
    ("raw_data", pa.string()),
    ("load_timestamp", TIMESTAMP),
    ("document_id", pa.string()),
    ("file_sha256", pa.string()),
    ("record_number", pa.int64()),
    ("ref_date", pa.date32()),
    ("source_timestamp", TIMESTAMP),
    ("entity_id", pa.string()),
    ("page_number", pa.int64()),
    ("raw_encoding", pa.string()),
    ("run_id", pa.string()),
    ("ingest_seq", pa.int64()),
)
ODS_TABLES = {"data_blocks": "ods_datablocks_raw", "family_tree": "ods_familytree_raw"}

ARROW_TYPES = {
    ColumnType.TEXT: pa.string(),
    ColumnType.DUNS: pa.string(),
    ColumnType.INTEGER: pa.int64(),
    ColumnType.DOUBLE: pa.float64(),
    ColumnType.BOOLEAN: pa.bool_(),
    ColumnType.TIMESTAMP: TIMESTAMP,
    ColumnType.PARTIAL_DATE: pa.string(),
    ColumnType.PRESENT: pa.bool_(),
}


@dataclass(frozen=True)
class TableSpec:
    """A table of the lake.

    Attributes:
        name: its name, unique in the lake.
        zone: the layer it lives in: ods, dw, app or control.
        schema: its columns.
        key: columns that name a row; empty where rows are only appended.
        sorted_by: columns its files are sorted by; the first one's range is kept as statistics.
    """

    name: str
    zone: str
    schema: pa.Schema
    key: tuple[str, ...] = ()
    sorted_by: tuple[str, ...] = ()


def column_schema(columns: Iterable[Column]) -> pa.Schema:
    """The Arrow schema of a contract's columns."""
    return pa.schema([(c.name, ARROW_TYPES[c.type]) for c in columns])


def dw_spec(table: Table) -> TableSpec:
    """A contract's table as it stands in DW: with the run that changed a row last."""
    schema = column_schema(table.columns)
    for name, kind in (("load_timestamp", TIMESTAMP), ("run_id", pa.string())):
        schema = schema.append(pa.field(name, kind))
    return TableSpec(table.name, "dw", schema, table.key, table.key)


def table_specs(contracts: Iterable[Contract]) -> dict[str, TableSpec]:
    """Every table of a lake but the marts, by name."""
    specs = [
        TableSpec(name, "control", pa.schema(columns)) for name, columns in CONTROL_TABLES.items()
    ]
    specs += [
        TableSpec(name, "ods", pa.schema(ODS_COLUMNS), (), ("ingest_seq",))
        for name in ODS_TABLES.values()
    ]
    by_name = {spec.name: spec for spec in specs}
    heads = by_name["tb_entity_heads"]
    key = ("entity_id", "document_type", "table_name")
    by_name[heads.name] = TableSpec(heads.name, "control", heads.schema, key, key)
    pages = by_name["tb_tree_pages"]
    by_name[pages.name] = TableSpec(pages.name, "control", pages.schema, (), ("global_duns",))
    for contract in contracts:
        for table in contract.tables:
            by_name[table.name] = dw_spec(table)
    return by_name


class Lake:
    """A folder of Delta tables, each opened once and kept at its newest version.

    Args:
        root: the folder that holds the layers' folders.
        versions: for readers, the version of each table to open instead of the newest.
    """

    def __init__(self, root: Path, versions: Mapping[str, int] | None = None) -> None:
        self.root = root
        self.versions = dict(versions or {})
        self._open: dict[str, DeltaTable] = {}

    def path(self, zone: str, name: str) -> Path:
        """Where a table lives."""
        return self.root / zone / name

    def exists(self, zone: str, name: str) -> bool:
        """Whether a table was ever created."""
        return (self.path(zone, name) / "_delta_log").is_dir()

    def marts(self) -> list[str]:
        """Names of the marts that were ever built."""
        folder = self.root / "app"
        return sorted(p.parent.name for p in folder.glob("*/_delta_log")) if folder.is_dir() else []

    def open(self, zone: str, name: str, version: int | None = None) -> DeltaTable:
        """Opens a table, at its newest version (or a reader's own) or at another.

        Raises:
            LakeError: where it is missing, damaged or of a protocol we must not write.
        """
        if version is None and name in self._open:
            return self._open[name]
        path = self.path(zone, name)
        try:
            wanted = self.versions.get(name) if version is None else version
            table = DeltaTable(str(path), version=wanted)
        except TableNotFoundError as error:
            raise LakeError(
                f"table {zone}/{name} is not there",
                hint="a run creates it; if it was there before, restore the folder from a backup",
            ) from error
        except (DeltaError, OSError, ValueError) as error:
            raise LakeError(
                f"table {zone}/{name} cannot be opened: {error}",
                hint=f"look into {path / '_delta_log'}: a log file is missing or cut off; "
                "restore it from a backup, or rebuild from ODS into another root",
            ) from error
        self._check_protocol(zone, name, table)
        if version is None:
            self._open[name] = table
        return table

    def forget(self, name: str) -> None:
        """Makes the next `open` read the log again."""
        self._open.pop(name, None)

    def _check_protocol(self, zone: str, name: str, table: DeltaTable) -> None:
        found = table.protocol()
        if (found.min_reader_version, found.min_writer_version) != PROTOCOL:
            raise LakeError(
                f"table {zone}/{name} has protocol reader {found.min_reader_version}, "
                f"writer {found.min_writer_version}; this program reads and writes 1 and 2",
                hint="another engine upgraded the table; rewrite it without that feature",
            )


def dataset(table: DeltaTable, schema: pa.Schema, files: list[str] | None = None) -> Any:
    """The rows of a table (or of some of its files) as a dataset of the columns in `schema`.

    A column that a file lacks reads as NULL.
    """
    import pyarrow.dataset as ds

    return ds.dataset(
        table.file_uris() if files is None else files, schema=schema, format="parquet"
    )
