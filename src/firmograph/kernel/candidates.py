"""Recognises answers of a match or a search, whose candidates are not records of companies."""

from collections.abc import Iterator
from typing import Any

from firmograph.contract.model import Contract
from firmograph.kernel.document import join_path, show_value
from firmograph.kernel.result import Violation

MATCH_ANSWER, SEARCH_ANSWER, CANDIDATE = (
    "a match answer with candidates",
    "a search answer with candidates",
    "one candidate of a match or a search",
)
CANDIDATE_KEYS = {
    "matchCandidates": MATCH_ANSWER,
    "candidatesMatchedQuantity": MATCH_ANSWER,
    "embeddedProduct": MATCH_ANSWER,
    "cleanseAndStandardizeInformation": MATCH_ANSWER,
    "matchDataCriteria": MATCH_ANSWER,
    "searchCandidates": SEARCH_ANSWER,
    "candidatesReturnedQuantity": SEARCH_ANSWER,
    "matchQualityInformation": CANDIDATE,
    "displaySequence": CANDIDATE,
}
"""Keys that only these answers have, beside a record or instead of one."""


def candidate_keys(contract: Contract) -> frozenset[str]:
    """The keys that tell candidates; not those that a contract for such answers reads itself."""
    paths = [path for t in contract.results for c in t.read_columns for path in c.paths]
    paths += [table.each for table in contract.results if table.each]
    named = {step.key for path in paths for step in path.steps}
    return frozenset(CANDIDATE_KEYS) - named.union(*contract.record_at)


def find_candidate(contract: Contract, document: dict[str, Any]) -> Violation | None:
    """The violation of a match or search answer; None for other documents."""
    keys = candidate_keys(contract)
    for path, holder in _holders(contract, document):
        for key, words in CANDIDATE_KEYS.items():
            if key in keys and holder.get(key) is not None:
                reason = (
                    f"this is {words}, not a company's record: it contains {key}; request the "
                    "record of the chosen D-U-N-S number"
                )
                return Violation("candidate", join_path(path, key), show_value(holder[key]), reason)
    return None


def _holders(contract: Contract, document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields the document, and the objects in it that hold a record."""
    yield "$", document
    for keys in contract.record_at:
        holder, path = document, "$"
        for key in keys[:-1]:
            inner = holder.get(key)
            holder, path = inner if isinstance(inner, dict) else {}, join_path(path, key)
        yield path, holder
