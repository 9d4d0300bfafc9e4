"""Ingest over many machines: the same decisions, with files read by an engine's tasks.

Files are read twice. First, tasks scan what each file contains; the driver decides in the files'
order, as on one machine, and so assigns the same `ingest_seq`; then tasks read the files to keep
and write their rows. The driver receives only facts about files, and names of files written.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from firmograph.ingest.decisions import Decisions
from firmograph.ingest.exchange import (
    BatchResult,
    FileScan,
    source_file,
)
from firmograph.ingest.executor_tasks import (
    CHANGED,
    FileTask,
    Written,
    count_lines,
    scan_files,
    write,
)
from firmograph.ingest.found_files import FoundFiles
from firmograph.ingest.ods import OdsLoad
from firmograph.ingest.outcome import FileOutcome
from firmograph.ingest.outcomes import Outcomes
from firmograph.sources.names import Unknown, Upload
from firmograph.staging.spill import Spilled

TASKS_PER_SLOT = 2

_Item = TypeVar("_Item")


class DistributedIngest:
    """Reads uploads into ODS, by the tasks of an engine.

    Args:
        load: writes to ODS and to staging.
        decisions: decides on each file.
    """

    def __init__(self, load: OdsLoad, decisions: Decisions) -> None:
        self._load = load
        self._decisions = decisions
        self._engine = load.engine
        self._context = load.context
        self._tuning = load.context.tuning

    def run(self, files: FoundFiles, tell: Callable[[FileOutcome], None]) -> Outcomes:
        """Reads all files, and commits their documents with one commit per table.

        Args:
            files: in the order in which they are decided on.
            tell: called with the outcome of each.

        Returns:
            The outcomes, in the order of the files.
        """
        found = list(files.take())
        uploads = [file for file in found if isinstance(file, Upload)]
        scans = iter(self._scan(uploads))
        kept: list[FileTask] = []
        for file in found:
            if isinstance(file, Unknown):
                self._decisions.decide(file)
            else:
                kept += self._decide(file, next(scans))
        self._write(kept)
        outcomes = self._decisions.outcomes
        self._load.refuse(outcomes)
        for outcome in outcomes:
            tell(outcome)
        return outcomes

    def _scan(self, files: list[Upload]) -> list[FileScan]:
        packs = list(self._packed(files, self._cost, self._is_large))
        results = self._engine.executor.map_tasks(partial(scan_files, self._context), packs)
        scans = [scan for result in results for scan in result]
        ranges = [lines for scan in scans for lines in scan.ranges]
        counted = iter(
            list(self._engine.executor.map_tasks(partial(count_lines, self._context), ranges))
        )
        found = [_counted(scan, counted) if scan.ranges else scan for scan in scans]
        return self._scan_odd(files, found)

    def _scan_odd(self, files: list[Upload], scans: list[FileScan | None]) -> list[FileScan]:
        """Scans, as wholes, the files whose lines are not all documents."""
        odd = [[file] for file, scan in zip(files, scans, strict=True) if scan is None]
        work = partial(scan_files, self._context, by_range=False)
        found = iter(
            [scan for result in self._engine.executor.map_tasks(work, odd) for scan in result]
        )
        return [next(found) if scan is None else scan for scan in scans]

    def _decide(self, file: Upload, scan: FileScan) -> Iterator[FileTask]:
        first_seq = self._decisions.decide(file, scan).first_seq
        if first_seq is None or not scan.document_count:
            return
        source = source_file(file, scan.sha256 or "", self._context.root)
        if not scan.ranges:
            yield FileTask(file, source, first_seq, self._is_large(file))
        for lines in scan.ranges:
            yield FileTask(file, source, first_seq, is_alone=True, lines=lines)
            first_seq += lines.line_count

    def _write(self, kept: list[FileTask]) -> None:
        """Has tasks read the files, and commits what they wrote."""
        packs = list(self._packed(kept, lambda k: self._cost(k.file), lambda k: k.is_alone))
        worker = self._load.new_task_worker()
        work = partial(write, worker, self._engine.staged, self._tuning, self._context.ignored)
        results = list(zip(packs, self._engine.executor.map_tasks(work, packs), strict=True))
        changed = {name for _, result in results for name in result.changed}
        whole: list[Written] = []
        for pack, result in results:
            if pack[0].is_alone and pack[0].file.location in changed:
                self._discard(result)
            else:
                whole.append(result)
        files = [file for result in whole for file in result.spilled]
        self._load.commit([result.ods for result in whole], [Spilled({}, files)])
        self._decisions.defer(changed, CHANGED)

    def _discard(self, written: Written) -> None:
        """Deletes what a task wrote of a file that is not kept after all."""
        for file in written.spilled:
            file.delete()
        lake = self._engine.lake
        for kind, files in written.ods.items():
            lake.table(lake.ods_tables[kind]).delete(file.name for file in files)

    def _is_large(self, file: Upload) -> bool:
        return file.size > self._tuning.executor_small_bytes

    def _cost(self, file: Upload) -> int:
        return file.size + self._tuning.task_file_bytes

    def _packed(
        self,
        items: Sequence[_Item],
        cost: Callable[[_Item], int],
        comes_alone: Callable[[_Item], bool],
    ) -> Iterator[list[_Item]]:
        return packed(
            items, cost, self._engine.executor.slots, comes_alone, self._tuning.task_bytes
        )


def packed(
    items: Sequence[_Item],
    cost: Callable[[_Item], int],
    slots: int,
    comes_alone: Callable[[_Item], bool],
    task_bytes: int,
) -> Iterator[list[_Item]]:
    """Packs items, in their order, into tasks of about equal cost.

    Args:
        items: what is to be done.
        cost: of an item, in bytes.
        slots: how many tasks run at once.
        comes_alone: whether an item is a task of its own.
        task_bytes: the maximum cost of a task, which its last item may exceed.

    Yields:
        The items of each task.
    """
    total = sum(cost(item) for item in items if not comes_alone(item))
    bound = min(task_bytes, max(1, -(-total // (TASKS_PER_SLOT * max(slots, 1)))))
    pack: list[_Item] = []
    held = 0
    for item in items:
        if comes_alone(item):
            if pack:
                yield pack
            yield [item]
            pack, held = [], 0
            continue
        pack.append(item)
        held += cost(item)
        if held >= bound:
            yield pack
            pack, held = [], 0
    if pack:
        yield pack


def _counted(scan: FileScan, counted: Iterator[BatchResult]) -> FileScan | None:
    """Adds to the scan of a file of lines what was counted in its ranges; None if it has others."""
    result = BatchResult(0)
    for _ in scan.ranges:
        result += next(counted)
    if result.deferred is not None:
        return FileScan(None, scan.size, deferred=result.deferred)
    if result.refusal is not None:
        return FileScan(scan.sha256, scan.size, 0, (result.refusal,))
    if result.has_odd_lines:
        return None
    return scan._replace(document_count=result.document_count)
