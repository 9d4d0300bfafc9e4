"""Runs in a process of their own, so that a crash or a killed run leaves the listener alive."""

import json
import subprocess

from firmograph.cloud.listen import Outcome
from firmograph.project import Project

_WAIT_SECONDS = 120.0
"""At least so long a run waits for another one, whose lease may have to expire."""


def run_once(project: Project) -> Outcome:
    """Runs once; its log lines go to standard error."""
    wait_seconds = max(project.settings.wait_seconds, _WAIT_SECONDS)
    ended = subprocess.run(  # noqa: S603 - this very program
        project.command("run", "--json", f"--wait={wait_seconds}"),
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for the listener, which waits for the run
        check=False,
    )
    return Outcome(ended.returncode, _deferred(ended.stdout))


def _deferred(answer: bytes) -> int:
    try:
        return int(json.loads(answer)["files"]["deferred"])
    except (ValueError, LookupError, TypeError):
        return 0
