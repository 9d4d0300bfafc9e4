"""Creates the ingest of a run: on this machine, or by the tasks of the engine."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from firmograph.engine.base import Engine
from firmograph.ingest.decisions import Decisions, KnownFiles
from firmograph.ingest.exchange import IngestContext
from firmograph.ingest.ingest import Ingest
from firmograph.ingest.known_files import last_seq
from firmograph.ingest.ods import OdsLoad
from firmograph.ingest.readings import needs_date
from firmograph.kernel.kernel import Kernel
from firmograph.lake.tuning import Tuning
from firmograph.sources.disposal import places_in, was_moved
from firmograph.sources.ignored import NotDeliveries
from firmograph.staging.tables import StagingTables
from firmograph.storage.base import Storage

if TYPE_CHECKING:
    from firmograph.ingest.distributed import DistributedIngest


class Bounds(NamedTuple):
    """The limits of an ingest.

    Attributes:
        max_document_bytes: a file with a larger document is unreadable.
        workers: how many processes may be used.
        tuning: how work is divided.
        settle_seconds: a file that ends too early is deferred if it changed this recently.
        ignored: members of archives that are passed over.
    """

    max_document_bytes: int
    workers: int
    tuning: Tuning
    settle_seconds: float = 0.0
    ignored: NotDeliveries = NotDeliveries()


def start_ingest(
    engine: Engine,
    kernels: Mapping[str, Kernel],
    staging: StagingTables,
    known: KnownFiles,
    bounds: Bounds,
    *,
    root: Path,
    processed: Storage | None,
) -> "Ingest | DistributedIngest":
    """Creates the ingest of a run.

    Args:
        engine: of the lake.
        kernels: by document type.
        staging: receives the rows, so that no document is parsed twice in a run.
        known: files that are in ODS already.
        bounds: the limits.
        root: paths are stored relative to it.
        processed: the folder of ingested files, where a file that is among the uploads, too, was
            delivered again; None if a killed run may have left it in both.
    """
    stamp = engine.stamp
    context = IngestContext(
        stamp.run_id,
        stamp.now,
        known.repeated,
        str(root),
        bounds.max_document_bytes,
        bounds.tuning,
        bounds.settle_seconds,
        bounds.ignored,
    )
    places = places_in(processed) if processed is not None and known.unsettled else []
    decisions = Decisions(
        known,
        last_seq(engine) + 1,
        partial(was_moved, places),
        partial(needs_date, kernels, context),
    )
    load = OdsLoad(engine, kernels, staging, context)
    if engine.executor.slots:
        from firmograph.ingest.distributed import DistributedIngest

        return DistributedIngest(load, decisions)
    return Ingest(load, decisions, bounds.workers)
