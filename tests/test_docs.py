"""Every command, option and setting is documented, and nothing that is gone."""

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from documents import organization, response

from firmograph.cli import _COMMANDS, cli
from firmograph.settings import Settings

DOCS = Path(__file__).parents[1] / "docs"


def below(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """A command and all that are nested in it."""
    yield path, command
    if isinstance(command, click.Group):
        for name, nested in command.commands.items():
            yield from below(f"{path} {name}", nested)


def commands() -> dict[str, click.Command]:
    """Each command by what is typed after the program's name."""
    return {
        path: found
        for name, (module, _) in _COMMANDS.items()
        for path, found in below(name, getattr(import_module(module), name))
    }


def sections() -> dict[str, str]:
    """The text of docs/cli.md below each heading."""
    _, *found = re.split(
        r"^## firmograph ?(.*)$", (DOCS / "cli.md").read_text("utf-8"), flags=re.MULTILINE
    )
    return dict(zip(found[::2], found[1::2], strict=True))


def test_documented_commands_are_those_there_are() -> None:
    documented = sections()
    assert documented.keys() == {"", *commands()}
    for path in ("run", "quarantine retry", "contract check", "init"):
        assert f"\n    firmograph {path} [OPTIONS]" in documented[path]
        assert f"\n| `{path}` | " in documented[""]


def test_every_option_is_documented_with_its_command() -> None:
    documented = sections()
    seen = 0
    for path, command in [("", cli), *commands().items()]:
        rows = re.findall(r"^\| `(-[^`]*)` \| (.*) \|$", documented[path], flags=re.MULTILINE)
        told = {
            name for names, meaning in rows if meaning for name in re.findall(r"--?\w[\w-]*", names)
        }
        options = [p for p in command.params if isinstance(p, click.Option)]
        assert told == {name for option in options for name in option.opts}, path
        seen += len(options)
    assert seen > 60


def test_every_argument_stands_in_its_command_s_usage() -> None:
    documented = sections()
    for path, argument in (
        ("sql", "[QUERY]"),
        ("rollback", "ID"),
        ("quarantine discard", "ID..."),
        ("contract check", "[FILE]"),
    ):
        assert f"\n    firmograph {path} [OPTIONS] {argument}\n" in documented[path]


def test_every_setting_is_documented_with_its_default() -> None:
    text = (DOCS / "settings.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| `(.*)` \| (.+) \|$", text, flags=re.MULTILINE)
    assert [name for name, _, _ in rows] == list(Settings.__struct_fields__)
    defaults = {name: default for name, default, _ in rows}
    assert (defaults["lake"], defaults["memory_limit"]) == ("datasets", "2GB")
    assert defaults["snapshots_kept"] == "30"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root folder with one good upload and one to refuse."""
    uploads = tmp_path / "workingArea" / "uploads"
    uploads.mkdir(parents=True)
    bad = organization("100000002")
    bad["primaryName"] = ["a list"]
    for name, document in (("good", organization()), ("bad", bad)):
        path = uploads / f"{name}_data_blocks_20260301.json"
        path.write_text(json.dumps(response(document)), "utf-8")
    return tmp_path


def test_commands_end_with_3_where_something_is_refused_if_that_is_documented(root: Path) -> None:
    documented = sections()
    lines = ["plan", "run", "rebuild", "quarantine retry", "quarantine list", "status", "verify"]
    for line in lines:
        outcome = CliRunner().invoke(cli, ["--root", str(root), *line.split()])
        expected = 3 if "Exit codes: 0, 1, 2, 3, 4." in documented[line] else 0
        assert outcome.exit_code == expected, (line, outcome.output)
