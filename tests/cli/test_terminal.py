import os
import pty
import subprocess
import sys
from dataclasses import replace

import pytest
from documents import organization, response

from cli.conftest import EVIL, Outcome, Program

SEEN = r"\x1b[31mred\x07\x9b"
EVERYTHING = "SELECT * FROM dw_company_data"
FILES = "SELECT file_name, status, message FROM tb_pipeline_control"


def is_plain(text: str) -> bool:
    """Whether a text has no control characters except line ends."""
    return all(c.isprintable() or c == "\n" for c in text)


def test_run_shows_escapes_as_text(first_run: Outcome) -> None:
    assert is_plain(first_run.out)
    assert is_plain(first_run.err)
    assert f"unknown{SEEN}.txt" in first_run.err
    assert f"broken{SEEN}_data_blocks_20260301.zip" in first_run.err


def test_look_lets_no_value_speak_to_the_terminal(lake: Program) -> None:
    commands = [
        ["status"],
        ["status", "--json"],
        ["tables"],
        ["quarantine", "list"],
        ["quarantine", "list", "--json"],
        ["sql", EVERYTHING],
        ["sql", FILES],
        ["sql", "SELECT raw_data FROM ods_datablocks_raw"],
        ["sql", EVERYTHING, "--format", "json"],
    ]
    for command, outcome in zip(commands, lake.each(*commands), strict=True):
        assert outcome.code == 0
        assert (command, "\x1b" in outcome.out, "\x07" in outcome.out) == (command, False, False)


def test_csv_lets_no_value_speak_to_the_terminal(lake: Program) -> None:
    assert "\x1b" not in lake("sql", EVERYTHING, "--format", "csv").out


def test_column_name_does_not_speak_to_the_terminal(lake: Program) -> None:
    assert "\x1b" not in lake("sql", 'SELECT 1 AS "\x1b[31m"').out


def test_errors_show_escapes_as_text(lake: Program) -> None:
    commands = [
        ["sql", "SELECT error('\x1b[31m')"],
        ["sql", 'SELECT * FROM "\x1b[31m"'],
        ["quarantine", "show", "\x1b[31m"],
        ["contract", "check", "\x1b[31m"],
        ["settings", "--set", "\x1b[31m=1"],
        ["settings", "--root", "\x1b[31m"],
    ]
    for outcome in lake.each(*commands):
        assert outcome.code in (1, 2)
        assert outcome.out == ""
        assert is_plain(outcome.err)


def test_table_shows_a_value_with_escapes_as_text(lake: Program) -> None:
    assert f"Evil {SEEN}" in lake("sql", EVERYTHING).out
    assert f"bad{SEEN}_data_blocks_20260301.json" in lake("quarantine", "list").out


def test_json_keeps_a_value_with_escapes_as_it_is(lake: Program) -> None:
    rows = lake("sql", f"{EVERYTHING} ORDER BY duns", "--format", "json").json()
    assert rows[1]["primary_name"] == f"Evil {EVIL}"


def test_quarantine_show_lets_no_value_speak_to_the_terminal(lake: Program) -> None:
    rows = lake("quarantine", "list", "--json").json()
    outcomes = lake.each(*(["quarantine", "show", row["document_id"]] for row in rows))
    assert all(outcome.code == 0 and is_plain(outcome.out) for outcome in outcomes)
    everything = "".join(outcome.out for outcome in outcomes)
    assert f"file bad{SEEN}_data_blocks_20260301.json" in everything
    assert rf"$.organization.duns = {SEEN}" in everything


def test_mart_name_with_escapes_is_shown_as_text(program: Program) -> None:
    program.drop("a_data_blocks_20260301.json", response(organization()))
    (program.root / "marts").mkdir()
    (program.root / "marts" / f"{EVIL}.sql").write_text(f"SELECT '{EVIL}' FROM nowhere")
    outcome = program("run")
    assert outcome.code == 1
    assert is_plain(outcome.out)
    assert is_plain(outcome.err)
    assert f"mart {SEEN} was not built" in outcome.out.lower()


def run_on_a_terminal(program: Program) -> tuple[str, str]:
    """Standard output, and what a terminal at standard error received."""
    master, terminal = pty.openpty()
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("FIRMOGRAPH_", "PYTHON"))}
    ran = subprocess.run(
        [sys.executable, "-m", "firmograph", "run", "--json", "--root", str(program.root)],
        env={**kept, "PYTHONPATH": str(program.site), "TERM": "xterm", "COLUMNS": "200"},
        cwd=program.elsewhere,
        stdout=subprocess.PIPE,
        stderr=terminal,
        timeout=60,
        check=False,
    )
    os.close(terminal)
    received = b""
    try:
        while piece := os.read(master, 65536):
            received += piece
    except OSError:  # Linux: the terminal's other end is closed
        pass
    os.close(master)
    return ran.stdout.decode(), received.decode()


def test_run_on_a_terminal_shows_a_bar_and_no_log_lines(program: Program) -> None:
    program.drop("a_data_blocks_20260301.json", response(organization()))
    program.drop(f"unknown{EVIL}.txt", b"")
    out, received = run_on_a_terminal(program)
    assert Outcome(0, out, "").json()["status"] == "refused"
    assert f"unknown: unknown{SEEN}.txt" in received
    assert "\x1b[31mred" not in received
    assert "━" in received
    assert "run started" not in received


@pytest.mark.parametrize("form", ["table", "csv"])
def test_output_of_a_narrow_encoding_is_no_traceback(lake: Program, form: str) -> None:
    query = "SELECT '霧ヶ浜精機' AS name"
    process = replace(lake, in_process=False)
    outcome = process("sql", query, "--format", form, PYTHONIOENCODING="ascii")
    assert "Traceback" not in outcome.err
    assert outcome.code == 0


def test_output_into_a_closed_pipe_is_no_traceback(lake: Program) -> None:
    program = [sys.executable, "-m", "firmograph", "--root", str(lake.root)]
    query = "SELECT i, repeat('x', 1000) FROM range(20000) t(i)"
    reader, writer = os.pipe()
    os.close(reader)
    ran = subprocess.run(
        [*program, "sql", query, "--format", "csv"],
        env={**os.environ, "PYTHONPATH": str(lake.site)},
        cwd=lake.elsewhere,
        stdout=writer,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(writer)
    assert b"Traceback" not in ran.stderr
