"""Reads the settings, and refuses what cannot work: each with its origin."""

import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from firmograph.contract.suggest import did_you_mean
from firmograph.errors import SettingsError
from firmograph.settings.declared import NAMES, SECTIONS, Settings, allowed, describe, type_of
from firmograph.settings.places import check_places, is_url

FILE_NAME = "firmograph.toml"
PREFIX = "FIRMOGRAPH_"

SettingValue = str | int | float | Sequence[str]
"""The types a setting may be given as; text is converted."""

_KUBERNETES = re.compile(
    r"(\w+_)?(SERVICE_(HOST|PORT(_\w+)?)|PORT(_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?)?)"
)
"""Variables that Kubernetes sets in every container for a service named ``firmograph…``."""


@dataclass(frozen=True)
class Source:
    """A setting's value and where it came from."""

    name: str
    value: Any
    origin: str
    meaning: str


@dataclass(frozen=True)
class Configuration:
    """The settings in force, with the origin of each."""

    root: Path
    settings: Settings
    sources: tuple[Source, ...]

    def folder(self, name: str) -> Path:
        """A folder setting as a path."""
        return self.root / str(getattr(self.settings, name))

    def place(self, name: str) -> str:
        """A setting that may be a url or a folder: the url, or the path."""
        value = str(getattr(self.settings, name))
        return value.rstrip("/") if is_url(value) else str(self.folder(name))

    @property
    def flags(self) -> dict[str, Any]:
        """The settings that the caller gave, by name."""
        return {source.name: source.value for source in self.sources if source.origin == "flag"}

    @property
    def worker_count(self) -> int:
        """How many processes may parse documents: the setting, or one per processor."""
        return self.settings.workers or _processor_count()


def parse_flags(items: Iterable[str]) -> dict[str, SettingValue]:
    """Settings given as NAME=VALUE.

    Raises:
        SettingsError: if one has no ``=``, or its name is unknown.
    """
    flags: dict[str, SettingValue] = {}
    for item in items:
        name, equals, value = item.partition("=")
        if not equals:
            raise SettingsError(f"--set {item!r} has no =", hint="as in --set memory_limit=4GB")
        check_name(name.strip(), "flag")
        flags[name.strip()] = value
    return flags


def load_settings(
    root: Path, flags: Mapping[str, SettingValue], environment: Mapping[str, str] | None = None
) -> Configuration:
    """Reads the settings of a root folder.

    Args:
        root: the folder that may hold ``firmograph.toml``.
        flags: settings given on the command line or by a caller.
        environment: instead of the process's own.

    Returns:
        The settings in force, with the origin of each.

    Raises:
        SettingsError: naming the setting, its value, its origin and what is allowed.
    """
    if not root.is_dir():
        raise SettingsError(
            f"the root folder {root} does not exist", hint="create it, or name another with --root"
        )
    environment = os.environ if environment is None else environment
    layers: list[tuple[str, Mapping[str, Any]]] = [
        (FILE_NAME, _from_file(root / FILE_NAME)),
        ("environment", _from_environment(environment)),
        ("flag", flags),
    ]
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for origin, layer in layers:
        for name, value in layer.items():
            check_name(name, "keyword" if origin == "flag" else origin)
            values[name] = _convert(name, value, origin)
            origins[name] = f"{PREFIX}{name.upper()}" if origin == "environment" else origin
    settings = Settings(**values)
    meanings = describe()
    sources = tuple(
        Source(name, getattr(settings, name), origins.get(name, "default"), meanings[name])
        for name in NAMES
    )
    configuration = Configuration(root.resolve(), settings, sources)
    check_places({name: configuration.place(name) for name in SECTIONS["paths"]})
    return configuration


def _from_file(path: Path) -> Mapping[str, Any]:
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(
            f"{path}: cannot be read: {error}",
            hint="`firmograph init` writes a settings file to start from",
        ) from error
    values: dict[str, Any] = {}
    for name, value in _flattened(content):
        if name in values:
            raise SettingsError(
                f"{FILE_NAME} gives {name} twice, in a section and outside",
                hint="remove one of the two",
            )
        values[name] = value
    return values


def _flattened(content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yields the settings of a file by name: those outside any section, and those of each."""
    for name, value in content.items():
        if name in SECTIONS:
            yield from _section(name, value)
        elif isinstance(value, dict):
            raise SettingsError(
                f"unknown section [{name}] ({FILE_NAME}); {did_you_mean(name, SECTIONS)}",
                hint=f"the sections are {', '.join(SECTIONS)}",
            )
        else:
            yield name, value


def _section(section: str, content: Any) -> Iterator[tuple[str, Any]]:
    """Yields the settings of a section; refuses one of another section."""
    if not isinstance(content, dict):
        raise SettingsError(
            f"{section} ({FILE_NAME}) is {content!r}, but it is a section, not a setting",
            hint=f"write [{section}] on a line; in it: {', '.join(SECTIONS[section])}",
        )
    for name, value in content.items():
        right = next((s for s, names in SECTIONS.items() if name in names), section)
        if right != section:
            raise SettingsError(
                f"setting {name} is in section [{section}] ({FILE_NAME})",
                hint=f"move it to section [{right}], or above the first section",
            )
        yield name, value


def _processor_count() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _from_environment(environment: Mapping[str, str]) -> Mapping[str, str]:
    return {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX)
        and name != f"{PREFIX}ROOT"
        and not _KUBERNETES.fullmatch(name.removeprefix(PREFIX))
    }


def check_name(name: str, origin: str) -> None:
    """Refuses a name that is not a setting."""
    if name not in NAMES:
        raise SettingsError(
            f"unknown setting {name!r} ({origin}); {did_you_mean(name, NAMES)}",
            hint="`firmograph settings` lists all",
        )


def _convert(name: str, value: Any, origin: str) -> Any:
    if isinstance(getattr(Settings(), name), list) and isinstance(value, str):
        value = [part.strip() for part in value.split(";") if part.strip()]
    try:
        return msgspec.convert(value, type_of(name), strict=not isinstance(value, str))
    except msgspec.ValidationError as error:
        reason = f"allowed is {words}" if (words := allowed(name)) else str(error)
        raise SettingsError(
            f"setting {name} ({origin}) is {value!r}: {reason}",
            hint=f"{name}: {describe()[name]}",
        ) from error
