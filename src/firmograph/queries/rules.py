"""The rules of refusals: what they mean, what to do, and which can select documents."""

from collections import Counter
from collections.abc import Iterable, Sequence

from firmograph.contract.refusal_rules import REFUSAL_RULES
from firmograph.contract.rules import Scope
from firmograph.contract.suggest import did_you_mean
from firmograph.errors import UsageError
from firmograph.queries.answers import RefusedCase


def check_rule(rule: str, refusals: Iterable[RefusedCase]) -> None:
    """Checks that documents stand refused by a rule.

    Raises:
        UsageError: if no document can break the rule, or none that stands refused has.
    """
    known = [entry.name for entry in REFUSAL_RULES if Scope.DOCUMENT in entry.scopes]
    cases = [case for case in refusals if case.scope == Scope.DOCUMENT]
    counts = Counter(broken for case in cases for broken in case.rules)
    broken = ", ".join(f"{name} ({count})" for name, count in sorted(counts.items()))
    hint = f"refused documents broke: {broken}" if broken else "no document is refused"
    if rule not in known:
        raise UsageError(
            f"{rule!r} is not a rule of documents; {did_you_mean(rule, known)}", hint=hint
        )
    if rule not in counts:
        raise UsageError(f"no refused document broke the rule {rule!r}", hint=hint)


def actions(rules: Sequence[str]) -> dict[str, str]:
    """What to do about some rules that were broken."""
    known = {rule.name: rule.action for rule in REFUSAL_RULES}
    return {rule: known[rule] for rule in dict.fromkeys(rules) if rule in known}


def meaning(rule: str) -> str | None:
    """What it means that a rule was broken; None for a rule of another release."""
    return next((entry.meaning for entry in REFUSAL_RULES if entry.name == rule), None)
