"""Settings: ``firmograph.toml`` < environment ``FIRMOGRAPH_*`` < flags."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import msgspec
from msgspec import Meta

from firmograph.contract.suggest import did_you_mean
from firmograph.errors import SettingsError

FILE_NAME = "firmograph.toml"
PREFIX = "FIRMOGRAPH_"

_Folder = Annotated[str, Meta(min_length=1)]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every setting, with its default. Folders are relative to the root folder."""

    uploads: Annotated[_Folder, Meta(description="folder of the files to take in")] = (
        "workingArea/uploads"
    )
    processed: Annotated[_Folder, Meta(description="folder of the files taken in")] = (
        "workingArea/processedFiles"
    )
    quarantined: Annotated[
        _Folder, Meta(description="folder of the files that could not be read")
    ] = "workingArea/quarantinedFiles"
    lake: Annotated[_Folder, Meta(description="folder of the tables")] = "datasets"
    marts: Annotated[_Folder, Meta(description="folder of your own marts, one .sql file each")] = (
        "marts"
    )
    contracts: Annotated[
        _Folder,
        Meta(description="folder of your own contracts, which stand in for those of the package"),
    ] = "contracts"
    max_document_bytes: Annotated[
        int, Meta(ge=1024, description="largest document; a file with a larger one is not read")
    ] = 268_435_456
    memory_limit: Annotated[
        str,
        Meta(
            pattern=r"^[0-9]+(\.[0-9]+)? ?(MB|GB|MiB|GiB)$",
            description="memory of queries before they spill to disk, as 500MB or 2GB",
        ),
    ] = "2GB"
    workers: Annotated[
        int,
        Meta(
            ge=0,
            description="processes that read 64 MB of uploads and more, or ODS; 0: one a processor",
        ),
    ] = 0
    engine: Annotated[
        str,
        Meta(
            pattern="^(embedded|spark)$",
            description="where runs and rebuilds work: embedded (this machine) or spark",
        ),
    ] = "embedded"
    spark_master: Annotated[
        str,
        Meta(
            description="Spark's master, as local[4]; what spark-submit says, or this machine, "
            "where empty"
        ),
    ] = ""
    spark_conf: Annotated[
        list[str], Meta(description="further Spark configuration, NAME=VALUE; …")
    ] = []
    spark_jars: Annotated[
        list[str],
        Meta(description="Delta Lake's jars, or a folder of them; fetched by Spark where empty"),
    ] = []
    wait_seconds: Annotated[
        float, Meta(ge=0, description="how long a run waits for another one on the same lake")
    ] = 0.0
    snapshots_kept: Annotated[
        int, Meta(ge=1, description="how many snapshots a rollback, a vacuum and the logs keep")
    ] = 30
    log_level: Annotated[
        str,
        Meta(pattern="^(debug|info|warning|error)$", description="least level of what is logged"),
    ] = "info"
    log_format: Annotated[
        str, Meta(pattern="^(text|json)$", description="form of the log lines: text or json")
    ] = "text"


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


def load_settings(
    root: Path, flags: Mapping[str, str], environment: Mapping[str, str] | None = None
) -> Configuration:
    """Reads the settings of a root folder.

    Args:
        root: the folder that may hold ``firmograph.toml``.
        flags: settings given on the command line, as text.
        environment: instead of the process's own.

    Raises:
        SettingsError: naming the setting, its value, its origin and what is allowed.
    """
    if not root.is_dir():
        raise SettingsError(
            f"the root folder {root} is not there", hint="make it, or give another with --root"
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
            _check_name(name, origin)
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
        "# The environment (FIRMOGRAPH_<NAME>) and flags (--set name=value) go before this file.",
    ]
    defaults = Settings()
    for name, meaning in describe().items():
        value = getattr(defaults, name)
        shown = f'"{value}"' if isinstance(value, str) else value
        lines += ["", f"# {meaning}", f"# {name} = {shown}"]
    return "\n".join(lines) + "\n"


def _from_file(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(
            f"{path}: cannot be read: {error}",
            hint="`firmograph init` writes a settings file to begin with",
        ) from error


def _from_environment(environment: Mapping[str, str]) -> Mapping[str, str]:
    return {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX) and name != f"{PREFIX}ROOT"
    }


def _check_name(name: str, origin: str) -> None:
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


__all__ = ["Configuration", "Settings", "Source", "default_file", "load_settings"]
