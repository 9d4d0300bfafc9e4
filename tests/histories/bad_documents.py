"""Documents that must be refused, and bad stretches that files hold between their documents."""

import json
import random
from collections.abc import Callable
from typing import Any

from documents import organization, response
from model import Document

BAD: tuple[Callable[[str], Any], ...] = (
    lambda duns: organization(duns[:8], "eight digits"),
    lambda duns: response(organization(duns, "  ")),
    lambda duns: {"duns": duns},
    lambda duns: response({**organization(duns), "primaryName": {"text": "an object"}}),
    lambda duns: {"error": {"errorCode": "21502", "errorMessage": f"Too many for {duns}"}},
    lambda duns: {"code": "SVC-200", "outData": {"duns": duns}},
    lambda duns: {"matchCandidates": [{"organization": organization(duns)}]},
    lambda duns: {"searchCandidates": [{"organization": organization(duns)}], "candidates": 1},
    lambda duns: {"organization": organization(duns), "matchQualityInformation": {"v": 4}},
    lambda duns: {"displaySequence": 1, "organization": organization(duns)},
    lambda duns: {"organization": organization(duns), "embeddedProduct": {"organization": {}}},
)
STRETCHES: tuple[Callable[[bytes], bytes], ...] = (
    lambda _: b"connection reset, trying again",
    lambda _: b"--- page 2 ---",
    lambda _: b'{"a":',
    lambda _: b'{"a": 1,, "b": [2}',
    lambda _: b'{"duns": "10000',
    lambda _: b'"a text that never ends',
    lambda _: b"null",
    lambda _: b"42",
    lambda raw: raw[: len(raw) // 2],
    lambda raw: raw[:-1],
    lambda raw: raw[1:],
)
"""What stands between two documents; made from the document that it is written in place of."""


def bad(chosen: random.Random, duns: str) -> Document:
    """A document that must be refused, unlike any other."""
    body = {**chosen.choice(BAD)(duns), "mark": chosen.random()}
    return Document(json.dumps(body).encode(), None)


def stretch(chosen: random.Random, raw: bytes) -> Document:
    """What is not a JSON object: it must be refused once, and nothing beside it."""
    return Document(chosen.choice(STRETCHES)(raw), None, is_stretch=True)
