"""What a worker can be asked to do: each request knows its answer's type, and pickles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

from firmograph.ingest.exchange import BatchResult, FileScan, FoundDocument, SourceFile
from firmograph.sources.names import Upload
from firmograph.sources.ranges import Range
from firmograph.staging.spill import Spilled

if TYPE_CHECKING:
    from firmograph.ingest.worker import Worker


class Discards(Protocol):
    """What every worker can do."""

    def discard(self) -> None:
        """Throws away everything that is not finished."""


W = TypeVar("W", bound=Discards)
A = TypeVar("A")


class Request(Generic[W, A]):
    """A request to a worker of type `W`, answered by an `A`.

    Attributes:
        load: how much of a worker's queue it fills.
        held: by how much it changes the number of answers a worker waits for.
    """

    load: ClassVar[int] = 1
    held: ClassVar[int] = 0

    def apply(self, worker: W) -> A:
        """Has it done."""
        raise NotImplementedError


@dataclass(frozen=True)
class OpenFiles(Request["Worker", list[FileScan]]):
    """Open small files, and hold their documents until `KeepFiles` says what becomes of them."""

    files: Sequence[Upload]
    held: ClassVar[int] = 1

    def apply(self, worker: "Worker") -> list[FileScan]:
        """Has it done."""
        return worker.open(self.files)


@dataclass(frozen=True)
class KeepFiles(Request["Worker", BatchResult]):
    """Parse the files opened first; each that is to be kept has its first `ingest_seq`."""

    first_seqs: Sequence[int | None]
    load: ClassVar[int] = 0
    held: ClassVar[int] = -1

    def apply(self, worker: "Worker") -> BatchResult:
        """Has it done."""
        return worker.keep(self.first_seqs)


@dataclass(frozen=True)
class ReadBatch(Request["Worker", BatchResult]):
    """Parse documents of one file that follow one another."""

    file: SourceFile
    first_seq: int
    documents: Sequence[FoundDocument]

    def apply(self, worker: "Worker") -> BatchResult:
        """Has it done."""
        return worker.read(self.file, self.first_seq, self.documents)


@dataclass(frozen=True)
class ReadLines(Request["Worker", BatchResult]):
    """Parse a range of a file that holds one document a line."""

    file: SourceFile
    first_seq: int
    lines: Range

    def apply(self, worker: "Worker") -> BatchResult:
        """Has it done."""
        return worker.read_lines(self.file, self.first_seq, self.lines)


@dataclass(frozen=True)
class Savepoint(Request["Worker", None]):
    """Keep what was read, whatever becomes of the next file."""

    def apply(self, worker: "Worker") -> None:
        """Has it done."""
        worker.savepoint()


@dataclass(frozen=True)
class Rollback(Request["Worker", None]):
    """Throw away what was read since the last savepoint."""

    def apply(self, worker: "Worker") -> None:
        """Has it done."""
        worker.rollback_to_savepoint()


@dataclass(frozen=True)
class Finish(Request["Worker", tuple[Spilled, dict[str, list[Any]]]]):
    """Give the staged rows and, by document type, the files of ODS to be committed."""

    def apply(self, worker: "Worker") -> tuple[Spilled, dict[str, list[Any]]]:
        """Has it done."""
        return worker.finish()


class Discarded:
    """The answer of a worker that has thrown everything away."""


@dataclass(frozen=True)
class Discard(Request[Discards, Discarded]):
    """Throw away everything that is not finished."""

    def apply(self, worker: Discards) -> Discarded:
        """Has it done."""
        worker.discard()
        return Discarded()
