"""Recognises files that hold something else than JSON in UTF-8, by their first bytes."""

from typing import NamedTuple

from firmograph.contract.rules import RefusalRule

HEAD_BYTES = 64
"""How many bytes are enough to recognise a file."""

_UTF_16 = "this is UTF-16, as PowerShell and Notepad write it; save it as UTF-8"
_UTF_32 = "this is UTF-32; save it as UTF-8"
_BEGINNINGS: tuple[tuple[bytes, RefusalRule, str], ...] = (
    (b"\xff\xfe\x00\x00", "encoding", _UTF_32),
    (b"\x00\x00\xfe\xff", "encoding", _UTF_32),
    (b"\xff\xfe", "encoding", _UTF_16),
    (b"\xfe\xff", "encoding", _UTF_16),
    (
        b"\x1f\x8b",
        "format",
        "this is compressed by gzip; its name must end with .gz, as .json.gz; if it does, the file "
        "is compressed twice: decompress it once",
    ),
    (b"PK\x03\x04", "format", "this is a zip archive; its name must end with .zip"),
    (b"PK\x05\x06", "format", "this is an empty zip archive"),
    (b"BZh", "format", "this is compressed by bzip2; decompress it"),
    (b"\xfd7zXZ\x00", "format", "this is compressed by xz; decompress it"),
    (b"(\xb5/\xfd", "format", "this is compressed by zstd; decompress it"),
    (b"PAR1", "format", "this is a Parquet file; documents are read from JSON only"),
    (b"%PDF", "format", "this is a PDF; documents are read from JSON only"),
)
_ZEROS: dict[tuple[bool, ...], str] = {
    (False, True, True, True): _UTF_32,
    (True, True, True, False): _UTF_32,
    (False, True): _UTF_16,
    (True, False): _UTF_16,
}
"""Which of the first bytes are zero if ASCII begins a text of this encoding."""


_USUAL = (b'{"', b"{\n", b"{\r", b"[{", b"[\n", b"[\r")


class Foreign(NamedTuple):
    """What a file holds instead of JSON in UTF-8: the rule it breaks, and the reason."""

    rule: RefusalRule
    reason: str


def find_foreign(head: bytes) -> Foreign | None:
    """What begins with these bytes, if it is something else than JSON in UTF-8."""
    if head[:2] in _USUAL:
        return None
    for beginning, rule, reason in _BEGINNINGS:
        if head.startswith(beginning):
            return Foreign(rule, reason)
    if head and not head.strip(b"\x00"):
        reason = "the file holds zero bytes: space was reserved for it, but it was never written"
        return Foreign("cut_off", reason)
    for zeros, reason in _ZEROS.items():
        if tuple(byte == 0 for byte in head[: len(zeros)]) == zeros:
            return Foreign("encoding", reason)
    return _find_markup(head)


def _find_markup(head: bytes) -> Foreign | None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        reason = "this is an HTML page, such as a login or error page, saved instead of data"
        return Foreign("format", reason)
    if text.startswith(b"<"):
        return Foreign("format", "this is XML; documents are read from JSON only")
    return None
