"""Makes the rows of any query storable in Delta tables."""

from collections import Counter

import pyarrow as pa

from firmograph.errors import QueryError, first_line

_WIDER = {
    # engines differ in the width of integers: tables hold the widest
    pa.int8(): pa.int64(),
    pa.int16(): pa.int64(),
    pa.int32(): pa.int64(),
    pa.uint8(): pa.int64(),
    pa.uint16(): pa.int64(),
    pa.uint32(): pa.int64(),
    pa.uint64(): pa.int64(),
    pa.large_string(): pa.string(),
    pa.string_view(): pa.string(),
    pa.null(): pa.string(),
}


def distinct(names: list[str]) -> list[str]:
    """Column names, of which repeated ones are numbered."""
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return found


def storable(rows: pa.Table) -> pa.Table:
    """Casts rows to types that Delta tables support.

    Raises:
        QueryError: naming a column whose type they do not support.
    """
    schema = storable_schema(rows.schema)
    if rows.schema == schema:
        return rows
    try:
        return rows.cast(schema)
    except pa.ArrowException as error:
        raise QueryError(f"the rows cannot be stored: {first_line(error)}") from error


def storable_schema(schema: pa.Schema) -> pa.Schema:
    """The columns in types that Delta tables support; see `storable`."""
    names = [field.name.lower() for field in schema]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise QueryError(f"duplicate columns: {', '.join(sorted(twice))}")
    return pa.schema([(field.name, _storable_type(field.name, field.type)) for field in schema])


def _storable_type(name: str, kind: pa.DataType) -> pa.DataType:
    if pa.types.is_list(kind):
        return pa.list_(_storable_type(name, kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(f.name, _storable_type(name, f.type)) for f in kind])
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", "UTC")
    if pa.types.is_decimal(kind) and kind.scale == 0 and kind.precision > 18:
        return pa.int64()  # a sum of whole numbers
    kind = _WIDER.get(kind, kind)
    is_plain = pa.types.is_primitive(kind) or pa.types.is_string(kind) or pa.types.is_binary(kind)
    is_time = pa.types.is_time(kind) or pa.types.is_interval(kind) or pa.types.is_duration(kind)
    if is_time or not is_plain:
        raise QueryError(f"column {name} has type {kind}; cast it to text or a number")
    return kind
