"""What a project's settings mean to the parts below: folders as storages, and limits."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from firmograph.errors import LakeError
from firmograph.settings import Configuration

if TYPE_CHECKING:
    from firmograph.pipeline.report import Folders, Limits

# each function imports what it needs, so that short commands start quickly


def folders_of(configuration: Configuration) -> "Folders":
    """The folders that the settings name."""
    from firmograph.pipeline.report import Folders
    from firmograph.storage.local import LocalStorage

    folder = configuration.folder
    return Folders(
        root=configuration.root,
        uploads=LocalStorage(folder("uploads")),
        processed=LocalStorage(folder("processed")),
        quarantined=LocalStorage(folder("quarantined")),
        lake=LocalStorage(folder("lake")),
        marts=folder("marts"),
    )


def limits_of(configuration: Configuration) -> "Limits":
    """The limits of a command that does not publish."""
    from firmograph.pipeline.report import Limits

    settings = configuration.settings
    return Limits(
        max_document_bytes=settings.max_document_bytes,
        memory_limit=settings.memory_limit,
        wait_seconds=settings.wait_seconds,
        snapshots_kept=settings.snapshots_kept,
        workers=configuration.worker_count,
        query_seconds=settings.query_seconds,
    )


def publishing_limits(configuration: Configuration, session: object = None) -> "Limits":
    """The limits of a command that publishes, with Spark if that is the engine.

    Args:
        configuration: of the project.
        session: a Spark session to work in; None to follow the settings.
    """
    limits, settings = limits_of(configuration), configuration.settings
    if session is None and settings.engine != "spark":
        return limits
    from firmograph.engine.opening import read_spark_options

    jars = [str(configuration.root / jar) for jar in settings.spark_jars]
    options = read_spark_options(settings.spark_master, settings.spark_conf, jars, session)
    return replace(limits, spark=options)


@contextmanager
def cloning(folders: "Folders") -> Iterator[None]:
    """Says why a plan cannot write its clone, which is in the lake's folder.

    Raises:
        LakeError: if the operating system refuses it.
    """
    try:
        yield
    except OSError as error:
        raise LakeError(
            f"nothing can be planned: {error}",
            hint=f"a plan works on a clone in the lake's folder, {folders.lake.url}, which it "
            "must be able to write",
        ) from error
