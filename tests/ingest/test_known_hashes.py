"""Many hashes in little memory: which are there, and at which place."""

from firmograph.ingest.readings import KnownHashes

LOWEST, LOW, HIGH, HIGHEST = "00" * 32, "00" * 31 + "01", "fe" + "ff" * 31, "ff" * 32
MIDDLE = "7f" + "00" * 31


def known(*hashes: str) -> KnownHashes:
    return KnownHashes(b"".join(map(bytes.fromhex, hashes)))


def test_each_hash_is_found_at_its_place() -> None:
    hashes = known(LOWEST, LOW, MIDDLE, HIGH, HIGHEST)
    assert [hashes.find(one) for one in (LOWEST, LOW, MIDDLE, HIGH, HIGHEST)] == [0, 1, 2, 3, 4]
    assert MIDDLE in hashes


def test_hash_between_or_beyond_others_is_not_found() -> None:
    hashes = known(LOW, MIDDLE, HIGH)
    absent = (LOWEST, "00" * 31 + "02", "7f" + "00" * 30 + "01", "80" + "00" * 31, HIGHEST)
    assert [hashes.find(one) for one in absent] == [None] * 5
    assert MIDDLE not in known()
