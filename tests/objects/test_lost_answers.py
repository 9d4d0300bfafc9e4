"""Requests that fail, and answers that are lost: a run makes each commit once, or says why not."""

import os
import re
from collections.abc import Callable
from itertools import cycle, islice

import pytest
from proxy import ANSWER_LOST, NOT_SENT, Fault, Request
from scenario import Account

from firmograph.errors import LakeError
from objects.conftest import Through
from objects.drills import assert_clean, assert_well

COMMIT = re.compile(r".*/(\w+)/_delta_log/(\d{20})\.json")

COMMITS = 16
"""So many commits the run makes."""

pytestmark = pytest.mark.objects


def is_commit(request: Request) -> bool:
    return request.kind == "PUT" and COMMIT.fullmatch(request.key) is not None


FAULTS = {
    "made, answer lost": ANSWER_LOST,
    "not made, connection lost": NOT_SENT,
    "made, answered 503": Fault(503, reaches_store=True),
    "not made, answered 412": Fault(412),
    "not made, answered 409": Fault(409),
}
ROTATIONS = range(int(os.environ.get("SOAK_OBJECT_FAULTS", "1")))
MORE = ["ods_datablocks_raw", "tb_entity_heads"] if len(ROTATIONS) > 1 else []
"""Tables that are tried in the soak alone."""


@pytest.mark.parametrize("first", ROTATIONS)
def test_each_commit_is_made_once(
    first: int, through: Through, expected: Account, figure: Callable[[str, int], None]
) -> None:
    """Each commit fails once, in one of these ways; in the soak every commit in every way."""
    faults = islice(cycle(FAULTS.values()), first, None)
    failed: dict[str, Fault] = {}

    def rule(request: Request) -> Fault | None:
        if not is_commit(request) or request.key in failed:
            return None
        failed[request.key] = next(faults)
        return failed[request.key]

    with through() as (project, proxy):
        proxy.rule = rule
        assert project.run().exit_code == 3
    assert len(failed) == COMMITS
    assert project.account() == expected
    assert_clean(project)
    figure("commits whose request failed or whose answer was lost, each made once", len(failed))


@pytest.mark.parametrize("store", ["versitygw", "fake-gcs-server"])
def test_each_write_whose_answer_is_lost_is_made_once(
    store: str, through: Through, expected: Account
) -> None:
    lost = set[tuple[str, str]]()

    def rule(request: Request) -> Fault | None:
        what = (request.kind, request.key)
        if request.kind not in ("PUT", "COPY", "DELETE") or what in lost:
            return None
        lost.add(what)
        return ANSWER_LOST

    with through(store) as (project, proxy):
        proxy.rule = rule
        assert project.run().exit_code == 3
    assert len(lost) > 2 * COMMITS
    assert project.account() == expected
    assert_clean(project)


def test_busy_store_is_asked_again(through: Through, expected: Account) -> None:
    with through() as (project, proxy):
        proxy.rule = lambda request: Fault(503) if request.number % 9 == 0 else None
        assert project.run().exit_code == 3
    assert project.account() == expected


@pytest.mark.parametrize("table", ["tb_published_snapshots", *MORE])
def test_commit_that_the_store_always_refuses_fails_the_run_and_the_next_heals(
    table: str, through: Through, expected: Account
) -> None:

    def rule(request: Request) -> Fault | None:
        found = COMMIT.fullmatch(request.key)
        return Fault(412) if is_commit(request) and found and found[1] == table else None

    with through() as (project, proxy):
        proxy.rule = rule
        with pytest.raises(LakeError) as raised:
            project.run()
    assert re.match(rf"version \d of s3://.*/{table} could not be written: ", raised.value.message)
    assert_well(project)
    assert project.run().exit_code in (0, 3)
    assert project.account() == expected
    assert_clean(project)


@pytest.mark.parametrize("table", ["dw_company_data", *MORE])
def test_foreign_commit_in_between_fails_the_run_and_the_next_heals(
    table: str, through: Through, expected: Account
) -> None:
    written: list[str] = []

    def rule(request: Request) -> Fault | None:
        found = COMMIT.fullmatch(request.key)
        if is_commit(request) and found and found[1] == table and not written:
            zone = next(z for z in ("ods", "dw", "control") if f"/{z}/" in request.key)
            log = project.storages.lake / zone / table / "_delta_log"
            written.extend((found[2], request.key.partition("/_delta_log")[0]))
            log.put_if_absent(f"{found[2]}.json", b'{"commitInfo":{"operation":"OPTIMIZE"}}\n')
        return None

    with through() as (project, proxy):
        proxy.rule = rule
        with pytest.raises(LakeError) as raised:
            project.run()
    assert raised.value.message == (
        f"another process wrote version {int(written[0])} of s3:/{written[1]} during this run"
    )
    assert_well(project)
    assert project.run().exit_code in (0, 3)
    assert project.account() == expected
    assert_clean(project)
