"""Checks of keys, parents and heads."""

from collections.abc import Iterator, Sequence

from firmograph.lake.tables import CONTROL
from firmograph.verify.differences import Check, Differences, quoted
from firmograph.verify.evidence import HEADS, Evidence
from firmograph.verify.plain_contracts import PlainContract, PlainTable
from firmograph.verify.relations import STANDING


def check_keys(evidence: Evidence) -> Check:
    """Checks that keys are unique and not NULL."""
    found, count = Differences(), 0
    keys = {table.name: table.key for _, table in evidence.tables} | {HEADS: CONTROL[HEADS].key}
    for name, key in keys.items():
        columns = quoted(key)
        counts = evidence.engine.query(
            f"""
            SELECT
                count(*) AS held,
                count(DISTINCT row({", ".join(columns)})) AS keys,
                count_if({_has_null(columns)}) AS nulls
            FROM {name}
            """,
            [name],
        ).to_pylist()[0]
        if counts["keys"] < counts["held"] or counts["nulls"]:
            _describe_keys(evidence, found, name, columns)
        count += counts["held"]
    return Check("keys", f"{len(keys)} tables, {count} rows", count, found)


def _describe_keys(
    evidence: Evidence, found: Differences, name: str, columns: Sequence[str]
) -> None:
    """Adds a difference for each key that occurs more than once, or is NULL in part."""
    shown = ", ".join(f"coalesce({c}::VARCHAR, 'NULL')" for c in columns)
    counted = f"""
        SELECT concat_ws(', ', {shown}) AS key, count(*) AS n
        FROM {name}
        GROUP BY {", ".join(columns)}
    """
    words = f"{name}: key ({{key}}) occurs {{n}} times"
    evidence.differ(found, words, f"{counted} HAVING n > 1 ORDER BY 1", [name])
    words = f"{name}: key ({{key}}) is NULL in part, {{n}} rows"
    evidence.differ(found, words, f"{counted} HAVING {_has_null(columns)} ORDER BY 1", [name])


def _has_null(columns: Sequence[str]) -> str:
    return " OR ".join(f"{c} IS NULL" for c in columns)


def check_parents(evidence: Evidence) -> Check:
    """Checks that rows have their parents, entities their heads, and heads their documents."""
    found, count = Differences(), 0
    for contract, table in evidence.tables:
        count += _check_entities(evidence, found, contract, table)
    evidence.differ(
        found,
        "{entity_id}: document {id} of its head for {table_name} is {what}",
        f"""
        WITH heads AS (
            SELECT *, unnest(document_ids) AS document_id FROM {HEADS}
        )
        SELECT
            h.entity_id,
            h.table_name,
            left(h.document_id, 12) AS id,
            coalesce(max(s.standing), 'not in ODS') AS what
        FROM heads h
        LEFT JOIN {STANDING} s
            ON s.document_id = h.document_id AND s.document_type = h.document_type
        GROUP BY ALL
        HAVING NOT coalesce(bool_or(s.standing = 'accepted'), false)
        ORDER BY ALL
        """,
        [HEADS],
    )
    return Check("parents", f"{len(evidence.tables)} tables, {count} entities", count, found)


def _check_entities(
    evidence: Evidence, found: Differences, contract: PlainContract, table: PlainTable
) -> int:
    """Checks the entities of a table against each other table; returns how many it holds."""
    tables = [table.name, HEADS, *([table.parent] if table.parent else [])]
    missing = {
        words: f"""
            SELECT s.entity_id
            FROM ({some}) s
            ANTI JOIN ({others}) o
                ON o.entity_id = s.entity_id
        """
        for words, some, others in _pairs(contract, table)
    }
    counted = [f"(SELECT count(*) FROM ({sql}))" for sql in (_entities(table), *missing.values())]
    row = evidence.engine.query(f"SELECT [{', '.join(counted)}] AS counts", tables)
    held, *counts = row["counts"][0].as_py()
    for (words, sql), count in zip(missing.items(), counts, strict=True):
        if count:
            evidence.differ(found, words, f"{sql} ORDER BY 1", tables)
    return int(held)


def _entities(table: PlainTable) -> str:
    return f'SELECT DISTINCT "{table.key[0]}" AS entity_id FROM {table.name}'


def _pairs(contract: PlainContract, table: PlainTable) -> Iterator[tuple[str, str, str]]:
    """Yields a message and two queries: it applies to entities of the first, not in the second."""
    heads = f"SELECT entity_id FROM {HEADS} WHERE table_name = '{table.name}'"
    yield f"{table.name}: {{entity_id}} has no head", _entities(table), heads
    if table.holds_every_entity:
        yield f"{{entity_id}} has a head, but no row in {table.name}", heads, _entities(table)
    if table.parent:
        parent = next(other for other in contract.tables if other.name == table.parent)
        words = f"{table.name}: {{entity_id}} is not in {parent.name}"
        yield words, _entities(table), _entities(parent)
