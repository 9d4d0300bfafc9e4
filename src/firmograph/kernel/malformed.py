"""Words for what is wrong with a text that is not JSON, or not UTF-8."""

import json
import re

from firmograph.kernel.positions import Locator
from firmograph.kernel.result import Violation

_SHOWN = 40
_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]', re.DOTALL)
_WORDS = {
    "Expecting property name enclosed in double quotes": "a key in double quotes is missing",
    "Illegal trailing comma before end of object": "a comma stands before the closing }",
    "Illegal trailing comma before end of array": "a comma stands before the closing ]",
    "Expecting ':' delimiter": "a colon is missing between a key and its value",
    "Expecting ',' delimiter": "a comma or a closing bracket is missing",
    "Expecting value": "a value is missing",
    "Invalid control character at": "a line break or control character stands inside quotes",
    "Unterminated string starting at": "the text that begins here has no closing quote",
    "Invalid \\escape": "a backslash is followed by a character that it cannot escape",
    "Invalid \\uXXXX escape": "\\u is not followed by four hexadecimal digits",
}


def not_json(text: str, error: json.JSONDecodeError) -> Violation:
    """The violation of a text that is not JSON, at the place where it breaks."""
    locator = Locator(text)
    line, column = locator.line_and_column(error.pos)
    shown = text[error.pos : error.pos + _SHOWN] or None
    reason = f"the document is not JSON: {_words(text, error, line, column)}"
    return Violation("malformed", "$", shown, reason, line, column)


def _words(text: str, error: json.JSONDecodeError, line: int, column: int) -> str:
    rest = text[error.pos :]
    where = f"column {column}" if line == 1 else f"line {line}, column {column}"
    if error.msg == "Extra data":
        is_second = rest.startswith(("{", "["))
        return f"{'a second document' if is_second else 'other text'} begins at {where}"
    if not text or text.startswith("\ufeff"):
        return "it begins with a byte order mark" if text else "it is empty"
    if not rest.strip(" \t\n\r") or (error.msg.startswith("Unterminated") and "\n" not in rest):
        return f"it breaks off at {where}; it may have been cut off"
    if error.pos == 0:
        return f"it begins with {rest[:_SHOWN]!r}"
    return _WORDS.get(error.msg, error.msg)


def nested_too_deeply(text: str) -> Violation:
    """The violation of a text with more levels than can be read, at the deepest one."""
    depth = deepest = place = 0
    for token in _BRACKET.finditer(text):
        if token[0] in ("{", "["):
            depth += 1
            if depth > deepest:
                deepest, place = depth, token.start()
        elif token[0] in ("}", "]"):
            depth -= 1
    line, column = Locator(text).line_and_column(place)
    reason = f"the document is nested too deeply to be read: {deepest:,} levels"
    return Violation("malformed", "$", None, reason, line, column)


def not_utf8(raw: bytes, error: UnicodeDecodeError) -> Violation:
    """The violation of bytes that are not UTF-8."""
    before = raw[: error.start].decode("utf-8")
    line, column = Locator(before).line_and_column(len(before))
    shown = " ".join(f"{byte:02x}" for byte in raw[error.start : error.start + 8])
    reason = f"the document is not UTF-8 at byte {error.start}"
    if error.end >= len(raw) and error.reason == "unexpected end of data":
        reason += ": it breaks off inside a character"
    elif raw[error.start] >= 0xA0:
        character = raw[error.start : error.start + 1].decode("latin-1")
        reason += f"; it may be Latin-1, where this byte is {character!r}: save it as UTF-8"
    else:
        reason += "; save it as UTF-8"
    return Violation("encoding", "$", shown, reason, line, column)
