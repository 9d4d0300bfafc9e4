"""Real processes that work on a bucket, and what the store is left with when they are killed."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping

from bucket_project import BucketProject

from firmograph.storage.base import Gone
from firmograph.storage.lease import LEASE


def start(
    project: BucketProject, *arguments: str, endpoint: str | None = None, **settings: object
) -> subprocess.Popen[str]:
    """Starts a command in a process of its own.

    Args:
        project: what it works on.
        arguments: the command.
        endpoint: instead of the store, as a proxy before it.
        settings: further ones.
    """
    settings = {**project.settings, "lease_seconds": project.lease_seconds, **settings}
    environment: Mapping[str, str] = {
        **os.environ,
        **{f"FIRMOGRAPH_{name.upper()}": str(value) for name, value in settings.items()},
        **({"AWS_ENDPOINT_URL": endpoint} if endpoint else {}),
    }
    command = [sys.executable, "-m", "firmograph", *arguments, "--root", str(project.root)]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def expire_lease(project: BucketProject) -> None:
    """Lets the lease of a killed process expire, as if its time had passed."""
    lake = project.storages.lake
    try:
        facts = json.loads(lake.read(LEASE))
    except Gone:
        return
    if facts["seconds"]:
        lake.put(LEASE, json.dumps(facts | {"seconds": 0.001}).encode())
