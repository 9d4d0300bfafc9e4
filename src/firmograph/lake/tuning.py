"""Sizes that decide how work is cut into pieces."""

from dataclasses import dataclass

KIB, MIB = 1 << 10, 1 << 20


@dataclass(frozen=True)
class Tuning:
    """Every size at which the program changes how it goes about something; results never change.

    The defaults were measured on two cores. Tests take small ones, so that a few kilobytes go
    every way that gigabytes go.

    Attributes:
        small_bytes: Files up to this size are opened by the worker that parses them, several at
            a time. Larger ones are read by one process and parsed by all, or cut into ranges.
        small_packed_bytes: The same for a compressed file, which becomes some ten times as large.
        submitted_bytes: Small files of about this size together are one request: enough that the
            pipe to a worker costs nothing, little enough that all workers have something to do.
        submitted_files: A request has no more small files than this, however small they are.
        streamed_bytes: Documents of a larger file are handed over about this many bytes at a time.
        parallel_bytes: Uploads of this size together are worth starting other processes for, each
            of which takes about a third of a second to begin.
        range_bytes: A large file of lines is cut into ranges of this size, which take a worker
            about half a second each.
        batch_bytes: Documents of this size become one batch of rows of ODS, compressed at once.
        held_bytes: Rows on their way to the engine stay in memory up to this size.
        held_table_bytes: When they exceed it, tables smaller than this stay in memory all the same:
            a file for each would cost more than it frees.
        replay_bytes: ODS files of this size, compressed, are worth starting processes for.
        entity_range_bytes: Staged rows larger than this are published one range of entities after
            the other, so that memory follows the range and not the run.
        executor_small_bytes: On executors, files up to this size are read whole, several at a time.
        executor_opened_bytes: Small files of this size together are held at once there.
        task_bytes: A task has no more small files than this, so that one that fails is soon redone.
        task_file_bytes: What opening a file costs, as bytes that are read in the same time.
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
