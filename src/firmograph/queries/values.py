"""Rows of a query as values of Python, whatever their types are."""

from typing import Any

import pyarrow as pa

_TOO_FINE_OR_FAR = (ValueError, OverflowError, pa.ArrowException)


def rows_of(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    """The rows of a batch.

    A column with a time that Python cannot hold, such as one in the year 20000, becomes text.
    """
    try:
        rows: list[dict[str, Any]] = batch.to_pylist()
    except _TOO_FINE_OR_FAR:
        columns = [_values(column) for column in batch.columns]
        names = batch.schema.names
        rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    return rows


def _values(column: pa.Array) -> list[Any]:
    try:
        values: list[Any] = column.to_pylist()
    except _TOO_FINE_OR_FAR:
        values = _texts(column)
    return values


def _texts(column: pa.Array) -> list[Any]:
    try:
        texts: list[Any] = column.cast(pa.string()).to_pylist()
    except _TOO_FINE_OR_FAR:  # such a time within a list
        texts = [None if value is None else str(value) for value in map(_text, column)]
    return texts


def _text(value: pa.Scalar) -> str | None:
    try:
        return str(value) if value.is_valid else None
    except _TOO_FINE_OR_FAR:
        return "a value that cannot be shown; CAST(... AS VARCHAR) shows it"
