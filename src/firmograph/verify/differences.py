"""The result of a check: what it compared, and the differences it found."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from firmograph.engine.duckdb.engine import DuckDBEngine

EXAMPLES = 5


@dataclass
class Differences:
    """The differences a check found: their number, and the first few as sentences."""

    count: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, sentence: str) -> None:
        """Adds a difference."""
        self.count += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(sentence)

    def take(self, others: "Differences") -> None:
        """Adds the differences of another check."""
        self.count += others.count
        self.examples = [*self.examples, *others.examples][:EXAMPLES]


@dataclass(frozen=True)
class Check:
    """The result of one check.

    Attributes:
        name: of the check.
        seen: what it compared, in words.
        counted: how many rows, documents or files it compared.
        differences: what it found.
    """

    name: str
    seen: str
    counted: int
    differences: Differences

    @property
    def is_ok(self) -> bool:
        """Whether there is no difference."""
        return not self.differences.count

    def as_dict(self) -> dict[str, object]:
        """The check as ``verify --json`` prints it."""
        count = self.differences.count
        word = "difference" if count == 1 else "differences"
        return {
            "name": self.name,
            "is_ok": self.is_ok,
            "message": self.seen if self.is_ok else f"{count} {word} in {self.seen}",
            "counted": self.counted,
            "examples": self.differences.examples,
        }


def quoted(names: Iterable[str]) -> list[str]:
    """Names of columns as SQL writes them."""
    return [f'"{name}"' for name in names]


def add_rows(
    found: Differences,
    words: str,
    engine: DuckDBEngine,
    sql: str,
    tables: Iterable[str] = (),
) -> None:
    """Adds a difference for each row of a query, as `Evidence.differ` does."""
    counted = f"SELECT *, count(*) OVER () AS difference_count FROM ({sql}) LIMIT {EXAMPLES}"
    rows = engine.query(counted, list(tables)).to_pylist()
    for row in rows:
        found.add(words.format(**row))
    if rows:
        found.count += rows[0]["difference_count"] - len(rows)
