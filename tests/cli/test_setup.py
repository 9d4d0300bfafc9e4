import tomllib
from pathlib import Path

import pytest

from cli.conftest import REPOSITORY, Outcome, Program

EXAMPLES = REPOSITORY / "examples" / "uploads"


def origins(program: Program, *flags: str, **environment: str) -> dict[str, tuple[object, str]]:
    rows = program("settings", "--json", *flags, **environment).json()
    return {row["setting"]: (row["value"], row["from"]) for row in rows}


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_settings_are_defaults_where_nothing_is_set(program: Program) -> None:
    found = origins(program)
    assert {origin for _, origin in found.values()} == {"default"}
    assert (
        found.items()
        >= {
            "uploads": ("workingArea/uploads", "default"),
            "processed": ("workingArea/processedFiles", "default"),
            "quarantined": ("workingArea/quarantinedFiles", "default"),
            "lake": ("datasets", "default"),
            "marts": ("marts", "default"),
            "contracts": ("contracts", "default"),
            "max_document_bytes": (268435456, "default"),
            "memory_limit": ("2GB", "default"),
            "wait_seconds": (0.0, "default"),
            "log_level": ("info", "default"),
            "log_format": ("text", "default"),
        }.items()
    )


def test_settings_flag_goes_before_environment_before_file(program: Program) -> None:
    (program.root / "firmograph.toml").write_text('lake = "f"\nmarts = "f"\nlog_level = "error"\n')
    environment = {"FIRMOGRAPH_MARTS": "e", "FIRMOGRAPH_LOG_LEVEL": "debug"}
    found = origins(program, "--set", "log_level=warning", **environment)
    assert found["lake"] == ("f", "firmograph.toml")
    assert found["marts"] == ("e", "FIRMOGRAPH_MARTS")
    assert found["log_level"] == ("warning", "flag")
    assert found["log_format"] == ("text", "default")


def test_settings_are_printed_with_root_and_meaning(program: Program) -> None:
    lines = program("settings").out.splitlines()
    assert lines[0] == f"root folder: {program.root}"
    (line,) = [line for line in lines if line.split()[:1] == ["lake"]]
    assert line.split()[:3] == ["lake", "datasets", "default"]
    assert line.rstrip().endswith("folder or url of the tables")


def test_settings_root_is_taken_from_the_environment(program: Program, tmp_path: Path) -> None:
    outcome = program.python("-m", "firmograph", "settings", FIRMOGRAPH_ROOT=str(tmp_path))
    assert outcome.out.startswith(f"root folder: {tmp_path}\n")
    outcome = program.python("-m", "firmograph", "settings")
    assert outcome.out.startswith(f"root folder: {program.elsewhere}\n")


def is_refused(outcome: Outcome, message: str) -> bool:
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("error: ")
    assert message in outcome.err
    return "\nhint: " in outcome.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lakee = 'x'\n", "unknown setting 'lakee' (firmograph.toml); did you mean 'lake'?"),
        ("lake = 5\n", "lake (firmograph.toml) is 5: "),
        ("lake = [\n", "firmograph.toml: cannot be read: "),
    ],
)
def test_settings_file_that_is_wrong_ends_with_2(program: Program, text: str, message: str) -> None:
    (program.root / "firmograph.toml").write_text(text)
    assert is_refused(program("settings"), message)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("MARTZ", "x", "'martz' (environment); did you mean 'marts'?"),
        ("LOG_LEVEL", "loud", "log_level (environment) is 'loud': "),
    ],
)
def test_settings_environment_that_is_wrong_ends_with_2(
    program: Program, name: str, value: str, message: str
) -> None:
    assert is_refused(program("settings", **{f"FIRMOGRAPH_{name}": value}), message)


def test_settings_flag_that_is_wrong_ends_with_2(program: Program) -> None:
    messages = {
        "memory_limt=1GB": "'memory_limt' (flag); did you mean 'memory_limit'?",
        "max_document_bytes=many": "max_document_bytes (flag) is 'many': ",
        "lake": "--set 'lake' has no =",
    }
    outcomes = program.each(*(["settings", "--set", flag] for flag in messages))
    for message, outcome in zip(messages.values(), outcomes, strict=True):
        assert is_refused(outcome, message)


def test_settings_root_that_is_not_there_ends_with_2(program: Program) -> None:
    outcome = program("settings", "--root", "/nowhere")
    assert outcome.code == 2
    assert outcome.err == (
        "error: the root folder /nowhere does not exist\n"
        "hint: create it, or name another with --root\n"
    )


def test_init_makes_folders_settings_and_examples(program: Program) -> None:
    root = program.root / "new" / "project"
    outcome = program("init", "--root", str(root))
    assert (outcome.code, outcome.err) == (0, "")
    folders = sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_dir())
    assert folders == [
        "contracts",
        "dashboards",
        "datasets",
        "marts",
        "workingArea",
        "workingArea/processedFiles",
        "workingArea/quarantinedFiles",
        "workingArea/uploads",
    ]
    assert files(root / "workingArea" / "uploads") == files(EXAMPLES)
    assert "copied 18 example uploads" in outcome.out


def test_init_writes_a_settings_file_that_changes_nothing(program: Program) -> None:
    program("init", "--no-examples")
    text = (program.root / "firmograph.toml").read_text()
    assert set(tomllib.loads(text)) == {
        "paths",
        "deliveries",
        "limits",
        "spark",
        "storage",
        "logging",
        "monitoring",
    }
    assert not any(tomllib.loads(text).values())
    assert '\n# folder or url of the tables\n# lake = "datasets"\n' in text
    uncommented = "\n".join(line.removeprefix("# ") for line in text.splitlines() if " = " in line)
    assert tomllib.loads(uncommented) == {
        name: value for name, (value, _) in origins(program).items()
    }
    assert list(program.uploads.iterdir()) == []


def test_init_twice_changes_nothing(program: Program) -> None:
    program("init")
    (program.root / "firmograph.toml").write_text('lake = "mine"\n')
    one = next(program.uploads.iterdir())
    one.write_bytes(b"mine")
    before = files(program.root)
    outcome = program("init")
    assert outcome.code == 0
    assert "firmograph.toml already exists; left as it is" in outcome.out
    assert "copied 0 example uploads" in outcome.out
    after = files(program.root)
    assert after == before
    assert after["firmograph.toml"] == b'lake = "mine"\n'


def test_init_makes_the_folders_the_settings_name(program: Program) -> None:
    (program.root / "firmograph.toml").write_text('uploads = "in"\nlake = "tables"\n')
    program("init")
    assert len(list((program.root / "in").iterdir())) == 18
    assert (program.root / "tables").is_dir()
    assert not program.uploads.exists()


def test_init_then_run_fills_the_tables(program: Program) -> None:
    program("init")
    outcome = program("run", "--json")
    assert outcome.code == 3
    assert outcome.json()["tables"]["dw_company_data"]["rows"] == 12


def test_init_in_a_bucket_is_refused(program: Program) -> None:
    outcome = program("init", "--root", "s3://acme-data/configuration")
    assert outcome.code == 2
    assert outcome.err.startswith(
        "error: the root folder s3://acme-data/configuration is in a bucket, where none can be "
        "created"
    )
    assert not (program.elsewhere / "s3:").exists()
