"""Whether a document holds the key of a record twice, which decides if it is searched."""

import pytest
from kernels import KERNELS

from firmograph.kernel.repeated_keys import RepeatedKeys

KEYS = RepeatedKeys(KERNELS["data_blocks"].contract)
ONE = b'{"organization": {"rawDnbData": 1}}'
ZEALOUS = b'{"z": "' + b"z" * 5_000 + b'"}'


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", False),
        (b"z", False),
        (b"{}", False),
        (ONE, False),
        (ONE + ONE, True),
        (b'{"organization": 1, "organizations": 2, "n": "zzz"}', False),
        (b'{"n": "zzz", "organization": 1, "z": {"organization": 2}}', True),
        (b'{"rawDnbData": 1, "rawDnbData": 2}', True),
        (b'anization"' + ONE, False),
        (ZEALOUS, False),
        (ONE + ZEALOUS, False),
        (ONE + ZEALOUS + ONE, True),
    ],
)
def test_document_is_searched_if_it_holds_a_key_twice(raw: bytes, expected: bool) -> None:
    assert KEYS.may_be_in(raw) == expected
