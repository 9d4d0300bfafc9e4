"""Suggestions for unknown words."""

import difflib
from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Ends a message about an unknown word: suggests the nearest known one, or lists all."""
    names = [str(name) for name in known]
    near = difflib.get_close_matches(word, names, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known are {', '.join(names)}" if names else "none is known"


def nearest(word: str, known: Iterable[str]) -> list[str]:
    """Up to three known words that resemble an unknown one, the nearest first."""
    return difflib.get_close_matches(word.lower(), sorted(known), n=3, cutoff=0.5)
