"""The temporary tables of a proof."""

import pyarrow as pa

from firmograph.contract.model import ColumnType
from firmograph.engine.base import Relation
from firmograph.lake.tables import ARROW_TYPES, TIMESTAMP
from firmograph.verify.plain import PlainContract, PlainTable

_TEXT, _INTEGER = pa.string(), pa.int64()

WITHDRAWN = Relation("withdrawn", pa.schema([("low", _INTEGER), ("high", _INTEGER)]))
"""Spans of documents that a rollback withdrew."""

STANDING = Relation(
    "standing",
    pa.schema(
        [
            ("document_type", _TEXT),
            ("ingest_seq", _INTEGER),
            ("document_id", _TEXT),
            ("standing", _TEXT),
        ]
    ),
)
"""Each document of ODS: accepted, refused or withdrawn."""

SAMPLED = Relation("sampled", pa.schema([("document_type", _TEXT), ("entity_id", _TEXT)]))
"""Entities whose rows are compared with their documents."""

SPEAKS = Relation(
    "speaks",
    pa.schema(
        [
            ("document_type", _TEXT),
            ("table_name", _TEXT),
            ("entity_id", _TEXT),
            ("ingest_seq", _INTEGER),
        ]
    ),
)
"""The documents of the sampled entities' heads."""

OLDER_RUNS = Relation(
    "older_runs",
    pa.schema([("run_id", _TEXT), ("table_name", _TEXT), ("names", pa.list_(_TEXT))]),
)
"""Columns that tables had in runs under other contracts."""

PLAIN_DOCUMENTS = Relation(
    "plain_documents",
    pa.schema(
        [
            ("document_type", _TEXT),
            ("ingest_seq", _INTEGER),
            ("document_id", _TEXT),
            ("entity_id", _TEXT),
            ("source_timestamp", TIMESTAMP),
            ("covers", pa.list_(pa.bool_())),
        ]
    ),
)
"""What heads are computed from, a row for each accepted document."""

PLAIN_PAGES = Relation(
    "plain_pages",
    pa.schema(
        [
            ("ingest_seq", _INTEGER),
            ("page_number", _INTEGER),
            ("page_count", _INTEGER),
            ("members_count", _INTEGER),
            ("members_count_without_branches", _INTEGER),
            ("branches_excluded", pa.bool_()),
        ]
    ),
)
"""Facts of the pages of heads."""

WAITING_TREES = Relation("waiting_trees", pa.schema([("entity_id", _TEXT)]))
"""Trees of one document type that lack pages by what the snapshot says."""

PUBLISHED = Relation(
    "published",
    pa.schema(
        [
            ("snapshot_id", _INTEGER),
            ("low", _INTEGER),
            ("high", _INTEGER),
            ("received", _INTEGER),
            ("run_id", _TEXT),
        ]
    ),
)
"""The documents of each snapshot: a span, and how many its run received."""

PROCESSED = Relation("processed", pa.schema([("path", _TEXT), ("sha256", _TEXT)]))
"""Files that were ingested, and their hashes."""

KNOWN = Relation("known", pa.schema([("file_sha256", _TEXT)]))
"""Hashes of the files whose documents are in ODS."""


def plain_of(table: PlainTable) -> Relation:
    """The rows that the documents of heads hold for a table."""
    columns = [("ingest_seq", _INTEGER), ("row_number", _INTEGER)]
    columns += [(c.name, ARROW_TYPES[ColumnType(c.type)]) for c in table.read]
    return Relation(f"plain_{table.name}", pa.schema(columns))


def expected_of(table: PlainTable) -> str:
    """The rows of a table that heads of several pages make."""
    return f"expected_{table.name}"


def head_pages_of(contract: PlainContract) -> str:
    """The pages of each tree's head."""
    return f"head_pages_{contract.name}"


def trees_of(contract: PlainContract) -> str:
    """What the pages of each tree's head say together."""
    return f"plain_trees_{contract.name}"
