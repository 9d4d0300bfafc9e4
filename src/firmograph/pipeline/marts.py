"""Marts and data tests: the last step of a publish, or all that a run does."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from firmograph.contract.model import Contract
from firmograph.control.quality import write_test_failures
from firmograph.control.snapshots import DataTestResult
from firmograph.engine.base import RowCounts
from firmograph.errors import LakeError
from firmograph.pipeline.context import RunContext, begin
from firmograph.pipeline.progress import ProgressListener
from firmograph.pipeline.report import Folders, Limits, Report
from firmograph.publish.data_tests import DataTest, find_tests, run_tests
from firmograph.publish.marts import Mart, Reads, build_marts, find_marts, find_reads, readers_of


def run_marts(
    folders: Folders,
    limits: Limits,
    contracts: Mapping[str, Contract],
    listener: ProgressListener | None = None,
) -> Report:
    """Builds the marts and runs the data tests over the published tables; reads no upload.

    Raises:
        LakeError: if nothing was published yet.
    """
    with begin("run --marts-only", folders, limits, contracts, listener) as run:
        if not run.snapshot.snapshot_id:
            raise LakeError("nothing was published in this lake yet", hint="`firmograph run` does")
        run.report.waiting_trees = run.state.waiting_trees
        waiting = sum(len(tree.documents) for tree in run.state.waiting_trees.values())
        run.report.totals.documents.waiting_before = waiting
        run.report.totals.documents.waiting = waiting
        _build(run, find_marts(folders.marts), find_tests(folders.marts))
        return run.report


def publish_marts(run: RunContext) -> None:
    """Builds the marts and runs the data tests, unless neither their sources nor their SQL changed.

    The report's tables tell whether the sources changed.
    """
    marts, tests = find_marts(run.folders.marts), find_tests(run.folders.marts)
    built, tested = run.state.marts, run.state.tests
    is_stale = (
        run.is_healed
        or any(change.any for change in run.report.tables.values())
        or any(name not in run.engine.lake.specs for name in built)
        or {mart.name: mart.sql_hash for mart in marts} != built
        or {t.name: t.sql_hash for t in tests} != {n: r.sql_hash for n, r in tested.items()}
    )
    if is_stale:
        _build(run, marts, tests)
        return
    for name in built:
        run.report.tables[name] = RowCounts(rows=run.engine.store.row_count(name))
    _report(run, {}, tested)


def _build(run: RunContext, marts: list[Mart], tests: list[DataTest]) -> None:
    before = run.engine.store.versions()
    reads = find_reads(run.engine, marts)
    changes, failures = build_marts(run.engine, marts, reads)
    results = run_tests(run.engine, tests, changes, failures)
    for name, reason in _held_back(tests, results, reads).items():
        if changes.pop(name, None) is not None:
            failures[name] = reason
            _restore(run, name, before.get(name))
    for name, change in changes.items():
        run.listener.table(name, change)
    run.report.tables.update(changes)
    earlier = run.state.marts
    _note_gone(run, earlier.keys() - {mart.name for mart in marts})
    hashes = {m.name: m.sql_hash for m in marts if m.name in changes}
    hashes |= {name: "" for name in failures if name in earlier and run.engine.lake.exists(name)}
    failed = {name: result for name, result in results.items() if result.message}
    write_test_failures(
        run.engine, {n: r for n, r in failed.items() if r != run.state.tests.get(n)}
    )
    run.state = replace(run.state, marts=hashes, tests=results)
    _report(run, failures, results)


def _held_back(
    tests: Iterable[DataTest], results: Mapping[str, DataTestResult], reads: Reads
) -> dict[str, str]:
    """The marts that a failed test holds back, with the reason: those it reads, and their readers.

    Marts of tests that only warn, and tables of DW, are published all the same.
    """
    held: dict[str, str] = {}
    for test in tests:
        if results[test.name].fails_run:
            reason = f"data test {test.name} failed: {results[test.name].message}"
            for name in readers_of(test.reads & reads.keys(), reads):
                held.setdefault(name, reason)
    return held


def _restore(run: RunContext, name: str, version: int | None) -> None:
    """Gives a mart the rows back that it had; a new one is left, and is in no snapshot."""
    store, lake = run.engine.store, run.engine.lake
    if version is not None and lake.open(name).version() != version:
        store.restore(name, version)
        lake.find_marts()  # with the columns it had


def _note_gone(run: RunContext, names: Iterable[str]) -> None:
    for name in sorted(names):
        run.note(f"mart {name} has no SQL file any more, and can no longer be queried")


def _report(
    run: RunContext, failures: Mapping[str, str], results: Mapping[str, DataTestResult]
) -> None:
    run.report.mart_failures = dict(failures)
    run.report.test_results = dict(results)
    for name, reason in failures.items():
        run.note(f"mart {name} was not built: {reason}")
    for name, result in results.items():
        if result.message:
            run.note(f"data test {name} failed (severity {result.severity}): {result.message}")
