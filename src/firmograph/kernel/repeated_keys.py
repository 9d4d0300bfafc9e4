"""Finds keys that an object holds twice; the JSON standard leaves open which of them counts."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from firmograph.contract.model import Contract
from firmograph.kernel.document import show_value
from firmograph.kernel.result import Finding

_RARE = "jqzx"
"""Letters that are rare in documents: to search for one byte takes a quarter of the time."""


class _SearchedKey:
    """A key, searched for by a rare letter in it, if it has one."""

    def __init__(self, key: str) -> None:
        self._text = f'"{key}"'.encode()
        self._letter = next((letter.encode() for letter in _RARE if letter in key), None)

    def is_repeated_in(self, raw: bytes) -> bool:
        """Whether a document holds it more than once."""
        letter, text = self._letter, self._text
        if letter is None:
            return raw.count(text) > 1
        place, count, at = text.index(letter), 0, raw.find(letter)
        for _ in range(len(raw) // 256 + 8):
            if at < 0:
                return count > 1
            count += raw.startswith(text, max(at - place, 0))
            at = raw.find(letter, at + 1)
        return raw.count(text) > 1  # the letter is not rare in this document


class RepeatedKeys:
    """Finds them in documents that hold the key of a record twice, where a whole record may hide.

    Other documents are not searched: it would take longer than to read them.
    """

    def __init__(self, contract: Contract) -> None:
        keys = {key for keys in contract.record_at for key in keys}
        self._searched = [_SearchedKey(key) for key in sorted(keys)]

    def may_be_in(self, raw: bytes) -> bool:
        """Whether a document is searched."""
        return any(key.is_repeated_in(raw) for key in self._searched)

    def find(self, raw: bytes, entity: str | None) -> list[Finding]:
        """The findings of a document that was accepted."""
        findings: list[Finding] = []

        def build(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
            left = Counter(key for key, _ in pairs)
            for key, value in pairs:
                left[key] -= 1
                if left[key]:
                    name = show_value(key) or ""
                    example = f"{entity}: {name} hides {show_value(value)}"
                    findings.append(Finding("", name, "duplicate_key", example))
            return dict(pairs)

        json.loads(raw, parse_int=str, parse_float=str, object_pairs_hook=build)
        return findings
