"""What tools/check_google.py finds in Terraform, each planted by itself."""

from collections.abc import Callable
from pathlib import Path

import pytest
from check_google import faults
from hcl.modules import read_module

BUCKET = """
variable "name" {
  description = "text"
  type        = string
}
resource "google_storage_bucket" "lake" {
  name     = var.name
  location = "EU"
  versioning {
    enabled = true
  }
}
output "url" {
  description = "text"
  value       = google_storage_bucket.lake.url
}
"""
CALL = """
module "lake" {
  source = "../bucket"
  name   = "acme"
}
output "url" {
  description = "text"
  value       = module.lake.url
}
"""


PLANTED: dict[str, tuple[Callable[[str], str], list[str]]] = {
    "misspelt argument": (
        lambda text: text.replace("location =", "locaton  ="),
        [
            "bucket: google_storage_bucket.lake: no argument 'locaton'",
            "bucket: google_storage_bucket.lake: 'location' is missing",
        ],
    ),
    "misspelt argument of a block": (
        lambda text: text.replace("enabled", "enable"),
        [
            "bucket: google_storage_bucket.lake.versioning: no argument 'enable'",
            "bucket: google_storage_bucket.lake.versioning: 'enabled' is missing",
        ],
    ),
    "misspelt block": (
        lambda text: text.replace("versioning {", "version {"),
        ["bucket: google_storage_bucket.lake: no block 'version'"],
    ),
    "missing argument": (
        lambda text: text.replace('  location = "EU"\n', ""),
        ["bucket: google_storage_bucket.lake: 'location' is missing"],
    ),
    "argument instead of a block": (
        lambda text: text.replace("versioning {", "versioning = {"),
        ["bucket: google_storage_bucket.lake: 'versioning' is a block, not an argument"],
    ),
    "block instead of an argument": (
        lambda text: text.replace("versioning {", "labels {\n  a = true\n  }\n  versioning {"),
        ["bucket: google_storage_bucket.lake: 'labels' is an argument, not a block"],
    ),
    "block twice": (
        lambda text: text.replace(
            "versioning {", "versioning {\n    enabled = true\n  }\n  versioning {"
        ),
        ["bucket: google_storage_bucket.lake: 'versioning' may be there once"],
    ),
    "value of another kind": (
        lambda text: text.replace("enabled = true", "enabled = [true]"),
        ["bucket: google_storage_bucket.lake.versioning: 'enabled' is a bool, not list [True]"],
    ),
    "unknown resource type": (
        lambda text: text.replace("google_storage_bucket", "google_storage_basket"),
        [
            "bucket: google_storage_basket.lake: 'google_storage_basket' is not among the "
            "described kinds"
        ],
    ),
    "unknown variable": (
        lambda text: text.replace("var.name", "var.naem"),
        [
            "bucket: var.naem: there is no such variable",
            "bucket: var.name: no part of the module uses it",
        ],
    ),
    "unknown local value": (
        lambda text: text.replace('"EU"', '"${local.place}"'),
        ["bucket: local.place: there is no such local value"],
    ),
    "unknown resource": (
        lambda text: text.replace("google_storage_bucket.lake.url", "google_storage_bucket.l.url"),
        ["bucket: google_storage_bucket.l.url: there is no such resource"],
    ),
    "unknown attribute": (
        lambda text: text.replace("lake.url", "lake.uri"),
        ["bucket: google_storage_bucket.lake.uri: it has no 'uri'"],
    ),
    "unknown name": (
        lambda text: text.replace("var.name\n", "vra.name\n"),
        [
            "bucket: vra: nothing of this name is known",
            "bucket: var.name: no part of the module uses it",
        ],
    ),
    "text where a number must be": (
        lambda text: text.replace(
            "versioning {",
            'soft_delete_policy {\n    retention_duration_seconds = "long"\n  }\n  versioning {',
        ),
        [
            "bucket: google_storage_bucket.lake.soft_delete_policy: 'retention_duration_seconds' "
            "is a number, not string long"
        ],
    ),
    "unknown data source": (
        lambda text: text.replace("var.name\n", "data.google_project.this[var.name].name\n"),
        ["bucket: data.google_project.this[].name: there is no such data source"],
    ),
    "index that is missing": (
        lambda text: text.replace("  name     =", "  count    = 2\n  name     ="),
        [
            "bucket: google_storage_bucket.lake.url: it has count, so an index must follow",
        ],
    ),
    "index too many": (
        lambda text: text.replace("lake.url", "lake[0].url"),
        [
            "bucket: google_storage_bucket.lake[].url: it has neither count nor for_each, so no "
            "index may follow"
        ],
    ),
    "variable without a description": (
        lambda text: text.replace('  description = "text"\n', "", 1),
        ["bucket: var.name: has no description"],
    ),
    "misspelt argument of Terraform's own": (
        lambda text: text.replace("type        = string", "typ = string"),
        ["bucket: var.name: a variable has no argument 'typ'"],
    ),
    "unknown input": (
        lambda text: text.replace('name   = "acme"', 'name   = "acme"\n  naem = "acme"'),
        ["call: module.lake: the module has no variable 'naem'"],
    ),
    "missing input": (
        lambda text: text.replace('  name   = "acme"\n', ""),
        ["call: module.lake: 'name' is missing"],
    ),
    "unknown output": (
        lambda text: text.replace("module.lake.url", "module.lake.uri"),
        ["call: module.lake.uri: the module has no such output"],
    ),
    "unknown module": (
        lambda text: text.replace("module.lake.url", "module.lac.url"),
        ["call: module.lac.url: there is no such module"],
    ),
    "folder without a module": (
        lambda text: text.replace("../bucket", "../basket"),
        ["call: module.lake: there is no module in ../basket"],
    ),
}


@pytest.mark.parametrize(("plant", "expected"), PLANTED.values(), ids=PLANTED)
def test_planted_fault_is_found(
    plant: Callable[[str], str], expected: list[str], tmp_path: Path
) -> None:
    for name, text in {"bucket": BUCKET, "call": CALL}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text(text)
    assert list(faults(tmp_path)) == []
    changed = expected[0].split(":")[0]
    text = (tmp_path / changed / "main.tf").read_text()
    assert plant(text) != text
    (tmp_path / changed / "main.tf").write_text(plant(text))
    assert list(faults(tmp_path)) == expected


def test_references_are_those_outside_of_texts(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'locals {\n  a = "var.text ${var.a}" # var.comment\n'
        '  b = [for k, v in var.b : local.c[module.d[var.e].f] if v != "${each.key}"]\n'
        '  c = "${var.g ? "var.text" : google_x.h[*].i}"\n}\n'
    )
    assert {reference.text for reference in read_module(tmp_path).references} == {
        "var.a",
        "var.b",
        "local.c[]",
        "module.d[].f",
        "var.e",
        "var.g",
        "google_x.h[].i",
    }
