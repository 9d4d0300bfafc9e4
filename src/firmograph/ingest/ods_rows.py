"""The rows of ODS that a worker collects, by column: one object per row would cost more."""

from itertools import chain, repeat
from operator import attrgetter
from typing import Any

import pyarrow as pa

from firmograph.ingest.exchange import IngestContext, SourceFile
from firmograph.kernel.result import Result
from firmograph.lake.raw_data import encode_raw
from firmograph.lake.tables import ODS
from firmograph.staging.batches import DocumentRef

_OF_FILES = ("company_name", "file_name", "file_path", "file_sha256", "ref_date")
_facts = attrgetter("company_name", "file_name", "file_path", "sha256", "ref_date")
_OF_DOCUMENTS = (
    "document_id",
    "record_number",
    "source_timestamp",
    "entity_id",
    "page_number",
    "raw_encoding",
    "ingest_seq",
)


class OdsRows:
    """Collects rows of one table of ODS.

    Args:
        context: of the ingest.
    """

    def __init__(self, context: IngestContext) -> None:
        self._constants = {"load_timestamp": context.now, "run_id": context.run_id}
        self._clear()

    def __len__(self) -> int:
        return len(self._rows)

    def _clear(self) -> None:
        self._rows: list[tuple[Any, ...]] = []
        self._raws: list[bytes] = []
        self._files: list[SourceFile] = []
        self._counts: list[int] = []

    def add(
        self, file: SourceFile, ref: DocumentRef, raw: bytes, result: Result, page: int | None
    ) -> None:
        """Adds a document.

        Args:
            file: that holds it.
            ref: identifies it.
            raw: its bytes.
            result: what the kernel read.
            page: its page number.
        """
        text, encoding = encode_raw(raw)
        self._raws.append(text)
        number, time, entity = ref.record_number, result.source_timestamp, result.entity_id
        self._rows.append((ref.document_id, number, time, entity, page, encoding, ref.ingest_seq))
        if self._files and self._files[-1] is file:
            self._counts[-1] += 1
        else:
            self._files.append(file)
            self._counts.append(1)

    def take(self) -> pa.Table:
        """Returns the rows, and clears them."""
        # `encode_raw` has made sure that it is UTF-8, which Arrow would check again
        columns = {"raw_data": pa.array(self._raws, pa.binary()).view(pa.string())}
        for name, value in self._constants.items():
            columns[name] = pa.repeat(pa.scalar(value, _type(name)), len(self._rows))
        for name, values in zip(_OF_DOCUMENTS, zip(*self._rows, strict=True), strict=True):
            columns[name] = pa.array(values, _type(name))
        facts = map(_facts, self._files)
        for name, values in zip(_OF_FILES, zip(*facts, strict=True), strict=True):
            columns[name] = self._repeated(pa.array(values, _type(name)))
        self._clear()
        return pa.Table.from_arrays([columns[n] for n in ODS.schema.names], schema=ODS.schema)

    def _repeated(self, values: pa.Array) -> pa.Array:
        """Repeats the value of each file for each of its documents."""
        if len(values) == len(self._rows):
            return values
        if len(values) == 1:
            return pa.repeat(values[0], len(self._rows))
        places = chain.from_iterable(map(repeat, range(len(values)), self._counts))
        return values.take(pa.array(places, pa.int32()))


def _type(name: str) -> pa.DataType:
    return ODS.schema.field(name).type
