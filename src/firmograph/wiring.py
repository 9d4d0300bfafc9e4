"""Wiring: what the settings of a project mean for the pipeline."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from firmograph.contract.model import Contract
from firmograph.lake.lake import Lake
from firmograph.lake.tables import table_specs
from firmograph.pipeline.ownership import find_unclaimed
from firmograph.pipeline.report import Folders, Limits
from firmograph.settings import FILE_NAME, Configuration
from firmograph.sources.ignored import NotDeliveries
from firmograph.storage.opening import ObjectOptions, open_storage


def folders_of(configuration: Configuration) -> Folders:
    """The folders that the settings name."""
    options = ObjectOptions(configuration.folder("spill"), configuration.settings.lease_seconds)
    uploads, processed, quarantined, lake = (
        open_storage(configuration.place(name), options)
        for name in ("uploads", "processed", "quarantined", "lake")
    )
    return Folders(
        root=configuration.root,
        uploads=uploads,
        processed=processed,
        quarantined=quarantined,
        lake=lake,
        marts=configuration.folder("marts"),
    )


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
    options = read_spark_options(settings.spark_master, settings.spark_conf, jars, session)
    return replace(limits, spark=options)


def unclaimed_tables(folders: Folders, contracts: Mapping[str, Contract]) -> list[str]:
    """The tables of ODS whose documents no contract claims any more, each as a sentence."""
    return find_unclaimed(Lake(folders.lake, table_specs(contracts.values())), {})


def copy_declarations(configuration: Configuration, root: Path) -> None:
    """Copies contracts, marts and settings to another root folder; replaces no file there."""
    other = replace(configuration, root=root)
    for name in ("contracts", "marts"):
        source, target = configuration.folder(name), other.folder(name)
        if source.is_dir():
            for path in sorted(source.iterdir()):
                _copy(path, target / path.name)
    _copy(configuration.root / FILE_NAME, root / FILE_NAME)


def _copy(source: Path, target: Path) -> None:
    if source.is_file() and not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
