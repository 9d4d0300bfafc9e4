"""Files that people pack documents into."""

import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable, Sequence
from typing import NamedTuple

from model import Document

BOM = b"\xef\xbb\xbf"
Join = Callable[[random.Random, Sequence[bytes]], bytes]


class Packed(NamedTuple):
    """A file's content.

    Attributes:
        ending: of the name.
        content: the bytes.
    """

    ending: str
    content: bytes


def _joined(separator: bytes) -> Join:
    return lambda _, raws: separator.join(raws)


def _as_array(_: random.Random, raws: Sequence[bytes]) -> bytes:
    return b"[" + b", ".join(raws) + b"]"


def _as_arrays(chosen: random.Random, raws: Sequence[bytes]) -> bytes:
    cut = chosen.randrange(len(raws) + 1)
    return b"\n".join(b"[" + b",".join(part) + b"]" for part in (raws[:cut], raws[cut:]))


def _pretty(_: random.Random, raws: Sequence[bytes]) -> bytes:
    return b"\n".join(map(_indented, raws))


def _indented(raw: bytes) -> bytes:
    try:
        return json.dumps(json.loads(raw), indent=2).encode()
    except ValueError:
        return raw


LINES: tuple[Join, ...] = (
    _joined(b"\n"),
    _joined(b"\r\n\r\n"),
    _joined(b"\r"),
    _joined(b"\n" + BOM),
    _joined(b"\n\x1e"),
    _pretty,
)
"""Ways to put documents into one text, each of which begins a line."""
SEQUENCES = (*LINES, _joined(b""), _joined(b",\n"), _as_array, _as_arrays)
"""All ways to put documents into one text, which is one sequence of JSON values."""


def text_of(chosen: random.Random, documents: Sequence[Document]) -> bytes:
    """Puts documents into one text; what is not JSON has a line of its own."""
    raws = [document.raw for document in documents]
    ways = LINES if any(document.is_stretch for document in documents) else SEQUENCES
    text = raws[0] if len(raws) == 1 else chosen.choice(ways)(chosen, raws)
    return BOM + text if chosen.random() < 0.1 else text


def pack(chosen: random.Random, documents: Sequence[Document], stem: str) -> Packed:
    """Puts documents into a file in one of many ways.

    Args:
        chosen: chooses the way.
        documents: what the file is to hold.
        stem: of the file's name, for the members of a zip archive.
    """
    lines = chosen.choice((".json", ".jsonl"))
    zipped = f"{lines}.{chosen.choice(('gz', 'gzip'))}"
    if len(documents) > 1 and chosen.random() < 0.15:
        parts = [gzip.compress(document.raw + b"\n", mtime=0) for document in documents]
        return Packed(zipped, b"".join(parts))
    match chosen.randrange(5):
        case 0:
            return Packed(zipped, gzip.compress(text_of(chosen, documents), mtime=0))
        case 1:
            return Packed(".zip", _archive(chosen, documents, stem))
        case _:
            return Packed(lines, text_of(chosen, documents))


def cut_off(chosen: random.Random, documents: Sequence[Document]) -> bytes:
    """A text that ends within its last document."""
    *raws, last = (document.raw for document in documents)
    raws.append(last[: chosen.randrange(1, len(last))])
    if any(document.is_stretch for document in documents) or chosen.random() < 0.5:
        return b"\n".join(raws)
    return b"[" + b",\n".join(raws)


def _archive(chosen: random.Random, documents: Sequence[Document], stem: str) -> bytes:
    """A zip archive with members in any order, and files that are no deliveries."""
    # a stretch at the end of a member may be taken for a member that is cut off
    ends = [None, *documents[:-1]]
    cut = chosen.choice([n for n, end in enumerate(ends) if end is None or not end.is_stretch])
    members = {
        f"{stem}-{place}{chosen.choice(('.json', '.jsonl', '.ndjson'))}": text_of(chosen, part)
        for place, part in enumerate((documents[:cut], documents[cut:]))
        if part
    }
    members |= {
        "README.txt": b"about these files",
        "in a folder/.DS_Store": b"\x00\x00\x00\x01Bud1",
        f"__MACOSX/._{stem}.json": b"\x00\x05\x16\x07",
    }
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in chosen.sample(list(members), len(members)):
            archive.writestr(name, members[name])
    return held.getvalue()
