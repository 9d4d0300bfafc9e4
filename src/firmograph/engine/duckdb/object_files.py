"""Serves DuckDB the files of tables that are in a bucket.

Files of a table never change, so what was read stays valid. DuckDB opens a file anew for each query
and reads its end first, then a range for each column of each row group. So small files, the ends
of large ones, and pieces around short ranges are kept.
"""

import io
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Lock, local
from typing import Any

from fsspec import AbstractFileSystem

from firmograph.lake.files import TableFile
from firmograph.storage.errors import BucketError

WHOLE_BYTES = 1 << 20
"""Files up to this size are read whole."""
END_BYTES = 256 << 10
"""So much of the end of a larger file is kept, which holds its footer as a rule."""
PIECE_BYTES = 128 << 10
"""The columns of one row group that runs ask for lie next to each other, in a piece or two."""
KEPT_BYTES = 64 << 20
"""How much is kept at most."""
READ_AT_ONCE = 16
Place = tuple[int, int]
"""Where a piece of a file begins and ends."""


class ObjectFiles(AbstractFileSystem):  # type: ignore[misc]
    """Serves DuckDB the files that were added, and no others; nothing is looked up or listed."""

    protocol = "lake"
    cachable = False

    def __init__(self) -> None:
        super().__init__()
        self._files: dict[str, TableFile] = {}
        self._kept = _Kept()

    def add(self, file: TableFile) -> str:
        """Adds a file; returns the url by which DuckDB knows it."""
        key = f"{file.table.url.replace('://', '/')}/{file.name}"
        self._files[key] = file
        return f"{self.protocol}://{key}"

    def check(self) -> None:
        """Raises what kept DuckDB from reading a file, if that was the bucket."""
        if failure := self._kept.take_failure():
            raise failure

    def fetch(self, files: Sequence[TableFile]) -> None:
        """Reads small files, and the ends of large ones, side by side before DuckDB asks."""
        absent = [file for file in files if file.size and not self._kept.has(file)]
        if len(absent) > 1:
            with ThreadPoolExecutor(min(READ_AT_ONCE, len(absent)), "files") as threads:
                list(threads.map(self._kept.fetch, absent))

    def _key(self, path: Any) -> str:
        return str(path).removeprefix(f"{self.protocol}://")

    def _file(self, path: Any) -> TableFile:
        key = self._key(path)
        try:
            return self._files[key]
        except KeyError:
            raise FileNotFoundError(f"{self.protocol}://{key}") from None

    def glob(self, path: str, **_: Any) -> list[str]:
        """The one file that a path with its wildcards escaped names."""
        key = self._key(path)
        return [known for known in (key, _unescaped(key)) if known in self._files][:1]

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        """Size and kind, as the log of the table tells them."""
        return {"name": self._key(path), "size": self._file(path).size, "type": "file"}

    def exists(self, path: str, **_: Any) -> bool:
        """Whether the file was added."""
        return self._key(path) in self._files

    def isfile(self, path: str) -> bool:
        """Whether the file was added."""
        return self.exists(path)

    def modified(self, path: str) -> datetime:  # noqa: ARG002 - files never change
        """One time for all."""
        return datetime(2000, 1, 1, tzinfo=UTC)

    def _open(self, path: str, mode: str = "rb", **_: Any) -> io.BufferedIOBase:
        if mode != "rb":
            raise PermissionError(f"{path} is read-only")
        return _Content(self._file(path), self._kept)


def _unescaped(pattern: str) -> str:
    """A path from the pattern that matches it alone."""
    for special in "*?[":
        pattern = pattern.replace(f"[{special}]", special)
    return pattern


class _Kept:
    """Pieces of files in memory, the last used up to `KEPT_BYTES`."""

    def __init__(self) -> None:
        self._pieces: OrderedDict[tuple[str, str, int], bytes] = OrderedDict()
        self._size = 0
        self._failure: BucketError | None = None
        self._lock = Lock()
        self._loading = defaultdict[tuple[str, str, int], Lock](Lock)

    def has(self, file: TableFile) -> bool:
        """Whether the end of a file is there."""
        return (file.table.url, file.name, _first(file)) in self._pieces

    def fetch(self, file: TableFile) -> None:
        """Reads the end of a file, or a whole small file."""
        self._read(file, _first(file), file.size)

    def read(self, file: TableFile, start: int, end: int) -> bytes:
        """Bytes of a file, from memory if they are there."""
        try:
            return self._read(file, start, end)
        except BucketError as error:  # DuckDB makes a text of it
            self._failure = error
            raise

    def take_failure(self) -> BucketError | None:
        """Why a bucket could not be read, if it could not; told once."""
        failure, self._failure = self._failure, None
        return failure

    def _read(self, file: TableFile, start: int, end: int) -> bytes:
        if start < _first(file) and end - start > PIECE_BYTES:
            return file.table.read(file.name, start=start, end=end)
        places = list(_pieces(file, start, end))
        found = {place: self._get(file, place) for place in places}
        absent = [place for place in places if found[place] is None]
        if absent:
            with self._lock:
                loading = self._loading[file.table.url, file.name, absent[0][0]]
            with loading:  # another thread may be asking for the same
                found |= self._load(file, absent)
        offset = places[0][0] if places else start
        return b"".join(found[place] or b"" for place in places)[start - offset : end - offset]

    def _load(self, file: TableFile, places: Sequence[Place]) -> dict[Place, bytes | None]:
        """Reads pieces that follow one another by one request, unless they came meanwhile."""
        found = {place: self._get(file, place) for place in places}
        absent = [place for place in places if found[place] is None]
        if absent:
            low, high = absent[0][0], absent[-1][1]
            data = file.table.read(file.name, start=low, end=high)
            for first, last in absent:
                piece = found[first, last] = data[first - low : last - low]
                self._keep(file, first, piece)
        return found

    def _get(self, file: TableFile, place: Place) -> bytes | None:
        key = (file.table.url, file.name, place[0])
        with self._lock:
            if key in self._pieces:
                self._pieces.move_to_end(key)
            return self._pieces.get(key)

    def _keep(self, file: TableFile, first: int, piece: bytes) -> None:
        key = (file.table.url, file.name, first)
        with self._lock:
            self._size += len(piece) - len(self._pieces.get(key, b""))
            self._pieces[key] = piece
            while self._size > KEPT_BYTES and len(self._pieces) > 1:
                oldest, dropped = self._pieces.popitem(last=False)
                self._size -= len(dropped)
                self._loading.pop(oldest, None)


def _first(file: TableFile) -> int:
    """Where the last piece of a file begins, which for a small file is all of it."""
    return 0 if file.size <= WHOLE_BYTES else file.size - END_BYTES


def _pieces(file: TableFile, start: int, end: int) -> Iterator[Place]:
    """Yields where the pieces begin and end that hold a range of a file."""
    last = _first(file)
    while start < end:
        first = start // PIECE_BYTES * PIECE_BYTES
        piece = (first, min(first + PIECE_BYTES, last)) if start < last else (last, file.size)
        yield piece
        start = piece[1]


class _Content(io.BufferedIOBase):
    """An open file, with a place for each thread: DuckDB's threads seek and read in one at once."""

    def __init__(self, file: TableFile, kept: _Kept) -> None:
        self._file = file
        self._kept = kept
        self._own = local()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    @property
    def _place(self) -> int:
        return getattr(self._own, "place", 0)

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        begin = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._file.size}[whence]
        self._own.place = begin + offset
        return self._place

    def read(self, size: int | None = -1) -> bytes:
        end = self._file.size if size is None or size < 0 else self._place + size
        data = self._kept.read(self._file, self._place, min(end, self._file.size))
        self._own.place = self._place + len(data)
        return data
