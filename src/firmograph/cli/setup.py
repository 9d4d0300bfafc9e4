"""`settings` and `init`: the commands that set up a project."""

import shlex
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import click

from firmograph.cli.command import Invocation, command, json_option, pass_invocation
from firmograph.cli.options import find_root, with_project
from firmograph.cli.render import echo, echo_json, echo_table
from firmograph.errors import UsageError
from firmograph.project import Project
from firmograph.settings import DECLARATIONS, FILE_NAME, PLACES, default_file, is_url, load_settings
from firmograph.storage.base import Storage, is_empty
from firmograph.storage.errors import Taken
from firmograph.storage.opening import open_storage


@dataclass(frozen=True)
class InitAnswer:
    """What was created: files and folders that existed are not named."""

    root: str
    settings_file: str | None
    examples: int
    next: str


@command()
@with_project
@json_option
def settings(project: Project, as_json: bool) -> None:
    """Print each setting, its value and where it came from."""
    configuration = project.configuration
    rows = [
        {"setting": s.name, "value": s.value, "from": s.origin, "meaning": s.meaning}
        for s in configuration.sources
    ]
    if as_json:
        echo_json(rows)
    else:
        echo(f"root folder: {project.root}")
        echo_table(rows, ("setting", "value", "from", "meaning"))


@command()
@click.option("--root", metavar="FOLDER", help="Root folder; created if it does not exist.")
@click.option("--no-examples", is_flag=True, help="Leave out the example uploads.")
@json_option
@pass_invocation
def init(invocation: Invocation, root: str | None, no_examples: bool, as_json: bool) -> None:
    """Create the folders, a settings file with every default, and example uploads.

    Nothing that already exists is changed.
    """
    given = find_root(invocation, root)
    if is_url(given):
        raise UsageError(
            f"the root folder {given} is in a bucket, where none can be created",
            hint="create one here, and copy firmograph.toml, contracts and marts to the bucket",
        )
    folder = Path(given)
    folder.mkdir(parents=True, exist_ok=True)
    configuration = load_settings(folder, {})
    for name in (*PLACES, *DECLARATIONS):
        if not is_url(configuration.place(name)):
            configuration.folder(name).mkdir(parents=True, exist_ok=True)
    file = folder / FILE_NAME
    is_new = not file.exists()
    if is_new:
        file.write_text(default_file(), "utf-8")
    configuration = load_settings(folder, {})
    lake, uploads = (open_storage(configuration.place(name)) for name in ("lake", "uploads"))
    has_lake = not is_empty(lake / "control")
    count = 0 if has_lake or no_examples else _copy_examples(uploads)
    following = "firmograph run" + (f" --root {shlex.quote(given)}" if given != "." else "")
    if as_json:
        echo_json(InitAnswer(given, str(file) if is_new else None, count, following))
        return
    echo(f"wrote {file}" if is_new else f"{file} already exists; left as it is")
    if has_lake:
        echo("there is already a lake; example uploads are left out")
    elif not no_examples:
        echo(f"copied {count} example uploads to {uploads.url}")
    echo(f"next: `{following}`")


def _copy_examples(uploads: Storage) -> int:
    source = resources.files("firmograph").joinpath("examples")
    if not source.is_dir():  # an editable install: the examples are in the repository
        source = Path(__file__).parents[3] / "examples" / "uploads"
    count = 0
    for file in source.iterdir():
        with suppress(Taken):
            uploads.put_if_absent(file.name, file.read_bytes())
            count += 1
    return count
