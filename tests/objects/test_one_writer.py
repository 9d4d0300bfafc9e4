"""One writer on a lake in a bucket: processes that race, and one that is stopped and resumed."""

import json
import re
import signal
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from proxy import Fault, Request, proxied
from scenario import Account
from servers import Bucket

from objects.bucket_project import BucketProject
from objects.conftest import Prepare
from objects.drills import assert_clean, assert_well, start

pytestmark = pytest.mark.objects


def test_one_of_four_runs_ingests(
    prepare: Prepare, make_bucket: Callable[[str], Bucket], expected: Account
) -> None:
    """Two of them wait and find nothing; one that does not wait is busy, unless it is the first."""
    project = prepare(make_bucket("versitygw"))
    processes = [start(project, "run", "--json", wait_seconds=wait) for wait in (60, 60, 0, 0)]
    outputs = [process.communicate(timeout=240) for process in processes]
    ended = [
        (
            process.returncode,
            json.loads(out)["documents"]["received"] if process.returncode != 4 else 0,
        )
        for process, (out, _) in zip(processes, outputs, strict=True)
    ]
    assert sorted(ended)[-2:] in ([(3, 12), (4, 0)], [(4, 0), (4, 0)]), outputs
    assert ended.count((3, 12)) == 1
    assert set(ended) <= {(3, 12), (4, 0), (0, 0)}
    for process, (_, stderr) in zip(processes, outputs, strict=True):
        assert "Traceback" not in stderr
        if process.returncode == 4:
            assert re.search(r"another run holds the lake: process \d+ on ", stderr)
    assert project.account() == expected
    assert_clean(project)


@pytest.mark.parametrize(
    ("last", "is_in_flight", "why"),
    [
        pytest.param(
            "PUT .*/tb_published_snapshots/part-.*",
            False,
            # its thread that renews may be quicker to see who has the lock
            r"(its lease was not renewed within 5 s|another process took over the lock)\n"
            "hint: nothing was published",
            id="before it commits the snapshot",
        ),
        pytest.param(
            "PUT .*/tb_published_snapshots/_delta_log/.*",
            True,
            "another process wrote version 2 of ",
            id="while its commit of the snapshot is on the way",
        ),
    ],
)
def test_run_that_is_stopped_past_its_lease_publishes_nothing_more(
    last: str,
    is_in_flight: bool,
    why: str,
    prepare: Prepare,
    make_bucket: Callable[[str], Bucket],
    expected: Account,
) -> None:
    """Another machine takes over meanwhile; a request on the way arrives after its run."""
    bucket = make_bucket("versitygw")
    project = prepare(bucket)
    project.lease_seconds = 5
    other = BucketProject(project.root / "other", bucket.url, lease_seconds=5)
    other.limits = replace(other.limits, wait_seconds=60)
    stopped, taken_over = threading.Event(), threading.Event()
    with proxied(bucket.endpoint) as proxy:
        process = start(project, "run", endpoint=proxy.url)

        def rule(request: Request) -> Fault | None:
            if not stopped.is_set() and re.fullmatch(last, f"{request.kind} {request.key}"):
                process.send_signal(signal.SIGSTOP)
                stopped.set()
                if is_in_flight:
                    taken_over.wait(120)
            return None

        proxy.rule = rule
        assert stopped.wait(120)
        assert other.run().exit_code in (0, 3)
        taken_over.set()
        published = other.account()
        process.send_signal(signal.SIGCONT)
        _, stderr = process.communicate(timeout=240)
    assert process.returncode == 1, stderr
    assert re.search(why, stderr)
    assert "Traceback" not in stderr
    assert published == project.account() == expected
    assert_well(project)
    assert other.run().exit_code == 0
