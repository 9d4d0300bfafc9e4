"""Where a command works: the root folder and its settings."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from firmograph.errors import UsageError
from firmograph.settings import PREFIX, Configuration, load_settings


def place_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options every command has: ``--root`` and ``--set``."""
    command = click.option(
        "--set", "sets", multiple=True, metavar="NAME=VALUE", help="Set a setting for this command."
    )(command)
    return click.option(
        "--root", metavar="FOLDER", help="Root folder; the current one if not given."
    )(command)


def configure(ctx: click.Context, root: str | None, sets: tuple[str, ...]) -> Configuration:
    """The settings in force for a command."""
    flags = {}
    for item in sets:
        name, equals, value = item.partition("=")
        if not equals:
            raise UsageError(f"--set {item!r} has no =", hint="as in --set memory_limit=4GB")
        flags[name.strip()] = value
    outer = ctx.find_root().obj
    folder = root or outer or os.environ.get(f"{PREFIX}ROOT") or "."
    return load_settings(Path(folder), flags)
