"""Whether what modules refer to exists."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hcl.modules import Block, Module, plain, unquote

MODULE_ARGUMENTS = {"source", "version", "providers", "count", "for_each", "depends_on"}
ALWAYS = {"id"}
"""What every resource has once it is there."""


def reference_faults(
    module: Module, modules: dict[Path, Module], kinds: dict[str, Any]
) -> Iterator[str]:
    """What is wrong with a module's references, calls and variables."""
    named = module.named()
    used = {reference.text for reference in module.references}
    for text in sorted(used):
        if fault := _fault(text, module, modules, kinds):
            yield f"{text}: {fault}"
    for call in module.of_type("module").values():
        yield from _call_faults(call, modules)
    for name in sorted(module.of_type("variable")):
        if not any(text.split(".")[:2] == ["var", name] or _head(text) == name for text in used):
            yield f"{named[f'var.{name}'].name}: no part of the module uses it"


def _head(text: str) -> str:
    """The name of the variable in `var.name…`, or nothing."""
    head, _, rest = text.partition(".")
    return rest.split(".")[0].split("[")[0] if head == "var" else ""


def _fault(
    text: str, module: Module, modules: dict[Path, Module], kinds: dict[str, Any]
) -> str | None:
    """What is wrong with a reference."""
    parts = text.replace("[]", ".[]").split(".")
    head = parts.pop(0)
    if not parts:
        return "nothing of this name is known"
    match head:
        case "var":
            return None if parts[0] in module.of_type("variable") else "there is no such variable"
        case "local":
            return None if parts[0] in module.locals else "there is no such local value"
        case "module":
            return _output_fault(parts, module, modules)
    if head == "data":
        head = f"data.{parts.pop(0)}"
    block = module.named().get(f"{head}.{parts.pop(0)}")
    if block is None:
        return f"there is no such {'data source' if head.startswith('data.') else 'resource'}"
    return _index_fault(parts, block) or _export_fault(parts, kinds.get(head))


def _output_fault(parts: list[str], module: Module, modules: dict[Path, Module]) -> str | None:
    call = module.of_type("module").get(parts.pop(0))
    if call is None:
        return "there is no such module"
    if fault := _index_fault(parts, call):
        return fault
    called = modules.get(source_of(call))
    names = [part for part in parts if part not in {"[]", "*"}]
    if called and names and names[0] not in called.of_type("output"):
        return "the module has no such output"
    return None


def _index_fault(parts: list[str], block: Block) -> str | None:
    """What is wrong with the index after a name."""
    many = {"count", "for_each"} & plain(block.body).keys()
    indexed = bool(parts) and parts[0] in {"[]", "*"}
    if many and parts and not indexed:
        return f"it has {many.pop()}, so an index must follow"
    if not many and indexed:
        return "it has neither count nor for_each, so no index may follow"
    return None


def _export_fault(parts: list[str], described: dict[str, Any] | None) -> str | None:
    names = [part for part in parts if part not in {"[]", "*"}]
    if described is None or not names:
        return None
    blocks = {name.rstrip("!") for name in described.get("blocks", {})}
    known = {*described["arguments"], *described["exports"], *blocks} | ALWAYS
    return None if names[0] in known else f"it has no {names[0]!r}"


def source_of(call: Block) -> Path:
    """The folder of the module that is called."""
    return (call.file.parent / unquote(plain(call.body)["source"])).resolve()


def _call_faults(call: Block, modules: dict[Path, Module]) -> Iterator[str]:
    """Whether a call gives a module what it takes."""
    called = modules.get(source_of(call))
    if called is None:
        yield f"{call.name}: there is no module in {unquote(plain(call.body)['source'])}"
        return
    variables = called.of_type("variable")
    given = plain(call.body).keys() - MODULE_ARGUMENTS
    for name in sorted(given - variables.keys()):
        yield f"{call.name}: the module has no variable {name!r}"
    for name, variable in variables.items():
        if name not in given and "default" not in plain(variable.body):
            yield f"{call.name}: {name!r} is missing"
