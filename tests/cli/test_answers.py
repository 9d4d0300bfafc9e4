"""Every command answers with --json exactly what docs/answers.schema.json says."""

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module

import click
import msgspec
import pytest
from documents import member, organization, response, tree_page

from cli.conftest import REPOSITORY, Program
from firmograph.cli import _COMMANDS
from firmograph.cli.answers import ANSWERS, ErrorAnswer

BAD = response(organization("12345678"))


@pytest.fixture
def program(program: Program) -> Program:
    """A program on a lake with something of everything in it."""
    program.drop("a_data_blocks_20260301.json", response(organization()))
    program.drop("bad_data_blocks_20260301.json", BAD)
    program.drop("worse_data_blocks_20260301.json", response(organization("1234")))
    page = tree_page("300000001", [member("300000001")], of=2, count=2)
    program.drop("t_family_tree_20260401_1.json", page)
    (program.root / "marts" / "tests").mkdir(parents=True)
    (program.root / "marts" / "tests" / "few.sql").write_text("-- severity: warn\nSELECT 1 AS n")
    return program


def names(command: click.Command, path: str) -> Iterator[str]:
    """The commands below a command, each as it is typed."""
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from names(below, f"{path} {name}")
    else:
        yield path


def test_answers_are_those_of_every_command() -> None:
    commands = [
        path
        for name, (module, _) in _COMMANDS.items()
        for path in names(getattr(import_module(module), name), name)
    ]
    commands.remove("ui")  # serves pages, each with its own JSON
    commands.remove("listen")  # runs for ever, and has a log
    assert sorted({name.partition(" --")[0] for name in ANSWERS}) == sorted(commands)
    schema = json.loads((REPOSITORY / "docs" / "answers.schema.json").read_text("utf-8"))
    assert schema["properties"].keys() == {*ANSWERS, "error"}


def test_answer_of_every_command_has_its_type(program: Program) -> None:
    arguments = {
        "sql": ["SELECT * FROM dw_company_data"],
        "quarantine list --by": ["reason"],
        "quarantine discard": ["--why", "a test"],
        "rollback": ["1"],
        "withdraw": ["--why", "a test"],
        "redeliver": ["--as", "again_data_blocks_20260301.json"],
    }
    last = ("withdraw", "redeliver", "rollback", "reinstate")
    elsewhere = ("catalog glue", "catalog biglake")  # tests/cloud: they need a bucket
    order = [n for n in ANSWERS if n not in ("run", *elsewhere, *last)]
    order = ["run", *order, *last]
    for name in order:
        more = arguments.get(name, [])
        if name in ("quarantine show", "quarantine discard", "redeliver"):
            cases = program("quarantine", "list", "--json").json()
            more = [cases[0]["document_id"], *more]
        if name == "withdraw":
            query = "SELECT document_id FROM ods_datablocks_raw WHERE entity_id = '100000001'"
            more = [program("sql", query, "--json").json()[0]["document_id"], *more]
        outcome = program(*name.split(), *more, "--json")
        assert outcome.code in (0, 3), (name, outcome)
        answer = msgspec.json.decode(outcome.out, type=ANSWERS[name])
        assert msgspec.to_builtins(answer, builtin_types=()) == outcome.json(), name


def test_answer_of_a_command_that_cannot_be_carried_out_is_an_error(program: Program) -> None:
    outcome = program("status", "--json")
    assert outcome.code == 1
    answer = msgspec.json.decode(outcome.out, type=ErrorAnswer)
    assert msgspec.to_builtins(answer) == outcome.json()


def test_status_for_monitoring_ends_with_a_code_that_says_what_is_wrong(program: Program) -> None:
    program("run")
    codes = {
        "": 0,
        "--max-age 36h": 0,
        "--max-age 0s": 5,
        "--fail-on-quarantine": 3,
        "--max-age 1.5d --fail-on-quarantine": 3,
        "--max-age 0s --fail-on-quarantine --json": 5,
        "--max-age soon": 2,
        "--max-age 36": 2,
    }
    outcomes = program.each(*(["status", *options.split()] for options in codes))
    assert dict(zip(codes, (outcome.code for outcome in outcomes), strict=True)) == codes
    assert "\ntoo old    the last run that did not fail ended at 2" in outcomes[2].out
    assert "\ndata test  few failed (warn): 1 row, such as {" in outcomes[0].out


def test_status_is_too_old_where_every_run_failed(program: Program) -> None:
    (program.root / "marts" / "wrong.sql").write_text("SELECT nope")
    assert program("run").code == 1
    outcome = program("status", "--max-age", "36h")
    assert outcome.code == 5
    assert outcome.out.endswith("too old    the last run that did not fail ended never\n")


def test_quarantine_show_raw_writes_the_document_as_it_came(program: Program) -> None:
    program.drop("odd_data_blocks_20260301.json", b'\xef\xbb\xbf{"duns": "1\xff",\r\n "a":\t1}\n')
    program.drop("scrap_data_blocks_20260301.zip", b"no zip")
    program("run")
    cases = {c["file_name"]: c for c in program("quarantine", "list", "--json").json()}
    bad = cases["bad_data_blocks_20260301.json"]["document_id"]
    assert program("quarantine", "show", "--raw", bad).out == json.dumps(BAD)
    odd = cases["odd_data_blocks_20260301.json"]["document_id"]
    command = [sys.executable, "-m", "firmograph", "--root", str(program.root)]
    ran = subprocess.run(
        [*command, "quarantine", "show", "--raw", odd], capture_output=True, check=True
    )
    assert ran.stdout == b'{"duns": "1\xff",\r\n "a":\t1}'
    file = cases["scrap_data_blocks_20260301.zip"]["document_id"]
    outcome = program("quarantine", "show", "--raw", file)
    assert (outcome.code, outcome.out) == (2, "")
    assert "hint: the file itself is in " in outcome.err
    assert program("quarantine", "show", "--raw", "--json", bad).code == 2
