"""Terraform modules as python-hcl2 reads them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import hcl2

Body = dict[str, Any]
REFERENCE = re.compile(r"(?<![\w.@-])(var|local|module|data|google_\w+)((?:\.[\w*-]+|@)+)")
HEAD = re.compile(r"(?<![\w.@)-])([a-z_]\w*)@*\.[a-z_*]")
BOUND = re.compile(r"\bfor\s+(\w+)(?:\s*,\s*(\w+))?\s+in\b")
DYNAMIC = re.compile(r'\bdynamic\s+"(\w+)"')
OWN = {"var", "local", "module", "data", "each", "count", "path", "self", "terraform", "google"}
"""What may stand before a dot wherever a value may: Terraform's own, and the provider's name."""
INDEX = re.compile(r"\[([^\[\]]*)\]")


class Block(NamedTuple):
    """A block at the top of a file: its type, its labels and what is in it."""

    type: str
    labels: tuple[str, ...]
    body: Body
    file: Path

    @property
    def kind(self) -> str | None:
        """What the provider describes, if it is one of its things."""
        match self.type:
            case "resource":
                return self.labels[0]
            case "data":
                return f"data.{self.labels[0]}"
            case "provider":
                return f"provider.{self.labels[0]}"
        return None

    @property
    def name(self) -> str:
        """As references say it, such as `google_storage_bucket.lake` or `module.keys`."""
        prefix = {"resource": "", "variable": "var."}.get(self.type, f"{self.type}.")
        return prefix + ".".join(self.labels)


class Reference(NamedTuple):
    """A traversal such as `module.keys.ids["storage"]`, with every index as `[]`."""

    text: str
    file: Path


@dataclass
class Module:
    """A folder of `.tf` files."""

    path: Path
    blocks: list[Block] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)

    @property
    def kinds(self) -> set[str]:
        """Everything of the provider that it uses."""
        return {block.kind for block in self.blocks if block.kind}

    def named(self) -> dict[str, Block]:
        """Its blocks by the name in references."""
        return {block.name: block for block in self.blocks}

    def of_type(self, kind: str) -> dict[str, Block]:
        """Its variables, outputs or calls, by name."""
        return {block.labels[0]: block for block in self.blocks if block.type == kind}

    @property
    def locals(self) -> set[str]:
        """The names of its local values."""
        found = [block.body for block in self.blocks if block.type == "locals"]
        return {name for body in found for name in plain(body)}


def read_modules(folder: Path) -> list[Module]:
    """Every module below a folder."""
    folders = sorted({file.parent for file in folder.rglob("*.tf")})
    return [read_module(path) for path in folders]


def read_module(path: Path) -> Module:
    """The module in a folder."""
    module = Module(path)
    for file in sorted(path.glob("*.tf")):
        text = file.read_text("utf-8")
        for kind, found in plain(hcl2.loads(text)).items():
            for body in found:
                module.blocks.append(_labelled(kind, body, file))
        module.references += [Reference(found, file) for found in _references(text)]
    return module


def plain(body: Body) -> Body:
    """A body without what the parser adds."""
    return {unquote(k): v for k, v in body.items() if not k.startswith("__")}


def unquote(text: str) -> str:
    """A label or key without its quotation marks."""
    return text.strip('"')


def is_block(value: Any) -> bool:
    """Whether a value is written as a block rather than as an argument."""
    return isinstance(value, list) and any(
        isinstance(item, dict) and "__is_block__" in item for item in value
    )


def _labelled(kind: str, body: Body, file: Path) -> Block:
    """A block with its labels, which the parser nests."""
    labels = []
    while "__is_block__" not in body:
        ((label, body),) = plain(body).items()
        labels.append(label)
    return Block(kind, tuple(labels), body, file)


def _references(text: str) -> Iterator[str]:
    """The traversals in a file; what stands in quotation marks is none, `${…}` in them is.

    Indexes are taken out from the innermost on, and leave `[]`.
    """
    code = " ".join(_code(hcl2.parses_to_tree(text)))
    code = re.sub(r"\s*\.\s*", ".", code)
    code = re.sub(r"\s+\[", "[", code)
    while INDEX.search(code):
        for inner in INDEX.findall(code):
            yield from _found(inner)
        code = INDEX.sub("@", code)
    yield from _found(code)
    bound = {name for names in BOUND.findall(code) for name in names}
    known = OWN | bound | set(DYNAMIC.findall(text))
    yield from (head for head in HEAD.findall(code) if head not in known and "google_" not in head)


def _found(code: str) -> Iterator[str]:
    for head, tail in REFERENCE.findall(code):
        yield (head + tail).replace("@", "[]")


def _code(tree: Any) -> Iterator[str]:
    """The tokens of a file without the texts."""
    for token in tree.scan_values(lambda _: True):
        if token.type not in {"STRING_CHARS", "NL_OR_COMMENT"}:
            yield token.value.strip()
