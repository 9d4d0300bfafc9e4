"""A process that takes the lock of a storage and does what it is told, for the tests of the lease.

    python holding.py URL LEASE_SECONDS

It reads commands, ``take WAIT_SECONDS``, ``check`` or ``give back``, and answers each by a line.
"""

import sys
from contextlib import ExitStack

from firmograph.storage.base import Hold
from firmograph.storage.errors import Busy, Lost
from firmograph.storage.objects import ObjectStorage


def main(url: str, lease_seconds: str) -> None:
    """Obeys until there are no more commands."""
    storage = ObjectStorage(url, lease_seconds=float(lease_seconds))
    hold: Hold | None = None
    with ExitStack() as stack:
        for line in sys.stdin:
            command, _, argument = line.strip().partition(" ")
            answer = "done"
            try:
                if command == "take":
                    hold = stack.enter_context(storage.lock({"pid": "7"}, float(argument)))
                elif command == "check" and hold is not None:
                    hold.check()
                else:
                    stack.close()
            except (Busy, Lost) as error:
                answer = f"{type(error).__name__} {error.reason}"
            print(answer, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
