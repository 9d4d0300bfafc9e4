"""Files as they are put into the uploads, and the wrong ways to deliver one."""

import gzip
import random
from dataclasses import dataclass, replace
from typing import NamedTuple

from model import Company, Document, Page
from packing import cut_off

BLOCKS, TREE = "data_blocks", "family_tree"
OTHER = {BLOCKS: TREE, TREE: BLOCKS}
PLAIN = (".json", ".jsonl")
"""Endings of files that are neither compressed nor archives."""


class Fault(NamedTuple):
    """Why a file is refused, or its end: the rule, and words of the reason."""

    rule: str
    words: str


UTF_16 = Fault("encoding", "this is UTF-16, as PowerShell and Notepad write it; save it as UTF-8")
NOT_GZ = Fault("format", "this is compressed by gzip; its name must end with .gz")
DAMAGED = Fault("cut_off", "the file cannot be decompressed: it ends too early")
CUT = Fault("cut_off", "not closed: the file may be cut off")


@dataclass(frozen=True)
class Drop:
    """A file that is put into the uploads before a run.

    Attributes:
        number: of the file's first delivery, within its history.
        name: of the file.
        content: its bytes.
        documents: what can be read of it, in order.
        date: in its name, as yyyymmdd.
        fault: why something of the file cannot be read.
        is_repeat: whether an earlier name of the same bytes told the same.
        instead: where an unknown file in the uploads gets this name, its old name.
    """

    number: int
    name: str
    content: bytes
    documents: tuple[Document, ...]
    date: str
    fault: Fault | None = None
    is_repeat: bool = False
    instead: str | None = None

    @property
    def token(self) -> str | None:
        """The type that the name tells; None if it tells none."""
        return next((token for token in OTHER if f"_{token}_" in self.name), None)

    @property
    def kind(self) -> type[Company | Page]:
        """What documents of this type say."""
        return Page if self.token == TREE else Company


def delivered(chosen: random.Random, drop: Drop) -> tuple[Drop, Drop | None]:
    """The ways in which people deliver a file: as it is, or wrongly first, or again later."""
    is_right = chosen.random() < 0.5
    return (not is_right and chosen.choice(WAYS)(chosen, drop)) or (drop, None)


Delivered = tuple[Drop, Drop | None] | None
"""The first and the later delivery of a file; None if a file cannot be delivered in that way."""


def _again(chosen: random.Random, drop: Drop) -> Delivered:
    """The same bytes come again, under a name that tells the same."""
    other = drop.name.replace("-x_", "-another company_")
    second = drop.name.replace(" (1)", " (2)").replace(f"_{drop.date}.", f"_{drop.date} (1).")
    return drop, replace(drop, name=chosen.choice((other, second)), is_repeat=True)


def _of_other_type(_: random.Random, drop: Drop) -> Delivered:
    token = drop.token or BLOCKS
    return replace(drop, name=drop.name.replace(token, OTHER[token])), drop


def _of_no_type(_: random.Random, drop: Drop) -> Delivered:
    stray = drop.name.replace(f"_{drop.token}_", "_")
    return replace(drop, name=stray), replace(drop, instead=stray)


def _of_other_date(chosen: random.Random, drop: Drop) -> Delivered:
    """A company without a time of its own has a wrong date first."""
    if all(one.says is None or one.says.time is not None for one in drop.documents):
        return None
    date = chosen.choice(("20250301", "20260930"))
    return replace(drop, name=drop.name.replace(drop.date, date), date=date), drop


def _in_utf_16(chosen: random.Random, drop: Drop) -> Delivered:
    if not drop.name.endswith(PLAIN):
        return None
    content = drop.content.decode(errors="replace").encode(chosen.choice(("utf-16", "utf-16-le")))
    return replace(drop, content=content, documents=(), fault=UTF_16), drop


def _without_gz(_: random.Random, drop: Drop) -> Delivered:
    if drop.name.endswith((*PLAIN, ".zip")):
        return None
    name = drop.name.removesuffix(".gzip").removesuffix(".gz")
    return replace(drop, name=name, documents=(), fault=NOT_GZ), drop


def _damaged(_: random.Random, drop: Drop) -> Delivered:
    if drop.name.endswith((*PLAIN, ".zip")):
        return None
    return replace(drop, content=drop.content[:-9], documents=(), fault=DAMAGED), drop


def _cut_off(chosen: random.Random, drop: Drop) -> Delivered:
    """A file that ends within its last document; the whole file may never follow."""
    # the stretch and what is left of the document would be one
    is_after_stretch = any(one.is_stretch for one in drop.documents[-2:])
    if not drop.name.endswith(PLAIN) or is_after_stretch:
        return None
    content = cut_off(chosen, drop.documents)
    first = replace(drop, content=content, documents=drop.documents[:-1], fault=CUT)
    if chosen.random() < 0.3:
        packed = gzip.compress(content, mtime=0)
        return replace(first, name=f"{drop.name}.gz", content=packed), None
    return first, chosen.choice((drop, None))


WAYS = (
    _again,
    _of_other_type,
    _of_no_type,
    _of_other_date,
    _in_utf_16,
    _without_gz,
    _damaged,
    _cut_off,
)
