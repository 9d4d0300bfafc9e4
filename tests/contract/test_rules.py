"""The catalogue explains every rule; mypy makes sure that the code names no other."""

from typing import get_args

import pytest

from firmograph.contract.rules import (
    FINDING_RULES,
    REFUSAL_RULES,
    FindingRule,
    RefusalRule,
    RuleEntry,
)


def names(rules: tuple[RuleEntry, ...]) -> list[str]:
    return sorted(rule.name for rule in rules)


def test_every_rule_of_a_refusal_is_explained() -> None:
    assert names(REFUSAL_RULES) == sorted(get_args(RefusalRule))


def test_every_rule_of_a_finding_is_explained() -> None:
    assert names(FINDING_RULES) == sorted(get_args(FindingRule))


@pytest.mark.parametrize("rule", [*REFUSAL_RULES, *FINDING_RULES], ids=lambda rule: rule.name)
def test_meaning_and_action_are_sentences(rule: RuleEntry) -> None:
    for text in (rule.meaning, rule.action):
        assert text[0].isupper() or text.startswith("`")
        assert text.endswith(".")
    assert bool(rule.scopes) == (rule in REFUSAL_RULES)
