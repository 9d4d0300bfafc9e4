"""Requests that fail, and answers that are lost: a run makes each commit once, or says why not."""

import re
from collections.abc import Callable

import pytest
from scenario import Account

from firmograph.errors import LakeError
from objects.conftest import Through
from objects.drills import assert_clean, assert_well
from objects.proxy import ANSWER_LOST, NOT_SENT, Fault, Request

COMMIT = re.compile(r".*/(\w+)/_delta_log/(\d{20})\.json")

pytestmark = pytest.mark.objects


def is_commit(request: Request) -> bool:
    return request.kind == "PUT" and COMMIT.fullmatch(request.key) is not None


def is_write(request: Request) -> bool:
    return request.kind in ("PUT", "COPY", "DELETE")


def once_each(
    fault: Fault, applies: Callable[[Request], bool]
) -> Callable[[Request], Fault | None]:
    """Requests of a kind fail the first time that they are made."""
    seen = set[tuple[str, str]]()

    def rule(request: Request) -> Fault | None:
        what = (request.kind, request.key)
        if not applies(request) or what in seen:
            return None
        seen.add(what)
        return fault

    return rule


@pytest.mark.parametrize(
    ("fault", "applies"),
    [
        pytest.param(ANSWER_LOST, is_commit, id="made, answer lost"),
        pytest.param(NOT_SENT, is_commit, id="not made, connection lost"),
        pytest.param(Fault(503, reaches_store=True), is_commit, id="made, answered 503"),
        pytest.param(Fault(412), is_commit, id="not made, answered 412"),
        pytest.param(Fault(409), is_commit, id="not made, answered 409"),
        pytest.param(ANSWER_LOST, is_write, id="every write made, answer lost"),
    ],
)
def test_each_commit_is_made_once(
    fault: Fault,
    applies: Callable[[Request], bool],
    through: Through,
    expected: Account,
) -> None:
    with through() as (project, proxy):
        proxy.rule = once_each(fault, applies)
        assert project.run().exit_code == 3
    assert sum(is_commit(request) for request in proxy.requests) >= 2 * 16
    assert project.account() == expected
    assert_clean(project)


def test_busy_store_is_asked_again(through: Through, expected: Account) -> None:
    with through() as (project, proxy):
        proxy.rule = lambda request: Fault(503) if request.number % 9 == 0 else None
        assert project.run().exit_code == 3
    assert project.account() == expected


@pytest.mark.parametrize(
    "table", ["ods_datablocks_raw", "dw_company_data", "tb_published_snapshots"]
)
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


@pytest.mark.parametrize(
    "table", ["ods_datablocks_raw", "dw_company_data", "tb_published_snapshots"]
)
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
