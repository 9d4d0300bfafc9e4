"""Finds out whether a file ends too early: it was cut off, or somebody still writes it."""

from collections.abc import Iterable, Iterator

from firmograph.contract.rules import RefusalRule
from firmograph.sources.split import RawDocument, Refusal
from firmograph.sources.values import is_beginning

CUT_OFF: RefusalRule = "cut_off"
"""The rule of a file that ends too early."""


def breaks_off(raw: bytes) -> bool:
    """Whether a document ends before it is closed; not if it has a fault before its end."""
    if not raw.startswith((b"{", b"[")):
        return False
    # without a number that may be cut off, such as `1.`
    return is_beginning(raw.rstrip(b"+-.eE0123456789"))


def mark_cut_off(parts: Iterable[RawDocument | Refusal]) -> Iterator[RawDocument | Refusal]:
    """Yields the parts of a file; a last document that breaks off becomes a refusal."""
    held: RawDocument | Refusal | None = None
    for part in parts:
        is_end = isinstance(part, Refusal) and part.rule == CUT_OFF
        if held is not None and not (is_end and _breaks_off(held)):
            yield held
        held = part
    if held is None:
        return
    if _breaks_off(held):
        name = _named(held)  # type: ignore[arg-type]
        held = Refusal(CUT_OFF, f"{name} is not closed: the file may be cut off")
    yield held


def _named(document: RawDocument) -> str:
    where = f", which begins in line {document.bad_at.line}," if document.bad_at else ""
    return f"document {document.record_number}{where}"


def _breaks_off(part: RawDocument | Refusal) -> bool:
    """Whether a part breaks off; whoever split the file has seen the end of a sound document."""
    return isinstance(part, RawDocument) and part.bad_at is not None and breaks_off(part.raw)


def ends_early(refusals: Iterable[Refusal]) -> bool:
    """Whether a file with these refusals ends too early, so that more of it may follow."""
    return any(refusal.rule == CUT_OFF and refusal.part is None for refusal in refusals)
