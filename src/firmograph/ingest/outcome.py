"""The outcome of an upload."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from firmograph.sources.names import File, Upload
from firmograph.sources.split import Refusal
from firmograph.storage.base import FileStamp, Storage


@dataclass(slots=True)
class FileOutcome(File):
    """The outcome of one upload.

    Attributes:
        folder: the storage of the upload.
        name: its name in that storage.
        status: ingested, duplicate, unreadable, unknown or deferred.
        sha256: of its bytes; None if it was not read.
        size: in bytes.
        document_count: documents kept in ODS.
        message: why, if it was not simply ingested.
        document_type: of its name; None for an unknown file.
        refusals: its parts that are not documents.
        stamp: the version that was read; None if it is not an upload.
        is_left_over: whether an interrupted run read it, so that ODS has its documents already.
        is_counted: whether the ledger has it already.
        is_repeated: whether its bytes came before, so that it may supersede another delivery.
        is_inaccessible: whether it is deferred since something keeps it from being read.
    """

    folder: Storage
    name: str
    status: str
    sha256: str | None = None
    size: int | None = None
    document_count: int = 0
    message: str | None = None
    document_type: str | None = None
    refusals: Sequence[Refusal] = ()
    stamp: FileStamp | None = None
    is_left_over: bool = False
    is_counted: bool = False
    is_repeated: bool = False
    is_inaccessible: bool = False

    @property
    def moves_late(self) -> bool:
        """Whether the file stays until the run is committed.

        All that a run decides on a file follows from ODS, unless parts of it are refused, or it
        repeats a delivery: that is published again if a rollback withdrew it.
        """
        return self.status == "duplicate" or bool(self.refusals)

    @property
    def is_in_ods(self) -> bool:
        """Whether ODS has all that the file holds, so that the file itself is not needed."""
        return self.status in ("ingested", "duplicate") and not self.refusals

    @classmethod
    def of(cls, file: File, status: str = "ingested", message: str | None = None) -> Self:
        """The outcome of a file before it is read."""
        found = cls(file.folder, file.name, status, message=message)
        if isinstance(file, Upload):
            found.document_type, found.stamp = file.document_type, file.stamp
        return found
