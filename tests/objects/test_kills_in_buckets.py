"""The process is killed at requests to the store; the next run heals all of it."""

import os
import random
import re
import signal
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from bucket_project import BucketProject, keys
from conftest import Once
from processes import expire_lease, start
from proxy import ANSWER_LOST, NOT_SENT, Fault, Proxy, Request, proxied
from scenario import Undisturbed, account_once, copy_with_drop, make_base, undisturbed_lake
from servers import Bucket, Servers

import firmograph

KILLS = int(os.environ.get("SOAK_OBJECT_KILLS", "12"))
SEED = 20260302
DATA_FILE = re.compile(r".+/part-[0-9a-f-]+(\.zstd)?\.parquet")

pytestmark = pytest.mark.objects


@pytest.fixture(scope="module")
def base(once: Once) -> Path:
    return once("faults-base", make_base)


@pytest.fixture(scope="module")
def undisturbed(once: Once) -> Undisturbed:
    return undisturbed_lake(once)


Start = Callable[[str, Path], BucketProject]


@pytest.fixture
def prepared(base: Path, make_bucket: Callable[[str], Bucket], tmp_path: Path) -> Start:
    """Puts the lake, with the second drop waiting, into a bucket of a store."""
    copy_with_drop(base, tmp_path / "base")

    def prepare(store: str, root: Path) -> BucketProject:
        project = BucketProject(root, make_bucket(store).url)
        project.upload_root(tmp_path / "base")
        project.limits = replace(project.limits, wait_seconds=60)
        return project

    return prepare


def kill_at(proxy: Proxy, number: int, process: subprocess.Popen[str], *, is_made: bool) -> None:
    """Has a process killed when it makes its n-th request, before or after the store has it."""

    def rule(request: Request) -> Fault | None:
        if request.number < number:
            return None
        process.kill()
        return ANSWER_LOST if is_made and request.number == number else NOT_SENT

    proxy.rule = rule


REQUESTS = 320
"""So many requests the run makes at least; `test_run_makes_so_many_requests` tells if not."""


def test_run_makes_so_many_requests(
    prepared: Start, servers: Servers, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    project = prepared("versitygw", tmp_path / "project")
    with proxied(servers.get("versitygw").address) as proxy:
        process = start(project, "run", endpoint=proxy.url)
        _, stderr = process.communicate(timeout=240)
    assert process.returncode == 3, stderr
    assert REQUESTS <= len(proxy.requests) < REQUESTS + 30
    assert project.account() == account_once(undisturbed.root)
    assert_clean(project)


@pytest.mark.parametrize("number", range(KILLS))
def test_run_killed_at_a_request_is_healed_by_the_next(
    number: int,
    prepared: Start,
    servers: Servers,
    undisturbed: Undisturbed,
    tmp_path: Path,
    figure: Callable[[str, int], None],
) -> None:
    store = "ministack" if number % 4 == 3 else "versitygw"
    project = prepared(store, tmp_path / "project")
    share = (number + random.Random(SEED + number).random()) / KILLS
    place = 1 + int(share * REQUESTS)
    with proxied(servers.get(store).address) as proxy:
        process = start(project, "run", endpoint=proxy.url)
        kill_at(proxy, place, process, is_made=bool(number % 2))
        process.communicate(timeout=240)
    assert process.returncode == -signal.SIGKILL, place
    expire_lease(project)
    assert project.run().exit_code in (0, 3)
    assert project.account() == account_once(undisturbed.root)
    assert_clean(project)
    figure("kills at requests to a store, each healed by the next run", 1)


def assert_clean(project: BucketProject) -> None:
    """Nothing is left over but files that were written and never committed, until a vacuum."""
    others = [
        key for key in keys(project.storages.lake)
        if "/_delta_log/" not in key and not DATA_FILE.fullmatch(key)
    ]
    assert others == []
    assert not list(project.root.glob(".*"))
    lake = firmograph.Project(project.root, **project.settings)
    assert lake.verify(sample=None).is_ok
