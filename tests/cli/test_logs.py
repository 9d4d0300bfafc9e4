"""Log lines of a run whose standard error is not a terminal, and errors among them."""

import json
import re
from typing import Any

from documents import organization, response

from cli.conftest import Program


def lines(text: str) -> list[dict[str, Any]]:
    """The lines of a text, each as JSON."""
    return [json.loads(line) for line in text.splitlines()]


LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z (\[.*)")


def test_text_quotes_only_values_that_need_it(program: Program) -> None:
    program.drop("alpine_data_blocks_20260301.json", response(organization()))
    program.drop("read me_20260301.json", "{}")
    found = [LINE.fullmatch(line) for line in program("run").err.splitlines()]
    told = [match[1] for match in found if match is not None]
    assert len(told) == len(found)
    assert told[0] == "[info] run started files=2"
    assert told[1].startswith("[warning] file unknown file='read me_20260301.json' reason='")
    assert told[2].startswith("[info] table published table=")


def test_google_format_uses_the_names_of_cloud_logging(program: Program) -> None:
    program.drop("alpine_data_blocks_20260301.json", response(organization()))
    found = lines(program("run", FIRMOGRAPH_LOG_FORMAT="google").err)
    assert {tuple(sorted({"message", "severity", "time"} & line.keys())) for line in found} == {
        ("message", "severity", "time")
    }
    assert (found[0]["message"], found[0]["severity"], found[0]["files"]) == (
        "run started",
        "INFO",
        1,
    )
    assert not {"event", "level", "timestamp"} & found[0].keys()


def test_error_is_a_line_of_the_log_format(program: Program) -> None:
    outcome = program("rollback", "99", FIRMOGRAPH_LOG_FORMAT="json")
    (line,) = lines(outcome.err)
    assert outcome.code == 2
    assert (line["level"], line["event"], line["hint"]) == (
        "error",
        "snapshot 99 is not kept; kept are none",
        "`firmograph snapshots` lists them; the setting snapshots_kept sets how many",
    )


def test_error_of_the_settings_is_a_line_of_the_format_that_the_environment_names(
    program: Program,
) -> None:
    outcome = program("status", FIRMOGRAPH_LOG_FORMAT="google", FIRMOGRAPH_LOG_LEVEL="loud")
    (line,) = lines(outcome.err)
    assert (outcome.code, line["severity"]) == (2, "ERROR")
    assert "loud" in line["message"]
    wrong = program("status", FIRMOGRAPH_LOG_FORMAT="xml")
    assert wrong.err.startswith("error: ")


def test_error_is_text_where_the_log_lines_are(program: Program) -> None:
    assert program("rollback", "99").err.startswith("error: ")
