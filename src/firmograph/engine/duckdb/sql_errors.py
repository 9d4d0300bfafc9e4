"""What is wrong with a user's SQL, in a sentence: where, why, and what was probably meant."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from firmograph.contract.suggest import nearest
from firmograph.errors import QueryError, first_line

AS_JSON = "SET errors_as_json=true"
"""Has DuckDB report errors with the position and the names it would have known."""
_PLAIN = {"Binder", "Catalog", "Parser", "Invalid Input"}
"""The kinds of error whose name adds nothing to the message."""


def query_error(error: Exception, sql: str, tables: Collection[str]) -> QueryError:
    """A failure of a user's SQL: line, column and DuckDB's message, with the nearest names.

    Args:
        error: as DuckDB raised it, under `AS_JSON`.
        sql: the text.
        tables: those that the text may read.
    """
    facts = _facts(error)
    where = _place(sql, facts.get("position"))
    reason = str(facts["exception_message"]).strip().splitlines()[0].rstrip("!")
    if facts.get("exception_type") not in _PLAIN:
        reason = f"{facts['exception_type']} error: {reason}"
    is_table = facts.get("type") == "Table"
    near = nearest(str(facts.get("name")), tables) if is_table else _candidates(facts)
    if near:
        reason += f"; did you mean {' or '.join(near)}?"
    hint = "`firmograph sql 'SHOW TABLES'` lists all tables" if is_table else None
    what = "is not understood" if facts.get("exception_type") == "Parser" else "failed"
    return QueryError(f"the SQL {what}{where}: {reason}", hint=hint)


def _facts(error: Exception) -> Mapping[str, Any]:
    text = str(error)
    try:
        found: dict[str, Any] = json.loads(text[text.index("{") :])
        if "exception_message" in found:
            return found
    except ValueError:
        pass
    return {"exception_type": "Invalid Input", "exception_message": first_line(error)}


def _place(sql: str, position: str | None) -> str:
    """The line and column of a position, which counts bytes."""
    if position is None:
        return ""
    before = sql.encode()[: int(position)].decode("utf-8", "ignore")
    *lines, last = before.split("\n")
    return f" at line {len(lines) + 1}, column {len(last) + 1}"


def _candidates(facts: Mapping[str, Any]) -> list[str]:
    """The names DuckDB suggests, without the signatures of functions."""
    if facts.get("error_subtype") == "NO_MATCHING_FUNCTION":
        return []
    listed = str(facts.get("candidates") or "").split(",")
    return [name.strip() for name in listed[:3] if name.strip()]
