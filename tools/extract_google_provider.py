"""Extracts the arguments of Google's Terraform provider from its bindings for Python.

The provider itself, a program of its own, is not on PyPI; HashiCorp's bindings for it are, as
the wheel `cdktf-cdktf-provider-google`, and say which arguments each resource has. Only names,
types and nesting are taken, of the resources that deploy/google uses:

    pip download --no-deps cdktf-cdktf-provider-google==16.12.1
    python tools/extract_google_provider.py cdktf_cdktf_provider_google-16.12.1-py3-none-any.whl
"""

import ast
import json
import re
import sys
import zipfile
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from hcl.modules import read_modules

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy" / "google"
TARGET = ROOT / "tools" / "google_provider.json"
PACKAGE = "cdktf_cdktf_provider_google"
META = {"connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioners"}
"""Arguments of every resource, which are Terraform's own."""
SCALARS = {"builtins.str": "string", "jsii.Number": "number", "builtins.bool": "bool"}
Classes = dict[str, ast.ClassDef]


def describe(wheel: zipfile.ZipFile, kind: str) -> dict[str, Any]:
    """The arguments and exports of `google_…`, `data.google_…` or `provider.google`.

    Raises:
        KeyError: if the provider has no such thing.
    """
    module = kind.replace("data.google_", "data_google_").removeprefix("google_")
    module = "provider" if kind == "provider.google" else module
    tree = ast.parse(wheel.read(f"{PACKAGE}/{module}/__init__.py"))
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    main = next(c for c in classes.values() if _base(c).startswith("Terraform"))
    exports = [
        node.name
        for node in main.body
        if isinstance(node, ast.FunctionDef)
        and any(ast.unparse(d) == "builtins.property" for d in node.decorator_list)
        and not node.name.endswith("_input")
    ]
    return {**_body(classes, main, META), "exports": sorted(exports)}


def _base(node: ast.ClassDef) -> str:
    return ast.unparse(node.bases[0]).split(".")[-1] if node.bases else ""


def _body(
    classes: Classes, node: ast.ClassDef, left_out: AbstractSet[str] = frozenset()
) -> dict[str, Any]:
    """Arguments and blocks that a class takes; a `!` marks what is required."""
    init = next(n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__")
    anchors = dict(re.findall(r":param (\w+):.*#(\w+) \w+#", ast.get_docstring(init) or ""))
    arguments: dict[str, str] = {}
    blocks: dict[str, Any] = {}
    for argument, default in zip(init.args.kwonlyargs, init.args.kw_defaults, strict=True):
        if argument.arg in left_out:
            continue
        name = anchors.get(argument.arg, argument.arg.rstrip("_"))
        mark = "!" if default is None else ""
        text = ast.unparse(argument.annotation) if argument.annotation else ""
        if inner := re.search(r"Union\['(\w+)'", text):
            block = _body(classes, classes[inner[1]])
            blocks[name + mark] = block if "Sequence[" in text else {"max": 1, **block}
        else:
            arguments[name] = _kind(text) + mark
    return {"arguments": arguments, "blocks": blocks} if blocks else {"arguments": arguments}


def _kind(annotation: str) -> str:
    """The kind of an argument's values, by its type in Python."""
    if "Sequence[" in annotation:
        return "list"
    if "Mapping[" in annotation:
        return "map"
    return next((kind for text, kind in SCALARS.items() if text in annotation), "any")


def main(path: Path) -> None:
    """Writes the description of all that is used."""
    used = sorted({kind for module in read_modules(DEPLOY) for kind in module.kinds})
    with zipfile.ZipFile(path) as wheel:
        described = {kind: describe(wheel, kind) for kind in used}
        provider = re.search(
            r"/google/([\d.]+)/", wheel.read(f"{PACKAGE}/provider/__init__.py").decode()
        )
    content = {
        "source": f"{path.name} on PyPI, MPL-2.0; names and nesting alone, no text",
        "provider": provider[1] if provider else "",
        "kinds": described,
    }
    TARGET.write_text(_one_kind_a_line(content), "utf-8")
    print(f"wrote {len(described)} kinds to {TARGET.relative_to(ROOT)}")


def _one_kind_a_line(content: dict[str, Any]) -> str:
    """JSON whose differences can be read: a line for each kind."""
    kinds = ",\n".join(f'  "{k}": {json.dumps(v)}' for k, v in content["kinds"].items())
    head = ",\n".join(f'"{name}": {json.dumps(content[name])}' for name in ("source", "provider"))
    return f'{{{head},\n"kinds": {{\n{kinds}\n}}}}\n'


if __name__ == "__main__":
    main(Path(sys.argv[1]))
