"""The pipeline: ingest, then publish. Read this file first.

A run locks the lake, discards what an interrupted run left unpublished, ingests the uploads,
publishes the documents of ODS that the last snapshot lacks, and ends with one row in
``tb_published_snapshots``: the commit point. `rebuild`, `retry` and `reinstate` publish other
documents in the same way.
"""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from firmograph.contract.model import Contract
from firmograph.control.marks import find_withdrawn
from firmograph.control.quarantine import SET_ASIDE
from firmograph.engine.base import RowCounts
from firmograph.errors import SettingsError
from firmograph.ingest.found_files import FoundFiles
from firmograph.ingest.kept import find_unread
from firmograph.ingest.known_files import known_files, last_seq, without
from firmograph.ingest.outcome import FileOutcome
from firmograph.ingest.outcomes import Outcomes
from firmograph.ingest.recall import find_grown
from firmograph.ingest.start import Bounds, start_ingest
from firmograph.lake.files import meeting
from firmograph.pipeline.context import RunContext, begin
from firmograph.pipeline.file_totals import FileTotals
from firmograph.pipeline.progress import ProgressListener
from firmograph.pipeline.publishing import check_contracts, publish_staged
from firmograph.pipeline.report import Folders, Limits, Report
from firmograph.pipeline.staging import set_aside_spans, stage_from_ods
from firmograph.pipeline.temporary import delete_abandoned
from firmograph.sources.disposal import delete_all, move_all, relative
from firmograph.sources.names import FileNames, Unknown, Upload, readable
from firmograph.sources.uploads import ScanRules, scan
from firmograph.storage.base import FileStamp, Storage
from firmograph.storage.errors import Gone


def run(
    folders: Folders,
    limits: Limits,
    contracts: Mapping[str, Contract],
    listener: ProgressListener | None = None,
) -> Report:
    """Ingests the uploads and publishes what is new.

    Raises:
        LakeError: if the lake cannot be used; nothing was published.
        SettingsError: if there is no upload folder.
        ContractError: if the contracts changed in a way that requires a rebuild.
    """
    with begin("run", folders, limits, contracts, listener) as run:
        check_contracts(run)
        delete_abandoned(folders.lake)
        _recall(run)
        _stage_unpublished(run)
        outcomes, totals = _ingest(run)
        _publish_withdrawn(run, totals.duplicates)
        run.may_supersede = bool(run.replayed) or totals.is_repeated
        with ThreadPoolExecutor(1, "moves") as thread:
            moving = thread.submit(_move, run, _moved(outcomes, late=False))
            publish_staged(run)
            _note_changed(run, moving.result())
        _note_left(run, totals)
        if totals.moves_late:
            late = _moved(outcomes, late=True)
            run.after_commit(lambda: _note_changed(run, _move(run, late)))
        return run.report


def _recall(run: RunContext) -> None:
    """Moves files back to the uploads that somebody wrote on after they were read."""
    for grown in find_grown(run.engine, run.folders.targets):
        moves = grown.folder.move([grown.name], run.folders.uploads, {grown.name: grown.stamp})
        if not moves.taken and not moves.changed:
            run.note(f"{grown.name} was written on after it was read: it is read again")


def _stage_unpublished(run: RunContext) -> None:
    """Stages documents that an interrupted run ingested and did not publish."""
    last = last_seq(run.engine)
    if last > run.snapshot.ingest_seq:
        stage_from_ods(run, [(run.snapshot.ingest_seq + 1, last)])


def _ingest(run: RunContext) -> tuple[Outcomes, FileTotals]:
    """Ingests the uploads into ODS and writes the ledger."""
    names = FileNames(run.contracts.values())
    files = FoundFiles(_find(run, names))
    run.listener.started(len(files))
    outcomes = _read(run, files, names) if files else Outcomes()
    totals = FileTotals()
    if outcomes:
        run.ledger.write_parts(_entries(run, outcomes, totals))
    run.report.totals.files_seen = len(files)
    run.report.totals.files.update(totals.files)
    _count_ods(run, totals)
    for name in run.engine.lake.ods_tables.values():
        run.engine.store.compact_appends(name)
    return outcomes, totals


def _find(run: RunContext, names: FileNames) -> list[Upload | Unknown]:
    """Lists the uploads that are to be read."""
    folders, limits = run.folders, run.limits
    try:
        rules = ScanRules(names, limits.ignored, limits.is_recursive, folders.others)
        files = scan(folders.uploads, rules)
    except Gone as error:
        raise SettingsError(
            f"the upload folder {folders.uploads.url} does not exist",
            hint="`firmograph init` creates the folders; or give another root folder with --root",
        ) from error
    return _without_kept(run, files) if limits.after == "keep" else files


def _read(run: RunContext, files: FoundFiles, names: FileNames) -> Outcomes:
    """Reads files into ODS, except those that are there."""
    folders, limits = run.folders, run.limits
    ingest = start_ingest(
        run.engine,
        run.kernels,
        run.staging,
        known_files(run.engine, names, folders.uploads),
        Bounds(
            limits.max_document_bytes,
            limits.workers,
            limits.tuning,
            limits.settle_seconds,
            limits.ignored,
        ),
        root=folders.root,
        processed=folders.processed if folders.has_atomic_moves else None,
    )
    return ingest.run(files, run.listener.file)


def _without_kept(run: RunContext, files: list[Upload | Unknown]) -> list[Upload | Unknown]:
    """Leaves out files that earlier runs read and kept where they are."""
    unread = find_unread(run.engine, files, str(run.folders.root))
    if kept := len(files) - len(unread):
        run.note(f"files that earlier runs read and kept in the upload folder: {kept}")
    return unread


def _publish_withdrawn(run: RunContext, hashes: set[str]) -> None:
    """Stages documents that a rollback withdrew and that were delivered again.

    Documents that were withdrawn one by one stay so, for the reason given with each.

    Args:
        run: the run.
        hashes: of the files that were delivered again.
    """
    if not hashes:
        return
    spans = run.state.withdrawn
    found = find_withdrawn(run.engine, spans, sorted(hashes))
    back = [row for row in found if meeting(spans, row["ingest_seq"], row["ingest_seq"])]
    if back:
        seqs = [(row["ingest_seq"], row["ingest_seq"]) for row in back]
        run.state = replace(run.state, withdrawn=without(spans, seqs))
        stage_from_ods(run, without(seqs, set_aside_spans(run)))
    if count := sum(row["status"] not in SET_ASIDE for row in back):
        run.note(f"documents that a rollback withdrew were delivered again and published: {count}")
    if stays := sum(row["status"] == "withdrawn" for row in found):
        run.note(f"withdrawn documents were delivered again and stay withdrawn: {stays}")


def _moved(outcomes: Outcomes, *, late: bool) -> Iterator[list[FileOutcome]]:
    """Yields, block by block, the files that are moved before the commit, or those after it."""
    for block in outcomes.blocks():
        yield [outcome for outcome in block if outcome.moves_late == late]


def _move(run: RunContext, blocks: Iterable[list[FileOutcome]]) -> list[str]:
    """Moves, keeps or deletes files that were read; unknown and deferred ones are left in place.

    Only files whose bytes are in ODS as documents are deleted; others are moved instead.

    Returns:
        The names of files that changed after they were read, which are left in place, too.
    """
    if run.limits.after == "keep":
        return []
    return [name for block in blocks for name in _move_block(run, block)]


def _move_block(run: RunContext, outcomes: list[FileOutcome]) -> list[str]:
    changed: list[str] = []
    for status, target in run.folders.targets.items():
        deleted: list[FileOutcome] = []
        moved: list[FileOutcome] = []
        for outcome in outcomes:
            if outcome.status == status:
                is_deleted = run.limits.after == "delete" and outcome.is_in_ods
                (deleted if is_deleted else moved).append(outcome)
        for source, files in _by_folder(deleted).items():
            changed += delete_all(source, files)
        for source, files in _by_folder(moved).items():
            changed += move_all(source, files, target, run.report.run_id)
    return changed


def _by_folder(outcomes: list[FileOutcome]) -> dict[Storage, dict[str, FileStamp | None]]:
    groups: dict[Storage, dict[str, FileStamp | None]] = {}
    for outcome in outcomes:
        groups.setdefault(outcome.folder, {})[outcome.name] = outcome.stamp
    return groups


def _note_changed(run: RunContext, changed: list[str]) -> None:
    for name in changed:
        run.note(
            f"{readable(name)} changed after it was read: what was read is published, "
            "and the file stays for the next run"
        )


def _note_left(run: RunContext, totals: FileTotals) -> None:
    """Notes which files stay in the upload folder, of many the first; the listener knows them."""
    run.report.inaccessible_count = totals.inaccessible_count
    for status, first in totals.left.items():
        for outcome in first:
            run.report.notes.append(f"{status}: {outcome.file_name}: {outcome.message}")
        if more := totals.files[status] - len(first):
            run.report.notes.append(f"{status}: {more} more; see tb_pipeline_control")


def _entries(
    run: RunContext, outcomes: Outcomes, totals: FileTotals
) -> Iterator[dict[str, list[Any]]]:
    """Yields the ledger's entries, block by block, and adds the outcomes to the totals."""
    root = str(run.folders.root)
    for block in outcomes.blocks():
        totals.add(block)
        new = [outcome for outcome in block if not outcome.is_counted]
        yield {
            "file_name": [o.file_name for o in new],
            "activity": ["ingest"] * len(new),
            "status": [o.status for o in new],
            "file_path": [readable(relative(o.location, root)) for o in new],
            "file_sha256": [o.sha256 for o in new],
            "file_bytes": [o.size for o in new],
            "document_count": [o.document_count for o in new],
            "message": [o.message for o in new],
            "file_version": [o.stamp.text if o.stamp else None for o in new],
        }


def _count_ods(run: RunContext, totals: FileTotals) -> None:
    for kind, name in run.engine.lake.ods_tables.items():
        rows = run.engine.store.row_count(name)
        run.report.tables[name] = RowCounts(inserted=totals.documents[kind], rows=rows)
