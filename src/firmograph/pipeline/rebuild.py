"""Rebuilds: publish everything in ODS again, here or into another root."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from firmograph.contract.model import Contract
from firmograph.control.quarantine import QUARANTINE
from firmograph.control.snapshots import last_snapshot
from firmograph.engine.duckdb.engine import DuckDBEngine
from firmograph.errors import UsageError
from firmograph.ingest.known_files import copy_ods, last_seq, without
from firmograph.lake.lake import Lake
from firmograph.lake.tables import table_specs
from firmograph.pipeline.context import RunContext, begin
from firmograph.pipeline.ownership import check_owners
from firmograph.pipeline.plan import cloning
from firmograph.pipeline.progress import ProgressListener
from firmograph.pipeline.publishing import publish_staged
from firmograph.pipeline.report import Folders, Limits, Report
from firmograph.pipeline.staging import set_aside_spans, stage_from_ods
from firmograph.pipeline.temporary import temporary_folder
from firmograph.storage.base import Storage, is_empty
from firmograph.storage.local import LocalStorage


def rebuild(
    folders: Folders,
    limits: Limits,
    contracts: Mapping[str, Contract],
    listener: ProgressListener | None = None,
) -> Report:
    """Publishes everything in ODS again, under today's contracts.

    Documents that were set aside are left out. Unchanged rows are not written.
    """
    with begin("rebuild", folders, limits, contracts, listener, will_rebuild=True) as run:
        for name, spec in run.engine.lake.specs.items():
            if spec.zone == "dw":
                run.engine.store.recreate(name)
        stage_from_ods(run, without([(1, last_seq(run.engine))], set_aside_spans(run)))
        publish_staged(run, full_refresh=True)
        return run.report


def rebuild_as_of(
    folders: Folders,
    into: Folders,
    day: date,
    limits: Limits,
    contracts: Mapping[str, Contract],
    listener: ProgressListener | None = None,
) -> Report:
    """Publishes into another root what ODS held at the end of a day, UTC.

    Documents that are discarded or withdrawn today are left out there, too. The marts of `folders`
    are built.

    Raises:
        UsageError: if the other root already holds a lake.
    """
    _check_empty(into.lake)
    source = Lake(folders.lake, table_specs(contracts.values()))
    check_owners(source, {})
    end = datetime.combine(day, time(), UTC) + timedelta(days=1)
    into = replace(into, marts=folders.marts)
    with begin("rebuild", into, limits, contracts, listener) as run:
        copy_ods(source, run.engine, end)
        _copy_decisions(source, run, end)
        stage_from_ods(run, without([(1, last_seq(run.engine))], set_aside_spans(run)))
        publish_staged(run, full_refresh=True)
        return run.report


def _copy_decisions(source: Lake, run: RunContext, end: datetime) -> None:
    """Copies the quarantine of documents that were copied, and what rollbacks withdrew of them."""
    last = last_seq(run.engine)
    with DuckDBEngine(source, run.engine.stamp) as engine:
        snapshot = last_snapshot(engine)
        if not snapshot.snapshot_id:
            return
        source.versions.update(snapshot.table_versions)
        source.forget(QUARANTINE)
        # a later delivery superseded nothing yet at the end of the day
        later = f"TIMESTAMPTZ '{end.isoformat()}'"
        rows = engine.query_local(
            f"""
            SELECT *
            FROM {QUARANTINE}
            WHERE coalesce(ingest_seq <= {last}, load_timestamp < {later})
              AND NOT (status = 'superseded' AND load_timestamp >= {later})
            """,
            [QUARANTINE],
        )
    run.engine.store.append(QUARANTINE, rows.cast(run.engine.lake.specs[QUARANTINE].schema))
    withdrawn = without([(1, last)], without([(1, last)], snapshot.state.withdrawn))
    rollbacks = snapshot.state.rollbacks
    run.state = replace(run.state, withdrawn=withdrawn, rollbacks=rollbacks)


@cloning()
def plan_as_of(
    folders: Folders,
    into: Folders,
    day: date,
    limits: Limits,
    contracts: Mapping[str, Contract],
) -> Report:
    """Reports what `rebuild_as_of` would publish; the lake is built in a temporary folder."""
    _check_empty(into.lake)
    with temporary_folder(folders.lake) as root:
        elsewhere = replace(into, root=root, lake=LocalStorage(root / "lake"))
        return rebuild_as_of(folders, elsewhere, day, limits, contracts)


def _check_empty(lake: Storage) -> None:
    if not is_empty(lake):
        raise UsageError(
            f"{lake.url} is not empty",
            hint="`--into` takes a root folder that has no lake yet",
        )
