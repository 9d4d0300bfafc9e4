"""Whether blocks have the arguments and blocks that the provider describes."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any

from hcl.modules import Block, Body, is_block, plain, unquote

Described = dict[str, Any]
META = {"count", "for_each", "depends_on", "lifecycle", "provider"}
"""What Terraform itself allows in every resource."""
CORE = {
    "variable": {"type", "description", "default", "sensitive", "nullable", "validation"},
    "output": {"value", "description", "sensitive", "depends_on"},
    "terraform": {"required_version", "required_providers", "backend"},
}
"""The blocks of Terraform's own."""


def argument_faults(block: Block, kinds: dict[str, Described]) -> Iterator[str]:
    """What is wrong in a block; its references are checked elsewhere."""
    if block.kind is None:
        for name in plain(block.body):
            if name not in CORE.get(block.type, {name}):
                yield f"{block.name}: a {block.type} has no argument {name!r}"
        if block.type in {"variable", "output"} and "description" not in plain(block.body):
            yield f"{block.name}: has no description"
        return
    if block.kind not in kinds:
        yield f"{block.name}: {block.kind!r} is not among the described kinds"
        return
    yield from _body_faults(block.name, plain(block.body), kinds[block.kind], META)


def _body_faults(
    place: str, body: Body, described: Described, allowed: AbstractSet[str] = frozenset()
) -> Iterator[str]:
    """What is wrong in the body of a resource, or of a block in it."""
    nested, given = _nested(body)
    for name in (given.keys() | nested.keys()) & allowed:
        given.pop(name, None)
        nested.pop(name, None)
    yield from _given_faults(place, given, described)
    yield from _nested_faults(place, nested, described)
    for name in _required(described):
        if name not in given and name not in nested:
            yield f"{place}: {name!r} is missing"


def _given_faults(place: str, given: Body, described: Described) -> Iterator[str]:
    """What is wrong with arguments."""
    arguments, blocks = described["arguments"], _blocks(described)
    for name, value in given.items():
        if name in blocks:
            yield f"{place}: {name!r} is a block, not an argument"
        elif name not in arguments:
            yield f"{place}: no argument {name!r}"
        elif fault := _value_fault(value, kind := arguments[name].rstrip("!")):
            yield f"{place}: {name!r} is a {kind}, not {fault}"


def _nested_faults(
    place: str, nested: dict[str, list[Body]], described: Described
) -> Iterator[str]:
    """What is wrong with blocks, and in them."""
    arguments, blocks = described["arguments"], _blocks(described)
    for name, bodies in nested.items():
        if name in arguments:
            yield f"{place}: {name!r} is an argument, not a block"
        elif name not in blocks:
            yield f"{place}: no block {name!r}"
        else:
            if len(bodies) > blocks[name].get("max", len(bodies)):
                yield f"{place}: {name!r} may be there once"
            for inner in bodies:
                yield from _body_faults(f"{place}.{name}", inner, blocks[name])


def _blocks(described: Described) -> dict[str, Described]:
    return {name.rstrip("!"): inner for name, inner in described.get("blocks", {}).items()}


def _required(described: Described) -> list[str]:
    """The names of what must be there."""
    arguments = [name for name, kind in described["arguments"].items() if kind.endswith("!")]
    return arguments + [n.rstrip("!") for n in described.get("blocks", {}) if n.endswith("!")]


def _nested(body: Body) -> tuple[dict[str, list[Body]], Body]:
    """Blocks, those of `dynamic` too, apart from arguments."""
    nested: dict[str, list[Body]] = {}
    rest: Body = {}
    for name, value in body.items():
        if name == "dynamic" and isinstance(value, list):
            for item in value:
                ((label, dynamic),) = plain(item).items()
                contents = plain(dynamic)["content"]
                nested.setdefault(label, []).extend(plain(content) for content in contents)
        elif is_block(value):
            nested[name] = [plain(item) for item in value]
        else:
            rest[name] = value
    return nested, rest


def _value_fault(value: Any, kind: str) -> str | None:
    """What a literal value is, if no argument of this kind takes it."""
    match value:
        case bool():
            found = "bool"
        case int() | float():
            found = "number"
        case list():
            found = "list"
        case dict():
            found = "map"
        case str() if value.startswith('"') and "${" not in value:
            found = "string"
        case _:
            return None
    if kind in {"any", found} or (kind, found) == ("string", "number"):
        return None
    if (kind, found) == ("number", "string") and unquote(value).removeprefix("-").isdecimal():
        return None
    return f"{found} {unquote(value) if isinstance(value, str) else value}"
