"""The list of slow tests, and the script that writes it."""

import ast
from functools import cache
from pathlib import Path

from list_slow_tests import slow
from slow import LISTED, ON_SPARK

REPOSITORY = Path(__file__).parents[2]
CASE = '<testcase classname="tests.room.test_it" name="{}" time="{}"/>'


@cache
def _functions(path: str) -> set[str]:
    tree = ast.parse((REPOSITORY / path).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_listed_tests_exist() -> None:
    listed = LISTED.read_text("utf-8").split()
    assert listed == sorted(set(listed))
    assert len(listed) > 100
    for name in listed:
        path, _, function = name.removesuffix(ON_SPARK).partition("::")
        assert function in _functions(path), name


def test_function_is_slow_if_its_cases_are_on_average(tmp_path: Path) -> None:
    cases = (
        ("test_quick", 0.1),
        ("test_slow[a]", 0.4),
        ("test_slow[b]", 0.7),
        ("test_odd[b]", 0.5),
    )
    report = "".join(CASE.format(name, seconds) for name, seconds in cases)
    report += CASE.format("test_failed", 9).replace("/>", "><failure/></testcase>")
    (tmp_path / "tests.xml").write_text(f"<testsuites>{report}</testsuites>")
    (tmp_path / "spark.xml").write_text(f"<t>{CASE.format('test_quick[spark]', 7)}</t>")
    listed = ["tests/room/test_it.py::test_odd", "tests/room/test_other.py::test_absent"]
    assert slow([tmp_path / "tests.xml", tmp_path / "spark.xml"], listed) == [
        "tests/room/test_it.py::test_quick[spark]",
        "tests/room/test_it.py::test_slow",
        "tests/room/test_other.py::test_absent",
    ]
