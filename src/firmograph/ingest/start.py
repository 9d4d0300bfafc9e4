"""Begins an ingest: on this machine, or by the tasks of an engine that has some."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

from firmograph.engine.base import Engine
from firmograph.ingest.decisions import Decisions, KnownFiles
from firmograph.ingest.distributed import DistributedIngest
from firmograph.ingest.exchange import IngestContext
from firmograph.ingest.ingest import Ingest
from firmograph.ingest.known_files import last_seq
from firmograph.ingest.ods import OdsLoad
from firmograph.kernel.kernel import Kernel
from firmograph.lake.tuning import Tuning
from firmograph.sources.disposal import places_in, was_moved
from firmograph.staging.tables import StagingTables
from firmograph.storage.base import Storage


class Bounds(NamedTuple):
    """What an ingest may use.

    Attributes:
        max_document_bytes: a file with a larger document is unreadable.
        workers: how many processes may work.
        tuning: how work is cut into pieces.
    """

    max_document_bytes: int
    workers: int
    tuning: Tuning


def start_ingest(
    engine: Engine,
    kernels: Mapping[str, Kernel],
    staging: StagingTables,
    known: KnownFiles,
    bounds: Bounds,
    *,
    root: Path,
    processed: Storage,
) -> Ingest | DistributedIngest:
    """Makes the ingest of a run.

    Args:
        engine: where ODS lives.
        kernels: by document type.
        staging: what is parsed goes there, too, so that no document is parsed twice in a run.
        known: files already in ODS.
        bounds: what it may use.
        root: paths are stored relative to it.
        processed: where the files taken in lie.
    """
    stamp = engine.stamp
    context = IngestContext(
        stamp.run_id, stamp.now, known.settled, str(root), bounds.max_document_bytes, bounds.tuning
    )
    places = places_in(processed) if known.unsettled else []
    decisions = Decisions(known, last_seq(engine) + 1, partial(was_moved, places))
    load = OdsLoad(engine, kernels, staging, context)
    if engine.executor.slots:
        return DistributedIngest(load, decisions)
    return Ingest(load, decisions, bounds.workers)
