"""The names of waiting trees in a snapshot: the DUNS, if needed with the document type.

Trees of the first document type that comes in pages are named by their DUNS, those of any other
type ``<type>:<DUNS>``, so that one DUNS may be the root of a tree of each type.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from firmograph.contract.model import Contract

_Value = TypeVar("_Value")


def of_type(
    trees: Mapping[str, _Value], contract: Contract, paged: Sequence[Contract]
) -> dict[str, _Value]:
    """The trees of one document type, by DUNS.

    Args:
        trees: of all types, as a snapshot names them.
        contract: of the type.
        paged: the contracts of all types that come in pages.
    """
    prefix = _prefix(contract, paged)
    named = {
        key.removeprefix(prefix): tree
        for key, tree in trees.items()
        if key[: len(prefix)] == prefix
    }
    return {duns: tree for duns, tree in named.items() if ":" not in duns}


def with_type(
    trees: Mapping[str, _Value], contract: Contract, paged: Sequence[Contract]
) -> dict[str, _Value]:
    """The trees of one document type, given by DUNS, as a snapshot names them."""
    prefix = _prefix(contract, paged)
    return {f"{prefix}{duns}": tree for duns, tree in trees.items()}


def _prefix(contract: Contract, paged: Sequence[Contract]) -> str:
    return "" if contract.name == paged[0].name else f"{contract.name}:"
