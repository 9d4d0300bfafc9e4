"""Recognises error responses that were saved instead of data."""

from typing import Any

from firmograph.kernel.document import show_value
from firmograph.kernel.result import Violation


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
    if isinstance(document.get("code"), str):
        return _vendor_words("$.code", document["code"], document.get("message"))
    return None


def _vendor_words(path: str, code: Any, message: Any) -> Violation:
    words = [word for word in (code, message) if isinstance(word, str) and word]
    reason = f"D&B answered with an error instead of data: {': '.join(words)}"
    return Violation("vendor_error", path, show_value(code), show_value(reason) or "")
