"""deploy/aws is formatted, valid and free of findings, and the tests of its modules pass."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import sqlglot
from aws_terraform import AWS, copied, environment, initialized, terraform
from programs import tool
from sqlglot import exp

MODULES = sorted(
    str(tests.parent.relative_to(AWS)) for tests in AWS.rglob("tests") if tests.is_dir()
)


def test_every_module_has_tests() -> None:
    assert MODULES == [
        "example",
        "modules/baseline",
        "modules/compute",
        "modules/dashboards",
        "modules/events",
        "modules/keys",
        "modules/observability",
        "modules/privacy",
        "modules/storage",
        "modules/storage/bucket",
        "modules/warehouse",
    ]


def test_files_are_formatted() -> None:
    done = terraform(AWS, os.environ, "fmt", "-check", "-recursive")
    assert (done.returncode, done.stdout) == (0, "")


def test_external_schema_is_sql_of_redshift() -> None:
    text = (AWS / "modules" / "warehouse" / "external_schema.sql").read_text("utf-8")
    tokens = [token.text for token in sqlglot.tokenize(text, read="redshift")]
    assert tokens[:7] == ["CREATE", "EXTERNAL", "SCHEMA", "IF", "NOT", "EXISTS", "firmograph"]
    assert tokens[7:] == [
        *("FROM", "DATA", "CATALOG"),
        *("DATABASE", "${database}", "IAM_ROLE", "${role}", "REGION", "${region}"),
    ]
    assert isinstance(sqlglot.parse_one(text, read="redshift"), exp.Command | exp.Create)


@pytest.mark.deploy
def test_example_is_valid(tmp_path: Path) -> None:
    told = environment(tmp_path)
    done = terraform(initialized(copied(tmp_path) / "example", told), told, "validate", "-json")
    assert json.loads(done.stdout)["diagnostics"] == []


@pytest.mark.deploy
@pytest.mark.timeout(900)  # seconds of processor time, but processors may be busy
@pytest.mark.parametrize("module", MODULES)
def test_module_passes_its_tests(module: str, tmp_path: Path) -> None:
    told = environment(tmp_path)
    done = terraform(initialized(copied(tmp_path) / module, told), told, "test", "-no-color")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 failed." in done.stdout


@pytest.mark.deploy
def test_checkov_finds_nothing() -> None:
    lack = "NOTHING OF DEPLOY/AWS IS CHECKED: `make .venv-deploy/installed` installs checkov"
    checkov = tool("checkov", lack, installed_by_us=True)
    done = subprocess.run(
        [
            checkov,
            "-d",
            AWS,
            "--framework",
            "terraform",
            "--skip-download",
            "-o",
            "json",
        ],
        check=False,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")},
        capture_output=True,
        text=True,
    )
    found = json.loads(done.stdout)
    assert [check["check_id"] for check in found["results"]["failed_checks"]] == []
    assert found["summary"]["passed"] > 100
    skipped = found["results"]["skipped_checks"]
    assert all(len(check["check_result"]["suppress_comment"]) > 20 for check in skipped)
