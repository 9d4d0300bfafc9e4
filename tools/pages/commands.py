"""docs/cli.md, from the commands themselves."""

import inspect
from collections.abc import Iterator

import click

from firmograph.cli import cli
from pages import markdown

EXIT_CODES = {
    "0": "all is well",
    "1": "the command failed, or `verify` found a difference",
    "2": "the command, a setting or a contract is wrong",
    "3": "finished, with something refused, unreadable or unknown; of "
    "`status --fail-on-quarantine`: something is refused",
    "4": "another run holds the lake, and did not end within `--wait`",
    "5": "of `status --max-age`: no run finished within that time",
}
"""What each exit code means, as in the README."""
REPORTING = {"run", "plan", "rebuild", "reinstate", "withdraw", "quarantine retry"}
"""The commands that publish, or show what would be published."""
WRITING = {"rollback", "vacuum", "compact", "quarantine discard"}
"""The other commands that hold the lake."""


def commands_page() -> Iterator[str]:
    """The lines of the page."""
    yield "# Command line"
    yield markdown.note("the commands in src/firmograph/cli")
    yield (
        "\nResults go to standard output, logs, progress and errors to standard error. Every "
        "command explains itself with `-h` or `--help`.\n"
    )
    yield from markdown.table(("exit code", "meaning"), EXIT_CODES.items())
    yield (
        "\nWith `--json` every command prints exactly one JSON value; "
        "[answers.schema.json](answers.schema.json) is the JSON Schema of each. A command that "
        "could not be carried out prints `status`, `message` and `hint`.\n"
    )
    yield "\n## firmograph\n"
    context = click.Context(cli, info_name="firmograph")
    yield from _describe(context)
    commands = list(_walk(context))
    yield ""
    yield from markdown.table(("command", "purpose"), [_summary(found) for found in commands])
    for found in commands:
        yield f"\n## {found.command_path}\n"
        yield from _describe(found)
        if not isinstance(found.command, click.Group):
            yield f"\nExit codes: {_codes(_path(found))}."


def _codes(path: str) -> str:
    """The exit codes of a command."""
    if path in REPORTING:
        return "0, 1, 2, 3, 4"
    if path in WRITING:
        return "0, 1, 2, 4"
    return "0, 1, 2; with its options 3, 5" if path == "status" else "0, 1, 2"


def _walk(context: click.Context) -> Iterator[click.Context]:
    """Every command below a group, a group before its own commands, in the order of `--help`."""
    group = context.command
    if not isinstance(group, click.Group):
        return
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command and not command.hidden:
            found = click.Context(command, info_name=name, parent=context)
            yield found
            yield from _walk(found)


def _describe(context: click.Context) -> Iterator[str]:
    """Usage, description and options of a command."""
    usage = " ".join(context.command.collect_usage_pieces(context))
    yield f"    {context.command_path} {usage}\n"
    yield inspect.cleandoc(context.command.help or "")
    options = [
        tuple(markdown.cell(text) for text in record)
        for option in context.command.params
        if isinstance(option, click.Option) and (record := option.get_help_record(context))
    ]
    if options:
        yield ""
        yield from markdown.table(("option", "meaning"), options)


def _summary(context: click.Context) -> tuple[str, str]:
    return _path(context), context.command.get_short_help_str(limit=200)


def _path(context: click.Context) -> str:
    """A command's words without the program's name, as `quarantine list`."""
    return context.command_path.partition(" ")[2]
