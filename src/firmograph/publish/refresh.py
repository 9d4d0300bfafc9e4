"""Documents that leave the tables: their entities are published from their other documents."""

from collections.abc import Collection, Iterable

import pyarrow as pa

from firmograph.contract.model import Contract
from firmograph.engine.base import Engine, Relation

REFRESHED = Relation(
    "refreshed_entities", pa.schema([("document_type", pa.string()), ("entity_id", pa.string())])
)
"""Entities whose current heads are ignored, since one of their documents was set aside."""
SET_ASIDE = Relation("set_aside", pa.schema([("ingest_seq", pa.int64())]))
"""The documents that are set aside."""


def stage_refresh(
    engine: Engine, refreshed: Iterable[tuple[str, str]], set_aside: Collection[int]
) -> None:
    """Stages what a publish must know about documents that were set aside.

    Args:
        engine: where `REFRESHED` and `SET_ASIDE` are created.
        refreshed: document type and entity; their other documents are staged, too.
        set_aside: the `ingest_seq` of documents.
    """
    pairs = [dict(zip(REFRESHED.schema.names, pair, strict=True)) for pair in refreshed]
    engine.load(REFRESHED, pa.Table.from_pylist(pairs, REFRESHED.schema))
    seqs = [{"ingest_seq": seq} for seq in sorted(set_aside)]
    engine.load(SET_ASIDE, pa.Table.from_pylist(seqs, SET_ASIDE.schema))


def refreshed_of(contract: Contract) -> str:
    """A query: the entities of one document type that are published again."""
    return f"SELECT entity_id FROM {REFRESHED} WHERE document_type = '{contract.name}'"
