"""Archives for tests: zips whose members are valid, invalid, or broken on purpose."""

import gzip
import io
import zipfile
from datetime import date
from pathlib import Path

from firmograph.sources.names import Upload
from firmograph.sources.split import RawDocument, Refusal
from firmograph.sources.uploads import OpenUpload
from firmograph.storage.local import LocalStorage

_LOCAL, _CENTRAL = b"PK\x03\x04", b"PK\x01\x02"


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """A zip of members by name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return buffer.getvalue()


def with_header(archive: bytes, offset: int, field: bytes) -> bytes:
    """A zip of one member with one header field changed, in both places where it occurs.

    Args:
        archive: the zip.
        offset: of the field in the local header; in the central one it is two bytes later.
        field: its new bytes.
    """
    changed = bytearray(archive)
    for start in (archive.index(_LOCAL) + offset, archive.index(_CENTRAL) + offset + 2):
        changed[start : start + len(field)] = field
    return bytes(changed)


def documents(
    content: bytes, *, is_zip: bool = False, is_gzip: bool = False, limit: int = 1 << 28
) -> list[RawDocument | Refusal]:
    """Reads bytes as the content of an upload."""
    upload = Upload(
        folder=LocalStorage(Path()),
        name="x",
        company_name="x",
        document_type="data_blocks",
        ref_date=date(2026, 3, 1),
        is_zip=is_zip,
        is_gzip=is_gzip,
    )
    opened = OpenUpload(upload, "", len(content), io.BytesIO(content))
    return list(opened.documents(limit))


def refused_parts(found: list[RawDocument | Refusal]) -> list[tuple[str, str | None]]:
    """Rule and member of each refusal."""
    return [(part.rule, part.part) for part in found if isinstance(part, Refusal)]


def raws(found: list[RawDocument | Refusal]) -> list[tuple[int, bytes]]:
    """Number and bytes of each document."""
    return [(part.record_number, part.raw) for part in found if isinstance(part, RawDocument)]


def squeeze(data: bytes, level: int = 9) -> bytes:
    """Gzip without a timestamp, so that a test's content is the same in every process."""
    return gzip.compress(data, level, mtime=0)
