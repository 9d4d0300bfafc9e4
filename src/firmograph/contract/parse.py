"""Reads a contract's YAML nodes and collects every fault with its line."""

from collections.abc import Iterable, Mapping

import yaml

from firmograph.contract.model import Column, ColumnType, Contract, Cover, Rule, Table
from firmograph.contract.path import Path, Scope, parse_paths
from firmograph.contract.suggest import did_you_mean

TABLES = {
    "data_blocks": (
        "dw_company_data",
        "dw_corporate_linkage",
        "dw_industry_code",
        "dw_stock_exchanges",
    ),
    "family_tree": ("dw_family_tree", "dw_family_tree_members"),
}
COMPUTED = {
    "dw_family_tree": (
        "branches_excluded",
        "members_expected",
        "members_received",
        "pages_expected",
        "pages_received",
        "is_complete",
    )
}
DELIVERY_FACTS = (
    "exclusion",
    "page_number",
    "page_size",
    "self_link",
    "last_link",
    "members_count",
    "members_count_without_branches",
)
RESERVED = ("load_timestamp", "run_id", "ingest_seq", "row_number")
INTEGER_FACTS = ("page_number", "page_size", "members_count", "members_count_without_branches")


def read_contract(node: yaml.Node | None) -> tuple[Contract | None, list[tuple[int, str]]]:
    """Reads a contract's YAML.

    Returns:
        The contract, None where too little of it is right; and each fault with its line.
    """
    reader = _Reader()
    contract = reader.contract(node)
    return contract, sorted(reader.faults)


class _Reader:
    """Walks the YAML nodes of one contract and collects faults with their lines."""

    def __init__(self) -> None:
        self.faults: list[tuple[int, str]] = []

    def fault(self, node: yaml.Node, message: str) -> None:
        self.faults.append((node.start_mark.line + 1, message))

    def contract(self, node: yaml.Node | None) -> Contract | None:
        if not isinstance(node, yaml.MappingNode):
            self.faults.append((1, "a contract is a mapping; this file holds none"))
            return None
        keys = ("contract", "record_at", "entity", "source_time", "block_status", "delivery")
        top = self.mapping(node, (*keys, "tables"), required=("contract", "record_at", "entity"))
        name = self.text(top.get("contract"))
        if name not in TABLES:
            self.fault(
                top.get("contract", node),
                f"unknown document type {name!r}; {did_you_mean(name, TABLES)}",
            )
            return None
        for key in ("source_time", "tables"):
            if key not in top:
                self.fault(node, f"{key!r} is missing")
        entity = self.plain_path(top.get("entity"))
        tables = self.tables(name, top.get("tables"))
        delivery = self.delivery(name, node, top.get("delivery"))
        source_time = self.path(top.get("source_time"))
        if entity is None or source_time is None:
            return None
        for table in tables:
            self.check_entity(table, entity, top["tables"])
        return Contract(
            name=name,
            record_at=self.record_at(top.get("record_at")),
            entity=entity,
            source_time=source_time,
            block_status=self.plain_path(top.get("block_status")),
            tables=tables,
            delivery=delivery,
        )

    def record_at(self, node: yaml.Node | None) -> tuple[tuple[str, ...], ...]:
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            if node is not None:
                self.fault(node, "'record_at' is a list of places such as [organization, $]")
            return ()
        places: list[tuple[str, ...]] = []
        for item in node.value:
            text = self.text(item)
            if text == "$":
                places.append(())
                continue
            path = self.path(item)
            if path and (path.scope or any(step.pick for step in path.steps)):
                self.fault(item, f"the record's place {text!r} must be plain dotted keys or $")
            elif path:
                places.append(tuple(step.key for step in path.steps))
        return tuple(places)

    def tables(self, contract: str, node: yaml.Node | None) -> tuple[Table, ...]:
        if node is None:
            return ()
        if not isinstance(node, yaml.MappingNode):
            self.fault(node, "'tables' is a mapping of table names")
            return ()
        nodes = self.mapping(node, TABLES[contract], required=TABLES[contract], word="table")
        tables = (self.table(name, body) for name, body in nodes.items())
        return tuple(table for table in tables if table)

    def table(self, name: str, node: yaml.Node) -> Table | None:
        if not isinstance(node, yaml.MappingNode):
            self.fault(node, f"table {name} is a mapping with 'key' and 'columns'")
            return None
        keys = ("key", "each", "skip_empty", "covered_by", "columns")
        body = self.mapping(node, keys, required=("key", "columns"))
        columns = self.columns(name, body.get("columns"))
        return Table(
            name=name,
            key=self.key(name, body.get("key"), columns),
            columns=columns,
            each=self.plain_path(body.get("each")),
            skip_empty=self.flag(body.get("skip_empty")),
            covered_by=self.cover(body.get("covered_by")),
        )

    def key(
        self, table: str, node: yaml.Node | None, columns: tuple[Column, ...]
    ) -> tuple[str, ...]:
        if node is None:
            return ()
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            self.fault(node, f"the key of {table} is a list of its columns")
            return ()
        names = [c.name for c in columns if not c.computed]
        key = tuple(self.text(item) for item in node.value)
        if len(set(key)) < len(key):
            self.fault(node, f"the key of {table} names a column twice")
        first = next((c for c in columns if c.name == key[0] and c.paths), None)
        if first and first.type is not ColumnType.DUNS:
            self.fault(node, f"the key of {table} begins with the entity, not with {key[0]!r}")
        for item, name in zip(node.value, key, strict=True):
            if name not in names:
                self.fault(
                    item, f"key column {name!r} is not in {table}; {did_you_mean(name, names)}"
                )
        return key

    def check_entity(self, table: Table, entity: Path, node: yaml.Node) -> None:
        """Rows belong to the document's entity, and are found by it: the key begins with it."""
        first = next((c for c in table.columns if table.key and c.name == table.key[0]), None)
        if first is None or first.type is not ColumnType.DUNS:
            return  # told already
        wanted = Path(entity.steps, Scope.RECORD)
        of_record = (Scope.RECORD,) if table.each else (Scope.RECORD, Scope.ELEMENT)
        if any(p.steps != entity.steps or p.scope not in of_record for p in first.paths):
            place = next(k for k, _ in node.value if k.value == table.name)
            self.fault(
                place,
                f"the key of {table.name} begins with the entity, so {first.name!r} is read from "
                f"{wanted if table.each else entity}, not from {' | '.join(map(str, first.paths))}",
            )

    def cover(self, node: yaml.Node | None) -> Cover | None:
        if node is None:
            return None
        if not isinstance(node, yaml.MappingNode):
            self.fault(node, "'covered_by' is {block: …, level: …, path: …}")
            return None
        body = self.mapping(node, ("block", "level", "path"), required=("path",))
        level = self.text(body.get("level")) or "1"
        if not level.isdigit():
            self.fault(node, f"level {level!r} is not a number")
            return None
        if not int(level):
            self.fault(node, "level 0 covers nothing; levels begin at 1")
        path = self.path(body.get("path"))
        if path is None:
            return None
        if path.scope or any(step.pick for step in path.steps):
            self.fault(node, f"the covering path {path} must be plain dotted keys")
        return Cover(self.text(body.get("block")) or None, int(level), path)

    def columns(self, table: str, node: yaml.Node | None) -> tuple[Column, ...]:
        if node is None:
            return ()
        if not isinstance(node, yaml.MappingNode):
            self.fault(node, f"the columns of {table} are a mapping of names")
            return ()
        columns: dict[str, Column] = {}
        for key, value in node.value:
            name = self.text(key)
            if name in columns:
                self.fault(key, f"column {name!r} stands twice in {table}")
            if not name.isidentifier() or name != name.lower():
                self.fault(key, f"column name {name!r} is not lower_case letters, digits and _")
            if name in RESERVED:
                self.fault(key, f"column name {name!r} is reserved for the run's own columns")
            column = self.column(table, name, value)
            if column:
                columns[name] = column
        return tuple(columns.values())

    def column(self, table: str, name: str, node: yaml.Node) -> Column | None:
        if isinstance(node, yaml.ScalarNode):
            return self.typed_column(name, node, {"path": node})
        if not isinstance(node, yaml.MappingNode):
            self.fault(node, f"column {name} is a path, or {{path: …, type: …, rule: …}}")
            return None
        body = self.mapping(node, ("path", "type", "rule", "computed"))
        if "computed" in body:
            known = COMPUTED.get(table, ())
            if not self.flag(body["computed"]):
                self.fault(node, f"'computed' of {name} is true or not there")
            for other in ("path", "rule"):
                if other in body:
                    self.fault(node, f"{name} is computed, so it has no {other!r}")
            if name not in known:
                self.fault(node, f"{table}.{name} cannot be computed; {did_you_mean(name, known)}")
                return None
            return Column(name, self.column_type(node, body))
        if "path" not in body:
            self.fault(node, f"column {name} has no path")
            return None
        return self.typed_column(name, node, body)

    def typed_column(
        self, name: str, node: yaml.Node, body: Mapping[str, yaml.Node]
    ) -> Column | None:
        paths = self.paths(body["path"])
        kind = self.column_type(node, body)
        rule_text = self.text(body.get("rule"))
        if rule_text and rule_text not in list(Rule):
            self.fault(body["rule"], f"unknown rule {rule_text!r}; {did_you_mean(rule_text, Rule)}")
            return None
        if kind is not ColumnType.PRESENT and any(path.steps[-1].pick for path in paths):
            self.fault(body["path"], f"the path of {name} ends at an element; name a field of it")
        return Column(name, kind, paths, Rule(rule_text) if rule_text else None) if paths else None

    def column_type(self, node: yaml.Node, body: Mapping[str, yaml.Node]) -> ColumnType:
        text = self.text(body.get("type")) or ColumnType.TEXT.value
        if text in list(ColumnType):
            return ColumnType(text)
        self.fault(
            body.get("type", node), f"unknown type {text!r}; {did_you_mean(text, ColumnType)}"
        )
        return ColumnType.TEXT

    def delivery(self, contract: str, top: yaml.Node, node: yaml.Node | None) -> Table | None:
        wanted = contract == "family_tree"
        if node is None:
            if wanted:
                self.fault(top, "'delivery' is missing: trees are assembled from its facts")
            return None
        if not wanted:
            self.fault(node, f"'delivery' belongs to family_tree only, not to {contract}")
            return None
        if not isinstance(node, yaml.MappingNode):
            self.fault(node, "'delivery' is a mapping of facts")
            return None
        self.mapping(node, DELIVERY_FACTS, required=DELIVERY_FACTS, word="fact")
        facts = {column.name: column for column in self.columns("delivery", node)}
        for fact, column in facts.items():
            kind = ColumnType.INTEGER if fact in INTEGER_FACTS else ColumnType.TEXT
            if column.type is not kind:
                self.fault(node, f"fact {fact!r} is of type {kind}, not {column.type}")
        ordered = tuple(facts[name] for name in DELIVERY_FACTS if name in facts)
        return Table("delivery", (), ordered)

    def mapping(
        self,
        node: yaml.MappingNode,
        known: Iterable[str],
        *,
        required: Iterable[str] = (),
        word: str = "key",
    ) -> dict[str, yaml.Node]:
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = self.text(key)
            if name not in known:
                self.fault(key, f"unknown {word} {name!r}; {did_you_mean(name, known)}")
            elif name in found:
                self.fault(key, f"{word} {name!r} stands twice")
            else:
                found[name] = value
        for name in required:
            if name not in found:
                self.fault(node, f"{word} {name!r} is missing")
        return found

    def text(self, node: yaml.Node | None) -> str:
        if node is None:
            return ""
        if isinstance(node, yaml.ScalarNode):
            return str(node.value)
        self.fault(node, "a word is expected here, not a list or mapping")
        return ""

    def flag(self, node: yaml.Node | None) -> bool:
        text = self.text(node) if node is not None else "false"
        if node is not None and text not in ("true", "false"):
            self.fault(node, f"{text!r} is neither true nor false")
        return text == "true"

    def plain_path(self, node: yaml.Node | None) -> Path | None:
        path = self.path(node)
        if node is not None and path and any(step.pick for step in path.steps):
            self.fault(node, f"the path {path} must be plain dotted keys, without a pick")
            return None
        return path

    def path(self, node: yaml.Node | None) -> Path | None:
        paths = self.paths(node) if node is not None else ()
        if len(paths) > 1 and node is not None:
            self.fault(node, "one path is expected here, without |")
        return paths[0] if paths else None

    def paths(self, node: yaml.Node) -> tuple[Path, ...]:
        text = self.text(node)
        try:
            return parse_paths(text)
        except ValueError as error:
            self.fault(node, str(error))
            return ()
