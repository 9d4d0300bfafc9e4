"""Whether a bucket writes under conditions: by them one writer is kept from another."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import obstore

from firmograph.storage.doctor.findings import Failed
from firmograph.storage.errors import Changed, Taken
from firmograph.storage.object_client import Client
from firmograph.storage.object_errors import WRITE, told

WRITERS = 4
HINT = "use a store that has If-Match and If-None-Match on PUT, such as S3 or Cloud Storage"


class Writer:
    """Writes objects below a prefix under conditions.

    Args:
        client: of the bucket.
        prefix: with a slash at its end.
        url: of the prefix.
    """

    def __init__(self, client: Client, prefix: str, url: str) -> None:
        self._client, self._prefix, self._url = client, prefix, url

    def write(self, name: str, content: bytes, mode: Any) -> dict[str, str] | None:
        """Writes an object; returns its version as a condition, or None if `mode` does not hold."""
        try:
            with told(f"{self._url}/{name}", WRITE):
                answer: Any = obstore.put(self._client, self._prefix + name, content, mode=mode)
        except (Taken, Changed):
            return None
        return {part: answer[part] for part in ("e_tag", "version") if answer[part] is not None}

    def race(self, name: str, mode: Any) -> dict[str, str]:
        """Lets several threads write an object under one condition; returns the winner's version.

        Raises:
            Failed: unless exactly one of them succeeds.
        """
        together = threading.Barrier(WRITERS)

        def write(number: int) -> dict[str, str] | None:
            together.wait()
            return self.write(name, b"%d" % number, mode)

        with ThreadPoolExecutor(WRITERS) as threads:
            won = [version for version in threads.map(write, range(WRITERS)) if version]
        if len(won) != 1:
            raise Failed(f"{len(won)} of {WRITERS} writers at once succeeded", HINT)
        return won[0]


def check_create(writer: Writer) -> str:
    """Creates an object by several threads at once, a few times; returns what was seen.

    Raises:
        Failed: if not exactly one succeeded each time.
    """
    for number in range(3):
        writer.race(f"created-{number}", "create")
    return f"1 of {WRITERS} writers at once succeeded, 3 times"


def check_replace(writer: Writer) -> str:
    """Replaces an object under the condition that it is a version; returns what was seen.

    Raises:
        Failed: if several threads replaced the same version, or a version that is gone was.
    """
    first = writer.write("replaced", b"first", "overwrite")
    writer.race("replaced", first)
    if writer.write("replaced", b"late", first) is not None:
        raise Failed("a version that was gone was replaced", HINT)
    return f"1 of {WRITERS} writers at once succeeded; the others, and a later one, were refused"


DECISIVE: dict[str, Callable[[Writer], str]] = {
    "create if absent": check_create,
    "replace if unchanged": check_replace,
}
"""Without these no lake may be begun."""
