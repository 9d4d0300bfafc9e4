"""Made-up documents for the state machine, and the deliveries that hold them."""

import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from documents import Json, member, organization, response, tree_page

WIDE = ("companyinfo_L2_v1", "hierarchyconnections_L1_v1")
COMPANIES = ("100000001", "100000002", "100000003")
TREES = ("200000001", "200000002")
FUTURE = 2150
"""The year of documents that only a clock set far ahead lets pass."""
BLOCKS, TREE = "data_blocks", "family_tree"


@dataclass(frozen=True)
class Made:
    """A document.

    Attributes:
        kind: the type that it is of.
        raw: its bytes.
        entity: the company or the tree; None where a bad document does not tell.
        mark: tells its rows from those of others; the number of the page in a page of a tree.
        time: the vendor's, ISO 8601; None if the date in the file's name counts. Both pages of one
            delivery of a tree have the same.
        is_bad: whether every contract refuses it.
        is_bare: whether the strict contract refuses it.
        is_wide: whether it covers the linkage, too.
    """

    kind: str
    raw: bytes
    entity: str | None
    mark: int
    time: str | None
    is_bad: bool = False
    is_bare: bool = False
    is_wide: bool = False

    @property
    def document_id(self) -> str:
        """Its id."""
        return hashlib.sha256(self.raw).hexdigest()


@dataclass(frozen=True)
class Content:
    """The bytes of a file, and the documents in it."""

    raw: bytes
    documents: tuple[Made, ...]

    @property
    def sha256(self) -> str:
        """Its hash."""
        return hashlib.sha256(self.raw).hexdigest()


def packed(documents: Sequence[Made]) -> Content:
    """Some documents as lines; a single one is the file."""
    return Content(b"\n".join(one.raw for one in documents), tuple(documents))


class Maker:
    """Makes documents that differ from each other.

    Args:
        chosen: makes the choices.
    """

    def __init__(self, chosen: random.Random) -> None:
        self._chosen = chosen
        self._numbers = count(1)
        self._days = {root: self._chosen.sample(range(28), 28) for root in TREES}

    def company(self) -> Made:
        """A document of a company: sound, bad, bare, undated, of the future, wide or not."""
        chosen, number = self._chosen, next(self._numbers)
        duns, kind = chosen.choice(COMPANIES), chosen.random()
        is_bad, is_bare = kind < 0.15, 0.15 <= kind < 0.4
        year = FUTURE if 0.4 <= kind < 0.5 else 2026
        time = f"{year}-03-{chosen.randrange(1, 6):02}T00:00:00Z"
        is_dated, is_wide = chosen.random() < 0.8 or is_bad, chosen.random() < 0.7
        linkage = {"globalUltimate": {"duns": TREES[0]}, "hierarchyLevel": number}
        record: Json = organization(duns, f"Name {number}", tradeStyle=f"Style {number}")
        if is_wide and is_dated:
            record["corporateLinkage"] = linkage
        if is_bare:
            del record["registeredName"]
        entity: str | None = duns
        if is_bad and chosen.random() < 0.5:
            record["primaryName"] = " "
        elif is_bad:
            record["duns"], entity = f"{number}", None
        body = record
        if is_dated:
            body = response(record, time, *(WIDE if is_wide else WIDE[:1]))
        raw = json.dumps(body).encode()
        return Made(
            BLOCKS,
            raw,
            entity,
            number,
            time if is_dated else None,
            is_bad=is_bad,
            is_bare=is_bare,
            is_wide=is_wide and is_dated,
        )

    def pages(self) -> list[Made]:
        """Both pages of a delivery of a tree; the second may be bad."""
        root = self._chosen.choice(TREES)
        day = self._days[root].pop()
        time = f"2026-{4 + day // 14:02}-{1 + 2 * (day % 14):02}T08:00:00Z"
        found = []
        for number in (1, 2):
            members = [member(duns, parent) for duns, parent in members_of(root, number)]
            page = tree_page(root, members, number=number, of=2, count=4, time=time, size=2)
            is_bad = number == 2 and self._chosen.random() < 0.2
            if is_bad:
                del page["globalUltimateDuns"]
            raw = json.dumps(page).encode()
            found.append(Made(TREE, raw, None if is_bad else root, number, time, is_bad=is_bad))
        return found

    def has_days(self) -> bool:
        """Whether every tree can be delivered once more."""
        return all(self._days.values())


def members_of(root: str, number: int) -> list[tuple[str, str | None]]:
    """DUNS and parent of the members on a page."""
    listed = [root, *(f"{root[:8]}{digit}" for digit in (7, 8, 9))]
    return [(duns, None if duns == root else root) for duns in listed[2 * number - 2 : 2 * number]]
