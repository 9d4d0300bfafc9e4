"""Every recipe of docs/operations.md is run, in the page's order, on one lake."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from documents import organization, response

from firmograph import Project
from firmograph.cli import cli

PAGE = (Path(__file__).parents[1] / "docs" / "operations.md").read_text("utf-8")
RECIPES = re.findall(r"^```(cron|sh)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
MAIL = """#!/bin/sh
{ echo "$@"; cat; } >> mails.txt
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root folder with a good upload and one without a name, and the programs of the recipes."""
    root = tmp_path / "root"
    cli.main(["init", "--no-examples", "--root", str(root)], standalone_mode=False)
    bad = response(organization(primaryName=None))
    for name, document in (("good", response(organization("100000002"))), ("bad", bad)):
        path = root / "workingArea" / "uploads" / f"{name}_data_blocks_20260301.json"
        path.write_text(json.dumps(document), "utf-8")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in (
        ("firmograph", f'#!/bin/sh\nexec {sys.executable} -m firmograph "$@"\n'),
        ("mail", MAIL),
        ("python3", f'#!/bin/sh\nexec {sys.executable} "$@"\n'),
    ):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    return root


def command_of(kind: str, text: str, root: Path) -> str:
    """What a recipe runs: a script, or the line of a crontab without its times."""
    if kind == "sh":
        return f"set -e\n{text}"
    _, command = re.fullmatch(r"((?:\S+ ){5})(.*)\n", text).groups()  # type: ignore[union-attr]
    assert "cd /srv/firmograph && " in command
    return str(command).replace("/srv/firmograph", str(root))


def test_recipes_are_run_one_after_the_other(root: Path) -> None:
    assert len(RECIPES) == 12
    environment = {**os.environ, "PATH": f"{root.parent}/bin:{os.environ['PATH']}"}
    codes = []
    for kind, text in RECIPES:
        ran = subprocess.run(
            ["/bin/sh", "-c", command_of(kind, text, root)],
            cwd=root,
            env=environment,
            capture_output=True,
            timeout=120,
            check=False,
        )
        codes.append(ran.returncode)
        assert ran.returncode in (0, 3), (text, ran.stdout.decode(), ran.stderr.decode())
    assert codes == [3, *[0] * 11]
    mails = (root / "mails.txt").read_text()
    assert mails.startswith("-s firmograph needs attention ops@example.com\nlast run   2")
    assert "\nquarantine 1 open\n" in mails
    assert "differences" not in mails
    for folder in (root, root / "restored"):
        with Project(folder).open() as reader:
            rows = reader.sql("SELECT duns, primary_name FROM dw_company_data ORDER BY duns")
        assert [tuple(row.values()) for row in rows.to_pylist()] == [
            ("100000001", "Alpine Cocoa AG"),
            ("100000002", "Alpine Cocoa AG"),
        ]
