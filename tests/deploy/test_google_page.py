"""docs/google.md and deploy/check-google.sh speak of what deploy/google has."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hcl.modules import Module, plain, read_module, unquote

ROOT = Path(__file__).parents[2]
GOOGLE = ROOT / "deploy" / "google"
PAGE = (ROOT / "docs" / "google.md").read_text("utf-8")
SCRIPT = ROOT / "deploy" / "check-google.sh"
SERVICES = [
    "Cloud Storage",
    "Pub/Sub",
    "Cloud Function",
    "Cloud Run",
    "Dataproc",
    "DLP (Sensitive Data Protection)",
    "Cloud KMS",
    "BigQuery",
    "Looker",
    "Cloud Monitoring, Logging",
    "Cloud IAM",
]


@pytest.fixture(scope="module")
def example() -> Module:
    """The root that a person fills in."""
    return read_module(GOOGLE / "example")


def rows(title: str) -> list[list[str]]:
    """The cells of the first table below a title, without its head."""
    part = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def test_every_service_has_its_line_with_what_was_not_run() -> None:
    table = rows("What is there")
    assert [row[0] for row in table] == SERVICES
    assert all("NOT RUN" in row[3] for row in table)
    assert {Path(row[2].strip("`")).name for row in table} == {
        path.name for path in (GOOGLE / "modules").iterdir()
    }


def test_every_alarm_has_its_line() -> None:
    policies = read_module(GOOGLE / "modules" / "observability")
    (alarms,) = (
        plain(block.body)["alarms"]
        for block in policies.blocks
        if block.type == "locals" and "alarms" in plain(block.body)
    )
    named = [row[0].strip("`") for row in rows("Alarms")]
    assert named == [*plain(alarms), "nothing for a day", "dead letters", "function"]


@pytest.mark.parametrize("text", [PAGE, SCRIPT.read_text("utf-8")], ids=["page", "script"])
def test_outputs_that_are_asked_for_exist(text: str, example: Module) -> None:
    asked = re.findall(r"terraform output (?:-\w+ )?(\w+)|\$\(value (\w+)\)", text)
    names = {name for pair in asked for name in pair if name}
    assert len(names) >= 6
    assert names <= set(example.of_type("output"))


def test_resources_that_are_named_exist(example: Module) -> None:
    (target,) = re.findall(r"-target=module\.(\w+)\.([\w.]+)", PAGE)
    called = example.of_type("module")[target[0]]
    module = read_module(GOOGLE / "example" / unquote(plain(called.body)["source"]))
    assert target[1] in module.named()
    (variable,) = re.findall(r"terraform apply -var (\w+)=", PAGE)
    assert variable in example.of_type("variable")


def test_script_is_a_script_and_fails_where_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    for name in ("bash", "date", "grep", "sed", "tr", "wc"):  # neither gcloud nor curl
        found = shutil.which(name)
        assert found is not None
        (tmp_path / "bin" / name).symlink_to(found)
    text = SCRIPT.read_text("utf-8")
    quick = re.sub(r"^within \d+", "within 0", text, flags=re.MULTILINE)
    (tmp_path / "check.sh").write_text(quick)
    done = subprocess.run(
        [tmp_path / "bin" / "bash", "check.sh"],
        cwd=tmp_path,
        env={"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].endswith(" failed")
    assert not [line for line in done.stdout.splitlines() if line.startswith("ok ")]
