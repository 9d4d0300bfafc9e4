"""Options that several commands have in common."""

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from firmograph.errors import UsageError
from firmograph.project import Project
from firmograph.settings import PREFIX, Configuration, load_settings


def with_project(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options every command has, ``--root`` and ``--set``, and passes a `Project`."""

    @click.option("--root", metavar="FOLDER", help="Root folder; the current one if not given.")
    @click.option(
        "--set", "sets", multiple=True, metavar="NAME=VALUE", help="Set a setting for this command."
    )
    @click.pass_context
    @functools.wraps(command)
    def placed(
        ctx: click.Context, /, root: str | None, sets: tuple[str, ...], **options: Any
    ) -> Any:
        return command(Project(_configure(ctx, root, sets)), **options)

    return placed


def with_engine(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the option ``--engine`` to a command that publishes."""
    return click.option(
        "--engine", type=click.Choice(["embedded", "spark"]), help="Where to work."
    )(command)


def _configure(ctx: click.Context, root: str | None, sets: tuple[str, ...]) -> Configuration:
    flags = {}
    for item in sets:
        name, equals, value = item.partition("=")
        if not equals:
            raise UsageError(f"--set {item!r} has no =", hint="as in --set memory_limit=4GB")
        flags[name.strip()] = value
    folder = root or ctx.find_root().obj or os.environ.get(f"{PREFIX}ROOT") or "."
    return load_settings(Path(folder), flags)
