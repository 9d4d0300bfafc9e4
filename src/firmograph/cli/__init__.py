"""The command line: reads settings, calls the pipeline or a reader, prints what came of it."""

import io
import sys
from importlib import import_module

import click

from firmograph import __version__
from firmograph.errors import FirmographError

_COMMANDS = {
    "run": ("firmograph.cli.runs", "Take in the uploads and publish what is new."),
    "plan": ("firmograph.cli.runs", "Show what a run would do, and write nothing."),
    "rebuild": ("firmograph.cli.runs", "Publish all of ODS anew under today's contracts."),
    "status": ("firmograph.cli.inspect", "Show the last run, its sums and what is waiting."),
    "tables": ("firmograph.cli.inspect", "List tables with rows, version and last change."),
    "sql": ("firmograph.cli.inspect", "Run one SELECT over the last snapshot."),
    "quarantine": ("firmograph.cli.quarantine", "See what was refused and why; retry or discard."),
    "snapshots": ("firmograph.cli.inspect", "List what was published and can be rolled back to."),
    "rollback": ("firmograph.cli.maintenance", "Make an older snapshot the newest."),
    "reinstate": ("firmograph.cli.maintenance", "Publish again what a rollback withdrew."),
    "vacuum": ("firmograph.cli.maintenance", "Delete files that no kept snapshot needs."),
    "compact": ("firmograph.cli.maintenance", "Merge small files."),
    "verify": ("firmograph.cli.verify", "Prove the last snapshot by another road."),
    "drift": ("firmograph.cli.drift", "Show paths no contract names, and which vanished."),
    "contract": ("firmograph.cli.contracts", "Check and show contracts."),
    "settings": ("firmograph.cli.setup", "Print each setting and where it came from."),
    "init": ("firmograph.cli.setup", "Make folders, a settings file and example uploads."),
}


class _Commands(click.Group):
    """Imports a command only when it is asked for, so that `--help` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of use."""
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported."""
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(_COMMANDS[cmd_name][0]), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds the command, or says which one may have been meant."""
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            from firmograph.contract.suggest import did_you_mean

            ctx.fail(f"no command {args[0]!r}; {did_you_mean(args[0], _COMMANDS)}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="firmograph")
@click.option("--root", metavar="FOLDER", help="Root folder; the current one if not given.")
@click.pass_context
def cli(ctx: click.Context, root: str | None) -> None:
    """Turns D&B data blocks and family trees into a layered data lake."""
    ctx.obj = root


def main() -> None:
    """Runs the command line; an error is a sentence and a hint, never a traceback."""
    from firmograph.cli.render import clean, echo_json

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        cli()
    except FirmographError as error:
        if "--json" in sys.argv:
            echo_json({"status": "failed", "message": error.message, "hint": error.hint})
        lines = [clean(line) for line in str(error).splitlines()]
        click.echo("error: " + "\n".join(lines), err=True)
        sys.exit(error.exit_code)
