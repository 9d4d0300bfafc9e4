"""Finds uploads that earlier runs read and kept where they are, by their listing alone."""

from collections.abc import Iterable

from firmograph.control.ledger import CLOSED_RUNS, LEDGER
from firmograph.engine.base import Engine
from firmograph.sources.disposal import relative
from firmograph.sources.names import Unknown, Upload, readable


def find_unread(
    engine: Engine, files: Iterable[Upload | Unknown], root: str
) -> list[Upload | Unknown]:
    """The files of which no completed run has read this version.

    Args:
        engine: of the lake.
        files: as they were listed.
        root: paths in the ledger are relative to it.
    """
    rows = engine.query_local(
        f"""
        SELECT DISTINCT file_path, file_version
        FROM {LEDGER}
        WHERE activity = 'ingest'
          AND status IN ('ingested', 'duplicate', 'unreadable')
          AND file_version IS NOT NULL
          AND run_id IN ({CLOSED_RUNS})
        """,
        [LEDGER],
    )
    names = ("file_path", "file_version")
    read = set(zip(*(rows[name].to_pylist() for name in names), strict=True))
    return [file for file in files if _version(file, root) not in read]


def _version(file: Upload | Unknown, root: str) -> tuple[str, str] | None:
    if not isinstance(file, Upload) or file.stamp is None:
        return None
    return readable(relative(file.location, root)), file.stamp.text
