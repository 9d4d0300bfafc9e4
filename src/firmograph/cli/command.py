"""The base classes of commands: each looks for ``--json`` before anything can fail."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from firmograph.settings import Settings


@dataclass
class Invocation:
    """One call of the program.

    Attributes:
        root: the root folder given before the command.
        as_json: whether the command has ``--json``, so that an error is JSON, too.
        settings: of the project, once they are read.
    """

    root: str | None = None
    as_json: bool = False
    settings: "Settings | None" = None


class Command(click.Command):
    """A command that reports all errors as JSON with ``--json``, even those of its arguments."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Looks for ``--json`` first, since parsing ends at the first mistake."""
        ctx.ensure_object(Invocation).as_json = self._asks_for_json(args)
        return super().parse_args(ctx, args)

    def _asks_for_json(self, args: Sequence[str]) -> bool:
        options = [param for param in self.params if isinstance(param, click.Option)]
        if not any("--json" in option.opts for option in options):
            return False
        taking = {name for option in options if not option.is_flag for name in option.opts}
        rest = iter(args)
        for arg in rest:
            if arg in ("--json", "--"):
                return arg == "--json"
            if arg in taking:
                next(rest, None)
        return False


class Group(click.Group):
    """A command with subcommands."""

    command_class = Command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the subcommands with their whole first sentence."""
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(n, c.get_short_help_str(limit=200)) for n, c in found if c])


pass_invocation = click.make_pass_decorator(Invocation, ensure=True)
command: Callable[..., Callable[[Callable[..., Any]], Command]] = partial(
    click.command, cls=Command
)
group: Callable[..., Callable[[Callable[..., Any]], Group]] = partial(click.group, cls=Group)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
