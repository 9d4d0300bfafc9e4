"""The documents of a snapshot: which are accepted, and which belong to heads."""

import pyarrow as pa

from firmograph.verify.evidence import HEADS, REFUSED, Evidence, Sample
from firmograph.verify.plain_contracts import plain_contracts
from firmograph.verify.relations import HEAD_DOCUMENTS, OLDER_RUNS, SAMPLED, STANDING, WITHDRAWN


def find_standing(evidence: Evidence) -> None:
    """Stages whether each document is accepted, refused, withdrawn or superseded."""
    withdrawn = evidence.snapshot.state.withdrawn
    spans = [{"low": low, "high": high} for low, high in withdrawn]
    evidence.engine.load(WITHDRAWN, pa.Table.from_pylist(spans, WITHDRAWN.schema))
    # a rollback may lead behind the contract of a type whose documents are in ODS
    ods_tables = evidence.engine.lake.ods_tables
    documents = " UNION ALL ".join(
        f"SELECT '{name}' AS document_type, ingest_seq, document_id FROM {table}"
        for name, table in ods_tables.items()
    )
    evidence.engine.create_temp(
        STANDING,
        f"""
        WITH documents AS (
            {documents}
        ), latest AS (
            SELECT
                ingest_seq,
                -- a discard of an earlier release has the number of the attempt that it closes
                arg_max(status, attempt * 2 + (status = 'discarded')::INT) AS status
            FROM {REFUSED}
            WHERE scope = 'document'
            GROUP BY ingest_seq
        )
        SELECT
            d.*,
            CASE
                WHEN EXISTS (
                    SELECT 1 FROM {WITHDRAWN} w WHERE d.ingest_seq BETWEEN w.low AND w.high
                ) THEN 'withdrawn'
                WHEN r.status IN ('open', 'discarded') THEN 'refused'
                WHEN r.status IN ('withdrawn', 'superseded') THEN r.status
                ELSE 'accepted'
            END AS standing
        FROM documents d
        LEFT JOIN latest r
            ON r.ingest_seq = d.ingest_seq
        WHERE d.ingest_seq <= {evidence.snapshot.ingest_seq}
        ORDER BY d.ingest_seq
        """,
        [*ods_tables.values(), REFUSED],
    )


def find_head_documents(evidence: Evidence, sample: Sample) -> None:
    """Stages the documents whose rows to read: of the sampled companies, and of all trees."""
    limit = "" if sample.size is None else f"LIMIT {sample.size}"
    trees = ", ".join(f"'{c.name}'" for c in evidence.contracts if c.delivery) or "NULL"
    evidence.engine.create_temp(
        SAMPLED,
        f"""
        WITH entities AS (
            SELECT DISTINCT document_type, entity_id FROM {HEADS}
        ), companies AS (
            SELECT *
            FROM entities
            WHERE coalesce(document_type NOT IN ({trees}), true)
            ORDER BY md5(concat(entity_id, ':', {sample.seed})), entity_id
            {limit}
        )
        SELECT * FROM companies
        UNION ALL
        SELECT * FROM entities WHERE document_type IN ({trees})
        """,
        [HEADS],
    )
    evidence.engine.create_temp(
        HEAD_DOCUMENTS,
        f"""
        WITH heads AS (
            SELECT document_type, table_name, entity_id, unnest(document_ids) AS document_id
            FROM {HEADS}
        )
        SELECT h.document_type, h.table_name, h.entity_id, max(s.ingest_seq) AS ingest_seq
        FROM heads h
        SEMI JOIN {SAMPLED} e
            ON e.document_type = h.document_type AND e.entity_id = h.entity_id
        JOIN {STANDING} s
            ON s.document_id = h.document_id AND s.document_type = h.document_type
        WHERE s.standing = 'accepted'
        GROUP BY h.document_type, h.table_name, h.entity_id, h.document_id
        ORDER BY ingest_seq
        """,
        [HEADS],
    )


def stage_older_runs(evidence: Evidence) -> None:
    """Stages the columns of earlier contracts that read what today's read.

    Columns that were added later, or look in further places, may be NULL in older rows.
    """
    today = {table.name: table for _, table in evidence.tables}
    rows = {
        (snapshot.run_id, table.name): {
            "run_id": snapshot.run_id,
            "table_name": table.name,
            "names": [
                name
                for name, places in table.places.items()
                if table.name in today and today[table.name].places.get(name) == places
            ],
        }
        for snapshot in evidence.snapshots
        if snapshot.contract_fingerprint != evidence.snapshot.contract_fingerprint
        for contract in plain_contracts(snapshot.contract)
        for table in contract.tables
    }
    data = pa.Table.from_pylist(list(rows.values()), OLDER_RUNS.schema)
    evidence.engine.load(OLDER_RUNS, data)
