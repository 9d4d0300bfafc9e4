"""The entry point of jobs on Spark, as far as it comes without Spark."""

import json
from pathlib import Path

import pytest

from firmograph.cloud.job import main


def test_job_without_a_root_says_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--JOB_NAME", "companies"])
    assert ended.value.code == 2
    assert "the following arguments are required: --root" in capsys.readouterr().err


def test_setting_that_is_unknown_is_a_line_of_level_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--root", str(tmp_path), "--set", "no_such_place=s3://acme/dnb"])
    assert ended.value.code == 2
    line = json.loads(capsys.readouterr().err)
    assert (line["level"], line["severity"]) == ("error", "ERROR")
    assert line["event"] == line["message"]
    assert "no_such_place" in line["event"]
    assert line["hint"]
