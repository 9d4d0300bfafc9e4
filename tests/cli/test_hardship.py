"""A damaged lake, a full disk, a closed stream, an odd root, an interruption: never a traceback."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cli.conftest import Outcome, Program

READERS = (
    ["status"],
    ["tables"],
    ["snapshots"],
    ["sql", "SELECT count(*) FROM dw_company_data"],
    ["sql", "SELECT count(*) FROM ods_datablocks_raw"],
    ["quarantine", "list"],
    ["drift"],
)


@pytest.fixture
def copy(lake: Program, tmp_path: Path) -> Program:
    """A program with a lake of its own to damage."""
    shutil.copytree(lake.root / "datasets", tmp_path / "datasets")
    return replace(lake, root=tmp_path)


def remove(path: Path) -> None:
    path.unlink()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:60])


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [remove, cut, empty])
@pytest.mark.parametrize("pattern", ["dw/*/*.parquet", "ods/*/*.parquet", "control/*/*.parquet"])
def test_file_of_a_table_that_is_damaged_is_an_error_of_the_lake(
    copy: Program, pattern: str, damage: Callable[[Path], None]
) -> None:
    for path in (copy.root / "datasets").glob(pattern):
        damage(path)
    outcomes = copy.each(*READERS)
    failed = [outcome for outcome in outcomes if outcome.code]
    assert failed
    for outcome in failed:
        assert (outcome.code, outcome.out) == (1, "")
        assert outcome.err.startswith(("error: the lake cannot be read: ", "error: table "))
        assert "\nhint: " in outcome.err


@pytest.mark.parametrize("damage", [remove, cut, empty])
def test_log_that_is_damaged_is_an_error_of_the_lake(
    copy: Program, damage: Callable[[Path], None]
) -> None:
    for path in (copy.root / "datasets").glob("*/*/_delta_log/*.json"):
        damage(path)
    for outcome in copy.each(*READERS):
        assert (outcome.code, outcome.out) == (1, "")
        assert "\nhint: " in outcome.err


def test_plan_on_a_lake_that_cannot_be_written_is_an_error(program: Program) -> None:
    (program.root / "datasets").write_text("a file, so that nobody can write into the folder")
    for command in (["plan"], ["rebuild", "--dry-run"], ["quarantine", "retry", "--dry-run"]):
        outcome = program(*command)
        assert (outcome.code, outcome.out) == (1, "")
        assert outcome.err.startswith("error: nothing can be planned: ")
        assert "\nhint: a plan works on a clone in the lake's folder" in outcome.err


def in_shell(program: Program, line: str) -> Outcome:
    """The result of a shell's line, in which ``$F`` is the program."""
    start = f'F="{sys.executable} -m firmograph --root {program.root}"; {line}'
    ran = subprocess.run(
        ["/bin/sh", "-c", start],
        env={"PYTHONPATH": str(program.site), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        timeout=120,
        check=False,
    )
    return Outcome(ran.returncode, ran.stdout.decode(), ran.stderr.decode())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize("command", ["status --json", "tables", "sql 'FROM dw_company_data'"])
def test_output_to_a_full_disk_is_an_error(lake: Program, command: str) -> None:
    outcome = in_shell(lake, f"$F {command} > /dev/full")
    message = "error: standard output cannot be written: No space left on device\nhint: "
    assert (outcome.code, outcome.err[: len(message)]) == (1, message)
    assert "Traceback" not in outcome.err
    assert "Exception ignored" not in outcome.err


@pytest.mark.parametrize("closed", ["2>&-", ">&-", ">&- 2>&- <&-"])
def test_run_with_a_closed_stream_runs(program: Program, closed: str) -> None:
    program.drop("a_data_blocks_20260301.json", {"duns": "100000001", "primaryName": "A"})
    assert in_shell(program, f"$F run {closed}").code == 0
    assert program("sql", "SELECT duns FROM dw_company_data", "--format", "csv").out == (
        "duns\n100000001\n"
    )


def test_interrupted_run_ends_with_a_sentence_and_the_next_one_goes_on(program: Program) -> None:
    program.drop("a_data_blocks_20260301.json", {"duns": "100000001", "primaryName": "A"})
    (program.root / "marts").mkdir()
    endless = program.root / "marts" / "endless.sql"
    endless.write_text("SELECT count(*) AS n FROM range(1000000000000)")
    with subprocess.Popen(
        [sys.executable, "-m", "firmograph", "run", "--root", str(program.root)],
        env={"PYTHONPATH": str(program.site)},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        assert any("dw_company_data" in line for line in lines)  # the marts are next
        process.send_signal(signal.SIGINT)
        rest = "".join(lines)
        assert process.wait(60) == 1
    assert "Traceback" not in rest
    assert "error: interrupted\nhint: run it again" in rest
    endless.unlink()
    assert program("run").code == 0
    assert program("sql", "SELECT duns FROM dw_company_data", "--format", "csv").out == (
        "duns\n100000001\n"
    )


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("a\nb", r"'\n'"),
        ("a\\b", r"'\\'"),
        ("a%20b", "'%20'"),
        ("a\udcffb", r"'\udcff'"),
    ],
    ids=["a line end", "a backslash", "an escape of a URL", "not UTF-8"],
)
def test_root_that_delta_lake_cannot_read_is_refused(
    program: Program, tmp_path: Path, name: str, seen: str
) -> None:
    (tmp_path / name).mkdir()
    for command in ("run", "status", "plan"):
        outcome = program(command, "--root", str(tmp_path / name))
        assert outcome.code == 2
        assert outcome.err.startswith(f"error: the path of the lake has {seen} in it: ")
        assert "\nhint: " in outcome.err
    assert list((tmp_path / name).iterdir()) == []


@pytest.mark.parametrize("name", ["50% off", "a?b#c", "it's", "a[1]*", "ä 霧"])
def test_root_of_any_other_name_works(program: Program, tmp_path: Path, name: str) -> None:
    there = replace(program, root=tmp_path / name)
    there.drop("a_data_blocks_20260301.json", {"duns": "100000001", "primaryName": "A"})
    run, plan, read = there.each(["run"], ["plan"], ["sql", "FROM dw_company_data", "--json"])
    assert (run.code, plan.code, read.code) == (0, 0, 0)
    assert [row["duns"] for row in read.json()] == ["100000001"]


def test_variables_that_kubernetes_sets_for_a_service_are_left_alone(lake: Program) -> None:
    variables = {
        "FIRMOGRAPH_SERVICE_HOST": "10.0.0.11",
        "FIRMOGRAPH_SERVICE_PORT": "6379",
        "FIRMOGRAPH_SERVICE_PORT_HTTP": "6379",
        "FIRMOGRAPH_PORT": "tcp://10.0.0.11:6379",
        "FIRMOGRAPH_PORT_6379_TCP": "tcp://10.0.0.11:6379",
        "FIRMOGRAPH_PORT_6379_TCP_PROTO": "tcp",
        "FIRMOGRAPH_PORT_6379_TCP_PORT": "6379",
        "FIRMOGRAPH_PORT_6379_TCP_ADDR": "10.0.0.11",
        "FIRMOGRAPH_WEB_SERVICE_HOST": "10.0.0.12",
        "FIRMOGRAPH_WEB_PORT_80_UDP_ADDR": "10.0.0.12",
    }
    assert lake("status", **variables).code == 0
    assert lake("status", FIRMOGRAPH_SERVICE="x").code == 2
