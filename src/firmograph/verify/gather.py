"""Gathering: what plain `json` reads from the raw documents of a snapshot.

ODS is streamed once, a batch at a time. What comes of it are temporary tables of an engine:
``standing`` holds how each document stands, ``sampled`` the entities to look at, ``speaks`` the
documents of their heads, ``plain_documents`` what heads are computed from, ``plain_pages`` the
facts of the heads' tree pages, and ``plain_<table>`` the rows that the heads' documents hold.
"""

import base64
import hashlib
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from firmograph.engine.base import Relation
from firmograph.lake.tables import ODS_TABLES
from firmograph.verify.evidence import HEADS, REFUSED, STAGED_ROWS, Evidence, Sample
from firmograph.verify.plain import PlainContract, PlainDocument
from firmograph.verify.relations import (
    OLDER_RUNS,
    PLAIN_DOCUMENTS,
    PLAIN_PAGES,
    SAMPLED,
    SPEAKS,
    STANDING,
    WITHDRAWN,
    plain_of,
)
from firmograph.verify.values import Fault

_RAW_COLUMNS = (
    "ingest_seq",
    "document_id",
    "raw_data",
    "raw_encoding",
    "ref_date",
    "page_number",
)


def gather(evidence: Evidence, sample: Sample) -> None:
    """Reads ODS up to the snapshot, once, into the temporary tables of the evidence.

    Raises:
        LakeError: where a table cannot be read; and what the libraries raise.
    """
    _find_standing(evidence)
    _find_speakers(evidence, sample)
    _stage_runs(evidence)
    spans = [(0, evidence.snapshot.ingest_seq)]
    rows = _Rows(evidence)
    for contract in evidence.contracts:
        rows.prepare(contract)
        name = ODS_TABLES[contract.name]
        for batch in evidence.engine.store.read_rows(name, _RAW_COLUMNS, spans):
            rows.read(contract, batch)
    rows.flush()


def _find_standing(evidence: Evidence) -> None:
    """How each document stands, by what the snapshot and the quarantine say of it."""
    spans = [
        {"low": low, "high": high} for low, high in evidence.snapshot.sums.get("withdrawn", [])
    ]
    evidence.engine.load(WITHDRAWN, pa.Table.from_pylist(spans, WITHDRAWN.schema))
    documents = " UNION ALL ".join(
        f"SELECT '{kind}' AS document_type, ingest_seq, document_id FROM {name}"
        for kind, name in ODS_TABLES.items()
    )
    latest = (
        f"SELECT ingest_seq, arg_max(status, load_timestamp) AS status FROM {REFUSED} "
        "WHERE scope = 'document' GROUP BY ingest_seq"
    )
    evidence.engine.create_temp(
        STANDING,
        "SELECT d.*, "
        "CASE WHEN EXISTS (SELECT 1 FROM withdrawn w WHERE d.ingest_seq BETWEEN w.low "
        "AND w.high) THEN 'withdrawn' WHEN r.status IN ('open', 'discarded') THEN 'refused' "
        f"ELSE 'accepted' END AS standing FROM ({documents}) d LEFT JOIN ({latest}) r "
        f"ON r.ingest_seq = d.ingest_seq WHERE d.ingest_seq <= {evidence.snapshot.ingest_seq} "
        "ORDER BY d.ingest_seq",
        [*ODS_TABLES.values(), REFUSED],
    )


def _find_speakers(evidence: Evidence, sample: Sample) -> None:
    """Which documents' rows to read: of sampled companies, and of every tree's pages."""
    limit = "" if sample.size is None else f"LIMIT {sample.size}"
    trees = ", ".join(f"'{c.name}'" for c in evidence.contracts if c.delivery) or "NULL"
    evidence.engine.create_temp(
        SAMPLED,
        "SELECT * FROM ("
        f"SELECT * FROM (SELECT DISTINCT document_type, entity_id FROM {HEADS} "
        f"WHERE document_type NOT IN ({trees})) "
        f"ORDER BY md5(concat(entity_id, ':', {sample.seed})), entity_id {limit}) UNION ALL "
        f"SELECT DISTINCT document_type, entity_id FROM {HEADS} "
        f"WHERE document_type IN ({trees})",
        [HEADS],
    )
    evidence.engine.create_temp(
        SPEAKS,
        "SELECT h.document_type, h.table_name, h.entity_id, "
        "max(s.ingest_seq) AS ingest_seq FROM (SELECT document_type, table_name, entity_id, "
        f"unnest(document_ids) AS document_id FROM {HEADS}) h SEMI JOIN sampled e "
        "ON e.document_type = h.document_type AND e.entity_id = h.entity_id JOIN standing s "
        "ON s.document_id = h.document_id AND s.document_type = h.document_type "
        "WHERE s.standing = 'accepted' GROUP BY h.document_type, h.table_name, h.entity_id, "
        "h.document_id ORDER BY ingest_seq",
        [HEADS],
    )


def _stage_runs(evidence: Evidence) -> None:
    """The columns that earlier contracts had: a column added later is NULL in older rows."""
    rows = {
        (snapshot.run_id, table.name): {
            "run_id": snapshot.run_id,
            "table_name": table.name,
            "names": table.names,
        }
        for snapshot in evidence.snapshots
        if snapshot.contract_fingerprint != evidence.snapshot.contract_fingerprint
        for body in snapshot.contract.values()
        for table in PlainContract(body).tables
    }
    evidence.engine.load(OLDER_RUNS, pa.Table.from_pylist(list(rows.values()), OLDER_RUNS.schema))


class _Rows:
    """Reads documents and stages what they say."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._rows: dict[str, tuple[Relation, list[tuple[Any, ...]]]] = {}

    def prepare(self, contract: PlainContract) -> None:
        """Makes the temporary tables, so that they are there for a lake without documents."""
        for relation in (PLAIN_DOCUMENTS, PLAIN_PAGES, *map(plain_of, contract.tables)):
            if relation.name not in self._rows:
                self._rows[relation.name] = (relation, [])
                self._evidence.engine.load(relation, relation.schema.empty_table())

    def read(self, contract: PlainContract, batch: pa.RecordBatch) -> None:
        seqs = batch.column(0).to_pylist()
        within = f"BETWEEN {min(seqs)} AND {max(seqs)}"
        accepted = self._evidence.engine.query(
            "SELECT s.ingest_seq, list(k.table_name) AS names FROM standing s "
            "LEFT JOIN (SELECT DISTINCT ingest_seq, table_name FROM speaks "
            f"WHERE document_type = '{contract.name}' AND ingest_seq {within}) k "
            "ON k.ingest_seq = s.ingest_seq WHERE s.standing = 'accepted' "
            f"AND s.ingest_seq {within} GROUP BY s.ingest_seq"
        )
        speaking = {row["ingest_seq"]: row["names"] for row in accepted.to_pylist()}
        for row in batch.to_pylist():
            seq = row["ingest_seq"]
            raw = _exact_bytes(row)
            if hashlib.sha256(raw).hexdigest() != row["document_id"]:
                self._evidence.damaged.add(
                    f"document {seq}: its bytes are not those of its document_id"
                )
            if seq in speaking:
                self._read_document(contract, row, raw, speaking[seq])

    def _read_document(
        self, contract: PlainContract, row: dict[str, Any], raw: bytes, names: list[str]
    ) -> None:
        """Reads one accepted document, and its rows for the tables it speaks for."""
        seq = row["ingest_seq"]
        try:
            document = PlainDocument(contract, raw)
            facts = (document.entity(), document.source_time(row["ref_date"]), document.covers())
            rows = {t.name: document.rows(t) for t in contract.tables if t.name in names}
            page = document.page(row["page_number"]) if contract.delivery and rows else None
        except Fault as fault:
            self._evidence.damaged.add(
                f"document {seq} is neither refused nor withdrawn, but {fault}"
            )
            return
        self._stage("plain_documents", [(contract.name, seq, row["document_id"], *facts)])
        if page:
            self._stage("plain_pages", [(seq, *page)])
        for name, found in rows.items():
            self._stage(f"plain_{name}", ((seq, n, *r) for n, r in enumerate(found)))

    def _stage(self, name: str, rows: Iterable[tuple[Any, ...]]) -> None:
        self._rows[name][1].extend(rows)
        if len(self._rows[name][1]) > STAGED_ROWS:
            self.flush()

    def flush(self) -> None:
        for relation, rows in self._rows.values():
            if rows:
                columns = [
                    pa.array(values, kind.type)
                    for values, kind in zip(zip(*rows, strict=True), relation.schema, strict=True)
                ]
                table = pa.Table.from_arrays(columns, schema=relation.schema)
                self._evidence.engine.load(relation, table)
                rows.clear()


def _exact_bytes(row: dict[str, Any]) -> bytes:
    """A document's bytes; none where its text is not what it says it is."""
    text = row["raw_data"] or ""
    try:
        return base64.b64decode(text) if row["raw_encoding"] == "base64" else text.encode()
    except ValueError:
        return b""
