"""The public face: what `firmograph` offers to Python, as docs/python.md says it."""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Project
from documents import organization, response

import firmograph

REPOSITORY = Path(__file__).parents[1]
PAGE = (REPOSITORY / "docs" / "python.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def test_documented_examples_run_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Project(tmp_path / "project").drop("alpine_data_blocks_20260301.json", response(organization()))
    nameless = organization()
    del nameless["primaryName"]
    Project(tmp_path / "refused").drop("nameless_data_blocks_20260301.json", response(nameless))
    assert len(EXAMPLES) == 7
    for number, example in enumerate(EXAMPLES, 1):
        script = tmp_path / f"example_{number}.py"
        script.write_text(example, "utf-8")
        runpy.run_path(str(script))
    assert not (tmp_path / "elsewhere").exists()


def test_every_public_name_is_documented_and_exists() -> None:
    names = re.findall(r"^\| `(\w+)` \|", PAGE.split("## Every name")[1], re.MULTILINE)
    assert names == firmograph.__all__
    for name in names:
        found = getattr(firmograph, name)
        assert found.__name__ == name
        assert found.__doc__


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'firmograph' has no attribute 'Projekt'"):
        _ = firmograph.Projekt  # type: ignore[attr-defined]


def test_import_of_the_package_imports_nothing_heavy() -> None:
    script = (
        "import sys, firmograph; assert 'Project' in dir(firmograph); "
        "print([name for name in ('duckdb', 'pyarrow', 'msgspec', 'click') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert ran.stdout == b"[]\n"


def test_public_face_is_typed_without_any(tmp_path: Path) -> None:
    command = ["-m", "mypy", "--strict", "--disallow-any-expr", "--no-incremental"]
    config = ["--config-file", str(REPOSITORY / "pyproject.toml"), "--follow-imports", "silent"]
    client = str(REPOSITORY / "tests" / "typing" / "client.py")
    cache = ["--cache-dir", str(tmp_path)]
    ran = subprocess.run(
        [sys.executable, *command, *config, *cache, client],
        capture_output=True,
        check=False,
        cwd=REPOSITORY,
    )
    assert ran.stdout.decode() == "Success: no issues found in 1 source file\n"
