"""The tables of a lake and their columns.

Their names are part of the public interface; see docs/tables.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa

from firmograph.contract.model import Column, ColumnType, Contract, Table

TEXT, INTEGER, DOUBLE, BOOLEAN = pa.string(), pa.int64(), pa.float64(), pa.bool_()
DATE = pa.date32()
TIMESTAMP = pa.timestamp("us", "UTC")
TEXTS = pa.list_(pa.string())

ARROW_TYPES = {
    ColumnType.TEXT: TEXT,
    ColumnType.DUNS: TEXT,
    ColumnType.INTEGER: INTEGER,
    ColumnType.DOUBLE: DOUBLE,
    ColumnType.BOOLEAN: BOOLEAN,
    ColumnType.TIMESTAMP: TIMESTAMP,
    ColumnType.PARTIAL_DATE: TEXT,
    ColumnType.PRESENT: BOOLEAN,
}


class Field(NamedTuple):
    """A column of a table that no contract describes."""

    name: str
    type: pa.DataType
    meaning: str


@dataclass(frozen=True)
class TableSpec:
    """A table of the lake.

    Attributes:
        name: its name, unique in the lake.
        zone: the layer it lives in: ods, dw, app or control.
        schema: its columns.
        key: columns that identify a row; empty if rows are only appended.
        sorted_by: columns its files are sorted by; the first one's range is kept as statistics.
        document_type: the type whose raw documents it holds; None for tables outside ODS.
    """

    name: str
    zone: str
    schema: pa.Schema
    key: tuple[str, ...] = ()
    sorted_by: tuple[str, ...] = ()
    document_type: str | None = None

    @property
    def ranged_by(self) -> str | None:
        """The column whose range is in the statistics of each file."""
        return self.sorted_by[0] if self.sorted_by else None


class Fixed(NamedTuple):
    """A table whose columns do not depend on a contract."""

    meaning: str
    fields: tuple[Field, ...]
    key: tuple[str, ...] = ()
    sorted_by: tuple[str, ...] = ()

    @property
    def schema(self) -> pa.Schema:
        """Its columns."""
        return pa.schema([(field.name, field.type) for field in self.fields])


ODS = Fixed(
    "Documents as received, kept forever.",
    (
        Field("company_name", TEXT, "from the file name"),
        Field("file_name", TEXT, "the file"),
        Field("file_path", TEXT, "its path when it was ingested, relative to the root folder"),
        Field("raw_data", TEXT, "the document as received"),
        Field("load_timestamp", TIMESTAMP, "when the run that ingested it began"),
        Field("document_id", TEXT, "sha-256 of its exact bytes"),
        Field("file_sha256", TEXT, "of the file's bytes"),
        Field("record_number", INTEGER, "line or element in the file"),
        Field("ref_date", DATE, "from the file name"),
        Field("source_timestamp", TIMESTAMP, "the vendor's time, else the start of `ref_date`"),
        Field("entity_id", TEXT, "the DUNS; of a tree its global ultimate"),
        Field("page_number", INTEGER, "of a tree: from the page, its links or the file name"),
        Field("raw_encoding", TEXT, "`utf-8`, or `base64` if the bytes are not UTF-8"),
        Field("run_id", TEXT, "the run that ingested it"),
        Field("ingest_seq", INTEGER, "grows by run, then path, then record"),
    ),
    sorted_by=("ingest_seq",),
)
CONTROL = {
    "tb_pipeline_control": Fixed(
        "What each run did with each file: one row per file, and one for the run.",
        (
            Field("file_name", TEXT, "name of the file; NULL on the row of a whole run"),
            Field("activity", TEXT, "`ingest` of a file, or `run`"),
            Field(
                "status",
                TEXT,
                "ingested, duplicate, unreadable, unknown, deferred; a run's: ok, refused, failed",
            ),
            Field("script", TEXT, "the command that ran"),
            Field("load_timestamp", TIMESTAMP, "when the run began"),
            Field("run_id", TEXT, "the run"),
            Field("file_path", TEXT, "path of the file, relative to the root folder"),
            Field("file_sha256", TEXT, "of the file's bytes"),
            Field("file_bytes", INTEGER, "size of the file"),
            Field("document_count", INTEGER, "documents in the file; of a run: received"),
            Field("row_count", INTEGER, "of a run: rows inserted, updated and deleted"),
            Field("message", TEXT, "why, if something is out of the ordinary"),
            Field("duration_seconds", DOUBLE, "of a run"),
            Field("file_version", TEXT, "size and version of the file that was read"),
        ),
    ),
    "tb_quarantine_files": Fixed(
        "What was refused or set aside, and why: one row per violation, append-only.",
        (
            Field("file_name", TEXT, "the file it came in"),
            Field("reason", TEXT, "why, in a sentence"),
            Field("load_timestamp", TIMESTAMP, "when the run that refused it began"),
            Field("run_id", TEXT, "that run"),
            Field(
                "document_id", TEXT, "sha-256 of the document, or of the file if `scope` is file"
            ),
            Field("document_type", TEXT, "the document type"),
            Field("entity_id", TEXT, "the DUNS, if it could be read"),
            Field("record_number", INTEGER, "line or element in the file"),
            Field("rule", TEXT, "the rule that was broken"),
            Field("json_path", TEXT, "the place in the document"),
            Field("value", TEXT, "the value seen, at most 200 characters"),
            Field("line", INTEGER, "line in the document, from 1"),
            Field("column", INTEGER, "column in that line, from 1"),
            Field(
                "status",
                TEXT,
                "open or redriven; discarded, withdrawn, superseded: set aside; reinstated",
            ),
            Field("attempt", INTEGER, "the number of the attempt, from 1"),
            Field(
                "scope",
                TEXT,
                "what is refused: a file or a part of it, a document, an element of a document",
            ),
            Field("ingest_seq", INTEGER, "its row in ODS"),
        ),
    ),
    "tb_published_snapshots": Fixed(
        "What was published together; its last row is the commit point.",
        (
            Field("snapshot_id", INTEGER, "grows by one"),
            Field("run_id", TEXT, "the run that published it"),
            Field("published_at", TIMESTAMP, "when it was published"),
            Field("contract_fingerprint", TEXT, "sha-256 of the contracts"),
            Field("ingest_seq", INTEGER, "the last document of ODS that is published"),
            Field("table_versions", TEXT, "JSON: the version of each table"),
            Field("sums", TEXT, "JSON: control totals, trees that lack pages, marts"),
            Field("contract", TEXT, "JSON: the contracts themselves"),
        ),
    ),
    "tb_entity_heads": Fixed(
        "The authoritative document of each entity for each table.",
        (
            Field("document_type", TEXT, "the document type"),
            Field("entity_id", TEXT, "the DUNS; of a tree its global ultimate"),
            Field("table_name", TEXT, "the table"),
            Field("document_ids", TEXTS, "the document; of a tree one for each page"),
            Field(
                "covers", BOOLEAN, "whether it covers the table; of a tree whether it is complete"
            ),
            Field(
                "source_timestamp",
                TIMESTAMP,
                "the vendor's time of the document; of a tree its newest page's",
            ),
            Field("ingest_seq", INTEGER, "the document's row in ODS"),
        ),
        key=("entity_id", "document_type", "table_name"),
        sorted_by=("entity_id", "document_type", "table_name"),
    ),
    "tb_tree_pages": Fixed(
        "Facts of every accepted page of a family tree, from which deliveries are assembled.",
        (
            Field("global_duns", TEXT, "the tree"),
            Field("ingest_seq", INTEGER, "the page's row in ODS"),
            Field("document_id", TEXT, "the page"),
            Field("source_timestamp", TIMESTAMP, "the vendor's time of the page"),
            Field("branches_excluded", BOOLEAN, "whether branches were left out"),
            Field("page_size", INTEGER, "members on a full page"),
            Field("page_number", INTEGER, "from 1"),
            Field("page_count", INTEGER, "pages of the delivery"),
            Field("members_count", INTEGER, "members of the family, branches included"),
            Field("members_count_without_branches", INTEGER, "members if branches are left out"),
            Field("member_count", INTEGER, "members on this page"),
        ),
        sorted_by=("global_duns",),
    ),
    "tb_data_quality": Fixed(
        "Warnings, counted for each run.",
        (
            Field("run_id", TEXT, "the run"),
            Field("table_name", TEXT, "the table"),
            Field("column_name", TEXT, "the column"),
            Field("rule", TEXT, "what was out of the ordinary"),
            Field("count", INTEGER, "how often"),
            Field("examples", TEXTS, "up to three DUNS or values"),
            Field("load_timestamp", TIMESTAMP, "when the run began"),
        ),
    ),
}
CHANGED_BY = (
    Field("load_timestamp", TIMESTAMP, "when the row's other columns last changed"),
    Field("run_id", TEXT, "the run that changed them"),
)
"""The columns of every DW table after those of its contract."""


def column_schema(columns: Iterable[Column]) -> pa.Schema:
    """The Arrow schema of a contract's columns."""
    return pa.schema([(c.name, ARROW_TYPES[c.type]) for c in columns])


def dw_spec(table: Table) -> TableSpec:
    """The DW table of a contract's table: with the columns of `CHANGED_BY`."""
    schema = column_schema(table.columns)
    for field in CHANGED_BY:
        schema = schema.append(pa.field(field.name, field.type))
    return TableSpec(table.name, "dw", schema, table.key, table.key)


def table_specs(contracts: Iterable[Contract]) -> dict[str, TableSpec]:
    """Every table of a lake except the marts, by name."""
    contracts = list(contracts)
    specs = [
        TableSpec(c.ods_table, "ods", ODS.schema, ODS.key, ODS.sorted_by, c.name) for c in contracts
    ]
    specs += [
        TableSpec(name, "control", table.schema, table.key, table.sorted_by)
        for name, table in CONTROL.items()
    ]
    specs += [dw_spec(table) for contract in contracts for table in contract.tables]
    return {spec.name: spec for spec in specs}
