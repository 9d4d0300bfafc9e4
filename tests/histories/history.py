"""A history: what people deliver of one set of companies and trees, run by run."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count

from bundles import Document, bad, company, pack, pages
from model import Model

RUNS = 5
"""How many runs a history is dealt to."""
TOKENS = {"c": "data_blocks", "t": "family_tree"}


@dataclass(frozen=True)
class Drop:
    """A file that is put into the uploads before a run.

    Attributes:
        number: of the file's first delivery, within its history.
        name: of the file.
        content: its bytes.
        documents: what it holds, in order.
        date: in its name, as yyyymmdd.
        meaning: whether its name tells the right type, another one, or none; or only repeats what
            an earlier name told.
        instead: where an unknown file in the uploads gets this name, its old name.
    """

    number: int
    name: str
    content: bytes
    documents: tuple[Document, ...]
    date: str
    meaning: str = "right"
    instead: str | None = None

    @property
    def refused(self) -> int:
        """How many of its documents are refused."""
        if self.meaning in ("unknown", "repeated"):
            return 0
        return sum(self.meaning == "wrong" or one.says is None for one in self.documents)


class History:
    """Generates the deliveries of one history from a seed, and models what they amount to.

    Args:
        seed: of the random choices.
        number: of the history; part of every DUNS and every file's name.
    """

    def __init__(self, seed: int, number: int) -> None:
        self.number = f"{number:05}"
        self.model = Model()
        self._chosen = random.Random(f"{seed}-{number}")
        self._files = count(1)
        self.steps: list[list[Drop]] = [[] for _ in range(RUNS)]
        for token, documents in self._bundles():
            self._schedule(self._drop(token, documents))

    def take(self, run: int) -> None:
        """Accepts what a run is to accept of this history's files, in their order."""
        for drop in sorted(self.steps[run], key=lambda drop: (TOKENS["t"] in drop.name, drop.name)):
            if drop.meaning == "right":
                self.model.supersede(drop.number)
                for document in drop.documents:
                    if document.says is not None:
                        self.model.accept(document.says, drop.date, drop.number)

    def refused(self, run: int) -> int:
        """How many documents of this history a run is to refuse."""
        return sum(drop.refused for drop in self.steps[run])

    def _bundles(self) -> Iterator[tuple[str, list[Document]]]:
        """Yields the documents of each file, with the key of the type they have."""
        chosen = self._chosen
        days = chosen.sample(range(2, 29), 7)
        companies = [f"1{self.number}{place:03}" for place in range(2)]
        documents = [company(chosen, chosen.choice(companies), day) for day in days[:5]]
        documents += [bad(chosen, companies[0]) for _ in range(chosen.randrange(3))]
        chosen.shuffle(documents)
        while documents:
            size = chosen.choice((1, 1, 2, 3))
            yield "c", documents[:size]
            documents = documents[size:]
        for day in days[5 : 5 + chosen.randrange(1, 3)]:
            parts = pages(chosen, f"2{self.number}000", f"3{self.number}0", day)
            if chosen.random() < 0.5:
                chosen.shuffle(parts)
                yield "t", parts
            else:
                yield from (("t", [part]) for part in parts)

    def _drop(self, token: str, documents: list[Document]) -> Drop:
        """Packs documents into a file with the right name."""
        number, date = next(self._files), f"202603{self._chosen.randrange(1, 29):02}"
        stem = f"{self.number}-{number:02}-x_{TOKENS[token]}_{date}"
        ending, content = pack(self._chosen, [document.raw for document in documents], stem)
        return Drop(number, stem + ending, content, tuple(documents), date)

    def _schedule(self, drop: Drop) -> None:
        """Deals a file to a run, and to a later one what people do about it afterwards."""
        run = self._chosen.randrange(RUNS - 1)
        later = self.steps[self._chosen.randrange(run + 1, RUNS)]
        first, then = self._meanings(drop)
        self.steps[run].append(first)
        if then is not None:
            later.append(then)

    def _meanings(self, drop: Drop) -> tuple[Drop, Drop | None]:
        """The names a file is delivered under: one, or a first and a later one."""
        is_tree = TOKENS["t"] in drop.name
        match self._chosen.randrange(8):
            case 0:
                again = drop.name.replace("-x_", "-another company_")
                return drop, replace(drop, name=again, meaning="repeated")
            case 1:
                token = TOKENS["c" if is_tree else "t"]
                name = drop.name.replace(TOKENS["t" if is_tree else "c"], token)
                return replace(drop, name=name, meaning="wrong"), drop
            case 2:
                stray = drop.name.replace("_family_tree_" if is_tree else "_data_blocks_", "_")
                first = replace(drop, name=stray, meaning="unknown")
                return first, replace(drop, instead=stray)
            case 3 if any(one.says and one.says.time is None for one in drop.documents):
                date = self._chosen.choice(("20250301", "20260930"))
                return replace(drop, name=drop.name.replace(drop.date, date), date=date), drop
            case _:
                return drop, None
