"""Reads a contract's YAML nodes and collects every fault with its line."""

import re
from collections.abc import Mapping

import yaml

from firmograph.contract.columns import read_columns
from firmograph.contract.model import Assembly, ColumnType, Contract, Table
from firmograph.contract.nodes import NodeReader, line_of
from firmograph.contract.path import Path, Scope
from firmograph.contract.suggest import did_you_mean
from firmograph.contract.table import check_parents, read_table

KEYS = (
    "contract",
    "file_token",
    "ods_table",
    "assembly",
    "record_at",
    "entity",
    "source_time",
    "block_status",
    "missing_values",
    "delivery",
    "tables",
)
DELIVERY_FACTS = {
    "exclusion": ColumnType.TEXT,
    "page_number": ColumnType.INTEGER,
    "page_size": ColumnType.INTEGER,
    "self_link": ColumnType.TEXT,
    "last_link": ColumnType.TEXT,
    "members_count": ColumnType.INTEGER,
    "members_count_without_branches": ColumnType.INTEGER,
}
"""The facts of a page, in the order that `page_facts` expects."""

_TYPE_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FILE_TOKEN = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_DW_TABLE = re.compile(r"dw_[a-z0-9_]{1,97}")
_ODS_TABLE = re.compile(r"ods_[a-z0-9_]{1,96}")


def read_contract(
    nodes: NodeReader, node: yaml.Node | None, shipped: Mapping[str, Contract]
) -> Contract | None:
    """Reads a contract's YAML.

    Args:
        nodes: collects the faults.
        node: the file's top node.
        shipped: the contracts of the package; one of the same name provides the file token, the
            ODS table, the assembly and the parents by default.

    Returns:
        The contract; None if faults leave too little of it.
    """
    if not isinstance(node, yaml.MappingNode):
        nodes.faults.append((1, "a contract is a mapping; this file holds none"))
        return None
    top = nodes.mapping(node, KEYS, required=("contract", "record_at", "entity"))
    name_node = top.get("contract", node)
    name = nodes.text(top.get("contract"))
    nodes.lines["contract"] = line_of(name_node)
    if not _TYPE_NAME.fullmatch(name):
        if "contract" in top:
            nodes.fault(
                name_node,
                f"document type {name!r} is not lower-case letters, digits and _, "
                "beginning with a letter",
            )
        return None
    for key in ("source_time", "tables"):
        if key not in top:
            nodes.fault(node, f"{key!r} is missing")
    return _Reader(nodes, node, top, name, shipped.get(name)).contract()


class _Reader:
    """Reads one contract whose name is known.

    Args:
        nodes: collects the faults.
        node: the file's top node.
        top: its values, by key.
        name: the document type.
        shipped: the package's contract of this name, if there is one.
    """

    def __init__(
        self,
        nodes: NodeReader,
        node: yaml.Node,
        top: Mapping[str, yaml.Node],
        name: str,
        shipped: Contract | None,
    ) -> None:
        self._nodes = nodes
        self._node = node
        self._top = top
        self._name = name
        self._shipped = shipped

    def contract(self) -> Contract | None:
        """Reads the contract; None without an entity or a source time."""
        nodes, top, shipped = self._nodes, self._top, self._shipped
        assembly = self._assembly()
        file_token = shipped.file_token if shipped else self._name
        ods_table = shipped.ods_table if shipped else f"ods_{self._name}_raw"
        entity = nodes.plain_path(top.get("entity"))
        tables = self._tables(assembly)
        delivery = self._delivery(assembly)
        source_time = nodes.path(top.get("source_time"))
        contract_facts = {
            "file_token": self._token(
                "file_token",
                _FILE_TOKEN,
                file_token,
                "words of lower-case letters and digits, joined by _, with a letter first",
            ),
            "ods_table": self._token(
                "ods_table",
                _ODS_TABLE,
                ods_table,
                "ods_ and lower-case letters, digits and _, 100 characters at most",
            ),
        }
        if entity is None or source_time is None:
            return None
        for table in tables:
            self._check_entity(table, entity)
        return Contract(
            name=self._name,
            assembly=assembly,
            record_at=self._record_at(top.get("record_at")),
            entity=entity,
            source_time=source_time,
            block_status=nodes.plain_path(top.get("block_status")),
            tables=tables,
            delivery=delivery,
            missing_values=self._missing_values(),
            **contract_facts,
        )

    def _token(self, key: str, pattern: re.Pattern[str], default: str, allowed: str) -> str:
        node = self._top.get(key)
        self._nodes.lines[key] = line_of(node) if node else self._nodes.lines["contract"]
        text = self._nodes.text(node) if node else default
        if not pattern.fullmatch(text):
            place = node or self._top["contract"]
            self._nodes.fault(place, f"{key} {text!r} is not {allowed}")
        return text

    def _assembly(self) -> Assembly:
        node = self._top.get("assembly")
        text = self._nodes.text(node)
        if text in list(Assembly):
            return Assembly(text)
        if node is not None:
            self._nodes.fault(node, f"unknown assembly {text!r}; {did_you_mean(text, Assembly)}")
        return self._shipped.assembly if self._shipped else Assembly.SINGLE

    def _missing_values(self) -> tuple[str, ...]:
        node = self._top.get("missing_values")
        if node is None:
            return ()
        if not isinstance(node, yaml.SequenceNode):
            self._nodes.fault(node, "'missing_values' is a list of texts such as [None, N/A]")
            return ()
        return tuple(text for item in node.value if (text := self._nodes.text(item).strip()))

    def _record_at(self, node: yaml.Node | None) -> tuple[tuple[str, ...], ...]:
        nodes = self._nodes
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            if node is not None:
                nodes.fault(node, "'record_at' is a list of places such as [organization, $]")
            return ()
        places: list[tuple[str, ...]] = []
        for item in node.value:
            text = nodes.text(item)
            if text == "$":
                places.append(())
                continue
            path = nodes.path(item)
            if path and (path.scope or any(step.pick for step in path.steps)):
                nodes.fault(item, f"the record's place {text!r} must be plain dotted keys or $")
            elif path:
                places.append(tuple(step.key for step in path.steps))
        return tuple(places)

    def _tables(self, assembly: Assembly) -> tuple[Table, ...]:
        nodes, node = self._nodes, self._top.get("tables")
        if node is None:
            return ()
        if not isinstance(node, yaml.MappingNode) or not node.value:
            nodes.fault(node, "'tables' is a mapping of table names")
            return ()
        bodies = nodes.mapping(node, None, word="table")
        for name in bodies:
            key = self._place(name)
            nodes.lines[name] = line_of(key)
            if not _DW_TABLE.fullmatch(name):
                nodes.fault(
                    key,
                    f"table name {name!r} is not dw_ and lower-case letters, digits and _, "
                    "100 characters at most",
                )
        known = {table.name: table for table in self._shipped.tables} if self._shipped else {}
        tables: list[Table] = []
        for name, body in bodies.items():
            can_compute = assembly is Assembly.PAGES and all(table.each for table in tables)
            shipped = known.get(name)
            parent = shipped.parent if shipped and shipped.parent in bodies else None
            table = read_table(nodes, name, body, parent, can_compute=can_compute)
            if table:
                tables.append(table)
        lines = {name: line_of(self._place(name)) for name in bodies}
        check_parents(nodes, self._name, tables, lines)
        if assembly is Assembly.PAGES and len(tables) == len(bodies):
            self._check_pages(tables)
        return tuple(tables)

    def _place(self, table: str) -> yaml.Node:
        """The node of a table's name."""
        node: yaml.Node = next(k for k, _ in self._top["tables"].value if k.value == table)
        return node

    def _check_pages(self, tables: list[Table]) -> None:
        """Checks that there is a table for the whole delivery, and one for its members."""
        root = next((table for table in tables if not table.each), None)
        members = next((table for table in tables if table.each), None)
        if root is None or members is None:
            self._nodes.fault(
                self._top["tables"],
                "`assembly: pages` needs a table without 'each' for the whole, "
                "and one with 'each' for its members",
            )
            return
        if len(root.key) > 1 or root.skip_empty:
            self._nodes.fault(
                self._place(root.name),
                f"{root.name} has a row for each entity: its key is the entity alone, "
                "without 'skip_empty'",
            )
        if len(members.key) not in (0, 2):
            self._nodes.fault(
                self._place(members.name),
                f"the key of {members.name} is the entity and the member, two columns",
            )

    def _check_entity(self, table: Table, entity: Path) -> None:
        """Checks that the key of a table begins with the entity, by which rows are replaced."""
        first = next((c for c in table.columns if table.key and c.name == table.key[0]), None)
        if first is None or first.type is not ColumnType.DUNS:
            return  # reported already
        wanted = Path(entity.steps, Scope.RECORD)
        of_record = (Scope.RECORD,) if table.each else (Scope.RECORD, Scope.ELEMENT)
        if any(p.steps != entity.steps or p.scope not in of_record for p in first.paths):
            self._nodes.fault(
                self._place(table.name),
                f"the key of {table.name} begins with the entity, so {first.name!r} is read from "
                f"{wanted if table.each else entity}, not from {' | '.join(map(str, first.paths))}",
            )

    def _delivery(self, assembly: Assembly) -> Table | None:
        nodes, node = self._nodes, self._top.get("delivery")
        is_wanted = assembly is Assembly.PAGES
        if node is None:
            if is_wanted:
                nodes.fault(self._node, "'delivery' is missing: pages are assembled by its facts")
            return None
        if not is_wanted:
            nodes.fault(
                node, f"'delivery' belongs to `assembly: pages`; that of {self._name} is {assembly}"
            )
            return None
        if not isinstance(node, yaml.MappingNode):
            nodes.fault(node, "'delivery' is a mapping of facts")
            return None
        nodes.mapping(node, DELIVERY_FACTS, required=DELIVERY_FACTS, word="fact")
        facts = {column.name: column for column in read_columns(nodes, "delivery", node)}
        for fact, column in facts.items():
            kind = DELIVERY_FACTS.get(fact, column.type)
            if column.type is not kind:
                nodes.fault(node, f"fact {fact!r} is of type {kind}, not {column.type}")
        ordered = tuple(facts[name] for name in DELIVERY_FACTS if name in facts)
        return Table("delivery", (), ordered)
