"""The benchmarks find the modules that they import; only `make bench` runs them."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
SCRIPTS = sorted(BENCHMARKS.rglob("*.py"))
TESTS = BENCHMARKS.parent / "tests"
INSTALLED = {
    *("deltalake", "dlt", "duckdb", "firmograph", "msgspec", "obstore", "orjson", "playwright"),
    *("polars", "pyarrow", "pyspark", "pytest", "vl_convert"),
}
"""What `benchmarks/requirements.in` and the program itself bring."""


def _imported(script: Path) -> Iterator[tuple[str, list[str]]]:
    for node in ast.walk(ast.parse(script.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, []) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", [alias.name for alias in node.names]


def _defined(module: Path) -> set[str]:
    """The names at the top level of a module."""
    names: set[str] = set()
    for node in ast.parse(module.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            named = (one for target in targets for one in getattr(target, "elts", [target]))
            names |= {name.id for name in named if isinstance(name, ast.Name)}
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
    return names


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script_finds_what_it_imports(script: Path) -> None:
    known = sys.stdlib_module_names | INSTALLED
    for module, names in _imported(script):
        if module.split(".")[0] in known:
            continue
        path = f"{module.replace('.', '/')}.py"
        (found,) = {
            p for p in (script.parent / path, BENCHMARKS / path, TESTS / path) if p.exists()
        }
        assert set(names) <= _defined(found)
