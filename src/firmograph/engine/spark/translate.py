"""Translates users' SQL from DuckDB's dialect to Spark's; refuses what cannot be translated."""

from collections.abc import Collection

import sqlglot
from pyspark.sql import SparkSession
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from firmograph.engine.duckdb.sandbox import function_names
from firmograph.errors import QueryError, first_line

_HINT = "rewrite it, or use the embedded engine"
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
"""Constructs that would have another result on Spark, or fail."""


QUALIFIES = (4, 2)
"""The first version of Spark that knows QUALIFY."""


def translate(sql: str, allowed: Collection[str], spark: str) -> str:
    """Translates a user's SELECT to Spark's dialect.

    Args:
        sql: in DuckDB's dialect.
        allowed: tables it may read.
        spark: the version of Spark.

    Returns:
        The SELECT in Spark's dialect.

    Raises:
        QueryError: if it is not a SELECT, reads anything else, or contains a construct that would
            have another result on Spark, or fail.
    """
    try:
        statements = [one for one in sqlglot.parse(sql, read="duckdb") if one is not None]
    except SqlglotError as error:
        raise QueryError(f"the SQL is not understood: {first_line(error)}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        kinds = ", ".join(one.key.upper() for one in statements) or "nothing"
        raise QueryError(
            f"the text holds {kinds}; only one SELECT is allowed",
            hint="only runs write to the lake",
        )
    tree = statements[0]
    _check_tables(tree, allowed)
    _check_functions(tree)
    _check_constructs(tree)
    _check_qualify(tree, spark)
    try:
        # the dialect that keeps QUALIFY: rewritten, it may have another result
        translated: str = tree.sql(
            dialect="databricks", unsupported_level=ErrorLevel.RAISE, comments=False
        )
    except SqlglotError as error:
        raise QueryError(
            f"it cannot be translated for Spark: {first_line(error)}", hint=_HINT
        ) from error
    return translated


def check(sql: str, allowed: Collection[str], session: SparkSession) -> None:
    """Refuses what `translate` refuses, and functions that a Spark session does not know.

    Spark itself would refuse more, but would take longer than most marts to say so.

    Raises:
        QueryError: naming the construct or the function.
    """
    translated = translate(sql, allowed, session.version)
    calls = sqlglot.parse_one(translated, read="databricks").find_all(exp.Anonymous)
    names = sorted({call.name.lower() for call in calls})
    unknown = [name for name in names if not session.catalog.functionExists(name)]
    if unknown:
        raise QueryError(f"the SQL failed: Spark has no function {', '.join(unknown)}", hint=_HINT)


def _check_qualify(tree: exp.Query, spark: str) -> None:
    found = tree.find(exp.Qualify)
    if found and tuple(map(int, spark.split(".")[:2])) < QUALIFIES:
        raise QueryError(
            f"Spark {spark} does not know QUALIFY: {found.sql(dialect='duckdb')}",
            hint="filter in a SELECT around it, use Spark 4.2, or use the embedded engine",
        )


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


def _check_constructs(tree: exp.Query) -> None:
    for node in tree.walk():
        construct = _NOT_FAITHFUL.get(type(node))
        if isinstance(node, exp.ArrayAgg | exp.GroupConcat) and node.find(exp.Order):
            construct = "ORDER BY inside an aggregate"
        if isinstance(node, exp.Join) and node.method:
            construct = f"{node.method} JOIN"
        if construct:
            raise QueryError(
                f"{construct} cannot be translated for Spark: {node.sql(dialect='duckdb')}",
                hint=_HINT,
            )
    unnamed = [one for one in tree.selects if not one.output_name and not one.is_star]
    if unnamed:
        raise QueryError(
            f"column {unnamed[0].sql(dialect='duckdb')} has no name, and each engine would "
            "name it differently",
            hint="name it with AS",
        )
