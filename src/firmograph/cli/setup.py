"""`settings` and `init`: the commands that set up a project."""

import shutil
from importlib import resources
from pathlib import Path

import click

from firmograph.cli.command import Invocation, command, json_option, pass_invocation
from firmograph.cli.options import find_root, with_project
from firmograph.cli.render import echo, echo_json, echo_table
from firmograph.project import Project
from firmograph.settings import FILE_NAME, default_file, load_settings


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
        echo(f"root folder: {configuration.root}")
        echo_table(rows, ("setting", "value", "from", "meaning"))


@command()
@click.option("--root", metavar="FOLDER", help="Root folder; created if it does not exist.")
@click.option("--no-examples", is_flag=True, help="Leave out the example uploads.")
@pass_invocation
def init(invocation: Invocation, root: str | None, no_examples: bool) -> None:
    """Create the folders, a settings file with every default, and example uploads.

    Nothing that already exists is changed.
    """
    folder = Path(find_root(invocation, root))
    folder.mkdir(parents=True, exist_ok=True)
    configuration = load_settings(folder, {})
    for name in ("uploads", "processed", "quarantined", "lake", "marts", "contracts"):
        configuration.folder(name).mkdir(parents=True, exist_ok=True)
    file = folder / FILE_NAME
    if file.exists():
        echo(f"{file} already exists; left as it is")
    else:
        file.write_text(default_file(), "utf-8")
        echo(f"wrote {file}")
    if (configuration.folder("lake") / "control").is_dir():
        echo("there is already a lake; example uploads are left out")
    elif not no_examples:
        count = _copy_examples(configuration.folder("uploads"))
        echo(f"copied {count} example uploads to {configuration.folder('uploads')}")
    echo("next: `firmograph run`")


def _copy_examples(uploads: Path) -> int:
    source = resources.files("firmograph").joinpath("examples")
    if not source.is_dir():  # an editable install: the examples are in the repository
        source = Path(__file__).parents[3] / "examples" / "uploads"
    count = 0
    for file in source.iterdir():
        target = uploads / file.name
        if not target.exists():
            with file.open("rb") as content, target.open("xb") as copy:
                shutil.copyfileobj(content, copy)
            count += 1
    return count
