"""Ingest over many machines: the same decisions, with the files read by an engine's tasks.

Files are read twice. First tasks say what each file is; the driver decides in the files' order, as
it does on one machine, and so gives the same `ingest_seq`; then tasks read what is to be kept and
write it. What comes back are facts of files and names of files written.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from firmograph.ingest.executor_tasks import (
    CHANGED,
    IN_MEMORY_BYTES,
    FileTask,
    TaskScan,
    Written,
    count_lines,
    scan_files,
    write,
)
from firmograph.ingest.ingest import Ingest
from firmograph.ingest.outcome import FileOutcome
from firmograph.ingest.worker import BatchResult, FileScan, Worker, source_file
from firmograph.sources.names import Unknown, Upload
from firmograph.sources.split import Refusal
from firmograph.staging.batches import entity_columns
from firmograph.staging.spill import SpillBuffer, Spilled

PACK_BYTES = 64 << 20
"""A task gets no more than about so many bytes of small files."""
FILE_COST_BYTES = 16 << 10
"""What opening a file costs, as bytes read in the same time."""
TASKS_PER_SLOT = 2

_Item = TypeVar("_Item")


class DistributedIngest(Ingest):
    """One run's way from uploads to ODS, by the tasks of an engine; see `Ingest`."""

    def run(
        self, files: Sequence[Upload | Unknown], tell: Callable[[FileOutcome], None]
    ) -> list[FileOutcome]:
        """Reads all files and commits their documents, one act a table."""
        self._refused: dict[str, tuple[Upload, FileOutcome]] = {}
        uploads = [file for file in files if isinstance(file, Upload)]
        scans = iter(self._scan_file(uploads))
        kept: list[FileTask] = []
        for file in files:
            if isinstance(file, Unknown):
                self._end(FileOutcome.of(file, "unknown", file.reason))
            else:
                kept += self._decide_on(file, next(scans))
        self._write(kept)
        for file, outcome in self._refused.values():
            super()._refuse(file, outcome)
        for outcome in self._outcomes:
            tell(outcome)
        return self._outcomes

    def _scan_file(self, files: list[Upload]) -> list[TaskScan]:
        packs = list(packed(files, _cost, self._engine.slots, lambda f: f.size > IN_MEMORY_BYTES))
        answers = self._engine.map_tasks(partial(scan_files, self._task), packs)
        scans = [one for answer in answers for one in answer]
        ranges = [part for one in scans for part in one.ranges]
        counted = iter(list(self._engine.map_tasks(partial(count_lines, self._task), ranges)))
        return [one if not one.ranges else _counted(one, counted) for one in scans]

    def _decide_on(self, file: Upload, scans: TaskScan) -> Iterator[FileTask]:
        facts = scans.facts
        first_seq = self._decide_one(file, facts)
        if first_seq is None or not facts.document_count:
            return
        source = source_file(file, facts.sha256 or "", self._task.root)
        if not scans.ranges:
            yield FileTask(file, source, first_seq)
        for lines in scans.ranges:
            yield FileTask(file, source, first_seq, lines)
            first_seq += lines.line_count

    def _write(self, kept: list[FileTask]) -> None:
        """Has the files read, and commits what came of them."""
        packs = list(packed(kept, _kept_cost, self._engine.slots, lambda k: k.comes_alone))
        work = partial(write, self._fresh_worker(), self._spill)
        answers = list(zip(packs, self._engine.map_tasks(work, packs), strict=True))
        changed = {name for _, answer in answers for name in answer.changed}
        whole = []
        for pack, answer in answers:
            if pack[0].comes_alone and pack[0].file.name in changed:
                self._throw_away(answer)
            else:
                whole.append(answer)
        for kind, appender in self._appenders.items():
            appender.commit([file for answer in whole for file in answer.ods.get(kind, [])])
        self._staging.load(Spilled({}, [file for answer in whole for file in answer.spilled]))
        self._defer(changed)

    def _fresh_worker(self) -> Worker:
        writers = {kind: appender.new_writer() for kind, appender in self._appenders.items()}
        contracts = [kernel.contract for kernel in self._kernels.values()]
        buffer = SpillBuffer(self._spill, entity_columns(contracts))
        return Worker(self._kernels, writers, buffer, self._task._replace(known=()))

    def _throw_away(self, answer: Written) -> None:
        """Deletes what was written of a file that is not kept after all."""
        for file in answer.spilled:
            file.path.unlink()
        for kind, files in answer.ods.items():
            for written in files:
                (self._engine.lake.path(self._engine.lake.ods_tables[kind]) / written.name).unlink()

    def _defer(self, changed: set[str]) -> None:
        """Leaves changed files for the next run, and those that were thought to be the same."""
        lost = {outcome.sha256 for outcome in self._outcomes if outcome.name in changed}
        for outcome in self._outcomes:
            is_copy = outcome.status == "duplicate" and outcome.sha256 in lost
            if outcome.name in changed or is_copy:
                outcome.status, outcome.message = "deferred", CHANGED
                outcome.sha256, outcome.document_count, outcome.refusals = None, 0, ()
                self._refused.pop(outcome.name, None)

    def _refuse(self, file: Upload, outcome: FileOutcome) -> None:
        """Keeps refusals until it is known that the file did not change."""
        if outcome.refusals:
            self._refused[file.name] = (file, outcome)


def packed(
    items: Sequence[_Item],
    cost: Callable[[_Item], int],
    slots: int,
    comes_alone: Callable[[_Item], bool],
) -> Iterator[list[_Item]]:
    """Packs items, in their order, into tasks of about equal cost.

    Args:
        items: what is to be done.
        cost: of an item, in bytes.
        slots: how many tasks are worked on at once.
        comes_alone: whether an item is a task of its own.
    """
    total = sum(cost(item) for item in items if not comes_alone(item))
    bound = min(PACK_BYTES, max(1, -(-total // (TASKS_PER_SLOT * max(slots, 1)))))
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


def _cost(file: Upload) -> int:
    return file.size + FILE_COST_BYTES


def _kept_cost(kept: FileTask) -> int:
    return _cost(kept.file)


def _counted(scans: TaskScan, counted: Iterator[BatchResult]) -> TaskScan:
    """A file of lines with the documents of its ranges; none where one of them is too large."""
    done = [next(counted) for _ in scans.ranges]
    refusals: list[Refusal] = [one.refusal for one in done if one.refusal]
    facts = scans.facts
    for one in done:
        if one.deferred:
            return TaskScan(FileScan(None, facts.size, deferred=one.deferred))
    if refusals:
        return TaskScan(FileScan(facts.sha256, facts.size, 0, (refusals[0],)))
    count = sum(one.document_count for one in done)
    return scans._replace(facts=facts._replace(document_count=count))
