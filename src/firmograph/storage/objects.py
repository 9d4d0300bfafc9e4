"""The storage in a bucket: below a prefix on S3, or a store like it, or on Cloud Storage."""

import io
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import obstore

from firmograph.storage.across import side_by_side
from firmograph.storage.base import Entry, FileStamp, Hold, Listing, Moves, OpenFile, Storage
from firmograph.storage.errors import Changed, Gone
from firmograph.storage.lease import Lease, hold_lease
from firmograph.storage.object_client import (
    Client,
    Settings,
    check_settings,
    connect,
    split_url,
    stamp_of,
)
from firmograph.storage.object_errors import DELETE, LIST, READ, BeyondEnd, ImpossibleName, told
from firmograph.storage.object_file import FIRST_BYTES, ObjectReader
from firmograph.storage.object_moves import move_across, move_within
from firmograph.storage.object_stamps import listed_stamps
from firmograph.storage.object_writes import write, write_if_absent

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class ObjectStorage:
    """The objects below a prefix of a bucket; see `Storage`. Holds no credentials.

    Attributes:
        url: ``s3://bucket/prefix`` or ``gs://bucket/prefix``, without a slash at the end.
        settings: of the client, by obstore's names, such as ``region``; none of them a credential.
        lease_seconds: how long the lock outlives a killed process.
        scratch: a folder of this machine for unfinished files.
    """

    url: str
    settings: Settings = ()
    lease_seconds: float = 60.0
    scratch: Path = Path(".spill")

    def __post_init__(self) -> None:
        split_url(self.url)
        check_settings(self.settings)

    @property
    def options(self) -> Mapping[str, str]:
        """The settings; deltalake takes credentials from the environment, too."""
        return dict(self.settings)

    @property
    def is_local(self) -> bool:
        """False."""
        return False

    def __truediv__(self, name: str) -> Self:
        return replace(self, url=f"{self.url}/{name}")

    @property
    def bucket(self) -> tuple[str, str, Settings]:
        """What tells it from other buckets."""
        return (*split_url(self.url)[:2], self.settings)

    @property
    def client(self) -> Client:
        """The client of the bucket."""
        scheme, bucket, _ = split_url(self.url)
        return connect(scheme, bucket, self.settings)

    def key(self, name: str) -> str:
        """The name that a file has in the bucket; what is impossible there is written as escapes.

        Files of a folder may have control characters in their names, or bytes that are not UTF-8.
        """
        prefix = split_url(self.url)[2]
        if not name.isprintable():
            raw = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            name = _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", raw)
        return f"{prefix}/{name}" if prefix else name

    def files(self) -> Iterator[Entry]:
        """Lists the objects directly below the prefix; there is no folder that could be missing."""
        yield from self.listing().files

    def folders(self) -> list[str]:
        """Lists the prefixes directly below."""
        return self.listing().folders

    def listing(self) -> Listing:
        """Lists the objects and the prefixes directly below."""
        start = len(self.key(""))
        with told(self.url, LIST):
            found = obstore.list_with_delimiter(self.client, self.key("") or None)
        files = [Entry(one["path"][start:], stamp_of(one)) for one in found["objects"]]
        return Listing(
            [entry for entry in files if entry.name],
            sorted(path[start:] for path in found["common_prefixes"]),
        )

    def read(
        self,
        name: str,
        *,
        expected: FileStamp | None = None,
        at_rest: bool = False,  # noqa: ARG002 - an object always is
        start: int = 0,
        end: int | None = None,
    ) -> bytes:
        """Reads an object or a part of it by one request."""
        return self._get(name, expected, start, end)[0]

    @contextmanager
    def open(
        self,
        name: str,
        *,
        expected: FileStamp | None = None,
        at_rest: bool = False,  # noqa: ARG002 - an object always is
    ) -> Iterator[OpenFile]:
        """Opens an object; its first part is read at once, others when they are asked for."""
        first, stamp = self._get(name, expected, 0, FIRST_BYTES)

        def read(start: int, end: int) -> bytes:
            return self._get(name, stamp, start, end)[0]

        reader = ObjectReader(first, stamp.size, read)
        with io.BufferedReader(reader) as content:
            try:
                yield OpenFile(content, stamp)
            finally:
                reader.check()

    def stamps(self, names: Iterable[str]) -> dict[str, FileStamp]:
        """Lists the objects if they are many, as long as that pays, and asks for each other one."""
        wanted = list(names)
        found, rest = listed_stamps(self.client, self.key(""), self.url, wanted)
        found |= zip(rest, side_by_side(self._stamp, rest), strict=True)
        return {name: stamp for name in wanted if (stamp := found.get(name)) is not None}

    def written_at(self, stamp: FileStamp) -> None:
        """None: an object appears once it is whole."""

    def fetch(self, name: str, target: Path) -> None:
        """Downloads an object."""
        with self.open(name) as file, target.open("wb") as copy:
            shutil.copyfileobj(file.content, copy, FIRST_BYTES)

    def put(self, name: str, source: Path | bytes) -> FileStamp:
        """Uploads an object, a large one in parts; it appears once it is whole."""
        return write(self.client, self.key(name), f"{self.url}/{name}", source)

    def put_if_absent(self, name: str, source: Path | bytes) -> FileStamp:
        """Uploads an object with If-None-Match."""
        return write_if_absent(self.client, self.key(name), f"{self.url}/{name}", source)

    def move(
        self,
        names: Iterable[str],
        target: Storage,
        expected: Mapping[str, FileStamp] | None = None,
    ) -> Moves:
        """Copies objects within the bucket, or by way of this machine, and deletes them here."""
        wanted = list(names)
        if not wanted:
            return Moves([], [])
        if isinstance(target, ObjectStorage) and self.bucket == target.bucket:
            return move_within(self, target, wanted, expected or {})
        return move_across(self, target, wanted, expected or {})

    def delete(self, names: Iterable[str]) -> None:
        """Deletes objects, on S3 a thousand by a request."""
        keys = [self.key(name) for name in names]
        if not keys:
            return
        if self.url.startswith("s3:"):
            with told(self.url, DELETE):
                obstore.delete(self.client, keys)
            return

        def delete(key: str) -> None:
            with suppress(Gone), told(self.url, DELETE):
                obstore.delete(self.client, key)

        side_by_side(delete, keys)

    def lock(self, holder: Mapping[str, str], wait_seconds: float) -> AbstractContextManager[Hold]:
        """Holds a lease; a killed process holds it until it expires."""
        scheme, bucket, _ = split_url(self.url)
        quick = connect(scheme, bucket, self.settings, timedelta(seconds=self.lease_seconds / 3))
        lease = Lease(self.client, self.key(""), self.url, holder, self.lease_seconds)
        return hold_lease(lease, wait_seconds, quick)

    def _stamp(self, name: str) -> FileStamp | None:
        try:
            with told(f"{self.url}/{name}", READ):
                return stamp_of(obstore.head(self.client, self.key(name)))
        except (Gone, ImpossibleName):
            return None

    def _get(
        self, name: str, expected: FileStamp | None, start: int, end: int | None
    ) -> tuple[bytes, FileStamp]:
        """A part of an object and its version, by one request unless the part is empty."""
        where = f"{self.url}/{name}"
        options: Any = {} if expected is None else {"if_match": f'"{expected.version}"'}
        if end is not None:
            options["range"] = (start, end)
        elif start:
            options["range"] = {"offset": start}
        data, stamp = b"", None
        try:
            if end is None or start < end:
                with told(where, READ):
                    answer = obstore.get(self.client, self.key(name), options=options)
                    data, stamp = bytes(answer.bytes()), stamp_of(answer.meta)
            else:
                stamp = self._stamp(name)
        except BeyondEnd:
            stamp = self._stamp(name)
        if stamp is None:
            raise Gone("it cannot be opened: No such file", where)
        if expected not in (None, stamp):  # a store that ignores If-Match
            raise Changed("it changed after it was listed", where)
        return data, stamp
