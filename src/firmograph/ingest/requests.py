"""The requests to workers: each has the type of its answer, and pickles."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

from firmograph.ingest.exchange import BatchResult, FileScan, FoundDocument, SourceFile
from firmograph.sources.names import Upload
from firmograph.sources.ranges import Block, Range
from firmograph.staging.spill import Spilled

if TYPE_CHECKING:
    from firmograph.ingest.worker import Worker


class Discards(Protocol):
    """The method that every worker has."""

    def discard(self) -> None:
        """Discards unfinished work."""


W = TypeVar("W", bound=Discards)
A = TypeVar("A")


class Request(ABC, Generic[W, A]):
    """A request to a worker of type `W`, answered by an `A`.

    Attributes:
        load: how much it adds to the load of a worker while it is not answered.
        held: by how much it changes the number of groups of files that a worker holds open.
    """

    load: ClassVar[int] = 1
    held: ClassVar[int] = 0

    @abstractmethod
    def apply(self, worker: W) -> A:
        """Executes the request."""


@dataclass(frozen=True)
class OpenFiles(Request["Worker", list[FileScan]]):
    """Open small files, and hold their documents until the matching `KeepFiles`."""

    files: Sequence[Upload]
    held: ClassVar[int] = 1

    def apply(self, worker: "Worker") -> list[FileScan]:
        """Executes the request."""
        return worker.open(self.files)


@dataclass(frozen=True)
class KeepFiles(Request["Worker", BatchResult]):
    """Parse the files of the oldest `OpenFiles`, given the first `ingest_seq` of those to keep."""

    first_seqs: Sequence[int | None]
    load: ClassVar[int] = 0
    held: ClassVar[int] = -1

    def apply(self, worker: "Worker") -> BatchResult:
        """Executes the request."""
        return worker.keep(self.first_seqs)


@dataclass(frozen=True)
class ReadBatch(Request["Worker", BatchResult]):
    """Parse consecutive documents of one file."""

    file: SourceFile
    first_seq: int
    documents: Sequence[FoundDocument]

    def apply(self, worker: "Worker") -> BatchResult:
        """Executes the request."""
        return worker.read(self.file, self.first_seq, self.documents)


@dataclass(frozen=True)
class ReadLines(Request["Worker", BatchResult]):
    """Parse a part of a file with one document per line."""

    file: SourceFile
    first_seq: int
    lines: Range | Block

    def apply(self, worker: "Worker") -> BatchResult:
        """Executes the request."""
        return worker.read_lines(self.file, self.first_seq, self.lines)


@dataclass(frozen=True)
class Savepoint(Request["Worker", None]):
    """Keep what was read since the last savepoint."""

    def apply(self, worker: "Worker") -> None:
        """Executes the request."""
        worker.savepoint()


@dataclass(frozen=True)
class Rollback(Request["Worker", None]):
    """Discard what was read since the last savepoint."""

    def apply(self, worker: "Worker") -> None:
        """Executes the request."""
        worker.rollback_to_savepoint()


@dataclass(frozen=True)
class Finish(Request["Worker", tuple[Spilled, dict[str, list[Any]]]]):
    """Return the staged rows and, by document type, the files of ODS to commit."""

    def apply(self, worker: "Worker") -> tuple[Spilled, dict[str, list[Any]]]:
        """Executes the request."""
        return worker.finish()


class Discarded:
    """The answer to `Discard`."""


@dataclass(frozen=True)
class Discard(Request[Discards, Discarded]):
    """Discard unfinished work."""

    def apply(self, worker: Discards) -> Discarded:
        """Executes the request."""
        worker.discard()
        return Discarded()
