"""Superseded deliveries: bytes that came again under a name with another meaning."""

from collections.abc import Collection, Iterable, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple, Self

from firmograph.control.marks import Row, find_documents, is_set_aside, mark, parts_with
from firmograph.control.quarantine import LATEST, SET_ASIDE, query_latest, seqs_of
from firmograph.engine.base import Engine
from firmograph.engine.sql import literal
from firmograph.lake.files import meeting
from firmograph.staging.schema import REFUSALS

Span = tuple[int, int]
_AGAIN = "the same bytes were delivered again as"


def supersede(
    engine: Engine, documents: Iterable[Row], files: Mapping[tuple[str, str], str]
) -> list[dict[str, Any]]:
    """Marks documents as superseded, accepted and refused ones, and closes refusals of files.

    Documents that were discarded, withdrawn or superseded before stay so.

    Args:
        engine: of the lake.
        documents: as `find_documents` returns them, each with its `reason`.
        files: the reason, by SHA-256 and name of the deliveries whose open refusals are closed.

    Returns:
        The documents that were not set aside, whose rows must leave the tables.
    """
    fresh = [dict(row) for row in documents if row["status"] not in SET_ASIDE]
    reasons = {row["ingest_seq"]: row["reason"] for row in fresh}
    parts = [
        {**row, "reason": reason}
        for row in parts_with(engine, "open")
        if (
            reason := reasons.get(row["ingest_seq"])
            or files.get((row["document_id"], row["file_name"]))
        )
    ]
    mark(engine, [*fresh, *parts], "superseded")
    return [row for row in fresh if not is_set_aside(row)]


def supersede_delivery(
    engine: Engine, file_sha256: str, file_name: str, reason: str
) -> list[dict[str, Any]]:
    """Marks all documents of one delivery as superseded; see `supersede`.

    Args:
        engine: of the lake.
        file_sha256: of the delivery.
        file_name: under which it was ingested or refused.
        reason: names the delivery that supersedes it.
    """
    condition = f"file_sha256 = {literal(file_sha256)} AND file_name = {literal(file_name)}"
    documents = [{**row, "reason": reason} for row in find_documents(engine, condition)]
    return supersede(engine, documents, {(file_sha256, file_name): reason})


def supersede_earlier(
    engine: Engine, returned: Collection[int] | None, new_from: int, withdrawn: list[Span]
) -> list[dict[str, Any]]:
    """Marks earlier deliveries of bytes that are staged; see `supersede`.

    The same bytes are ingested again only under a name with another meaning, so the last delivery
    is the authoritative one, unless all its documents are refused: then the last one before it that
    has others is. Deliveries that are set aside or withdrawn supersede nothing. All this follows
    from ODS and the quarantine, so that an interrupted run loses nothing.

    Args:
        engine: of the lake; holds the staged documents and refusals.
        returned: the staged documents that earlier runs received; None if all of ODS is staged.
        new_from: documents from this one on are new, and staged.
        withdrawn: spans of documents that rollbacks withdrew.
    """
    refused = parts_with(engine, "open")
    are_files = any(row["scope"] == "file" for row in refused)
    if not are_files and returned is not None and not (returned or _has_from(engine, new_from)):
        return []
    condition = f"ingest_seq >= {new_from}"
    if returned is None:
        condition = "true"
    elif returned:
        condition += f" OR ingest_seq IN ({', '.join(map(str, returned))})"
    newest: dict[str, str] = {}
    earlier: list[int] = []
    found = _deliveries(engine, condition)
    standing = _Standing.of(engine, returned, withdrawn) if found else None
    for sha256, group in groupby(found, key=itemgetter("file_sha256")):
        deliveries = list(group)
        last = standing.authoritative(deliveries) if standing else None
        if last is not None:
            newest[sha256] = deliveries[last]["file_name"]
            earlier += [seq for row in deliveries[last + 1 :] for seq in row["seqs"]]
    reasons = {sha256: f"{_AGAIN} {name}" for sha256, name in newest.items()}
    files = {
        (row["document_id"], row["file_name"]): reasons[row["document_id"]]
        for row in refused
        if row["scope"] == "file"
        and row["document_id"] in newest
        and row["file_name"] != newest[row["document_id"]]
    }
    if not earlier and not files:
        return []
    seqs = ", ".join(map(str, earlier)) or "NULL"
    documents = find_documents(engine, f"ingest_seq IN ({seqs})")
    return supersede(
        engine, [{**row, "reason": reasons[row["file_sha256"]]} for row in documents], files
    )


def _has_from(engine: Engine, seq: int) -> bool:
    """Whether ODS holds documents from one on; told by the logs alone, as a rule."""
    tables = engine.lake.ods_tables.values()
    return any((engine.store.max_value(name) or 0) >= seq for name in tables)


class _Standing(NamedTuple):
    """What keeps documents out of the tables.

    Attributes:
        aside: the documents that are set aside.
        refused: those that are refused, by this run or before.
        withdrawn: spans of those that rollbacks withdrew.
    """

    aside: set[int]
    refused: set[int]
    withdrawn: list[Span]

    @classmethod
    def of(cls, engine: Engine, returned: Collection[int] | None, withdrawn: list[Span]) -> Self:
        """The standing of the documents of a lake, those that are staged as this run finds them."""
        now = f"SELECT DISTINCT ingest_seq FROM {REFUSALS} WHERE scope = 'document'"
        before = set() if returned is None else {*seqs_of(engine, ("open",))}.difference(returned)
        refused = {*engine.query(now)["ingest_seq"].to_pylist(), *before}
        return cls(set(seqs_of(engine, SET_ASIDE)), refused, withdrawn)

    def authoritative(self, deliveries: Iterable[Row]) -> int | None:
        """The place of the authoritative delivery among those of some bytes, newest first."""
        left = [{seq for seq in row["seqs"] if not self._is_out(seq)} for row in deliveries]
        present = [place for place, seqs in enumerate(left) if seqs]
        sound = (place for place in present if left[place] - self.refused)
        return next(sound, present[0] if present else None)

    def _is_out(self, seq: int) -> bool:
        return seq in self.aside or bool(meeting(self.withdrawn, seq, seq))


def _deliveries(engine: Engine, condition: str) -> list[dict[str, Any]]:
    """Deliveries of bytes that came more than once, or were refused before, newest first.

    Args:
        engine: of the lake.
        condition: over ODS; selects documents whose bytes to look at.
    """
    tables = engine.lake.ods_tables.values()
    documents = " UNION ALL ".join(
        f"SELECT file_sha256, file_name, run_id, ingest_seq FROM {table}" for table in tables
    )
    return query_latest(
        engine,
        f"""
        WITH documents AS (
          {documents}
        ),
        deliveries AS (
          SELECT
            file_sha256,
            file_name,
            list(ingest_seq) AS seqs,
            row_number() OVER (PARTITION BY file_sha256 ORDER BY max(ingest_seq) DESC) AS place,
            count(*) OVER (PARTITION BY file_sha256) AS times
          FROM documents
          WHERE file_sha256 IN (
            SELECT file_sha256 FROM documents WHERE {condition}
          )
          GROUP BY file_sha256, file_name, run_id
        )
        SELECT file_sha256, file_name, seqs, place
        FROM deliveries
        WHERE times > 1 OR file_sha256 IN (
          SELECT document_id FROM {LATEST} WHERE status = 'open' AND scope = 'file'
        )
        ORDER BY file_sha256, place
        """,
        list(tables),
    )
