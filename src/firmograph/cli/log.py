"""The log lines on standard error, in the format of the setting ``log_format``."""

import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

from firmograph.queries.text import clean
from firmograph.settings import Settings

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_GOOGLE_NAMES = {"event": "message", "level": "severity", "timestamp": "time"}
"""What Cloud Logging calls them: https://cloud.google.com/logging/docs/structured-logging."""


def make_logger(settings: Settings) -> Any:
    """A logger of structlog at the level, and in the format, of the settings."""
    import structlog

    renderers: list[Any] = [structlog.processors.JSONRenderer(ensure_ascii=False)]
    if settings.log_format == "google":
        renderers = [_google, *renderers]
    if settings.log_format == "text":
        renderers = [
            structlog.dev.ConsoleRenderer(
                colors=False, pad_event_to=0, pad_level=False, sort_keys=False
            )
        ]
    return structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _clean_values,
            *renderers,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[settings.log_level]),
    )


def _clean_values(_: Any, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {k: clean(v) if isinstance(v, str) else v for k, v in event.items()}


def _google(_: Any, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    named = {_GOOGLE_NAMES.get(name, name): value for name, value in event.items()}
    return {**named, "severity": str(named["severity"]).upper()}
