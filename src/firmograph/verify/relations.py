"""The temporary tables of a verification."""

import pyarrow as pa

from firmograph.contract.model import ColumnType
from firmograph.engine.base import Relation
from firmograph.lake.tables import ARROW_TYPES, TIMESTAMP
from firmograph.verify.plain_contracts import PlainContract, PlainTable

TREE = "the tree"
"""A column added to those of a table: the tree. No column of a contract can have this name."""
_TEXT, _INTEGER = pa.string(), pa.int64()

WITHDRAWN = Relation("withdrawn", pa.schema([("low", _INTEGER), ("high", _INTEGER)]))
"""Spans of `ingest_seq` that a rollback withdrew."""

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
"""Each document of ODS: accepted, refused, withdrawn or superseded."""

SAMPLED = Relation("sampled", pa.schema([("document_type", _TEXT), ("entity_id", _TEXT)]))
"""Entities whose rows are compared with their documents."""

HEAD_DOCUMENTS = Relation(
    "head_documents",
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
"""The facts that determine heads, one row per accepted document."""

_PAGE_FACTS = [
    ("ingest_seq", _INTEGER),
    ("page_number", _INTEGER),
    ("page_count", _INTEGER),
    ("page_size", _INTEGER),
    ("members_count", _INTEGER),
    ("members_count_without_branches", _INTEGER),
    ("branches_excluded", pa.bool_()),
    ("has_members", pa.bool_()),
]
PLAIN_PAGES = Relation("plain_pages", pa.schema(_PAGE_FACTS))
"""Facts of the accepted pages."""

_LOCATED = [("entity_id", _TEXT), ("document_id", _TEXT), ("source_timestamp", TIMESTAMP)]
TREE_PAGES = Relation("tree_pages", pa.schema([*_LOCATED, *_PAGE_FACTS]))
"""All pages of the trees of one document type; a document received several times occurs once."""

NEWEST_PAGES = Relation("newest_pages", TREE_PAGES.schema)
"""The newest of them for each tree."""

_TREE_FACTS = pa.schema(
    [
        ("table_name", _TEXT),
        ("entity_id", _TEXT),
        ("ingest_seq", _INTEGER),
        ("source_timestamp", TIMESTAMP),
        ("document_ids", pa.list_(_TEXT)),
        ("branches_excluded", pa.bool_()),
        ("members_expected", _INTEGER),
        ("members_received", _INTEGER),
        ("pages_expected", _INTEGER),
        ("pages_received", _INTEGER),
        ("is_complete", pa.bool_()),
    ]
)

WAITING_TREES = Relation(
    "waiting_trees",
    pa.schema([("entity_id", _TEXT), ("missing_pages", pa.list_(_INTEGER))]),
)
"""Trees of one document type whose newest delivery is not complete, according to the snapshot."""

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
"""The documents of each snapshot: the span, and how many its run received."""

PROCESSED = Relation(
    "processed",
    pa.schema(
        [("path", _TEXT), ("name", _TEXT), ("sha256", _TEXT), ("is_passed_over", pa.bool_())]
    ),
)
"""Files that were ingested, their hashes, and whether their names are not those of deliveries."""

KNOWN = Relation("known", pa.schema([("file_sha256", _TEXT)]))
"""Hashes of the files whose documents are in ODS."""


def plain_of(table: PlainTable) -> Relation:
    """The relation of the rows for a table in the documents of heads."""
    columns = [("ingest_seq", _INTEGER), ("row_number", _INTEGER)]
    columns += [(c.name, ARROW_TYPES[ColumnType(c.type)]) for c in table.read]
    return Relation(f"plain_{table.name}", pa.schema(columns))


def expected_of(table: PlainTable) -> Relation:
    """The relation of a table's expected rows, assembled from pages; list rows name their tree."""
    if table.each:
        schema = pa.schema([(TREE, _TEXT), *plain_of(table).schema])
    else:
        read = [(c.name, ARROW_TYPES[ColumnType(c.type)]) for c in table.read]
        schema = pa.schema([*read, *(_TREE_FACTS.field(name) for name in table.computed)])
    return Relation(f"expected_{table.name}", schema)


def head_pages_of(contract: PlainContract) -> Relation:
    """The relation of the pages of each tree's head."""
    names = [("table_name", _TEXT), ("entity_id", _TEXT), ("document_id", _TEXT)]
    facts = [("source_timestamp", TIMESTAMP), *_PAGE_FACTS]
    return Relation(f"head_pages_{contract.name}", pa.schema([*names, *facts]))


def trees_of(contract: PlainContract) -> Relation:
    """The relation of each tree's facts, combined from the pages of its head."""
    return Relation(f"plain_trees_{contract.name}", _TREE_FACTS)
