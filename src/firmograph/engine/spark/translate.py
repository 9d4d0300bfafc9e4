"""People's SQL on Spark: the words of DuckDB become those of Spark, or an error names them."""

from collections.abc import Collection

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from firmograph.engine.duckdb.sandbox import function_names
from firmograph.errors import QueryError

_HINT = "say it in other words, or run on the embedded engine"
_NOT_FAITHFUL: dict[type[exp.Expr], str] = {
    exp.Slice: "a slice, as in x[1:3]",
    exp.Lambda: "a lambda",
    exp.Pivot: "PIVOT",
    exp.TableSample: "SAMPLE",
    exp.Columns: "COLUMNS(…)",
    exp.Struct: "a struct",
    exp.Array: "a list, as in [x]",
    exp.ApproxDistinct: "approx_count_distinct",
    exp.ApproxQuantile: "approx_quantile",
    exp.First: "first",
    exp.Last: "last",
    exp.JSONExtract: "-> on JSON",
    exp.JSONExtractScalar: "->> on JSON",
    exp.Placeholder: "a parameter",
    exp.Command: "a command",
}
"""What would come out otherwise on Spark, or not at all."""


def translate(sql: str, allowed: Collection[str]) -> str:
    """A person's SELECT in Spark's words.

    Args:
        sql: in DuckDB's words.
        allowed: tables it may read.

    Raises:
        QueryError: where it is no SELECT, reads anything else, or holds a construct that Spark
            would understand otherwise or not at all.
    """
    try:
        statements = [one for one in sqlglot.parse(sql, read="duckdb") if one is not None]
    except SqlglotError as error:
        raise QueryError(f"the SQL is not understood: {_first_line(error)}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        kinds = ", ".join(one.key.upper() for one in statements) or "nothing"
        raise QueryError(
            f"the text holds {kinds}; only one SELECT is allowed",
            hint="the lake is written by runs alone",
        )
    tree = statements[0]
    _check_tables(tree, allowed)
    _check_functions(tree)
    _check_words(tree)
    try:
        # the dialect of Spark that has QUALIFY, as Spark 4 does
        words: str = tree.sql(
            dialect="databricks", unsupported_level=ErrorLevel.RAISE, comments=False
        )
    except SqlglotError as error:
        raise QueryError(f"Spark does not know it: {_first_line(error)}", hint=_HINT) from error
    return words


def _check_tables(tree: exp.Query, allowed: Collection[str]) -> None:
    known = {name.lower() for name in allowed}
    known |= {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        is_name = isinstance(table.this, exp.Identifier) and not table.db and not table.catalog
        if not is_name or table.name.lower() not in known:
            raise QueryError(
                f"the SQL failed: it may not read {table.sql(dialect='duckdb')}",
                hint=f"tables are {', '.join(sorted(allowed))}",
            )


def _check_functions(tree: exp.Query) -> None:
    """Refuses functions of Spark's own: some of them, such as `reflect`, call any Java code."""
    unknown = {call.name.lower() for call in tree.find_all(exp.Anonymous)}
    unknown -= function_names() if unknown else frozenset()
    if unknown:
        raise QueryError(
            f"the SQL failed: there is no function {', '.join(sorted(unknown))}", hint=_HINT
        )


def _check_words(tree: exp.Query) -> None:
    for node in tree.walk():
        words = _NOT_FAITHFUL.get(type(node))
        if isinstance(node, exp.ArrayAgg | exp.GroupConcat) and node.find(exp.Order):
            words = "ORDER BY inside an aggregate"
        if isinstance(node, exp.Join) and node.method:
            words = f"{node.method} JOIN"
        if words:
            raise QueryError(
                f"{words} cannot be translated for Spark: {node.sql(dialect='duckdb')}", hint=_HINT
            )
    unnamed = [one for one in tree.selects if not one.output_name and not one.is_star]
    if unnamed:
        raise QueryError(
            f"column {unnamed[0].sql(dialect='duckdb')} has no name, and engines would each give "
            "it their own",
            hint="name it with AS",
        )


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
