"""Checks of rows: every value in a table is compared with the documents of the heads."""

from collections.abc import Sequence

from firmograph.verify.differences import Check, Differences, quoted
from firmograph.verify.evidence import HEADS, Evidence
from firmograph.verify.plain_contracts import PlainContract, PlainTable
from firmograph.verify.relations import HEAD_DOCUMENTS, OLDER_RUNS, SAMPLED, expected_of, plain_of

SHOWN = 60
"""How many characters of a value are shown."""


def check_rows(evidence: Evidence) -> Check:
    """Checks every value of the sampled entities' rows against the documents of the heads."""
    found, count = Differences(), 0
    for contract, table in evidence.tables:
        count += compare_rows(evidence, found, contract, table, table.names)
    looked = evidence.number(f"SELECT count(*) FROM {SAMPLED}")
    held = evidence.number(
        f"SELECT count(DISTINCT (document_type, entity_id)) FROM {HEADS}", [HEADS]
    )
    seen = f"{count} rows, of {looked} of {held} companies and trees"
    return Check("rows", seen, count, found)


def _expected(contract: PlainContract, table: PlainTable) -> str:
    """A query: the rows that a table should hold."""
    if contract.delivery:
        return f"SELECT * FROM {expected_of(table)}"
    return f"""
        SELECT p.*
        FROM {plain_of(table)} p
        JOIN {HEAD_DOCUMENTS} k
            ON k.ingest_seq = p.ingest_seq
        WHERE k.document_type = '{contract.name}' AND k.table_name = '{table.name}'
    """


def compare_rows(
    evidence: Evidence,
    found: Differences,
    contract: PlainContract,
    table: PlainTable,
    columns: Sequence[str],
) -> int:
    """Compares some columns of a table's rows with the expected rows, by key.

    Returns:
        How many rows are expected.
    """
    compared = [name for name in table.names if name in columns and name not in table.key]
    held, expected = (", ".join(f"{x}.{c}" for c in quoted([*table.key, *compared])) for x in "te")
    counts = evidence.engine.query(
        f"""
        SELECT
            count(e.{quoted(table.key)[0]}) AS expected,
            count_if(row({held}) IS DISTINCT FROM row({expected})) AS differing
        FROM ({_held(contract, table)}) t
        FULL JOIN ({_expected(contract, table)}) e
            ON {_match(table)}
        """,
        [table.name],
    ).to_pylist()[0]
    if counts["differing"]:
        _describe(evidence, found, contract, table, compared)
    return int(counts["expected"])


def _held(contract: PlainContract, table: PlainTable) -> str:
    """A query: the rows that a table holds of sampled entities."""
    return f"""
        SELECT d.*
        FROM {table.name} d
        SEMI JOIN {SAMPLED} s
            ON s.document_type = '{contract.name}' AND s.entity_id = d.{quoted(table.key)[0]}
    """


def _match(table: PlainTable) -> str:
    """A condition: a row of the table `t` and an expected one `e` have the same key."""
    return " AND ".join(f"t.{c} = e.{c}" for c in quoted(table.key))


def _describe(
    evidence: Evidence,
    found: Differences,
    contract: PlainContract,
    table: PlainTable,
    compared: Sequence[str],
) -> None:
    """Adds a difference for each row that differs, or that is only on one side."""
    keys = quoted(table.key)
    shown = ", ".join(f"coalesce(e.{c}, t.{c})::VARCHAR" for c in keys)
    values = ", ".join(["''", *(_difference(name) for name in compared)])
    evidence.differ(
        found,
        f"{table.name}: row ({{key}}) {{what}}",
        f"""
        WITH older AS (
            SELECT * FROM {OLDER_RUNS} WHERE table_name = '{table.name}'
        )
        SELECT
            concat_ws(', ', {shown}) AS key,
            CASE
                WHEN e.{keys[0]} IS NULL THEN 'is in the table, but not in the document'
                WHEN t.{keys[0]} IS NULL THEN 'is in the document, but not in the table'
                ELSE array_to_string(list_filter([{values}], lambda v: v <> ''), '; ')
            END AS what
        FROM ({_held(contract, table)}) t
        FULL JOIN ({_expected(contract, table)}) e
            ON {_match(table)}
        LEFT JOIN older o
            ON o.run_id = t.run_id
        WHERE what <> '' AND NOT ({_is_not_yet_due(evidence, table)})
        ORDER BY ALL
        """,
        [table.name],
    )


def _difference(name: str) -> str:
    """SQL that describes how a value differs.

    A row that was written before the column was added has NULL there until a rebuild.
    """
    held, said = (f"coalesce(left({x}.\"{name}\"::VARCHAR, {SHOWN}), 'NULL')" for x in "te")
    return f"""CASE
        WHEN t."{name}" IS DISTINCT FROM e."{name}" AND NOT (
            t."{name}" IS NULL AND o.run_id IS NOT NULL AND NOT list_contains(o.names, '{name}')
        ) THEN concat('holds {name} ', {held}, ', its document says ', {said})
    END"""


def _is_not_yet_due(evidence: Evidence, table: PlainTable) -> str:
    """A condition: a row may be absent, since only columns added later have values in it."""
    added = evidence.added(table) if table.skip_empty else set()
    if not added:
        return "false"
    first, *rest = quoted(table.key)
    older = [c for c in quoted(n for n in table.names if n not in added) if c not in (first, *rest)]
    return " AND ".join([f"t.{first} IS NULL", *(f"e.{c} IS NULL" for c in older)])
