"""What the targets would do, as `make --dry-run` tells it."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]


def commands(*arguments: str) -> list[str]:
    """The lines that make would run."""
    told = subprocess.run(
        ["make", "--dry-run", *arguments],
        cwd=REPOSITORY,
        # make tells a make below it about itself
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.splitlines()


@pytest.mark.parametrize(
    ("target", "half"),
    [
        ("test", '-m "not spark and not deploy and not slow" --junitxml .reports/quick.xml'),
        ("test-slow", '-m "not spark and not deploy and slow" --junitxml .reports/slow.xml'),
        ("test-spark", '-m "spark and not slow" --junitxml .reports/quick-spark.xml'),
    ],
)
def test_test_arguments_reach_pytest_and_may_select_nothing(target: str, half: str) -> None:
    lines = [line for line in commands(target, "ARGS=-k 'heads or dw'") if "/pytest " in line]
    assert lines[0].endswith(f"{half} -k 'heads or dw' || [ $? -eq 5 ]")


def test_slow_tests_are_the_others_on_spark_too() -> None:
    lines = [line for line in commands("test-slow") if line.startswith(".venv-spark/bin/pytest ")]
    (line,) = lines
    assert line.rstrip().endswith('-m "spark and slow" --junitxml .reports/slow-spark.xml')


@pytest.mark.parametrize("target", ["test", "test-spark"])
def test_test_without_arguments_fails_where_nothing_is_selected(target: str) -> None:
    lines = [line for line in commands(target) if "/pytest " in line]
    assert lines
    assert not any("-eq" in line for line in lines)


def words(command: str) -> str:
    """A command without its flags."""
    return " ".join(word for word in command.split() if word != "." and not word.startswith("-"))


def test_hooks_are_the_checks_of_make_check() -> None:
    configuration = yaml.safe_load((REPOSITORY / ".pre-commit-config.yaml").read_text("utf-8"))
    (repository,) = configuration["repos"]
    hooks = [words(hook["entry"]) for hook in repository["hooks"]]
    checks = [words(line) for line in commands("check") if line.startswith(".venv/bin/")]
    assert hooks == [check for check in checks if not check.startswith(".venv/bin/pip ")]
    assert len(hooks) >= 6
    assert (repository["repo"], {hook["language"] for hook in repository["hooks"]}) == (
        "local",
        {"system"},
    )
