"""File names: what an upload says about itself."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from firmograph.storage.base import Storage

_NAME = re.compile(
    r"(?P<company>.+)_(?:(?P<blocks>data_blocks)|(?P<tree>family_tree))_(?P<date>[0-9]{8})"
    r"(?:_(?P<page>[0-9]{1,6}))?"
    r"(?:\.(?P<lines>jsonl|ndjson)|\.json|(?P<zip>\.zip))(?P<gz>(?<!\.zip)\.gz)?",
    re.IGNORECASE | re.DOTALL,
)
_IGNORED = re.compile(r"\..*|.*\.(?:part|tmp)", re.IGNORECASE | re.DOTALL)
EXPECTED = (
    "<company>_data_blocks_<yyyymmdd> or <company>_family_tree_<yyyymmdd>[_<page>], "
    "then .json, .jsonl or .ndjson, each also .gz, or .zip"
)


class File:
    """A file of the upload folder; a drop may have many, so each is kept small.

    Attributes:
        folder: where it lies.
        name: its name as the storage has it.
    """

    __slots__ = ()
    folder: Storage
    name: str

    @property
    def location(self) -> str:
        """The folder's url, and its name."""
        return f"{self.folder.url}/{self.name}"

    @property
    def file_name(self) -> str:
        """Its name as text; bytes that are not UTF-8 are shown as escapes."""
        return readable(self.name)


@dataclass(frozen=True, slots=True)
class Upload(File):
    """A file whose name we know.

    Attributes:
        company_name: what stands before the document type.
        document_type: ``data_blocks`` or ``family_tree``.
        ref_date: the date in the name.
        page: the page in the name of a family tree.
        is_lines: whether the name promises one document a line.
        is_gzip: whether the content is compressed.
        is_zip: whether the content is an archive.
        size: in bytes, when the folder was listed.
    """

    folder: Storage
    name: str
    company_name: str
    document_type: str
    ref_date: date
    page: int | None = None
    is_lines: bool = False
    is_gzip: bool = False
    is_zip: bool = False
    size: int = 0

    def __reduce__(self) -> tuple[Any, ...]:
        return recognise, (self.folder, self.name, self.size)

    @property
    def ref_time(self) -> datetime:
        """The start of the date in the name, UTC."""
        return datetime.combine(self.ref_date, time(), UTC)


@dataclass(frozen=True, slots=True)
class Unknown(File):
    """A file that is none of ours, and why."""

    folder: Storage
    name: str
    reason: str


def readable(name: str) -> str:
    """A file name as text that can be stored; bytes that are not UTF-8 become escapes."""
    if name.isascii():
        return name
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def is_ignored(name: str) -> bool:
    """Whether a file is hidden or still being written: dot files, ``.part``, ``.tmp``."""
    return _IGNORED.fullmatch(name) is not None


def recognise(folder: Storage, name: str, size: int = 0) -> Upload | Unknown:
    """Parses a file's name from the right, since companies may contain anything."""
    match = _NAME.fullmatch(readable(name))
    if match is None or (match["page"] and match["blocks"]):
        return Unknown(folder, name, f"the name is not {EXPECTED}")
    digits = match["date"]
    try:
        ref_date = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return Unknown(folder, name, f"the date {digits} in the name does not exist")
    return Upload(
        folder=folder,
        name=name,
        company_name=match["company"],
        document_type="data_blocks" if match["blocks"] else "family_tree",
        ref_date=ref_date,
        page=int(match["page"]) if match["page"] else None,
        is_lines=match["lines"] is not None,
        is_gzip=match["gz"] is not None,
        is_zip=match["zip"] is not None,
        size=size,
    )
