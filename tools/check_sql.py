"""Parses every SQL text in the source, in the dialects of the engines that run it.

    python tools/check_sql.py [FILE...]

A text is a string or f-string that begins with the keyword of a statement. What an f-string fills
in is replaced by a name, or by what `STAND_INS` says of the expression.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import sqlglot
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.dialects.spark import Spark
from sqlglot.errors import SqlglotError

SOURCE = Path(__file__).parents[1] / "src" / "firmograph"
_STATEMENT = re.compile(r"\s*(SELECT|WITH|INSERT|MERGE|CREATE(?!\s+TYPE)|COPY)\b")
"""The beginning of a statement; the library does not know ``CREATE TYPE``."""
_QUERY = "SELECT 1 AS filled_in"
STAND_INS = {
    "candidates": _QUERY,
    "compared": _QUERY,
    "differing": _QUERY,
    "documents": _QUERY,
    "held": _QUERY,
    "new": f"{_QUERY} FROM filled_in x",
    "pages": _QUERY,
    "query": _QUERY,
    "rows": _QUERY,
    "scope": _QUERY,
    "sql": _QUERY,
    "staged": _QUERY,
    "touched": _QUERY,
    "wanted": _QUERY,
    "_LATEST": _QUERY,
    "CLOSED_RUNS": _QUERY,
    "COMPRESSION_LEVEL": "1",
    "FILE_BYTES": "1",
    "_SAMPLED": "1",
    "group": "1",
    "'' if is_only_type else of_type": "",
    "kept": "",
    "kind": "TABLE",
    "limit": "",
    "newest": "ORDER BY filled_in",
    "shares": "[0.5]",
    "literal(str(folder))": "'filled_in'",
    "within": "BETWEEN 1 AND 2",
}
"""By expression, what stands for it where a name cannot."""


class SparkWithQuotedNames(Spark):
    """Spark, with names in double quotes, as the engine sets up its sessions."""

    class Tokenizer(Spark.Tokenizer):
        """Reads what is in double quotes as a name."""

        IDENTIFIERS = ["`", '"']  # noqa: RUF012 - the library's own way
        QUOTES = ["'"]  # noqa: RUF012


DUCKDB, SPARK = (DuckDB,), (SparkWithQuotedNames,)
DIALECTS: dict[str, tuple[type[Dialect], ...]] = {
    "engine/duckdb": DUCKDB,
    "engine/spark": SPARK,
    "cloud/google": (),  # BigQuery runs it; its tests parse it
    "drift": DUCKDB,
    "queries": DUCKDB,
    "verify": DUCKDB,
}
"""By folder, who runs its SQL; both engines run that of all others."""


class SqlText(NamedTuple):
    """An SQL text, and where it begins."""

    file: Path
    line: int
    sql: str


def sql_texts(file: Path) -> Iterator[SqlText]:
    """Finds the SQL texts of a file."""
    tree = ast.parse(file.read_text("utf-8"))
    skipped = {id(part) for node in ast.walk(tree) for part in _parts(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in skipped:
            pieces = node.values if isinstance(node, ast.JoinedStr) else [node]
            if _begins_a_statement(pieces):
                yield SqlText(file, node.lineno, "".join(map(_piece, pieces)))


def _parts(node: ast.AST) -> list[ast.expr]:
    """Strings that are no texts of their own: pieces of f-strings, and docstrings."""
    if isinstance(node, ast.JoinedStr):
        return node.values
    return [node.value] if isinstance(node, ast.Expr) else []


def _begins_a_statement(pieces: list[ast.expr]) -> bool:
    first = pieces[0] if pieces else None
    return isinstance(first, ast.Constant) and bool(_STATEMENT.match(str(first.value)))


def _piece(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    expression = ast.unparse(node.value) if isinstance(node, ast.FormattedValue) else ""
    return STAND_INS.get(expression, "filled_in")


def faults(text: SqlText) -> Iterator[str]:
    """What is wrong with a text, as ``file:line: fault``, for each dialect."""
    folder = text.file.parent.as_posix()
    found = (dialects for name, dialects in DIALECTS.items() if f"firmograph/{name}" in folder)
    for dialect in next(found, (*DUCKDB, *SPARK)):
        try:
            tree = sqlglot.parse_one(text.sql, dialect=dialect)
            if isinstance(tree, exp.Command):  # what the library passes on without reading it
                yield f"{text.file}:{text.line}: {dialect.__name__} does not know {tree.this}"
        except SqlglotError as error:
            fault = str(error).splitlines()[0]
            yield f"{text.file}:{text.line}: {dialect.__name__} cannot parse it: {fault}"


def main(arguments: list[str]) -> int:
    """Checks some files, or all of the source; returns an exit code."""
    files = [Path(name) for name in arguments] or sorted(SOURCE.rglob("*.py"))
    texts = [text for file in files for text in sql_texts(file)]
    found = [fault for text in texts for fault in faults(text)]
    print(*found, f"{len(texts)} SQL texts, {len(found)} faults", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
