"""A history: what people deliver of one set of companies and trees, run by run."""

import random
from collections.abc import Iterator
from itertools import count

from bad_documents import bad, stretch
from company_documents import company
from drops import BLOCKS, TREE, Drop, Fault, delivered
from model import Document, Model
from packing import pack
from tree_documents import pages

RUNS = 5
"""How many runs a history is dealt to."""


class History:
    """Generates the deliveries of one history from a seed, and models what they amount to.

    Args:
        seed: of the random choices.
        number: of the history; part of every DUNS and every file's name.

    Attributes:
        number: the same, as five digits.
        steps: the files that are put into the uploads before each run.
        model: what the tables must hold.
        refused: how many documents were refused so far.
        unread: the files of which something cannot be read, by the number of their first delivery.
    """

    def __init__(self, seed: int, number: int) -> None:
        self.number = f"{number:05}"
        self.steps: list[list[Drop]] = [[] for _ in range(RUNS)]
        self.model = Model()
        self.refused = 0
        self.unread: dict[int, tuple[str, Fault]] = {}
        self._chosen = chosen = random.Random(f"{seed}-{number}")
        self._files = count(1)
        self._strays = {
            BLOCKS: pages(chosen, f"2{self.number}900", f"3{self.number}9", 1)[0],
            TREE: company(chosen, f"1{self.number}900", 1),
        }
        for token, documents in self._bundles():
            self._schedule(self._drop(token, documents))

    def take(self, run: int) -> None:
        """Accepts what a run is to accept of this history's files, in their order."""
        for drop in sorted(self.steps[run], key=lambda drop: (drop.token == TREE, drop.name)):
            if drop.token is None or drop.is_repeat:
                continue
            said = [one.says for one in drop.documents if isinstance(one.says, drop.kind)]
            self.refused += len(drop.documents) - len(said)
            if said:
                self.model.supersede(drop.number)
            for says in said:
                self.model.accept(says, drop.date, drop.number)
            self.unread.pop(drop.number, None)
            if drop.fault:
                self.unread[drop.number] = (drop.name, drop.fault)

    def _bundles(self) -> Iterator[tuple[str, list[Document]]]:
        """Yields the documents of each file, with the type that they have."""
        chosen = self._chosen
        companies = [f"1{self.number}{place:03}" for place in range(2)]
        documents = [
            company(chosen, chosen.choice(companies), day, has_time=False)
            for day in chosen.choices(range(2, 29, 2), k=5)
        ]
        documents += [bad(chosen, companies[0]) for _ in range(chosen.randrange(3))]
        chosen.shuffle(documents)
        while documents:
            size = chosen.choice((1, 1, 2, 3))
            yield BLOCKS, self._disturbed(BLOCKS, documents[:size])
            documents = documents[size:]
        # what is asked for within a day would be one delivery
        for day in chosen.sample(range(2, 29, 2), chosen.choice((1, 2))):
            parts = pages(chosen, f"2{self.number}000", f"3{self.number}0", day)
            if chosen.random() < 0.5:
                chosen.shuffle(parts)
                yield TREE, self._disturbed(TREE, parts)
            else:
                yield from ((TREE, [part]) for part in parts)

    def _disturbed(self, token: str, documents: list[Document]) -> list[Document]:
        """Adds now and then a document of the other type, or what is no document."""
        chosen, found = self._chosen, list(documents)
        if chosen.random() < 0.15 and (stray := self._strays.pop(token, None)):
            found.insert(chosen.randrange(len(found) + 1), stray)
        if chosen.random() < 0.2:
            place = chosen.randrange(len(found))
            found.insert(place, stretch(chosen, found[place].raw))
        return found

    def _drop(self, token: str, documents: list[Document]) -> Drop:
        """Packs documents into a file with the right name."""
        number, date = next(self._files), f"202603{self._chosen.randrange(1, 29):02}"
        second = self._chosen.choice(("", "", "", " (1)"))
        stem = f"{self.number}-{number:02}-x_{token}_{date}{second}"
        ending, content = pack(self._chosen, documents, stem)
        return Drop(number, stem + ending, content, tuple(documents), date)

    def _schedule(self, drop: Drop) -> None:
        """Deals a file to a run, and to a later one what people do about it afterwards."""
        run = self._chosen.randrange(RUNS - 1)
        first, then = delivered(self._chosen, drop)
        self.steps[run].append(first)
        if then is not None:
            self.steps[self._chosen.randrange(run + 1, RUNS)].append(then)
