"""Log lines of functions and jobs, which have no logger: JSON that CloudWatch and Google read."""

import json
import sys
from typing import Any, Literal


def write(level: Literal["info", "error"], event: str, **values: Any) -> None:
    """Writes a line to standard error, with the names of ``log_format`` json and google at once.

    Args:
        level: of the line.
        event: what happened.
        values: more about it.
    """
    names = {"level": level, "severity": level.upper(), "event": event, "message": event}
    print(json.dumps({**names, **values}), file=sys.stderr, flush=True)  # noqa: T201
