"""A whole tree as few bytes, for a picture of all its members.

Four arrays follow one another, each by position and little-endian: subtree sizes (4 bytes each),
DUNS (4), countries (2), flags (1). Depths and parents follow from the sizes.
"""

import hashlib
import sys
from array import array
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from firmograph.queries.family_layout import Group, Layout

BYTES_PER_MEMBER = 11
BRANCH, UNPLACED, CYCLIC = 1, 2, 4
"""Flags: a branch; at the top without being the global ultimate; owned by itself."""
_MOST_COUNTRIES = 0xFFFF


@dataclass(frozen=True)
class Icicle:
    """A tree as bytes, and a version that differs when they do."""

    content: bytes
    version: str


def make_icicle(
    layout: Layout, duns: pa.ChunkedArray, countries: pa.ChunkedArray, branches: pa.ChunkedArray
) -> Icicle:
    """Writes a tree; everything is by position.

    Args:
        layout: of the tree.
        duns: of each member.
        countries: the number of its country, from 1; 0 for none.
        branches: whether it is a branch.
    """
    content = b"".join(
        (
            _little("I", layout.sizes),
            _little("I", _as_numbers(duns).to_pylist()),
            _little("H", pc.min_element_wise(countries, _MOST_COUNTRIES).to_pylist()),
            _flags(layout, branches),
        )
    )
    return Icicle(content, hashlib.sha256(content).hexdigest()[:16])


def _little(code: str, numbers: Iterable[int]) -> bytes:
    found = array(code, numbers)
    if sys.byteorder == "big":
        found.byteswap()
    return found.tobytes()


def _as_numbers(duns: pa.ChunkedArray) -> pa.ChunkedArray:
    """DUNS as numbers; 0, which no company has, for what a contract let through instead."""
    is_duns = pc.match_substring_regex(duns, "^[0-9]{9}$")
    return pc.if_else(is_duns, duns, "0").cast(pa.uint32())


def _flags(layout: Layout, branches: pa.ChunkedArray) -> bytes:
    flags = bytearray(pc.if_else(branches.fill_null(False), BRANCH, 0).to_pylist())
    for group, tops in layout.tops.items():
        for top in tops if group is not Group.ULTIMATE else ():
            flags[top] |= UNPLACED
    for position in layout.cyclic:
        flags[position] |= CYCLIC
    return bytes(flags)
