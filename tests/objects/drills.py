"""What the drills in buckets start from, and what they must leave."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping

from proxy import ANSWER_LOST, NOT_SENT, Fault, Request, proxied
from servers import service_account

import firmograph
from firmograph.storage.errors import Gone
from firmograph.storage.lease import LEASE
from objects.bucket_project import BucketProject, keys

DATA_FILE = re.compile(r".+/part-[0-9a-f-]+(\.zstd)?\.parquet")


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
        **(leading_to(endpoint, project) if endpoint else {}),
    }
    command = [sys.executable, "-m", "firmograph", *arguments, "--root", str(project.root)]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def leading_to(endpoint: str, project: BucketProject) -> dict[str, str]:
    """The environment that leads to a project's store by another address."""
    if project.bucket.startswith("gs://"):
        return {"GOOGLE_SERVICE_ACCOUNT": str(service_account(endpoint, project.root.parent))}
    return {"AWS_ENDPOINT_URL": endpoint}


def run_killed(
    project: BucketProject,
    store: str,
    is_last: Callable[[Request], bool],
    *,
    is_made: bool,
    **settings: str,
) -> None:
    """Runs in a process that is killed when it makes a request.

    Args:
        project: what it works on.
        store: the address of the store.
        is_last: which request.
        is_made: whether the store gets it; it gets none of those that are made at the same time.
        settings: of the run.
    """
    with proxied(store) as proxy:
        process = start(project, "run", endpoint=proxy.url, **settings)

        def rule(request: Request) -> Fault | None:
            if process.returncode is not None or not is_last(request):
                return None if process.poll() is None else NOT_SENT
            process.kill()
            process.wait()
            return ANSWER_LOST if is_made else NOT_SENT

        proxy.rule = rule
        process.communicate(timeout=240)
    assert process.returncode == -signal.SIGKILL


def expire_lease(project: BucketProject) -> None:
    """Lets the lease of a killed process expire, as if its time had passed."""
    lake = project.storages.lake
    try:
        facts = json.loads(lake.read(LEASE))
    except Gone:
        return
    if facts["seconds"]:
        lake.put(LEASE, json.dumps(facts | {"seconds": 0.001}).encode())


def assert_clean(project: BucketProject) -> None:
    """Nothing is left over but files that were written and never committed, until a vacuum."""
    others = [
        key
        for key in keys(project.storages.lake)
        if "/_delta_log/" not in key and not DATA_FILE.fullmatch(key)
    ]
    assert others == []
    assert not list(project.root.glob(".*"))
    assert_well(project)


def assert_well(project: BucketProject) -> None:
    """All checks of verify pass, for all documents."""
    lake = firmograph.Project(project.root, **project.settings)
    assert lake.verify(sample=None).is_ok
