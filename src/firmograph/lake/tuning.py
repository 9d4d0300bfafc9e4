"""Sizes that decide how work is divided."""

from dataclasses import dataclass

KIB, MIB = 1 << 10, 1 << 20


@dataclass(frozen=True)
class Tuning:
    """The sizes and counts that decide how work is divided; they never change results.

    The defaults were measured on two cores. Tests use small values, so that a few kilobytes
    exercise every path that gigabytes take.

    Attributes:
        small_bytes: Files up to this size are opened by the worker that parses them, several at
            a time. Larger ones are split by one process and parsed by all, or divided into ranges.
        small_packed_bytes: The same for compressed files, which expand about ten times.
        submitted_bytes: Total size of the small files of one request: large enough that the pipe to
            a worker costs little, small enough that all workers are busy.
        submitted_files: Maximum number of small files of one request.
        streamed_bytes: Size of the batches in which documents of a larger file are submitted.
        parallel_bytes: Total size of uploads from which other processes are started, each of which
            takes about a third of a second to start.
        range_bytes: Size of the ranges of a large file of lines; a worker takes about half a second
            for each.
        batch_bytes: Size of the documents that are written to ODS as one batch.
        held_bytes: Staged rows stay in memory up to this size.
        held_table_bytes: Tables smaller than this stay in memory even then: a file for each would
            cost more than it frees.
        replay_bytes: Total compressed size of ODS files from which a replay starts processes.
        entity_range_bytes: Staged rows larger than this are published one range of entities after
            the other, so that memory depends on the range and not on the run.
        executor_small_bytes: On executors, files up to this size are read whole, several at a time.
        executor_opened_bytes: Total size of the small files that an executor holds at once.
        task_bytes: Total size of the small files of one task; a failed task is repeated whole.
        task_file_bytes: The cost of opening a file, as bytes that are read in the same time.
    """

    small_bytes: int = 8 * MIB
    small_packed_bytes: int = 1 * MIB
    submitted_bytes: int = 2 * MIB
    submitted_files: int = 200
    streamed_bytes: int = 1 * MIB
    parallel_bytes: int = 64 * MIB
    range_bytes: int = 32 * MIB
    batch_bytes: int = 4 * MIB
    held_bytes: int = 12 * MIB
    held_table_bytes: int = 1 * MIB
    replay_bytes: int = 16 * MIB
    entity_range_bytes: int = 48 * MIB
    executor_small_bytes: int = 8 * MIB
    executor_opened_bytes: int = 2 * MIB
    task_bytes: int = 64 * MIB
    task_file_bytes: int = 16 * KIB
