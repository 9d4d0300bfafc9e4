"""Each command on a lake in a bucket gives the answers, and leaves the lake, that a folder has."""

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Once, Project
from documents import Json
from scenario import account, first_drop, second_drop
from servers import Bucket

import firmograph
from firmograph.pipeline.report import Report
from objects.bucket_project import BucketProject, keys

pytestmark = [
    pytest.mark.objects,
    pytest.mark.parametrize("bucket", ["versitygw", "fake-gcs-server"], indirect=True),
]
MART = "SELECT country, count(*) AS listings FROM dw_stock_exchanges GROUP BY country"
CHANGED = "c1_data_blocks_20260301.json"
REFUSED = "worse_data_blocks_20260305.json"
DERIVED = ("dw_company_data", "dw_stock_exchanges", "dw_family_tree_members", "app_listings")
NAMES = "SELECT duns, primary_name FROM dw_company_data ORDER BY duns"


def answer(report: Report) -> Json:
    """A report without what differs from run to run."""
    found: Any = report.as_dict()
    return {k: v for k, v in found.items() if k not in ("run_id", "duration_seconds", "notes")}


def document_of(lake: firmograph.Project, file_name: str) -> str:
    """The id of the document that came last in a file of this name."""
    query = (
        f"SELECT document_id FROM ods_datablocks_raw WHERE file_name = '{file_name}' "
        "ORDER BY ingest_seq DESC LIMIT 1"
    )
    with lake.open() as reader:
        return str(reader.sql(query).to_pylist()[0]["document_id"])


def names(lake: firmograph.Project) -> list[str]:
    with lake.open() as reader:
        return [row["primary_name"] for row in reader.sql(NAMES).to_pylist()]


def live(project: Project, lake: firmograph.Project) -> list[Any]:
    """Each command once; returns what they answered."""
    told: list[Any] = []

    def tell(*answers: Any) -> None:
        told.extend(answer(a) if isinstance(a, Report) else a for a in answers)

    drop(project, first_drop)
    tell(lake.run())
    drop(project, second_drop)
    before = keys(project.storages.lake), keys(project.storages.uploads)
    planned = answer(lake.plan())
    assert (keys(project.storages.lake), keys(project.storages.uploads)) == before
    done = answer(lake.run())
    assert planned == done
    tell(done, names(lake))

    changed = document_of(lake, CHANGED)
    tell(lake.withdraw(changed, "a test"), names(lake), lake.reinstate(changed), names(lake))
    tell(lake.rollback(1, dry_run=True), names(lake), lake.rollback(1), names(lake))
    tell(lake.reinstate(), names(lake))

    refused = document_of(lake, REFUSED)
    with lake.open() as reader:
        tell(sorted(case.reason for case in reader.refusals()))
        tell(reader.refusal(refused).violations[0].reason, reader.status().open_refusals)
    tell(lake.retry(dry_run=True), lake.retry())
    tell(lake.redeliver(refused, f"again_{REFUSED}").rpartition("/")[2], lake.run())
    tell(lake.discard(refused, "a test"))

    (lake.folders.marts).mkdir()
    (lake.folders.marts / "app_listings.sql").write_text(MART)
    tell(lake.run(marts_only=True))
    tell(*lake.drift())
    merged = dict(lake.compact().files)
    del merged["tb_pipeline_control"]  # its small files are merged sooner in a bucket
    tell(merged, len(lake.vacuum().files))
    with lake.open() as reader:
        tables = [reader.table(name).to_pylist() for name in DERIVED]
    tell(lake.rebuild(dry_run=True), lake.rebuild())
    with lake.open() as reader:
        assert [reader.table(name).to_pylist() for name in DERIVED] == tables
    verdict = lake.verify(sample=None).as_dict()
    for check in verdict["checks"]:
        if check["name"] == "files":  # see above
            del check["message"], check["counted"]
    tell(verdict)
    return told


def drop(project: Project, fill: Callable[[Path], None]) -> None:
    """Fills a folder and drops what it then holds."""
    folder = project.root / "dropped" / fill.__name__
    fill(folder)
    for path in folder.iterdir():
        project.drop(path.name, path.read_bytes())


def live_in_a_folder(root: Path) -> None:
    """Gives each command to a lake in a folder, and keeps the answers beside it."""
    folder = Project(root / "lake")
    told = live(folder, firmograph.Project(folder.root, settle_seconds=0.0))
    (root / "answers").write_bytes(pickle.dumps(told))


def test_each_command_answers_as_in_a_folder(bucket: Bucket, once: Once, tmp_path: Path) -> None:
    project = BucketProject(tmp_path, bucket.url)
    found = live(project, firmograph.Project(project.root, settle_seconds=0.0, **project.settings))
    folder = once("commands-in-a-folder", live_in_a_folder)
    expected = pickle.loads((folder / "answers").read_bytes())  # noqa: S301 - our own
    for number, (left, right) in enumerate(zip(expected, found, strict=True)):
        assert right == left, number
    assert found[-1]["is_ok"]
    assert project.account() == account(folder / "lake")


def test_command_line_takes_urls_from_the_environment(bucket: Bucket, tmp_path: Path) -> None:
    project = BucketProject(tmp_path, bucket.url)
    drop(project, first_drop)
    environment = {f"FIRMOGRAPH_{name.upper()}": url for name, url in project.settings.items()}

    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "firmograph", *arguments, "--root", str(tmp_path)],
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    done = command("run", "--json")
    assert (done.returncode, json.loads(done.stdout)["documents"]["published"]) == (3, 11)
    found = command("sql", "SELECT count(*) AS n FROM dw_company_data", "--format", "csv")
    assert found.stdout.splitlines() == ["n", "8"]
    assert command("verify", "--full").returncode == 0
    assert project.waiting() == []
    assert {path.name for path in tmp_path.iterdir()} == {"dropped", "workingArea"}
