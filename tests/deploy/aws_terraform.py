"""Terraform as the tests of deploy/aws call it: on a copy, with a provider that is there already.

Nothing is downloaded. The provider is looked for where the configuration file of Terraform says
(`TF_CLI_CONFIG_FILE`), in the folder that `FIRMOGRAPH_TERRAFORM_PLUGINS` names, in Terraform's own
mirrors, or in /opt; where it is missing, these tests are skipped with a line in capitals.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
from programs import ROOT, tool

AWS = ROOT / "deploy" / "aws"
PROVIDER = "registry.terraform.io/hashicorp/aws"
MIRRORS = (
    Path.home() / ".terraform.d" / "plugins",
    Path.home() / ".local" / "share" / "terraform" / "plugins",
    Path("/usr/local/share/terraform/plugins"),
    Path("/usr/share/terraform/plugins"),
    *sorted(Path("/opt").glob("*plugins*")),
)
MISSING = "NOTHING OF DEPLOY/AWS IS TESTED WITH TERRAFORM: "


def environment(folder: Path) -> dict[str, str]:
    """The environment in which Terraform finds the provider, or a skip of the test."""
    found = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    found |= {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
    if mirror := _mirror():
        settings = folder / "terraform.rc"
        settings.write_text(
            f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n'
        )
        found["TF_CLI_CONFIG_FILE"] = str(settings)
    elif not Path(os.environ.get("TF_CLI_CONFIG_FILE", "")).is_file():
        pytest.skip(
            f"{MISSING}THE PROVIDER IS NOT HERE; FIRMOGRAPH_TERRAFORM_PLUGINS NAMES ITS FOLDER"
        )
    return found


def copied(folder: Path) -> Path:
    """A copy of deploy/aws, so that no state or plugin gets into the repository."""
    ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*", "build")
    return Path(shutil.copytree(AWS, folder / "aws", ignore=ignored))


def terraform(
    folder: Path, environment: Mapping[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    """What a command in a folder says."""
    return subprocess.run(
        [program(), *arguments],
        check=False,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )


def initialized(folder: Path, environment: Mapping[str, str]) -> Path:
    """The folder, with its provider."""
    done = terraform(folder, environment, "init", "-no-color", "-backend=false")
    if "Failed to query available provider packages" in done.stdout + done.stderr:
        pytest.skip(
            f"{MISSING}THE PROVIDER IS NOT HERE; FIRMOGRAPH_TERRAFORM_PLUGINS NAMES ITS FOLDER"
        )
    assert done.returncode == 0, done.stderr
    return folder


@cache
def program() -> str:
    """Terraform, or a skip of the test."""
    return tool("terraform", f"{MISSING}IT IS NOT INSTALLED", installed_by_us=False)


def _mirror() -> Path | None:
    named = os.environ.get("FIRMOGRAPH_TERRAFORM_PLUGINS")
    folders = (Path(named),) if named else MIRRORS
    return next((folder for folder in folders if (folder / PROVIDER).is_dir()), None)
