"""docs/decisions/README.md, from the decision records beside it.

A record is named `NNNN-slug.md`, begins with `# N. Title` and says in the paragraph `**Decided.**`
what holds. One that no longer does says so in a paragraph `**Status.**`.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pages import markdown

NOT_USED = (11,)
"""Numbers that no record in docs/decisions ever had."""
IN_FORCE = "in force"

_NAME = re.compile(r"(\d{4})-[a-z0-9-]+\.md")
_TITLE = re.compile(r"# (\d+)\. (.+)")
_SENTENCE = re.compile(r".*?[.](?=\s|$)")


class BadRecord(Exception):  # noqa: N818 - a record that the index cannot show
    """A decision record that breaks a rule of its form."""


@dataclass(frozen=True)
class Decision:
    """What the index shows of a record."""

    number: int
    title: str
    sentence: str
    status: str
    file_name: str


def decisions_page(folder: Path, not_used: tuple[int, ...] = NOT_USED) -> Iterator[str]:
    """The lines of the page.

    Args:
        folder: where the records are.
        not_used: numbers that no record has.

    Raises:
        BadRecord: naming the file and what is wrong with it.
    """
    decisions = [_read(path) for path in sorted(folder.glob("*.md")) if path.name != "README.md"]
    _check_numbers([decision.number for decision in decisions], not_used)
    lines = {decision.number: _line(decision) for decision in decisions}
    lines |= {number: (f"{number:04}", "", "", "not used") for number in not_used}
    yield "# Decisions"
    yield markdown.note("the records in this folder")
    yield (
        "\nDecisions that a successor would ask about, one page each: what was decided, why, and "
        "what it costs. When a decision changes, its record stays, a new one replaces it, and the "
        "old one says so under **Status.** A number that is not used was never given to a record; "
        "nothing was deleted.\n"
    )
    yield from markdown.table(
        ("number", "title", "decision", "status"), [lines[number] for number in sorted(lines)]
    )


def _read(path: Path) -> Decision:
    name = _NAME.fullmatch(path.name)
    if not name:
        raise BadRecord(f"{path.name}: not a name such as 0001-short-title.md")
    heading, *paragraphs = path.read_text("utf-8").strip().split("\n\n")
    title = _TITLE.fullmatch(heading)
    if not title or int(title[1]) != int(name[1]):
        raise BadRecord(f"{path.name}: begins with {heading!r}, not with '# {int(name[1])}. Title'")
    decided = _paragraph(paragraphs, "Decided")
    sentence = _SENTENCE.match(decided or "")
    if not sentence:
        raise BadRecord(f"{path.name}: has no paragraph that begins with '**Decided.**'")
    status = _paragraph(paragraphs, "Status") or IN_FORCE
    return Decision(int(name[1]), title[2], sentence[0], status.removesuffix("."), path.name)


def _check_numbers(numbers: list[int], not_used: tuple[int, ...]) -> None:
    """Checks that each number up to the last is there once."""
    counts = Counter([*numbers, *not_used])
    for number in range(1, max(counts) + 1):
        if counts[number] == 0:
            raise BadRecord(f"no record has number {number:04}, and NOT_USED does not name it")
        if counts[number] > 1:
            raise BadRecord(f"number {number:04} is given {counts[number]} times")


def _paragraph(paragraphs: list[str], name: str) -> str | None:
    """The paragraph of a name, on one line."""
    start = f"**{name}.**"
    for paragraph in paragraphs:
        if paragraph.startswith(start):
            return " ".join(paragraph.removeprefix(start).split())
    return None


def _line(decision: Decision) -> tuple[str, str, str, str]:
    title = f"[{markdown.cell(decision.title)}]({decision.file_name})"
    return f"{decision.number:04}", title, markdown.cell(decision.sentence), decision.status
