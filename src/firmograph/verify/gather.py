"""Gathers evidence: reads the raw documents of a snapshot with plain `json`.

ODS is streamed once, a batch at a time, into the temporary tables of `relations`.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from firmograph.engine.base import Relation
from firmograph.verify.evidence import STAGED_ROWS, Evidence, Sample
from firmograph.verify.plain import PlainDocument
from firmograph.verify.plain_contracts import PlainContract
from firmograph.verify.relations import (
    HEAD_DOCUMENTS,
    PLAIN_DOCUMENTS,
    PLAIN_PAGES,
    STANDING,
    plain_of,
)
from firmograph.verify.standing import find_head_documents, find_standing, stage_older_runs
from firmograph.verify.values import Fault

_RAW_COLUMNS = (
    "ingest_seq",
    "document_id",
    "raw_data",
    "raw_encoding",
    "ref_date",
    "file_name",
    "record_number",
)
_PAGE_IN_NAME = re.compile(
    r".*_[0-9]{8}_([0-9]{1,6})(?: \([0-9]+\))?\.[a-z.]+", re.IGNORECASE | re.DOTALL
)


def gather(evidence: Evidence, sample: Sample) -> None:
    """Reads ODS up to the snapshot, once, into the temporary tables of the evidence.

    Raises:
        LakeError: if a table cannot be read; libraries may raise errors of their own.
    """
    find_standing(evidence)
    find_head_documents(evidence, sample)
    stage_older_runs(evidence)
    spans = [(0, evidence.snapshot.ingest_seq)]
    rows = _Rows(evidence)
    for contract in evidence.contracts:
        rows.prepare(contract)
        for batch in evidence.engine.store.read_rows(contract.ods_table, _RAW_COLUMNS, spans):
            rows.read(contract, batch)
    rows.flush()


class _Rows:
    """Reads documents, and stages their facts and rows."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._rows: dict[str, tuple[Relation, list[tuple[Any, ...]]]] = {}

    def prepare(self, contract: PlainContract) -> None:
        """Creates the temporary tables, so that they exist even without documents."""
        for relation in (PLAIN_DOCUMENTS, PLAIN_PAGES, *map(plain_of, contract.tables)):
            if relation.name not in self._rows:
                self._rows[relation.name] = (relation, [])
                self._evidence.engine.load(relation, relation.schema.empty_table())

    def read(self, contract: PlainContract, batch: pa.RecordBatch) -> None:
        """Checks the bytes of a batch of documents, and reads those that are accepted."""
        seqs = batch.column(0).to_pylist()
        accepted = self._evidence.engine.query(_accepted(contract, min(seqs), max(seqs)))
        table_names = {row["ingest_seq"]: row["names"] for row in accepted.to_pylist()}
        for row in batch.to_pylist():
            seq = row["ingest_seq"]
            raw = _exact_bytes(row)
            if hashlib.sha256(raw).hexdigest() != row["document_id"]:
                self._evidence.damaged.add(
                    f"document {seq}: its bytes are not those of its document_id"
                )
            if seq in table_names:
                self._read_document(contract, row, raw, table_names[seq])

    def _read_document(
        self, contract: PlainContract, row: dict[str, Any], raw: bytes, names: list[str]
    ) -> None:
        """Reads one accepted document, and its rows for the tables whose heads name it."""
        seq = row["ingest_seq"]
        try:
            document = PlainDocument(contract, raw)
            facts = (document.entity(), document.source_time(row["ref_date"]), document.covers())
            rows = {plain_of(t).name: document.rows(t) for t in contract.tables if t.name in names}
            page = document.page(_page_in_name(row)) if contract.delivery else None
        except Fault as fault:
            self._evidence.damaged.add(
                f"document {seq} is neither refused nor withdrawn, but {fault}"
            )
            return
        self._stage(PLAIN_DOCUMENTS.name, [(contract.name, seq, row["document_id"], *facts)])
        if page:
            self._stage(PLAIN_PAGES.name, [(seq, *page)])
        for name, found in rows.items():
            self._stage(name, ((seq, n, *r) for n, r in enumerate(found)))

    def _stage(self, name: str, rows: Iterable[tuple[Any, ...]]) -> None:
        self._rows[name][1].extend(rows)
        if len(self._rows[name][1]) > STAGED_ROWS:
            self.flush()

    def flush(self) -> None:
        """Loads all rows into the engine."""
        for relation, rows in self._rows.values():
            if rows:
                columns = [
                    pa.array(values, field.type)
                    for values, field in zip(zip(*rows, strict=True), relation.schema, strict=True)
                ]
                table = pa.Table.from_arrays(columns, schema=relation.schema)
                self._evidence.engine.load(relation, table)
                rows.clear()


def _accepted(contract: PlainContract, low: int, high: int) -> str:
    """A query: accepted documents in a range, and the tables whose heads name them."""
    return f"""
        WITH named AS (
            SELECT DISTINCT ingest_seq, table_name
            FROM {HEAD_DOCUMENTS}
            WHERE document_type = '{contract.name}' AND ingest_seq BETWEEN {low} AND {high}
        )
        SELECT s.ingest_seq, list(k.table_name) AS names
        FROM {STANDING} s
        LEFT JOIN named k
            ON k.ingest_seq = s.ingest_seq
        WHERE s.standing = 'accepted' AND s.ingest_seq BETWEEN {low} AND {high}
        GROUP BY s.ingest_seq
    """


def _exact_bytes(row: dict[str, Any]) -> bytes:
    """A document's bytes; empty if its text does not have the stated encoding."""
    text = row["raw_data"] or ""
    try:
        return base64.b64decode(text) if row["raw_encoding"] == "base64" else text.encode()
    except ValueError:
        return b""


def _page_in_name(row: dict[str, Any]) -> int | None:
    """The page number in the name of a file, which is that of its first document."""
    match = _PAGE_IN_NAME.fullmatch(row["file_name"] or "")
    return int(match[1]) if match and row["record_number"] == 1 else None
