"""docs/aws.md names every module, alarm, variable and output that it should, and no other."""

import re
from pathlib import Path

from firmograph.metrics.declared import METRICS

ROOT = Path(__file__).parents[2]
AWS = ROOT / "deploy" / "aws"
PAGE = (ROOT / "docs" / "aws.md").read_text("utf-8")


def declared(kind: str, file: str) -> set[str]:
    """The names of a file's blocks of a kind."""
    return set(re.findall(rf'^{kind} "(\w+)"', (AWS / file).read_text("utf-8"), re.MULTILINE))


def test_page_has_a_line_for_each_module_and_says_what_was_seen() -> None:
    rows = re.findall(r"^\|.*`deploy/aws/modules/(\w+)` \|(.*)\|$", PAGE, re.MULTILINE)
    assert {module for module, _ in rows} == {path.name for path in (AWS / "modules").iterdir()}
    assert all("*seen*" in proof or "NOT RUN" in proof for _, proof in rows)


def test_page_says_what_to_do_on_each_alarm() -> None:
    text = (AWS / "modules" / "observability" / "alarms.tf").read_text("utf-8")
    alarms = set(re.findall(r"^    (\w+) = \{\n      says", text, re.MULTILINE)) | {"nothing"}
    section = PAGE.split("## Alarms")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == alarms
    assert len(alarms) == 8


def test_page_and_script_use_outputs_that_exist() -> None:
    outputs = declared("output", "example/outputs.tf")
    script = (ROOT / "deploy" / "check-aws.sh").read_text("utf-8")
    used = set(re.findall(r"terraform output -(?:raw|json) (\w+)", PAGE))
    used |= set(re.findall(r"value \"?\.(\w+)\.value", script))
    assert used
    assert used <= outputs


def test_five_values_have_no_default_and_are_in_the_example() -> None:
    text = (AWS / "example" / "variables.tf").read_text("utf-8")
    variables = re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', text, re.MULTILINE | re.DOTALL)
    needed = {name for name, body in variables if "default " not in body}
    filled = (AWS / "example" / "terraform.tfvars.example").read_text("utf-8")
    assert needed == set(re.findall(r"^(\w+) ", filled, re.MULTILINE))
    assert len(needed) == 5
    chosen = re.findall(
        r"^\| (`.*?`) \|", PAGE.split("| variable | |")[1].split("\n\n")[0], re.MULTILINE
    )
    named = {name for cell in chosen for name in re.findall(r"`(\w+)`", cell)}
    assert len(named) == 9
    assert named <= {name for name, _ in variables}


def test_dashboard_and_alarms_know_the_metrics_of_runs() -> None:
    module = AWS / "modules" / "observability"
    shown = (module / "dashboard.tf").read_text("utf-8")
    shown = shown[: shown.index("queues =")]
    words = {
        word for words in re.findall(r"metrics *= \[(.*?)\]", shown) for word in words.split(", ")
    }
    assert {word.strip('"') for word in words} == METRICS.keys()
    watched = re.findall(
        r'namespace += "firmograph",? *\n? *metric(?:_name)? += "(\w+)"',
        (module / "alarms.tf").read_text("utf-8"),
    )
    assert sorted(watched) == [
        "newest_source_age_seconds",
        "open_refusals",
        "run_failed",
        "run_finished",
    ]
    assert set(watched) <= METRICS.keys()
