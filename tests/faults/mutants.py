"""Mutants: valid documents and files with something broken, seeded."""

import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

from documents import Json, member, organization, response, tree_page

Mutation = Callable[[random.Random, bytes], bytes]

TOKENS = (
    *(b"NaN", b"Infinity", b"-", b"1e999", b"1" * 400, b"null", b"{}", b"[]", b'""', b"true"),
    *(b'"\\ud800"', b'"\\u0000"', b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\n"),
    *(b"[" * 3000, b'{"a":' * 3000, b'"' + b"x" * 70_000 + b'"', b"12345678", b'"123456789"'),
    *(b'"\x1b[31mred"', b"\"=cmd|' /C calc'!A0\"", b'"\'; DROP TABLE dw_company_data; --"'),
)
VALUES: tuple[Any, ...] = (None, [], {}, "", [[1]], -1500.0, True, {"a": [{}]}, "x", [None], 10**19)


def flip(chosen: random.Random, raw: bytes) -> bytes:
    """One byte becomes another."""
    at = chosen.randrange(len(raw))
    return raw[:at] + bytes([chosen.randrange(256)]) + raw[at + 1 :]


def cut(chosen: random.Random, raw: bytes) -> bytes:
    """The end is missing."""
    return raw[: chosen.randrange(len(raw))]


def remove(chosen: random.Random, raw: bytes) -> bytes:
    """A part of the middle is missing."""
    at = chosen.randrange(len(raw))
    return raw[:at] + raw[at + chosen.randrange(1, 40) :]


def insert(chosen: random.Random, raw: bytes) -> bytes:
    """Something odd stands where it should not."""
    at = chosen.randrange(len(raw) + 1)
    return raw[:at] + chosen.choice(TOKENS) + raw[at:]


def double(chosen: random.Random, raw: bytes) -> bytes:
    """A part stands twice."""
    at = chosen.randrange(len(raw))
    part = raw[at : at + chosen.randrange(1, 400)]
    return raw[:at] + part + raw[at:]


def replace_value(chosen: random.Random, raw: bytes) -> bytes:
    """A value at some path has another type; keys may stand twice."""
    document = json.loads(raw)
    places = list(_places(document))
    holder, key = chosen.choice(places)
    holder[key] = chosen.choice(VALUES)
    text = json.dumps(document)
    if chosen.random() < 0.2 and isinstance(holder, dict):
        text = text.replace(f'"{key}":', f'"{key}": 7, "{key}":', 1)
    return text.encode()


MUTATIONS: tuple[Mutation, ...] = (flip, cut, remove, insert, double, replace_value, replace_value)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in list(items):
        yield value, key
        if isinstance(inner, dict | list):
            yield from _places(inner)


def valid(chosen: random.Random, number: int) -> tuple[str, Json]:
    """A valid document and the stem of its file's name."""
    duns = f"{600_000_000 + number}"
    if chosen.random() < 0.3:
        members = [member(duns), member(f"{700_000_000 + number}", duns, 2)]
        return f"m{number}_family_tree_20260301", tree_page(duns, members)
    record = organization(duns, f"Mutant {number}", startDate="1975", fiscalYearEnd="2025-12-31")
    return f"m{number}_data_blocks_20260301", response(record) if number % 2 else record


def upload(chosen: random.Random, number: int) -> tuple[str, bytes]:
    """A file with one to three mutations; one in eight is packed, and broken as a file too."""
    stem, document = valid(chosen, number)
    raw = json.dumps(document, indent=chosen.choice((None, 2))).encode()
    for _ in range(chosen.choice((1, 1, 2, 3))):
        mutation = chosen.choice(MUTATIONS)
        try:
            raw = mutation(chosen, raw) or b" "
        except (ValueError, RecursionError):  # no JSON any more, so no value to replace
            raw = flip(chosen, raw)
    form = chosen.randrange(16)
    if form == 0:
        packed = gzip.compress(raw, mtime=0)
        return f"{stem}.json.gz", chosen.choice((flip, cut))(chosen, packed) or b" "
    if form == 1:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as members:
            members.writestr("../../escape.json", raw)
            members.writestr("inner.json", raw)
        return f"{stem}.zip", flip(chosen, archive.getvalue())
    if form == 2:
        good = json.dumps(document).encode()
        return f"{stem}.jsonl", b"\n".join([good, raw.replace(b"\n", b" "), good])
    return f"{stem}.json", raw
