"""Bounds the violations of one document: those beyond the first are counted by kind."""

import re
from collections import Counter
from collections.abc import Sequence

from firmograph.kernel.result import Violation

LISTED = 100
"""How many violations of a document are listed one by one."""

_INDEX = re.compile(r"\[\d+\]")


def summarised(violations: Sequence[Violation]) -> list[Violation]:
    """The first violations, then one for each kind of the others, with their number."""
    listed = list(violations[:LISTED])
    counts: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], Violation] = {}
    for violation in violations[LISTED:]:
        path = _INDEX.sub("[*]", violation.json_path)
        counts[violation.rule, path] += 1
        first.setdefault((violation.rule, path), violation._replace(json_path=path, value=None))
    for kind, violation in first.items():
        reason = f"{counts[kind]} more, not listed one by one: {violation.reason}"
        listed.append(violation._replace(reason=reason))
    return listed
