"""Settings: flags override the environment (``FIRMOGRAPH_*``), and that ``firmograph.toml``."""

import json
import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import msgspec
from msgspec import Meta

from firmograph.contract.suggest import did_you_mean
from firmograph.errors import SettingsError
from firmograph.sources.ignored import NOT_DELIVERIES

FILE_NAME = "firmograph.toml"
PREFIX = "FIRMOGRAPH_"

SettingValue = str | int | float | Sequence[str]
"""The types a setting may be given as; text is converted."""

_Folder = Annotated[str, Meta(min_length=1)]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every setting, with its default. Folders are relative to the root folder."""

    uploads: Annotated[_Folder, Meta(description="folder of the files to ingest")] = (
        "workingArea/uploads"
    )
    recursive: Annotated[
        bool, Meta(description="whether files in folders of the upload folder are read, too")
    ] = False
    not_deliveries: Annotated[
        list[str],
        Meta(
            description="names of files that are passed over, in archives, too; a * at the end "
            "does not stand for .json and the like"
        ),
    ] = msgspec.field(default_factory=lambda: list(NOT_DELIVERIES))
    processed: Annotated[_Folder, Meta(description="folder for ingested files")] = (
        "workingArea/processedFiles"
    )
    quarantined: Annotated[_Folder, Meta(description="folder for files that could not be read")] = (
        "workingArea/quarantinedFiles"
    )
    lake: Annotated[_Folder, Meta(description="folder of the tables")] = "datasets"
    marts: Annotated[
        _Folder, Meta(description="folder of your own marts, one .sql file for each")
    ] = "marts"
    contracts: Annotated[
        _Folder,
        Meta(description="folder of your own contracts, which replace those of the package"),
    ] = "contracts"
    max_document_bytes: Annotated[
        int, Meta(ge=1024, description="largest document; a file with a larger one is unreadable")
    ] = 268_435_456
    settle_seconds: Annotated[
        float,
        Meta(
            ge=0,
            description="a file that ends too early is left for the next run if it changed less "
            "than so many seconds ago",
        ),
    ] = 60.0
    memory_limit: Annotated[
        str,
        Meta(
            pattern=r"^[0-9]+(\.[0-9]+)? ?(MB|GB|MiB|GiB)$",
            description="memory for queries before they spill to disk, such as 500MB or 2GB",
        ),
    ] = "2GB"
    workers: Annotated[
        int,
        Meta(
            ge=0,
            description="processes that parse ODS, or 64 MB of uploads or more; "
            "0 for one per processor",
        ),
    ] = 0
    wait_seconds: Annotated[
        float,
        Meta(ge=0, description="how many seconds a run waits for another run on the same lake"),
    ] = 0.0
    engine: Annotated[
        str,
        Meta(
            pattern="^(embedded|spark)$",
            description="engine of runs and rebuilds: embedded (this machine) or spark",
        ),
    ] = "embedded"
    spark_master: Annotated[
        str,
        Meta(
            description="Spark's master, such as local[4]; if empty, that of spark-submit, else "
            "this machine"
        ),
    ] = ""
    spark_conf: Annotated[
        list[str], Meta(description="further Spark configuration, each as NAME=VALUE")
    ] = []
    spark_jars: Annotated[
        list[str],
        Meta(
            description="the jars of Delta Lake, or a folder that holds them; if empty, Spark "
            "fetches them"
        ),
    ] = []
    snapshots_kept: Annotated[
        int,
        Meta(ge=1, description="how many snapshots can be rolled back to and survive a vacuum"),
    ] = 30
    log_level: Annotated[
        str,
        Meta(pattern="^(debug|info|warning|error)$", description="lowest level that is logged"),
    ] = "info"
    log_format: Annotated[
        str, Meta(pattern="^(text|json)$", description="format of the log lines: text or json")
    ] = "text"


SECTIONS = {
    "paths": (
        "uploads",
        "recursive",
        "not_deliveries",
        "processed",
        "quarantined",
        "lake",
        "marts",
        "contracts",
    ),
    "limits": ("max_document_bytes", "settle_seconds", "memory_limit", "workers", "wait_seconds"),
    "spark": ("engine", "spark_master", "spark_conf", "spark_jars"),
    "storage": ("snapshots_kept",),
    "logging": ("log_level", "log_format"),
}
"""The settings of each section of the settings file; a setting may also be above all sections."""


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

    @property
    def worker_count(self) -> int:
        """How many processes may parse documents: the setting, or one per processor."""
        return self.settings.workers or _processor_count()


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
            check_name(name, origin)
            values[name] = _convert(name, value, origin)
            origins[name] = f"{PREFIX}{name.upper()}" if origin == "environment" else origin
    settings = Settings(**values)
    meanings = describe()
    sources = tuple(
        Source(name, getattr(settings, name), origins.get(name, "default"), meanings[name])
        for name in Settings.__struct_fields__
    )
    return Configuration(root.resolve(), settings, sources)


def describe() -> dict[str, str]:
    """What each setting means."""
    hints = get_type_hints(Settings, include_extras=True)
    return {
        name: next(m.description for m in hint.__metadata__ if m.description)
        for name, hint in hints.items()
        if name in Settings.__struct_fields__
    }


def default_file() -> str:
    """A settings file with every default and its meaning."""
    lines = [
        "# Settings of firmograph. Each line shows its default; remove the # to change it.",
        "# The environment (FIRMOGRAPH_<NAME>) and flags (--set name=value) override this file.",
    ]
    defaults, meanings = Settings(), describe()
    for section, names in SECTIONS.items():
        lines += ["", f"[{section}]"]
        for name in names:
            shown = json.dumps(getattr(defaults, name))
            lines += [f"# {meanings[name]}", f"# {name} = {shown}"]
    return "\n".join(lines) + "\n"


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
        if name.startswith(PREFIX) and name != f"{PREFIX}ROOT"
    }


def check_name(name: str, origin: str) -> None:
    """Refuses a name that is not a setting."""
    known = Settings.__struct_fields__
    if name not in known:
        raise SettingsError(
            f"unknown setting {name!r} ({origin}); {did_you_mean(name, known)}",
            hint="`firmograph settings` lists all",
        )


def _convert(name: str, value: Any, origin: str) -> Any:
    hint = get_type_hints(Settings, include_extras=True)[name]
    if isinstance(getattr(Settings(), name), list) and isinstance(value, str):
        value = [part.strip() for part in value.split(";") if part.strip()]
    try:
        return msgspec.convert(value, hint, strict=not isinstance(value, str))
    except msgspec.ValidationError as error:
        raise SettingsError(
            f"setting {name} ({origin}) is {value!r}: {error}",
            hint=f"{name}: {describe()[name]}",
        ) from error
