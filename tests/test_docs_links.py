"""Pages name only files that exist, and their links resolve."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [
    *sorted((ROOT / "docs").rglob("*.md")),
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "benchmarks/README.md")),
]
PACKAGE = ROOT / "src" / "firmograph"
FIRST_FOLDERS = {path.name for path in ROOT.iterdir() if path.is_dir()} - {
    "datasets",
    "marts",
    "workingArea",
}
PACKAGES = {path.name for path in PACKAGE.iterdir() if path.is_dir()}


def unresolved(page: Path, text: str) -> list[str]:
    """Paths in backquotes and targets of links that lead nowhere."""
    return [
        *(name for name in named_files(text) if not is_there(name, page.parent)),
        *(
            target
            for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)", text)
            if "://" not in target and not (page.parent / target).exists()
        ),
    ]


def named_files(text: str) -> Iterator[str]:
    """What stands in backquotes and looks like a path in the repository or the package."""
    for name in re.findall(r"`([\w.-]+(?:/[\w.<>-]+)*/?)`", text):
        first = name.split("/")[0]
        if "<" not in name and (
            ("/" in name and first in FIRST_FOLDERS | PACKAGES) or name.endswith(".py")
        ):
            yield name


def is_there(name: str, beside: Path) -> bool:
    """Whether the repository, the package or the page's own folder has the file or folder."""
    return any((folder / name).exists() for folder in (ROOT, PACKAGE, beside))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page_names_only_files_that_exist(page: Path) -> None:
    assert unresolved(page, page.read_text("utf-8")) == []


def test_files_and_links_that_do_not_exist_are_found() -> None:
    text = (
        "See `kernel/gone.py`, `docs/gone.md`, `tests/gone`, `gone.py` and [a page](gone.md#part); "
        "`kernel/fast.py`, `docs/tour.md`, `tests/golden/cases/<case>/`, `firmograph.toml`, "
        "`app/json`, `settings/load.py`, [the tour](tour.md), [Delta](https://delta.io) are well."
    )
    assert unresolved(ROOT / "docs" / "tables.md", text) == [
        "kernel/gone.py",
        "docs/gone.md",
        "tests/gone",
        "gone.py",
        "gone.md",
    ]
