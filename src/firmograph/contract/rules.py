"""The names of all rules that a refusal or a finding can give.

The two literal types let mypy find a rule in the code that is not declared here. The modules
`refusal_rules` and `finding_rules` explain each; ``docs/quarantine.md`` is generated from them.
"""

from enum import StrEnum
from typing import Literal, NamedTuple

RefusalRule = Literal[
    "bomb",
    "candidate",
    "cut_off",
    "discarded",
    "empty",
    "encoding",
    "format",
    "internal",
    "key",
    "malformed",
    "mandatory",
    "member",
    "no_members",
    "reinstated",
    "shape",
    "source_time",
    "superseded",
    "too_large",
    "type",
    "vendor_error",
    "withdrawn",
]
FindingRule = Literal[
    "ambiguous",
    "branches_now_excluded",
    "count_changed",
    "count_differs",
    "cycle",
    "data_test",
    "duplicate_key",
    "expected",
    "incomplete",
    "level_jump",
    "number_as_text",
    "orphan",
    "second_root",
    "single_object",
    "text_as_boolean",
    "text_as_number",
    "unfit",
]


class Scope(StrEnum):
    """What is refused."""

    FILE = "file"
    DOCUMENT = "document"
    ELEMENT = "element"


class RuleEntry(NamedTuple):
    """What a rule means, and what to do about it.

    Attributes:
        name: as in the column `rule` of ``tb_quarantine_files`` and ``tb_data_quality``.
        scopes: what it refuses; nothing if it is the rule of a finding.
        meaning: what is wrong.
        action: what to do.
    """

    name: str
    scopes: tuple[Scope, ...]
    meaning: str
    action: str
