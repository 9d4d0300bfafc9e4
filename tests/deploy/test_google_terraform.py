"""deploy/google is what Google's provider takes, as far as can be told without the provider."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from check_google import DESCRIBED, faults
from hcl.modules import Module, plain, read_modules, unquote
from programs import ROOT, tool

from firmograph.storage.object_errors import DELETE, LIST, READ, WRITE

GOOGLE = ROOT / "deploy" / "google"
ROWS = [
    "baseline",
    "compute",
    "dashboards",
    "events",
    "keys",
    "observability",
    "privacy",
    "storage",
    "warehouse",
]
METRICS = {
    "run_finished",
    "run_failed",
    "run_seconds",
    "files_seen",
    "files_ingested",
    "files_duplicate",
    "files_unreadable",
    "files_unknown",
    "files_deferred",
    "documents_received",
    "documents_published",
    "documents_unchanged",
    "documents_superseded",
    "documents_quarantined",
    "documents_waiting",
    "open_refusals",
    "newest_source_age_seconds",
}


@pytest.fixture(scope="module")
def modules() -> dict[str, Module]:
    """Every module by the name of its folder."""
    return {module.path.name: module for module in read_modules(GOOGLE)}


def test_every_argument_and_reference_is_known() -> None:
    assert list(faults(GOOGLE)) == []


def test_description_is_of_what_is_used(modules: dict[str, Module]) -> None:
    described = json.loads(DESCRIBED.read_text("utf-8"))
    assert set(described["kinds"]) == {kind for m in modules.values() for kind in m.kinds}
    assert described["provider"] == "6.50.0"
    assert described["source"].startswith("cdktf_cdktf_provider_google-16.12.1-")


def test_each_row_has_a_module_that_the_example_calls(modules: dict[str, Module]) -> None:
    assert sorted(path.name for path in (GOOGLE / "modules").iterdir()) == ROWS
    called = {
        Path(unquote(plain(call.body)["source"])).name
        for call in modules["example"].of_type("module").values()
    }
    assert called == set(ROWS)


def test_five_values_are_to_be_filled_in(modules: dict[str, Module]) -> None:
    variables = modules["example"].of_type("variable")
    needed = {name for name, block in variables.items() if "default" not in plain(block.body)}
    assert needed == {"project", "key_project", "region", "second_region", "email"}
    filled = (GOOGLE / "example" / "terraform.tfvars.example").read_text("utf-8")
    assert {line.split()[0] for line in filled.splitlines()} == needed


def test_role_of_runs_has_what_requests_need(modules: dict[str, Module]) -> None:
    role = plain(modules["baseline"].named()["google_project_iam_custom_role.pipeline"].body)
    assert {unquote(permission) for permission in role["permissions"]} == {
        *(operation.on_gs for operation in (READ, WRITE, DELETE, LIST)),
        "storage.multipartUploads.create",
        "storage.multipartUploads.abort",
    }


def test_every_metric_becomes_one_of_monitoring(modules: dict[str, Module]) -> None:
    values = {
        name: value
        for block in modules["observability"].blocks
        if block.type == "locals"
        for name, value in plain(block.body).items()
    }
    assert {*plain(values["counted"]), *plain(values["measured"])} >= METRICS
    charted = {unquote(metric) for chart in values["charts"] for metric in plain(chart)["metrics"]}
    assert charted == METRICS


def test_run_with_something_refused_is_an_execution_that_succeeded(
    modules: dict[str, Module], tmp_path: Path
) -> None:
    (job,) = (
        plain(block.body)
        for block in modules["compute"].blocks
        if block.kind == "google_cloud_run_v2_job"
    )
    (container,) = plain(plain(job["template"][0])["template"][0])["containers"]
    words = [unquote(word) for word in (*container["command"], *container["args"])]
    assert words[:2] == ["sh", "-c"]
    firmograph = tmp_path / "firmograph"
    for code, expected in {0: 0, 3: 0, 1: 1, 4: 1}.items():
        firmograph.write_text(f"#!/bin/sh\nexit {code}\n")
        firmograph.chmod(0o755)
        told = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
        assert subprocess.run(words, env=told, check=False).returncode == expected


WRONG = {
    "project": "Acme",
    "key_project": "-",
    "region": "Zurich",
    "second_region": "europe-west6",
    "email": "on-call",
    "name": "a-name-that-is-too-long",
    "function_source": "nowhere.zip",
}


@pytest.mark.parametrize("wrong", WRONG)
def test_value_that_is_wrong_is_named(wrong: str, tmp_path: Path) -> None:
    lack = "NO TERRAFORM IS HERE, SO IT DID NOT CHECK ANY VALUE"
    terraform = tool("terraform", lack, installed_by_us=False)
    shutil.copy(GOOGLE / "example" / "variables.tf", tmp_path)
    (tmp_path / "function.zip").touch()
    shutil.copy(GOOGLE / "example" / "terraform.tfvars.example", tmp_path / "terraform.tfvars")
    command = [terraform, "plan", "-no-color", "-input=false"]
    good = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert good.returncode == 0, good.stderr
    command.append(f"-var={wrong}={WRONG[wrong]}")
    bad = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert bad.returncode == 1
    assert f'variable "{wrong}"' in bad.stderr


def test_files_are_formatted() -> None:
    lack = "NO TERRAFORM IS HERE, SO ITS FORMAT WAS NOT CHECKED"
    terraform = tool("terraform", lack, installed_by_us=False)
    command = [terraform, "fmt", "-check", "-recursive", str(GOOGLE)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "")


def test_terraform_itself_reads_the_modules(tmp_path: Path) -> None:
    lack = "NO TERRAFORM IS HERE, SO IT DID NOT READ THE MODULES"
    terraform = tool("terraform", lack, installed_by_us=False)
    shutil.copytree(GOOGLE, tmp_path / "google")
    example = tmp_path / "google" / "example"
    found = subprocess.run([terraform, "get"], cwd=example, capture_output=True, check=False)
    assert found.returncode == 0, found.stderr.decode()
    read = json.loads((example / ".terraform" / "modules" / "modules.json").read_text())
    assert {module["Key"] for module in read["Modules"]} == {"", "second_keys", *ROWS}


@pytest.mark.deploy
def test_checkov_finds_what_is_planted_and_nothing_else(tmp_path: Path) -> None:
    lack = "NO CHECKOV IS HERE, SO NOTHING WAS CHECKED BY IT; `make cloud-test` INSTALLS IT"
    checkov = tool("checkov", lack, installed_by_us=True)
    shutil.copytree(GOOGLE, tmp_path / "google")
    (tmp_path / "planted").mkdir()
    bucket = 'resource "google_storage_bucket" "lake" {\n  name     = "a"\n  location = "EU"\n}\n'
    (tmp_path / "planted" / "main.tf").write_text(bucket)
    command = [checkov, "-d", str(tmp_path), "--framework", "terraform", "--skip-download"]
    found = subprocess.run([*command, "-o", "json"], capture_output=True, check=False)
    report = json.loads(found.stdout)
    failed = {
        (check["file_path"], check["check_id"]) for check in report["results"]["failed_checks"]
    }
    assert {path for path, _ in failed} == {"/planted/main.tf"}
    assert ("/planted/main.tf", "CKV_GCP_29") in failed  # uniform access
    assert report["summary"]["parsing_errors"] == 0
    reasons = [
        check["check_result"]["suppress_comment"] for check in report["results"]["skipped_checks"]
    ]
    assert all(reasons)
    assert len(reasons) == 3
