"""Compiled templates are kept, and never used for another text."""

from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment
from jinja2.bccache import Bucket

from firmograph.web.compiled import CompiledTemplates

HELLO = "Hello {{ name }}"


@pytest.fixture(autouse=True)
def _may_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.dont_write_bytecode", False)


def rendered(folder: Path, source: str) -> str:
    """What a template gives in a process of its own."""
    kept = CompiledTemplates(folder)
    environment = Environment(
        loader=DictLoader({"page": source}), bytecode_cache=kept, autoescape=True
    )
    return environment.get_template("page").render(name="Cork")


def kept(folder: Path, source: str) -> Bucket:
    """What is kept of the template."""
    return CompiledTemplates(folder).get_bucket(Environment(autoescape=True), "page", None, source)


def test_compiled_template_is_taken_by_the_next_start(tmp_path: Path) -> None:
    assert kept(tmp_path, HELLO).code is None
    assert rendered(tmp_path, HELLO) == "Hello Cork"
    assert kept(tmp_path, HELLO).code is not None
    assert rendered(tmp_path, HELLO) == "Hello Cork"


def test_template_that_changed_is_compiled_again_in_place(tmp_path: Path) -> None:
    assert rendered(tmp_path, HELLO) == "Hello Cork"
    assert kept(tmp_path, "Good evening {{ name }}").code is None
    assert rendered(tmp_path, "Good evening {{ name }}") == "Good evening Cork"
    assert len(list(tmp_path.iterdir())) == 1


def test_damaged_file_is_compiled_again(tmp_path: Path) -> None:
    rendered(tmp_path, HELLO)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:20])
    assert rendered(tmp_path, HELLO) == "Hello Cork"
    assert kept(tmp_path, HELLO).code is not None


def test_templates_work_where_nothing_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert rendered(tmp_path / "file" / "below", HELLO) == "Hello Cork"
