"""Finds keys that an object holds twice; the JSON standard leaves open which of them counts."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from firmograph.contract.model import Contract
from firmograph.kernel.document import show_value
from firmograph.kernel.result import Finding


class RepeatedKeys:
    """Finds them in documents that hold the key of a record twice, where a whole record may hide.

    Other documents are not searched: it would take longer than to read them. The fast path leaves
    documents of which it decodes two records to the reference path, which asks here.
    """

    def __init__(self, contract: Contract) -> None:
        self._searched = {f'"{key}"'.encode() for keys in contract.record_at for key in keys}

    def may_be_in(self, raw: bytes) -> bool:
        """Whether a document is searched."""
        return any(raw.count(key) > 1 for key in self._searched)

    def find(self, raw: bytes, entity: str | None) -> list[Finding]:
        """The findings of a document that was accepted."""
        findings: list[Finding] = []

        def build(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
            left = Counter(key for key, _ in pairs)
            for key, value in pairs:
                left[key] -= 1
                if left[key]:
                    name = show_value(key) or ""
                    hidden = "null" if value is None else show_value(value)
                    example = f"{entity}: {name} hides {hidden}"
                    findings.append(Finding("", name, "duplicate_key", example))
            return dict(pairs)

        json.loads(raw, parse_int=str, parse_float=str, object_pairs_hook=build)
        return findings
