"""Options that several commands share, and the `Project` that is opened with them."""

import functools
import os
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import click

from firmograph.cli.command import Invocation, pass_invocation
from firmograph.errors import UsageError
from firmograph.project import Project
from firmograph.settings import PREFIX, parse_flags

with_engine = click.option(
    "--engine",
    type=click.Choice(["embedded", "spark"]),
    help="The engine of this command; overrides the setting.",
)
with_wait = click.option(
    "--wait",
    "wait_seconds",
    type=float,
    metavar="SECONDS",
    help="How long to wait for another run on the lake; overrides the setting.",
)
_FLAGS = ("engine", "wait_seconds")
"""The settings that have a flag of their own."""


def parse_time(
    _context: click.Context, _param: click.Parameter, value: str | None
) -> timedelta | None:
    """The time that a number and a unit mean, as in ``36h``; units are s, m, h and d."""
    if value is None:
        return None
    found = re.fullmatch(r"(\d{1,6}(?:\.\d+)?)([smhd])", value)
    if not found:
        raise click.BadParameter(f"{value!r} is not a time; allowed is a number with s, m, h or d")
    return timedelta(seconds=float(found[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[found[2]])


def with_project(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options of every command, ``--root`` and ``--set``, and passes a `Project`."""

    @click.option("--root", metavar="FOLDER", help="Root folder; the current folder by default.")
    @click.option(
        "--set",
        "sets",
        multiple=True,
        metavar="NAME=VALUE",
        help="Override a setting for this command.",
    )
    @pass_invocation
    @functools.wraps(command)
    def placed(
        invocation: Invocation, /, root: str | None, sets: tuple[str, ...], **options: Any
    ) -> Any:
        settings = parse_flags(sets)
        given = {name: options.pop(name) for name in _FLAGS if name in options}
        settings |= {name: _checked(value) for name, value in given.items() if value is not None}
        project = Project(find_root(invocation, root), **settings)
        invocation.settings = project.settings
        return command(project, **options)

    return placed


def find_root(invocation: Invocation, root: str | None) -> str:
    """The root folder: of the command, the program or the environment, or the current folder."""
    return root or invocation.root or os.environ.get(f"{PREFIX}ROOT") or "."


def _checked(value: str | float) -> str | float:
    if isinstance(value, float) and not value >= 0:
        raise UsageError(
            f"--wait is {value:g}; allowed is 0 and more seconds", hint="as in --wait 60"
        )
    return value
