"""ODS: each document is kept as received, for ever."""

import base64
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from firmograph.contract.delivery import page_facts
from firmograph.contract.kernel import Kernel
from firmograph.contract.reading import Reading, Violation
from firmograph.engine.base import Appender, Engine
from firmograph.intake.folders import relative, was_moved
from firmograph.intake.names import Unknown, Upload, readable
from firmograph.intake.split import RawDocument, Refusal, Unreadable
from firmograph.intake.uploads import Deferred, OpenUpload, open_upload
from firmograph.layers.ods_reading import KnownFiles, Unsettled, last_seq
from firmograph.staging import DocumentRef, Staging
from firmograph.tables import ODS_TABLES

FLUSH_BYTES = 32 << 20


class _Found(NamedTuple):
    """A document found in an upload."""

    ref: DocumentRef
    part: RawDocument
    reading: Reading


@dataclass
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


class Ingest:
    """One run's way from uploads to ODS.

    Args:
        engine: where ODS lives.
        kernels: by document type.
        staging: readings go there too, so that no document is read twice in a run.
        known: files already in ODS.
        max_document_bytes: a file with a larger document is unreadable.
        root: paths are kept relative to it.
        processed: folder of the files taken in.
    """

    def __init__(
        self,
        engine: Engine,
        kernels: Mapping[str, Kernel],
        staging: Staging,
        known: KnownFiles,
        *,
        max_document_bytes: int,
        root: Path,
        processed: Path,
    ) -> None:
        self._lake = engine.lake
        self._kernels = kernels
        self._staging = staging
        self._known = known
        self._seq = last_seq(engine) + 1
        self._stamp = engine.stamp
        self._limit = max_document_bytes
        self._root = root
        self._processed = processed
        self._appenders: dict[str, Appender] = {
            kind: engine.appender(name) for kind, name in ODS_TABLES.items()
        }
        self._rows: list[dict[str, Any]] = []
        self._row_bytes = 0
        self._kind = ""
        self._first_seq = self._seq
        self._is_large = False

    def run(
        self, files: Iterable[Upload | Unknown], tell: Callable[[FileOutcome], None]
    ) -> list[FileOutcome]:
        """Reads all files and commits their documents, one act a table."""
        outcomes = []
        try:
            for file in files:
                outcome = self._file(file)
                outcomes.append(outcome)
                tell(outcome)
            self._flush()
            for appender in self._appenders.values():
                appender.commit()
        except BaseException:
            for appender in self._appenders.values():
                appender.discard()
            raise
        return outcomes

    def _file(self, file: Upload | Unknown) -> FileOutcome:
        if isinstance(file, Unknown):
            return FileOutcome(file.path, file.file_name, "unknown", message=file.reason)
        self._first_seq, self._is_large = self._seq, False
        outcome = FileOutcome(file.path, file.file_name, "ingested")
        outcome.document_type = file.document_type
        self._turn_to(file.document_type)
        try:
            with open_upload(file) as opened:
                outcome.sha256, outcome.size = opened.sha256, opened.size
                if self._is_known(opened, outcome):
                    return outcome
                found = self._documents(opened, outcome)
        except Deferred as reason:
            self._take_back()
            return FileOutcome(file.path, file.file_name, "deferred", message=str(reason))
        except Unreadable as error:
            self._take_back()
            outcome.document_count = 0
            outcome.refusals = [error.refusal]
        else:
            self._keep(opened, found)
            if self._is_large:
                self._seal()
        self._settle(file, outcome)
        return outcome

    def _settle(self, file: Upload, outcome: FileOutcome) -> None:
        """Decides whether a file that was read to its end held documents, and stages refusals."""
        if not outcome.document_count:
            outcome.status = "unreadable"
            if not outcome.refusals:
                outcome.refusals = [Refusal("empty", "the file holds no document")]
            outcome.message = "; ".join(refusal.reason for refusal in outcome.refusals)
        else:
            self._known.settled.add(outcome.sha256 or "")
        ref = DocumentRef(file.document_type, 0, outcome.sha256 or "", file.file_name, 0)
        for refusal in outcome.refusals:
            violation = Violation(refusal.rule, "$", refusal.part, refusal.reason)
            self._staging.refuse(ref, None, "file", [violation])

    def _is_known(self, opened: OpenUpload, outcome: FileOutcome) -> bool:
        """Whether ODS holds the file's bytes; what an ended run left behind is finished now."""
        left = self._known.unsettled.pop(opened.sha256, None)
        if left is not None:
            self._known.settled.add(opened.sha256)
            if self._was_left(opened, outcome, left):
                outcome.document_count = left.document_count
                outcome.message = "read by a run that ended early; finished now"
                self._settle(opened.upload, outcome)
                return True
        if opened.sha256 not in self._known.settled:
            return False
        outcome.status = "duplicate"
        outcome.message = "its bytes are in ODS already"
        outcome.refusals = []
        return True

    def _was_left(self, opened: OpenUpload, outcome: FileOutcome, left: Unsettled) -> bool:
        """Whether an ended run took the file in and did not move it.

        A file moves before its documents are published, one with refusals after.
        """
        file = opened.upload
        if left.file_name != file.file_name:
            return False
        if was_moved(file.path, self._processed, opened.sha256):
            return False
        parts = opened.documents(self._limit)
        outcome.refusals = [part for part in parts if isinstance(part, Refusal)]
        return bool(outcome.refusals) or not left.is_published

    def _documents(self, opened: OpenUpload, outcome: FileOutcome) -> list[_Found]:
        """Reads a file's documents; all but the last of a large file's go on to ODS at once.

        A large file's rows are sealed apart, since it may turn out not to be whole.
        """
        file = opened.upload
        kernel = self._kernels[file.document_type]
        found: list[_Found] = []
        held = 0
        for part in opened.documents(self._limit):
            if isinstance(part, Refusal):
                outcome.refusals.append(part)
                continue
            reading = kernel.read(part.raw, file.ref_time, self._stamp.now)
            document_id = hashlib.sha256(part.raw).hexdigest()
            names = (document_id, file.file_name, part.record_number, file.page)
            found.append(_Found(DocumentRef(file.document_type, self._seq, *names), part, reading))
            self._seq += 1
            outcome.document_count += 1
            held += len(part.raw)
            if held > FLUSH_BYTES:
                if not self._is_large:
                    self._seal()
                self._is_large = True
                self._keep(opened, found)
                self._flush()
                found, held = [], 0
        return found

    def _keep(self, opened: OpenUpload, found: Iterable[_Found]) -> None:
        file = opened.upload
        path = relative(file.path, self._root)
        for ref, part, reading in found:
            text, encoding = _as_text(part.raw)
            self._staging.add(ref, reading)
            self._rows.append(
                {
                    "company_name": file.company_name,
                    "file_name": file.file_name,
                    "file_path": readable(path),
                    "raw_data": text,
                    "load_timestamp": self._stamp.now,
                    "document_id": ref.document_id,
                    "file_sha256": opened.sha256,
                    "record_number": ref.record_number,
                    "ref_date": file.ref_date,
                    "source_timestamp": reading.source_timestamp,
                    "entity_id": reading.entity_id,
                    "page_number": _page_number(
                        self._kernels[ref.document_type], reading, file.page
                    ),
                    "raw_encoding": encoding,
                    "run_id": self._stamp.run_id,
                    "ingest_seq": ref.ingest_seq,
                }
            )
            self._row_bytes += len(part.raw)
        if self._row_bytes > FLUSH_BYTES:
            self._flush()

    def _turn_to(self, kind: str) -> None:
        if kind != self._kind:
            self._flush()
            self._kind = kind

    def _flush(self) -> None:
        if self._rows:
            schema = self._lake.specs[ODS_TABLES[self._kind]].schema
            self._appenders[self._kind].write(pa.Table.from_pylist(self._rows, schema=schema))
            self._rows, self._row_bytes = [], 0

    def _seal(self) -> None:
        self._flush()
        self._appenders[self._kind].seal()

    def _take_back(self) -> None:
        """Forgets a file that turned out not to be whole."""
        if self._is_large:
            self._rows, self._row_bytes = [], 0
            self._appenders[self._kind].unseal()
            self._staging.discard_from(self._first_seq)
        self._seq = self._first_seq


def _page_number(kernel: Kernel, reading: Reading, file_page: int | None) -> int | None:
    if kernel.contract.delivery is None or not reading.rows:
        return file_page
    return page_facts(reading.rows[-1][0], file_page).page_number


def _as_text(raw: bytes) -> tuple[str, str]:
    try:
        return raw.decode(), "utf-8"
    except UnicodeDecodeError:
        return base64.b64encode(raw).decode(), "base64"
