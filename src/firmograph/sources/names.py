"""Parses the file names of uploads."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from firmograph.contract.model import Assembly, Contract
from firmograph.storage.base import FileStamp, Storage

_ENDINGS = ".json, .jsonl or .ndjson, each also .gz or .gzip, or .zip"
_COPY = r"(?: ?\([0-9]{1,4}\)| - copy(?: \([0-9]{1,4}\))?| copy(?: [0-9]{1,4})?)?"
"""What browsers and desktops add to the name of a second copy, such as `` (1)``."""
_NAME_END = (
    rf"_(?P<date>[0-9]{{8}})(?:_(?P<page>[0-9]{{1,6}}))?{_COPY}"
    rf"(?:\.(?P<lines>jsonl|ndjson)|\.json|(?P<zip>\.zip)){_COPY}(?P<gz>(?<!\.zip)\.gz(?:ip)?)?"
)
_PAGE_IN_NAME = re.compile(f".+{_NAME_END}", re.IGNORECASE | re.DOTALL)


class File:
    """A file of the upload folder; small in memory, since there may be many.

    Attributes:
        folder: the storage that holds it.
        name: its name in that storage.
    """

    __slots__ = ()
    folder: Storage
    name: str

    @property
    def location(self) -> str:
        """The url of the folder, and the name."""
        return f"{self.folder.url}/{self.name}"

    @property
    def file_name(self) -> str:
        """Its name as text; bytes that are not UTF-8 are shown as escapes."""
        return readable(self.name)


@dataclass(frozen=True, slots=True)
class Upload(File):
    """A file whose name matches a document type.

    Attributes:
        company_name: what precedes the file token.
        document_type: the type whose file token is in the name.
        ref_date: the date in the name.
        page: the page number in the name, only of a type that comes in pages.
        is_lines: whether the name promises one document a line.
        is_gzip: whether the content is compressed.
        is_zip: whether the content is an archive.
        stamp: the version that was listed.
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
    stamp: FileStamp | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        # values without their names: many files may be sent to other processes
        return Upload, (
            self.folder,
            self.name,
            self.company_name,
            self.document_type,
            self.ref_date,
            self.page,
            self.is_lines,
            self.is_gzip,
            self.is_zip,
            self.stamp,
        )

    @property
    def size(self) -> int:
        """In bytes, when it was listed."""
        return self.stamp.size if self.stamp else 0

    @property
    def meaning(self) -> tuple[Any, ...]:
        """What its name says about how its bytes are read, apart from the date."""
        return self.document_type, self.is_gzip, self.is_zip, self.page

    @property
    def ref_time(self) -> datetime:
        """The start of the date in the name, UTC."""
        return datetime.combine(self.ref_date, time(), UTC)


@dataclass(frozen=True, slots=True)
class Unknown(File):
    """A file whose name matches no document type, and why."""

    folder: Storage
    name: str
    reason: str


def readable(name: str) -> str:
    """A file name as text that can be stored; bytes that are not UTF-8 become escapes."""
    if name.isascii():
        return name
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def page_in_name(file_name: str) -> int | None:
    """The page number in the name of an upload; None if there is none."""
    match = _PAGE_IN_NAME.fullmatch(file_name)
    return int(match["page"]) if match and match["page"] else None


class FileNames:
    """How the files of each document type are named.

    Args:
        contracts: of all document types; no file token ends with another.
    """

    def __init__(self, contracts: Iterable[Contract]) -> None:
        self._contracts = {contract.file_token: contract for contract in contracts}
        tokens = "|".join(map(re.escape, self._contracts))
        self._pattern = re.compile(
            f"(?P<company>.+)_(?P<token>(?a:{tokens})){_NAME_END}", re.IGNORECASE | re.DOTALL
        )

    @property
    def expected(self) -> str:
        """The allowed names, in words."""
        names = [
            f"<company>_{token}_<yyyymmdd>{'[_<page>]' if _has_pages(contract) else ''}"
            for token, contract in self._contracts.items()
        ]
        return f"{' or '.join(names)}, then {_ENDINGS}"

    def contract_of(self, name: str) -> Contract | None:
        """The contract of a file's documents, by its name; None if no name of a type is like it."""
        match = self._pattern.fullmatch(readable(name))
        return self._contracts[match["token"].lower()] if match else None

    def recognise(
        self, folder: Storage, name: str, stamp: FileStamp | None = None
    ) -> Upload | Unknown:
        """Parses a file's name from the right, since company names may contain anything."""
        match = self._pattern.fullmatch(readable(name))
        contract = self._contracts[match["token"].lower()] if match else None
        if match is None or contract is None or (match["page"] and not _has_pages(contract)):
            return Unknown(folder, name, f"the name is not {self.expected}")
        digits = match["date"]
        try:
            ref_date = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        except ValueError:
            return Unknown(folder, name, f"the date {digits} in the name does not exist")
        return Upload(
            folder=folder,
            name=name,
            company_name=match["company"],
            document_type=contract.name,
            ref_date=ref_date,
            page=int(match["page"]) if match["page"] else None,
            is_lines=match["lines"] is not None,
            is_gzip=match["gz"] is not None,
            is_zip=match["zip"] is not None,
            stamp=stamp,
        )


def _has_pages(contract: Contract) -> bool:
    return contract.assembly is Assembly.PAGES
