"""The bytes of a document in ODS: stored as text, or as base64 if they are not UTF-8."""

import base64


def encode_raw(raw: bytes) -> tuple[bytes, str]:
    """A document's bytes as ODS stores them, and the encoding: ``utf-8`` or ``base64``."""
    if not raw.isascii():
        try:
            raw.decode()
        except UnicodeDecodeError:
            return base64.b64encode(raw), "base64"
    return raw, "utf-8"


def decode_raw(text: str, encoding: str) -> bytes:
    """A document's exact bytes, from the columns `raw_data` and `raw_encoding` of its row."""
    return base64.b64decode(text) if encoding == "base64" else text.encode()
