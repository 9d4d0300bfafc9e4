"""The index of decision records."""

from pathlib import Path

import pytest
from pages.decisions import BadRecord, decisions_page

RECORDS = Path(__file__).parents[2] / "docs" / "decisions"


def write(folder: Path, name: str, text: str) -> None:
    """A record."""
    (folder / name).write_text(text, "utf-8")


def rows(folder: Path, *not_used: int) -> list[str]:
    """The lines of the index's table."""
    return [line for line in decisions_page(folder, not_used) if line.startswith("| `")]


def test_index_shows_title_first_sentence_and_status(tmp_path: Path) -> None:
    write(
        tmp_path,
        "0001-a-lock.md",
        "# 1. A lock on a file\n\n**Decided.** The lake is locked by\n`lock.py`. It is one.\n\n"
        "**Status.** Superseded by 0002.\n\n**Why.** So.\n",
    )
    write(tmp_path, "0002-a-lease.md", "# 2. A lease | no lock\n\n**Decided.** It runs out.\n")
    assert rows(tmp_path) == [
        "| `0001` | [A lock on a file](0001-a-lock.md) | The lake is locked by `lock.py`. "
        "| Superseded by 0002 |",
        "| `0002` | [A lease \\| no lock](0002-a-lease.md) | It runs out. | in force |",
    ]


def test_index_shows_a_number_that_is_not_used(tmp_path: Path) -> None:
    write(tmp_path, "0002-b.md", "# 2. B\n\n**Decided.** B.\n")
    assert rows(tmp_path, 1) == [
        "| `0001` |  |  | not used |",
        "| `0002` | [B](0002-b.md) | B. | in force |",
    ]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("0002-b.md", "# 2. B\n\n**Decided.** B.\n", "no record has number 0001"),
        ("0001-other.md", "# 1. Other\n\n**Decided.** O.\n", "number 0001 is given 2 times"),
        ("0002-b.md", "# 3. B\n\n**Decided.** B.\n", "0002-b.md: begins with '# 3. B', not with"),
        ("0002-b.md", "# 2. B\n\nB is so.\n", "0002-b.md: has no paragraph that begins with"),
        ("2-b.md", "# 2. B\n\n**Decided.** B.\n", "2-b.md: not a name such as 0001-"),
    ],
)
def test_index_refuses_a_record_that_breaks_its_form(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    if not message.startswith("no record"):
        write(tmp_path, "0001-a.md", "# 1. A\n\n**Decided.** A.\n")
    write(tmp_path, name, text)
    with pytest.raises(BadRecord) as caught:
        rows(tmp_path)
    assert str(caught.value).startswith(message)


def test_index_of_this_repository_names_every_record() -> None:
    index = (RECORDS / "README.md").read_text("utf-8")
    names = [path.name for path in RECORDS.glob("*.md") if path.name != "README.md"]
    assert len(names) >= 13
    assert [name for name in names if f"]({name})" not in index] == []
