"""Checks the rule by which refused documents are selected."""

from collections import Counter
from collections.abc import Iterable

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
