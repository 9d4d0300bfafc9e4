"""Wiring: what the settings of a project mean for the pipeline."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from msgspec import structs

from firmograph.contract.model import Contract
from firmograph.errors import UsageError
from firmograph.lake.lake import Lake
from firmograph.lake.tables import table_specs
from firmograph.pipeline.ownership import find_unclaimed
from firmograph.pipeline.report import Folders, Limits
from firmograph.settings import DECLARATIONS, FILE_NAME, PLACES, Configuration, Settings, is_url
from firmograph.sources.ignored import NotDeliveries
from firmograph.storage.base import Storage
from firmograph.storage.opening import open_storage

_PLACE = "|".join(PLACES)
_BUCKET = re.compile(rf"^(?=[ \t]*(?:{_PLACE})[ \t]*=[ \t]*[\"'][a-z0-9]+://)", re.MULTILINE)
"""The beginning of a line that gives one of them a url."""


def folders_of(configuration: Configuration) -> Folders:
    """The folders that the settings name."""
    uploads, processed, quarantined, lake = (
        _opened(configuration, configuration.place(name)) for name in PLACES
    )
    return Folders(
        root=configuration.root,
        uploads=uploads,
        processed=processed,
        quarantined=quarantined,
        lake=lake,
        marts=configuration.folder("marts"),
    )


def open_place(configuration: Configuration, place: str) -> Storage:
    """A folder, or a bucket by its url, that no setting names.

    Raises:
        UsageError: if it is another kind of url.
    """
    try:
        return _opened(configuration, place)
    except ValueError as error:
        raise UsageError(
            str(error), hint="as in s3://acme-data/firmograph/lake, or the path of a folder"
        ) from error


def _opened(configuration: Configuration, place: str) -> Storage:
    scratch, lease_seconds = configuration.folder("spill"), configuration.settings.lease_seconds
    return open_storage(place, scratch=scratch, lease_seconds=lease_seconds)


def limits_of(configuration: Configuration) -> Limits:
    """The limits of a command that does not publish."""
    settings = configuration.settings
    return Limits(
        max_document_bytes=settings.max_document_bytes,
        memory_limit=settings.memory_limit,
        wait_seconds=settings.wait_seconds,
        snapshots_kept=settings.snapshots_kept,
        workers=configuration.worker_count,
        settle_seconds=settings.settle_seconds,
        is_recursive=settings.recursive,
        ignored=NotDeliveries.of(settings.not_deliveries),
        query_seconds=settings.query_seconds,
        after=settings.after,
        is_replica=settings.replica,
    )


def publishing_limits_of(configuration: Configuration, session: object) -> Limits:
    """The limits of a command that publishes, with Spark if that is the engine.

    Args:
        configuration: the settings.
        session: an existing Spark session to work in; None for that of the settings.
    """
    limits, settings = limits_of(configuration), configuration.settings
    if session is None and settings.engine != "spark":
        return limits
    from firmograph.engine.opening import read_spark_options

    jars = [str(configuration.root / jar) for jar in settings.spark_jars]
    options = read_spark_options(
        settings.spark_master, settings.spark_conf, jars, settings.spark_publish_bytes, session
    )
    return replace(limits, spark=options)


def unclaimed_tables(folders: Folders, contracts: Mapping[str, Contract]) -> list[str]:
    """The tables of ODS whose documents no contract claims any more, each as a sentence."""
    return find_unclaimed(Lake(folders.lake, table_specs(contracts.values())), {})


def moved_to(configuration: Configuration, root: Path) -> Configuration:
    """The configuration of another root folder, which holds what is in buckets here."""
    defaults = Settings()
    here = {name: getattr(defaults, name) for name in PLACES if is_url(configuration.place(name))}
    settings = structs.replace(configuration.settings, **here)
    return replace(configuration, root=root, settings=settings)


def copy_declarations(configuration: Configuration, root: Path) -> None:
    """Copies contracts, marts, their tests, dashboards and settings; replaces no file there.

    Settings that name buckets are left out, since the other root is a copy of its own.
    """
    other = moved_to(configuration, root)
    for name in DECLARATIONS:
        source, target = configuration.folder(name), other.folder(name)
        for path in sorted(source.rglob("*")):
            if path.is_file():
                _write(target / path.relative_to(source), path.read_bytes())
    settings = configuration.root / FILE_NAME
    if settings.is_file():
        _write(root / FILE_NAME, _BUCKET.sub("# ", settings.read_text("utf-8")).encode())


def _write(target: Path, content: bytes) -> None:
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
