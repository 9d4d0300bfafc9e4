import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from cli.conftest import REPOSITORY, Program


@pytest.fixture
def program(program: Program) -> Program:
    """The program as a process: how it starts is the subject."""
    return replace(program, in_process=False)


COMMANDS = (
    "run",
    "rebuild",
    "status",
    "tables",
    "sql",
    "quarantine",
    "contract",
    "settings",
    "init",
)
LOADED = """
import sys
from firmograph.cli import main
sys.argv = ["firmograph", *sys.argv[1:]]
try:
    main()
finally:
    heavy = ("pyarrow", "duckdb", "deltalake", "rich")
    rarely = ("pyarrow.compute", "pyarrow.dataset", "pandas", "numpy")
    print("loaded:", *(name for name in heavy + rarely if name in sys.modules))
"""


def test_wheel_has_examples_contracts_and_marts(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        for path in (REPOSITORY / "examples" / "uploads").iterdir():
            assert archive.read(f"firmograph/examples/{path.name}") == path.read_bytes()
    assert "firmograph/examples/霧ヶ浜精機_data_blocks_20260820.json" in names
    assert "firmograph/examples/Αιγαλίς_Ναυτιλιακή_data_blocks_20260430.json" in names
    assert "firmograph/contract/declared/data_blocks.yaml" in names
    assert "firmograph/contract/declared/family_tree.yaml" in names
    assert "firmograph/publish/marts/app_stocks_by_company.sql" in names
    assert "firmograph/py.typed" in names
    tops = {name.split("/")[0].split("-")[0] for name in names}
    assert tops == {"firmograph"}


def test_program_that_runs_is_the_installed_one(program: Program) -> None:
    outcome = program.python("-c", "import firmograph; print(firmograph.__file__)")
    assert outcome.out == f"{program.site}/firmograph/__init__.py\n"


@pytest.mark.parametrize("args", [["--help"], ["-h"], ["--version"], []])
def test_start_of_a_short_answer_imports_nothing_heavy(program: Program, args: list[str]) -> None:
    outcome = program.python("-c", LOADED, *args)
    assert outcome.out.splitlines()[-1] == "loaded:"
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize(
    ("command", "loaded"),
    [
        ("settings --json", []),
        ("init", []),
        ("contract check", ["pyarrow", "duckdb", "deltalake", "pyarrow.compute"]),
        ("contract show data_blocks", []),
        ("run", ["pyarrow", "duckdb", "deltalake", "rich"]),
        ("status --json", ["pyarrow", "duckdb", "deltalake"]),
    ],
)
def test_command_imports_what_it_needs(program: Program, command: str, loaded: list[str]) -> None:
    program.drop("a_data_blocks_20260301.json", {"duns": "100000001", "primaryName": "A"})
    replace(program, in_process=True)("run")
    program.drop("b_data_blocks_20260301.json", {"duns": "100000002", "primaryName": "B"})
    outcome = program.python("-c", LOADED, *command.split(), "--root", str(program.root))
    assert outcome.code in (0, 3)
    assert outcome.out.splitlines()[-1].split() == ["loaded:", *loaded]


def test_help_names_every_command(program: Program) -> None:
    outcome = program("--help")
    assert outcome.code == 0
    for name in COMMANDS:
        assert f"\n  {name} " in outcome.out


def test_help_of_a_command_tells_its_options(program: Program) -> None:
    commands = (*COMMANDS[:5], "quarantine list", "quarantine show", "contract check", "settings")
    outcomes = program.each(*([*command.split(), "--help"] for command in commands))
    for command, outcome in zip(commands, outcomes, strict=True):
        assert outcome.code == 0
        assert f"{command} [OPTIONS]" in outcome.out
        assert "--root FOLDER" in outcome.out


def test_usage_that_is_wrong_ends_with_2(program: Program) -> None:
    messages = {
        "rum": "no command 'rum'; did you mean 'run'?",
        "run --jsn": "--jsn",
        "sql": "QUERY",
        "sql 1 --format xml": "xml",
        "quarantine shwo": "shwo",
        "run extra": "extra",
    }
    outcomes = program.each(*(command.split() for command in messages))
    for message, outcome in zip(messages.values(), outcomes, strict=True):
        assert (outcome.code, outcome.out) == (2, "")
        assert message in outcome.err
        assert "Traceback" not in outcome.err
    assert list(program.root.iterdir()) == []


@pytest.mark.parametrize("broken", ["lake", "uploads", "processed", "quarantined"])
def test_folder_setting_that_names_a_file_is_an_error_without_traceback(
    program: Program, broken: str
) -> None:
    program.drop("a_data_blocks_20260301.json", {"duns": "100000001", "primaryName": "A"})
    program.drop("a_data_blocks_20260301.zip", b"no zip")
    (program.root / "file").write_text("a file")
    outcome = program("run", "--set", f"{broken}=file")
    assert "Traceback" not in outcome.err
    if outcome.code in (1, 2):
        assert "error: " in outcome.err


def test_damaged_table_is_an_error_with_a_hint(program: Program) -> None:
    program.drop("a_data_blocks_20260301.json", {"duns": "100000001", "primaryName": "A"})
    replace(program, in_process=True)("run")
    log = program.root / "datasets/dw/dw_company_data/_delta_log/00000000000000000000.json"
    log.write_text("{cut off")
    commands = [["run"], ["tables"], ["sql", "SELECT * FROM dw_company_data"]]
    for outcome in program.each(*commands):
        assert (outcome.code, outcome.out) == (1, "")
        assert "error: table dw/dw_company_data " in outcome.err
        assert "\nhint: " in outcome.err
        assert "Traceback" not in outcome.err


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["run", "--json", "--root", "/nowhere"], "the root folder /nowhere does not exist"),
        (["run", "--root", "/nowhere", "--json"], "the root folder /nowhere does not exist"),
        (["run", "--jsn", "--json"], "No such option '--jsn'."),
        (["quarantine", "show", "--json"], "Missing argument 'ID'."),
        (["verify", "--json", "--sample", "few"], "Invalid value for '--sample': 'few' "),
    ],
)
def test_error_is_json_where_the_command_is_asked_for_it(
    program: Program, command: list[str], message: str
) -> None:
    (outcome,) = program.each(command)
    assert outcome.code == 2
    failure = outcome.json()
    assert failure["message"].startswith(message)
    assert (failure["status"], set(failure)) == ("failed", {"status", "message", "hint"})
    assert outcome.err


@pytest.mark.parametrize(
    "command",
    [
        ["settings", "--root", "--json"],
        ["quarantine", "discard", "0f", "--why", "--json"],
        ["sql", "--", "--json"],
    ],
)
def test_error_is_no_json_where_another_option_has_that_value(
    program: Program, command: list[str]
) -> None:
    (outcome,) = program.each(command)
    assert outcome.out == ""
    assert outcome.err.startswith("error: ")
