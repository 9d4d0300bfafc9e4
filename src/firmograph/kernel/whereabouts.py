"""Tells where a document may hold the record that is not where the contract expects it."""

from collections.abc import Iterator
from typing import Any

from firmograph.kernel.document import join_path
from firmograph.kernel.walk import Place

SHOWN_KEYS, SHOWN_CHARACTERS = 6, 30
SEARCHED_DEPTH, SEARCHED_VALUES = 6, 1_000


def whereabouts(document: dict[str, Any], key: str) -> str:
    """What a document without a key holds instead: its own keys, and the key at a deeper place."""
    words = [_short(name) for name in list(document)[:SHOWN_KEYS]]
    if len(document) > SHOWN_KEYS:
        words.append(f"{len(document) - SHOWN_KEYS} more keys")
    text = f"the document holds {', '.join(words)}" if words else "the document is empty"
    for place in _inner(document):
        if isinstance(place.value, dict) and key in place.value:
            return f"{text}; {key} stands at {join_path(place.path, key)}"
    return text


def _inner(document: dict[str, Any]) -> Iterator[Place]:
    """Yields the values in a document, the less deep ones first, as far as it is searched."""
    level, count = [Place(document, "$")], 0
    for _ in range(SEARCHED_DEPTH):
        below: list[Place] = []
        for place in level:
            for name, value in _items(place.value):
                count += 1
                if count > SEARCHED_VALUES:
                    return
                found = Place(value, join_path(place.path, name))
                yield found
                below.append(found)
        level = below


def _items(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def _short(name: str) -> str:
    text = name.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1]}…"
