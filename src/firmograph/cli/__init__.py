"""The command line: calls a `Project` and prints the results."""

import errno
import io
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

import click

from firmograph import __version__
from firmograph.cli.command import Group, Invocation, pass_invocation
from firmograph.errors import FirmographError, OutputError
from firmograph.storage.errors import BucketError, StorageError

if TYPE_CHECKING:
    from firmograph.settings import Settings

_COMMANDS = {
    "run": ("firmograph.cli.runs", "Ingest the uploads and publish what is new."),
    "listen": ("firmograph.cli.listen", "Run whenever files arrive."),
    "plan": ("firmograph.cli.runs", "Show what a run would do, without writing anything."),
    "rebuild": ("firmograph.cli.runs", "Publish all of ODS again under today's contracts."),
    "status": ("firmograph.cli.inspect", "Show the last run, its totals and what is waiting."),
    "tables": ("firmograph.cli.inspect", "List tables with rows, version and last change."),
    "sql": ("firmograph.cli.inspect", "Run one SELECT over the last snapshot."),
    "ui": ("firmograph.cli.ui", "Look at the lake in the browser."),
    "quarantine": ("firmograph.cli.quarantine", "See what was refused and why; retry or discard."),
    "redeliver": ("firmograph.cli.quarantine", "Deliver what was refused under another name."),
    "snapshots": ("firmograph.cli.inspect", "List the published snapshots."),
    "rollback": ("firmograph.cli.maintenance", "Make an older snapshot the newest."),
    "reinstate": ("firmograph.cli.runs", "Publish again what was withdrawn."),
    "withdraw": ("firmograph.cli.runs", "Take one document out of the tables."),
    "vacuum": ("firmograph.cli.maintenance", "Delete files that no kept snapshot needs."),
    "compact": ("firmograph.cli.maintenance", "Merge small files."),
    "verify": ("firmograph.cli.verify", "Prove the last snapshot independently of the pipeline."),
    "doctor": ("firmograph.cli.doctor", "Examine the buckets or folders of a project."),
    "drift": ("firmograph.cli.drift", "Show paths that no contract names, or that vanished."),
    "catalog": ("firmograph.cli.catalog", "Make the tables known to Athena, Redshift or BigQuery."),
    "contract": ("firmograph.cli.contracts", "Check and show contracts."),
    "settings": ("firmograph.cli.setup", "Print each setting and where it came from."),
    "init": ("firmograph.cli.setup", "Create folders, a settings file and example uploads."),
}


_INTERRUPTED = "run it again: a run continues where an interrupted one ended; no document is lost"


class _Commands(Group):
    """Imports a command only when it is called, so that `--help` is fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands, in the order of use."""
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
        """Finds the command, or suggests the nearest one."""
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            from firmograph.contract.suggest import did_you_mean

            ctx.fail(f"no command {args[0]!r}; {did_you_mean(args[0], _COMMANDS)}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="firmograph")
@click.option("--root", metavar="FOLDER", help="Root folder; the current folder by default.")
@pass_invocation
def cli(invocation: Invocation, root: str | None) -> None:
    """Turns D&B data blocks and family trees into a layered data lake."""
    invocation.root = root


def main() -> None:
    """Runs the command line; an error is a sentence and a hint, never a traceback."""
    _open_streams()
    with _interrupts() as seen:
        _main(Invocation(), seen)


def _main(invocation: Invocation, interrupts: Sequence[int]) -> None:
    try:
        _call(invocation)
    except FirmographError as error:
        # a library may have made an error of its own of it
        interrupted = FirmographError("interrupted", hint=_INTERRUPTED)
        _fail(invocation, interrupted if interrupts else error)
    except click.ClickException as error:
        if invocation.as_json:
            _echo_failure(error.format_message(), None)
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        _fail(invocation, FirmographError("interrupted", hint=_INTERRUPTED))


@contextmanager
def _interrupts() -> Iterator[Sequence[int]]:
    """Notes each SIGINT, which is also raised as usual."""
    seen: list[int] = []

    def note(number: int, _: FrameType | None) -> NoReturn:
        seen.append(number)
        raise KeyboardInterrupt

    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:  # it is ignored
        yield seen
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield seen
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _call(invocation: Invocation) -> NoReturn:
    """Runs a command, with what the operating system refuses as an error."""
    from firmograph.cli.render import flush

    try:
        try:
            code = cli.main(obj=invocation, standalone_mode=False)
        except SystemExit as ended:
            code = ended.code
        flush()
    except RuntimeError as error:
        if "Query interrupted" not in str(error):
            raise
        raise click.Abort from error
    except OSError as error:
        if error.errno == errno.EPIPE:
            _discard_output()
            sys.exit(1)
        if isinstance(error, BucketError):
            raise FirmographError(str(error), hint=error.hint) from error
        if isinstance(error, StorageError):
            raise FirmographError(str(error), hint="fix what the message names") from error
        raise FirmographError(
            f"the operating system refused it: {error}", hint="fix what the message names"
        ) from error
    except MemoryError as error:
        raise FirmographError(
            "this process has no memory left", hint="lower the setting memory_limit"
        ) from error
    sys.exit(code)


def _open_streams() -> None:
    """Sends a standard stream that is closed to nowhere, and lets no character fail."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            # takes the lowest free number, so that no file of the lake gets that of the stream
            setattr(sys, name, _nowhere("r" if name == "stdin" else "w"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _discard_output() -> None:
    """Keeps the interpreter from writing, at its end, what standard output did not take."""
    sys.stdout = _nowhere("w")


def _nowhere(mode: str) -> Any:
    return Path(os.devnull).open(mode)


def _fail(invocation: Invocation, error: FirmographError) -> NoReturn:
    from firmograph.queries.text import clean

    if isinstance(error, OutputError):
        _discard_output()
    elif invocation.as_json:
        _echo_failure(error.message, error.hint)
    settings = invocation.settings or _settings_of_the_environment()
    if settings.log_format != "text" and not sys.stderr.isatty():
        from firmograph.cli.log import Log

        Log(settings).error(error.message, hint=error.hint)
        sys.exit(error.exit_code)
    lines = [clean(line) for line in str(error).splitlines()]
    click.echo("error: " + "\n".join(lines), err=True)
    sys.exit(error.exit_code)


def _settings_of_the_environment() -> "Settings":
    """How errors are written while no settings are read, as when their file is wrong."""
    from firmograph.settings import Settings

    found = os.environ.get("FIRMOGRAPH_LOG_FORMAT", "")
    return Settings(log_format=found if found in ("json", "google") else "text")


def _echo_failure(message: str, hint: str | None) -> None:
    from firmograph.cli.render import echo_json

    try:
        echo_json({"status": "failed", "message": message, "hint": hint})
    except OutputError:
        _discard_output()
