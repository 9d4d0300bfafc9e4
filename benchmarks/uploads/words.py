"""Made-up words, and texts of them that compress as prose does."""

from functools import cache
from itertools import accumulate
from random import Random

_ONSETS = ("b", "c", "d", "f", "g", "h", "l", "m", "n", "p", "r", "s", "t", "v", "br", "st", "tr")
_VOWELS = ["a", "e", "i", "o", "u", "ai", "ea", "ee", "io", "ou"]
_CODAS = ["", "", "", "n", "r", "s", "t", "l", "m", "nd", "st", "ng"]


@cache
def vocabulary(size: int = 50_000) -> tuple[list[str], list[float]]:
    """Words and their cumulative weights: the n-th is drawn as often as 1/n, as in a language."""
    random = Random("vocabulary")
    words: dict[str, None] = {}
    while len(words) < size:
        syllables = random.choices((1, 2, 3, 4), (2, 5, 3, 1))[0]
        words["".join(_syllable(random) for _ in range(syllables))] = None
    words.pop("none")  # the contract takes it for a missing value, which the scripts do not know
    words["noned"] = None
    return list(words), list(accumulate(1 / (rank + 100) for rank in range(size)))


def _syllable(random: Random) -> str:
    return random.choice(_ONSETS) + random.choice(_VOWELS) + random.choice(_CODAS)


def text(random: Random, count: int) -> str:
    """A text of so many words."""
    words, weights = vocabulary()
    return " ".join(random.choices(words, cum_weights=weights, k=count))


def title(random: Random, count: int) -> str:
    """A name of so many words."""
    words, _ = vocabulary()
    return " ".join(word.capitalize() for word in random.choices(words, k=count))


@cache
def code_list(system: int, size: int, digits: int) -> tuple[list[tuple[str, str]], list[float]]:
    """The codes of an industry classification with their texts, and how often each is drawn."""
    random = Random(f"codes {system}")
    codes = random.sample(range(10**digits), size)
    entries = [
        (f"{code:0{digits}}", text(random, random.randint(2, 9)).capitalize())
        for code in sorted(codes)
    ]
    random.shuffle(entries)
    return entries, list(accumulate(1 / (rank + 20) for rank in range(size)))
