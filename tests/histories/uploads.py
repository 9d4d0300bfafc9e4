"""Random uploads: new, bad, late, repeated, renamed, corrected, or under a wrong name."""

import random
import re
from pathlib import Path

from lifecycle import Lake
from made import BLOCKS, TREE, Content, Maker, packed


class Uploads:
    """Puts files into the uploads.

    Args:
        root: of the project.
        chosen: makes the choices.

    Attributes:
        lake: the model.
        uploads: the files that no run has taken yet, by name.
        log: what was done, for the reader of a failure.
    """

    def __init__(self, root: Path, chosen: random.Random) -> None:
        self.root = root
        self.lake = Lake()
        self.uploads: dict[str, Content] = {}
        self.log: list[str] = []
        self._chosen = chosen
        self._maker = Maker(chosen)
        self._delivered: list[tuple[str, Content]] = []
        self._blanks = 0
        self._folder = root / "workingArea" / "uploads"
        self._folder.mkdir(parents=True)

    def drop(self) -> None:
        chosen, kind = self._chosen, self._chosen.random()
        if kind < 0.08:
            self._blanks += 1
            self._put(self._name(BLOCKS), Content(b" " * self._blanks, ()))
        elif kind < 0.55 or not self._delivered:
            self._drop_new()
        else:
            name, content = chosen.choice(self._delivered)
            if kind < 0.7:
                self._put(name, content)
            elif kind < 0.8:
                self._put(re.sub("^.", "d", name), content)
            elif kind < 0.9:
                token = TREE if BLOCKS in name else BLOCKS
                self._put(name.replace(token_of(name), token), content)
            else:
                day = chosen.randrange(1, 6)
                self._put(re.sub("2026030.", f"2026030{day}", name), content)

    def _drop_new(self) -> None:
        if self._chosen.random() < 0.25 and self._maker.has_days():
            for page in self._maker.pages()[: self._chosen.choice((1, 2, 2))]:
                self._put(self._name(TREE), packed([page]), is_new=True)
            return
        documents = [self._maker.company() for _ in range(self._chosen.choice((1, 1, 2)))]
        old = [one for _, content in self._delivered for one in content.documents]
        companies = [one for one in old if one.kind == BLOCKS]
        if companies and self._chosen.random() < 0.15:
            documents.append(self._chosen.choice(companies))
        self._put(self._name(BLOCKS), packed(documents), is_new=True)

    def _name(self, token: str) -> str:
        letter, day = self._chosen.choice("abc"), self._chosen.randrange(1, 4)
        return f"{letter}_{token}_2026030{day}.json"

    def _put(self, name: str, content: Content, *, is_new: bool = False) -> None:
        (self._folder / name).write_bytes(content.raw)
        self.uploads[name] = content
        if is_new:
            self._delivered.append((name, content))
        marks = [(one.entity, one.mark, one.time) for one in content.documents]
        self._say(f"drop {name} with {marks}")

    def _say(self, text: str) -> None:
        self.log.append(f"{self.lake.step}: {text}")


def token_of(name: str) -> str:
    """The type that a file's name tells."""
    return TREE if TREE in name else BLOCKS
