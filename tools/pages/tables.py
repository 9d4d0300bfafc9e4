"""docs/tables.md, from the contracts and the fixed tables."""

from collections.abc import Iterator

from firmograph.contract.model import Column, Contract, Rule, Table
from firmograph.contract.registry import load_contracts
from firmograph.lake.tables import CHANGED_BY, CONTROL, ODS, Fixed
from pages import markdown

MARTS = {
    "app_stocks_by_company": (
        ("duns", "text", "the company"),
        ("country", "text", "ISO code of the exchange's country; NULL is a group of its own"),
        ("count", "integer", "rows of `dw_stock_exchanges`"),
    )
}
RELATIONS = (  # in addition to those of tables and their parents
    ("dw_company_data", "|o--o{", "dw_family_tree_members", "duns"),
    ("dw_stock_exchanges", "}o--o{", "app_stocks_by_company", "duns"),
)


def tables_page() -> Iterator[str]:
    """The lines of the page."""
    contracts = load_contracts()
    yield "# Tables"
    yield markdown.note("the contracts or the fixed tables in src/firmograph")
    yield (
        "\nA path leads through a document as described in `src/firmograph/contract/path.py`: "
        "`^.` begins beside the record, `$.` at the record, `[code=1]` picks an element by its "
        "code, `|` gives the next place to look. All timestamps are UTC. Absent values, `null`, "
        "`{}`, `[]`, white space and the contract's missing values are NULL.\n\n"
        "The column *unfit value* says what becomes of a value that does not fit: *NULL* is a "
        "warning in `tb_data_quality` with path, value and DUNS, and the row stays; *refused* "
        "sends the document to the quarantine, or in a list the element. A contract decides it "
        "with `fault: refuse`, see [contracts.md](contracts.md).\n"
    )
    yield from _diagram(contracts)
    yield "\n## ods"
    for contract in contracts.values():
        yield from _fixed_table(contract.ods_table, ODS)
    for contract in contracts.values():
        yield f"\n## dw, from {contract.name}"
        for table in contract.tables:
            yield from _contract_table(table)
    yield "\n## app"
    for name, columns in MARTS.items():
        yield f"\n### {name}\n"
        yield from markdown.table(("column", "type", "meaning"), columns)
    yield "\n## control"
    for name, fixed in CONTROL.items():
        yield from _fixed_table(name, fixed)


def _diagram(contracts: dict[str, Contract]) -> Iterator[str]:
    """The DW as an entity relationship diagram in Mermaid."""
    yield "```mermaid\nerDiagram"
    for contract in contracts.values():
        for table in contract.tables:
            if table.parent:
                line = "||--o{" if table.each else "||--o|"
                yield f"    {table.parent} {line} {table.name} : {table.key[0]}"
    for left, line, right, label in RELATIONS:
        yield f"    {left} {line} {right} : {label}"
    for contract in contracts.values():
        for table in contract.tables:
            yield f"    {table.name} {{"
            for column in table.columns:
                key = " PK" if column.name in table.key else ""
                yield f"        {column.type} {column.name}{key}"
            yield "    }"
    yield "```"


def _contract_table(table: Table) -> Iterator[str]:
    yield f"\n### {table.name}\n"
    yield f"Key: {', '.join(f'`{name}`' for name in table.key)}. {_describe_rows(table)}\n"
    columns = [
        (c.name, c.type.value, _source(c), _rule(table, c), _unfit(table, c)) for c in table.columns
    ]
    columns += [(f.name, str(f.type), f.meaning, "", "") for f in CHANGED_BY]
    yield from markdown.table(("column", "type", "source", "rule", "unfit value"), columns)


def _describe_rows(table: Table) -> str:
    """Which rows a table has, and which documents are authoritative for them."""
    text = f"A row for each of `{table.each}`." if table.each else "A row for each entity."
    if table.skip_empty:
        text += " Left out where only the key is known."
    if cover := table.covered_by:
        text += f" Covered by block `{cover.block}` level {cover.level}; without `blockStatus`, by "
        text += f"`{cover.path}`"
        if cover.keys:
            keys = ", ".join(f"`{path}`" for path in cover.keys)
            text += f" and at least {cover.at_least} of {keys}"
        if cover.value_at:
            paths = ", ".join(f"`{path}`" for path in cover.value_at)
            text += f" with a value at one of {paths}"
        text += "."
    return text


def _rule(table: Table, column: Column) -> str:
    return "key" if column.name in table.key else column.rule or ""


def _unfit(table: Table, column: Column) -> str:
    """What becomes of a value that does not fit the column."""
    if not column.paths:
        return ""
    is_key = column.name in table.key or column.rule is Rule.MANDATORY
    return "refused" if is_key or column.refuses else "NULL"


def _source(column: Column) -> str:
    if column.which:
        return f"the word for the place of `{column.which}`"
    if column.computed:
        return "computed when the delivery is assembled"
    words = [f"{label}: " for label in column.labels] or [""] * len(column.paths)
    places = zip(words, column.paths, strict=True)
    source = " \\| ".join(f"{word}`{path}`" for word, path in places)
    return f"{source}, in single units by `{column.unit}`" if column.unit else source


def _fixed_table(name: str, fixed: Fixed) -> Iterator[str]:
    yield f"\n### {name}\n"
    key = f" Key: {', '.join(f'`{column}`' for column in fixed.key)}." if fixed.key else ""
    yield f"{fixed.meaning}{key}\n"
    columns = [(f.name, str(f.type), f.meaning) for f in fixed.fields]
    yield from markdown.table(("column", "type", "meaning"), columns)
