"""What became of an upload."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from firmograph.sources.names import File, Upload
from firmograph.sources.split import Refusal
from firmograph.storage.base import Storage


@dataclass(slots=True)
class FileOutcome(File):
    """What became of one upload.

    Attributes:
        folder: where the upload lies.
        name: its name as the storage has it.
        status: ingested, duplicate, unreadable, unknown or deferred.
        sha256: of its bytes; None where it was not read.
        size: in bytes.
        document_count: documents kept in ODS.
        message: why, where it was not ingested.
        refusals: parts that held no document.
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

    @property
    def moves_late(self) -> bool:
        """Whether the file stays until its refusals are published."""
        return self.status in ("ingested", "unreadable") and bool(self.refusals)

    @classmethod
    def of(cls, file: File, status: str = "ingested", message: str | None = None) -> Self:
        """An upload that is ingested, unless something else turns out."""
        kind = file.document_type if isinstance(file, Upload) else None
        return cls(file.folder, file.name, status, message=message, document_type=kind)
