"""How many requests a run makes of the store; they are what a lake in a bucket costs."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from documents import organization, response
from proxy import Proxy, proxied
from servers import Bucket

from objects.bucket_project import BucketProject

COMPANIES = 2_200
NIGHTS = 9
"""So many that small files are merged, and checkpoints written, more than once."""

pytestmark = pytest.mark.objects


def company(number: int, day: int) -> str:
    """A company as it was on a day of March."""
    record = organization(f"{200_000_000 + number}", f"Company {number} on day {day}")
    return json.dumps(response(record, f"2026-03-{day:02}T10:00:00Z"))


def billed(proxy: Proxy, work: Callable[[], object]) -> tuple[int, int]:
    """How many requests some work makes: those that read, and those that write or list."""
    before = proxy.counts
    work()
    made: Counter[str] = proxy.counts - before
    return made["GET"] + made["HEAD"], made["PUT"] + made["COPY"] + made["LIST"]


def test_run_makes_a_bounded_number_of_requests(
    make_bucket: Callable[[str], Bucket],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    figure: Callable[[str, str], None],
) -> None:
    """Every night a hundred new files, each with a company that is new or changed; then nothing."""
    bucket = make_bucket("versitygw")
    project = BucketProject(tmp_path, bucket.url)
    every = "\n".join(company(number, 1) for number in range(COMPANIES))
    project.drop("all_data_blocks_20260301.jsonl", every)
    assert project.run().totals.documents.published == COMPANIES
    nightly, idle = [], []
    for day in range(2, 2 + NIGHTS):
        for number in range(100):
            document = company(COMPANIES - 150 + 50 * day + number, day)
            project.drop(f"day {day} c{number}_data_blocks_202603{day:02}.json", document)
        with proxied(bucket.endpoint) as proxy, monkeypatch.context() as through:
            through.setenv("AWS_ENDPOINT_URL", proxy.url)
            nightly.append(billed(proxy, project.run))
            idle.append(billed(proxy, project.run))
    (found,) = project.sql("SELECT count(*) AS companies FROM dw_company_data")
    assert found == {"companies": COMPANIES + 50 * NIGHTS}
    most = [max(counts) for runs in (nightly, idle) for counts in zip(*runs, strict=True)]
    figure(
        "requests that read, and that write or list, at most: 100 new files; nothing new",
        f"{most[0]}, {most[1]}; {most[2]}, {most[3]}",
    )
    assert most[0] <= 450
    assert most[1] <= 200
    assert most[2] <= 200
    assert most[3] <= 30
