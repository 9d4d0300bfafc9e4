"""`settings` and `init`: what is set, and how to begin."""

import os
import shutil
from importlib import resources
from pathlib import Path

import click

from firmograph.cli.options import with_project
from firmograph.cli.render import echo, echo_json, echo_table
from firmograph.project import Project
from firmograph.settings import FILE_NAME, PREFIX, default_file, load_settings


@click.command()
@with_project
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
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


@click.command()
@click.option("--root", metavar="FOLDER", help="Root folder; made if it is not there.")
@click.option("--no-examples", is_flag=True, help="Leave out the example uploads.")
@click.pass_context
def init(ctx: click.Context, root: str | None, no_examples: bool) -> None:
    """Make the folders, a settings file with every default, and example uploads.

    Nothing that is there already is changed.
    """
    folder = Path(root or ctx.find_root().obj or os.environ.get(f"{PREFIX}ROOT") or ".")
    folder.mkdir(parents=True, exist_ok=True)
    configuration = load_settings(folder, {})
    for name in ("uploads", "processed", "quarantined", "lake", "marts", "contracts"):
        configuration.folder(name).mkdir(parents=True, exist_ok=True)
    file = folder / FILE_NAME
    if file.exists():
        echo(f"{file} is there already; left as it is")
    else:
        file.write_text(default_file(), "utf-8")
        echo(f"wrote {file}")
    if (configuration.folder("lake") / "control").is_dir():
        echo("there is a lake already; example uploads are left out")
    elif not no_examples:
        count = _copy_examples(configuration.folder("uploads"))
        echo(f"copied {count} example uploads to {configuration.folder('uploads')}")
    echo("next: `firmograph run`")


def _copy_examples(uploads: Path) -> int:
    source = resources.files("firmograph").joinpath("examples")
    if not source.is_dir():  # an editable install: the examples lie beside the source
        source = Path(__file__).parents[3] / "examples" / "uploads"
    count = 0
    for file in source.iterdir():
        target = uploads / file.name
        if not target.exists():
            with file.open("rb") as content, target.open("xb") as copy:
                shutil.copyfileobj(content, copy)
            count += 1
    return count
