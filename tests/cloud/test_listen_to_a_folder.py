"""Listening to a folder: the command in a process of its own, stopped by signals."""

import json
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Project
from documents import organization, response
from listening import Listening

Listen = Callable[..., Listening]


def test_file_that_arrives_is_ingested_without_a_hand(project: Project, listen: Listen) -> None:
    listener = listen(project.root, "--quiet", "0.5s")
    assert listener.wait_for("run begins")["events"] == 0
    listener.wait_for("run ended")
    project.drop("alpine_data_blocks_20260301.json", response(organization()))
    assert listener.wait_for("run begins")["events"] >= 1
    assert listener.wait_for("run ended")["exit_code"] == 0
    assert project.sql("SELECT duns FROM dw_company_data") == [{"duns": "100000001"}]
    assert listener.end() == 0


def test_files_that_wait_are_ingested_at_the_start(project: Project, listen: Listen) -> None:
    project.drop("alpine_data_blocks_20260301.json", response(organization()))
    code, log = listen(project.root, "--quiet", "0.1s", "--until-empty").finish()
    runs = [line for line in log if line["event"] == "run begins"]
    assert (code, len(runs)) == (0, 1)
    assert project.sql("SELECT count(*) AS n FROM dw_company_data") == [{"n": 1}]


def test_refused_document_is_no_failure_and_a_wrong_contract_is_one(
    project: Project, listen: Listen
) -> None:
    project.drop("bad_data_blocks_20260301.json", {"duns": "12"})
    code, _ = listen(project.root, "--quiet", "0.1s", "--until-empty").finish()
    assert code == 3
    contracts = project.root / "contracts"
    contracts.mkdir()
    (contracts / "data_blocks.yaml").write_text("contract: data_blocks\n")
    code, log = listen(project.root, "--quiet", "0.1s", "--until-empty").finish()
    assert code == 2
    assert [line["exit_code"] for line in log if line["event"] == "run ended"] == [2]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_it_after_the_run(project: Project, listen: Listen, number: int) -> None:
    project.drop("alpine_data_blocks_20260301.json", response(organization()))
    listener = listen(project.root)
    listener.wait_for("run begins")
    listener.process.send_signal(number)
    assert listener.wait_for("run ended")["exit_code"] == 0
    listener.wait_for("stopped listening")
    assert listener.finish()[0] == 0
    assert project.sql("SELECT count(*) AS n FROM dw_company_data") == [{"n": 1}]


def test_folder_that_vanishes_is_watched_again_once_it_is_back(
    project: Project, listen: Listen
) -> None:
    listener = listen(project.root, "--quiet", "0.5s")
    listener.wait_for("run ended")
    shutil.rmtree(project.folders.uploads)
    project.folders.uploads.mkdir()
    project.drop("alpine_data_blocks_20260301.json", response(organization()))
    assert listener.wait_for("run begins")["events"] >= 1
    assert listener.wait_for("run ended")["exit_code"] == 0
    project.drop("lakeside_data_blocks_20260301.json", response(organization("100000002")))
    listener.wait_for("run begins")
    listener.wait_for("run ended")
    assert project.sql("SELECT count(*) AS n FROM dw_company_data") == [{"n": 2}]
    assert listener.end() == 0


def test_listening_to_nothing_known_is_an_error(project: Project, listen: Listen) -> None:
    code, log = listen(project.root, "s3://acme-data/uploads").finish()
    assert (code, log[-1]["event"]) == (
        2,
        "'s3://acme-data/uploads' is nothing that can be listened to; allowed are https://… of an "
        "SQS queue, projects/…/subscriptions/…, and folders",
    )
    code, log = listen(project.root, str(project.root / "nowhere")).finish()
    assert (code, log[-1]["event"]) == (
        2,
        f"there is no folder {project.root / 'nowhere'} to listen to",
    )


def test_source_that_is_empty_like_an_unset_variable_is_an_error(
    project: Project, listen: Listen
) -> None:
    code, log = listen(project.root, "").finish()
    assert code == 2
    assert log[-1]["event"].startswith("'' is nothing that can be listened to; allowed are ")


def test_end_by_a_signal_leaves_nothing_but_json_in_the_log(
    project: Project, listen: Listen
) -> None:
    listener = listen(project.root)
    listener.wait_for("run ended")
    listener.process.send_signal(signal.SIGTERM)
    _, rest = listener.process.communicate()
    assert [json.loads(line)["event"] for line in rest.splitlines()] == ["stopped listening"]


def test_uploads_in_a_bucket_need_a_queue(tmp_path: Path, listen: Listen) -> None:
    code, log = listen(tmp_path, FIRMOGRAPH_UPLOADS="s3://acme-data/uploads").finish()
    assert (code, log[-1]["hint"]) == (
        2,
        "name the queue or subscription that is told of new objects",
    )
