"""What became of an upload."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from firmograph.intake.names import Upload
from firmograph.intake.split import Refusal


@dataclass(slots=True)
class FileOutcome:
    """What became of one upload.

    Attributes:
        path: where the upload lies.
        file_name: its name.
        status: ingested, duplicate, unreadable, unknown or deferred.
        sha256: of its bytes; None where it was not read.
        size: in bytes.
        document_count: documents kept in ODS.
        message: why, where it was not ingested.
        refusals: parts that held no document.
    """

    path: Path
    file_name: str
    status: str
    sha256: str | None = None
    size: int | None = None
    document_count: int = 0
    message: str | None = None
    document_type: str | None = None
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def moves_late(self) -> bool:
        """Whether the file stays until its refusals are published."""
        return self.status in ("ingested", "unreadable") and bool(self.refusals)

    @classmethod
    def of(cls, file: Upload) -> Self:
        """An upload that is ingested, unless something else turns out."""
        return cls(file.path, file.file_name, "ingested", document_type=file.document_type)
