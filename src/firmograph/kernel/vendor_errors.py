"""Recognises error responses that were saved instead of data."""

import re
from typing import Any

from firmograph.kernel.document import show_value
from firmograph.kernel.result import Violation

_GOOD_CODE = re.compile(r"[A-Z]+-2\d\d")
"""A gateway's code of success, such as ``SVC-200``."""
_GOOD_WORDS = ("success", "ok", "successful")


def vendor_error(document: dict[str, Any]) -> Violation | None:
    """The violation of an error response, with the vendor's message; None for other documents."""
    error = document.get("error")
    if isinstance(error, dict):
        return _vendor_words("$.error", error.get("errorCode"), error.get("errorMessage"))
    if isinstance(error, str) and error:
        return _vendor_words("$.error", error, document.get("error_description"))
    result = document.get("result")
    if isinstance(result, dict) and "errorCode" in result:
        return _vendor_words("$.result", result["errorCode"], result.get("errorMessage"))
    if _is_gateway_error(document):
        return _vendor_words("$.code", document["code"], document["message"])
    return None


def _is_gateway_error(document: dict[str, Any]) -> bool:
    """Whether a gateway tells of an error: a code and a message, no data and no success."""
    code, message = document.get("code"), document.get("message")
    if not isinstance(code, str) or not isinstance(message, str) or not code or not message:
        return False
    if _GOOD_CODE.fullmatch(code) or message.lower().rstrip(".!") in _GOOD_WORDS:
        return False
    others = (value for key, value in document.items() if key not in _ENVELOPE)
    return not any(isinstance(value, dict | list) and value for value in others)


_ENVELOPE = ("transactionDetail", "inquiryDetail", "errors", "details")


def _vendor_words(path: str, code: Any, message: Any) -> Violation:
    words = [word for word in (code, message) if isinstance(word, str) and word]
    reason = f"D&B answered with an error instead of data: {': '.join(words)}"
    return Violation("vendor_error", path, show_value(code), show_value(reason) or "")
