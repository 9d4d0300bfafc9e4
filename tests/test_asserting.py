"""Every test asserts something, itself or through a function of the tests that it calls."""

import ast
from collections.abc import Iterator
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef
RAISERS = {"raises", "fail", "warns"}
"""What pytest offers besides `assert`."""


def functions(files: list[Path]) -> Iterator[tuple[Path, Function]]:
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, Function):
                yield file, node


def used(function: Function) -> set[str]:
    """Names that a function uses, and what it takes from pytest."""
    nodes = list(ast.walk(function))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return names | {n.attr for n in nodes if isinstance(n, ast.Attribute) and n.attr in RAISERS}


def silent_tests(files: list[Path]) -> list[str]:
    """The tests that assert nothing."""
    known = list(functions(files))
    asserting: set[str] = set()
    before = -1
    while before != len(asserting):
        before = len(asserting)
        for _, function in known:
            asserts = any(isinstance(node, ast.Assert) for node in ast.walk(function))
            if asserts or used(function) & (asserting | RAISERS):
                asserting.add(function.name)
    return sorted(
        f"{file.name}::{function.name}"
        for file, function in known
        if function.name.startswith("test_") and function.name not in asserting
    )


def test_every_test_asserts_something() -> None:
    files = sorted(Path(__file__).parent.rglob("*.py"))
    assert len(files) > 80
    assert silent_tests(files) == []


def test_test_that_asserts_nothing_is_found(tmp_path: Path) -> None:
    path = tmp_path / "test_some.py"
    path.write_text(
        "def helper():\n    assert True\n\n"
        "def test_direct():\n    helper()\n\n"
        "def test_raising():\n    with pytest.raises(ValueError):\n        int('x')\n\n"
        "def test_silent():\n    run()\n",
        "utf-8",
    )
    assert silent_tests([path]) == ["test_some.py::test_silent"]
