"""The temporary tables in which a proof is made."""

import pyarrow as pa

from firmograph.contract.model import ColumnType
from firmograph.engine.base import Relation
from firmograph.lake.tables import ARROW_TYPES, TIMESTAMP
from firmograph.verify.plain import PlainTable

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
"""Each document: accepted, refused or withdrawn."""
SAMPLED = Relation("sampled", pa.schema([("document_type", _TEXT), ("entity_id", _TEXT)]))
"""The entities whose rows are compared."""
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
"""The columns that tables had under earlier contracts."""
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
"""What heads are computed from."""
_PAGE_FACTS = [
    ("ingest_seq", _INTEGER),
    ("page_number", _INTEGER),
    ("page_count", _INTEGER),
    ("members_count", _INTEGER),
    ("members_count_without_branches", _INTEGER),
    ("branches_excluded", pa.bool_()),
]
PLAIN_PAGES = Relation("plain_pages", pa.schema(_PAGE_FACTS))
"""Facts of the heads' tree pages."""
HEAD_PAGES = Relation(
    "head_pages",
    pa.schema(
        [
            ("table_name", _TEXT),
            ("entity_id", _TEXT),
            ("document_id", _TEXT),
            ("source_timestamp", TIMESTAMP),
            *_PAGE_FACTS,
        ]
    ),
)
"""The pages of each tree's head."""
PLAIN_TREES = Relation(
    "plain_trees",
    pa.schema(
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
            ("last_page", _INTEGER),
            ("page_numbers", _INTEGER),
            ("is_complete", pa.bool_()),
        ]
    ),
)
"""What the pages of a tree add up to."""
WAITING_TREES = Relation("waiting_trees", pa.schema([("entity_id", _TEXT)]))
"""Trees of which the snapshot says that pages lack."""
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
"""The documents that each snapshot added."""
PROCESSED = Relation("processed", pa.schema([("path", _TEXT), ("sha256", _TEXT)]))
"""Files under the folder of those taken in."""
KNOWN = Relation("known", pa.schema([("file_sha256", _TEXT)]))
"""Files in ODS."""


def plain_of(table: PlainTable) -> Relation:
    """The rows that the heads' documents hold for a table."""
    columns = [(c.name, ARROW_TYPES[ColumnType(c.type)]) for c in table.read]
    place = [("ingest_seq", _INTEGER), ("row_number", _INTEGER)]
    return Relation(f"plain_{table.name}", pa.schema([*place, *columns]))


def expected_members(table: PlainTable) -> Relation:
    """The members that each tree should have."""
    tree = pa.field("tree", _TEXT)
    return Relation(f"expected_{table.name}", pa.schema([tree, *plain_of(table).schema]))


def expected_trees(table: PlainTable) -> Relation:
    """The row that each tree should have."""
    read = [(c.name, ARROW_TYPES[ColumnType(c.type)]) for c in table.read]
    computed = [PLAIN_TREES.schema.field(name) for name in table.computed]
    return Relation(f"expected_{table.name}", pa.schema([*read, *computed]))
