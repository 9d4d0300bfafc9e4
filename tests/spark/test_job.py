"""The entry point of jobs on Spark platforms, in the session that a platform has made."""

import json

import pytest
from conftest import Project
from documents import organization, response

from firmograph.cloud.job import main
from firmograph.engine.base import SparkOptions

pytestmark = pytest.mark.spark


@pytest.mark.essential
def test_job_runs_once_and_passes_over_arguments_of_the_platform(
    spark: SparkOptions, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.drop("alpine_data_blocks_20260301.json", response(organization()))
    project.drop("bad_data_blocks_20260301.json", {"duns": "12"})
    arguments = ["--JOB_NAME", "companies", "--root", str(project.root), "--enable-metrics", "true"]
    main([*arguments, "--set", "snapshots_kept=7"])
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (answer["status"], answer["documents"]["published"]) == ("refused", 1)
    assert project.sql("SELECT duns FROM dw_company_data") == [{"duns": "100000001"}]


@pytest.mark.parametrize(
    ("arguments", "code"), [(["--set", "no_such=1"], 2), (["--set", "nothing"], 2)]
)
def test_job_that_cannot_run_ends_with_the_exit_code(
    spark: SparkOptions,
    project: Project,
    arguments: list[str],
    code: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--root", str(project.root), *arguments])
    assert ended.value.code == code
    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert (line["level"], line["severity"]) == ("error", "ERROR")
    assert line["event"] == line["message"]
