"""The temporary tables that trees are assembled in."""

import pyarrow as pa

from firmograph.contract.model import Table
from firmograph.engine.base import Relation
from firmograph.lake.tables import CONTROL, column_schema

PAGES = "tb_tree_pages"
"""The control table with the facts of every accepted page."""

FRESH_PAGES = Relation("fresh_pages", CONTROL[PAGES].schema)
"""The staged pages of one type's accepted documents."""

KEPT_PAGES = Relation("kept_pages", CONTROL[PAGES].schema)
"""The stored facts of all pages but those set aside."""

HEAD_PAGES = Relation(
    "head_pages",
    pa.schema([("entity_id", pa.string()), ("ingest_seq", pa.int64()), ("place", pa.int64())]),
)
"""The pages of the new heads; of equal members, the one on the first page is used."""

HEAD_FACTS = Relation(
    "head_facts",
    pa.schema(
        [
            ("entity_id", pa.string()),
            ("newest_seq", pa.int64()),
            ("branches_excluded", pa.bool_()),
            ("members_expected", pa.int64()),
            ("pages_expected", pa.int64()),
            ("pages_received", pa.int64()),
            ("is_complete", pa.bool_()),
        ]
    ),
)
"""What is computed for each new head, one row per tree."""

MEMBER_COUNTS = Relation(
    "member_counts", pa.schema([("entity_id", pa.string()), ("members_received", pa.int64())])
)
"""How many distinct members the pages of each new head hold."""

ODD_LINKS = Relation(
    "odd_links",
    pa.schema([("entity_id", pa.string()), ("duns", pa.string()), ("rule", pa.string())]),
)
"""Members of complete trees whose link to their parent is inconsistent."""


def assembled_of(table: Table) -> Relation:
    """The relation of the rows of the new heads for one table."""
    return Relation(f"assembled_{table.name}", column_schema(table.columns))
