"""Projects some of whose places are in a bucket, and copies between buckets and folders."""

import tempfile
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from conftest import Json, Project, as_upload
from scenario import Account, account

from firmograph.pipeline.report import Folders
from firmograph.queries.reader import open_reader
from firmograph.storage.base import Storage, walk
from firmograph.storage.local import LocalStorage
from firmograph.storage.objects import ObjectStorage

PLACES = {
    "uploads": "workingArea/uploads",
    "processed": "workingArea/processedFiles",
    "quarantined": "workingArea/quarantinedFiles",
    "lake": "datasets",
}
"""Where a root folder has them; a bucket has them below the same prefixes."""


class BucketProject(Project):
    """A project with places in a bucket; the others are in the root folder.

    Args:
        root: the root folder.
        bucket: its url.
        places: those in the bucket.
        lease_seconds: how long the lake stays locked after a run was killed.
    """

    def __init__(
        self,
        root: Path,
        bucket: str,
        places: Collection[str] = tuple(PLACES),
        lease_seconds: float = 60,
    ) -> None:
        super().__init__(root)
        self.bucket, self.places, self.lease_seconds = bucket, places, lease_seconds

    @property
    def storages(self) -> Folders:
        """The places as the program takes them."""
        found = {name: self._place(name) for name in PLACES}
        return Folders(root=self.root, marts=self.folders.marts, **found)

    def _place(self, name: str) -> Storage:
        if name not in self.places:
            return LocalStorage(self.root / PLACES[name])
        return ObjectStorage(
            f"{self.bucket}/{PLACES[name]}",
            lease_seconds=self.lease_seconds,
            scratch=self.root / ".spill",
        )

    @property
    def settings(self) -> dict[str, str]:
        """The places in the bucket, as settings."""
        return {name: f"{self.bucket}/{PLACES[name]}" for name in self.places}

    def drop(self, name: str, content: Any) -> Path:
        """Puts an upload where they are."""
        self.storages.uploads.put(name, as_upload(name, content))
        return self.folders.uploads / name

    def sql(self, query: str) -> list[Json]:
        """Rows of a query over the last snapshot."""
        with open_reader(self.storages.lake, self.contracts) as reader:
            rows: list[Json] = reader.sql(query).to_pylist()
            return rows

    def upload_root(self, root: Path) -> None:
        """Puts the files of a root folder where they are in this project."""
        for name, folder in PLACES.items():
            _copy_all(LocalStorage(root / folder), getattr(self.storages, name))

    def download(self, root: Path) -> Path:
        """Writes all files into a root folder, which is then as good as this project."""
        for name, folder in PLACES.items():
            _copy_all(getattr(self.storages, name), LocalStorage(root / folder))
        return root

    def account(self) -> Account:
        """What a folder with these files would hold, with paths as they are there."""
        with tempfile.TemporaryDirectory() as name:
            found = account(self.download(Path(name)))
        return found._replace(tables={name: self._moved(of) for name, of in found.tables.items()})

    def _moved(self, rows: Iterable[dict[str, str]]) -> list[dict[str, str]]:
        """Rows without the url of the bucket, sorted again."""
        found = [{k: v.replace(f"{self.bucket}/", "") for k, v in row.items()} for row in rows]
        return sorted(found, key=lambda row: list(row.values()))


def _copy_all(source: Storage, target: Storage) -> None:
    for storage, below, entry in walk(source):
        if not entry.name.startswith("."):  # a lock or a lease
            place = target / below.rstrip("/") if below else target
            place.put(entry.name, storage.read(entry.name))


def keys(storage: Storage) -> dict[str, bytes]:
    """All files below a storage, with their bytes; not the lease."""
    return {
        below + entry.name: one.read(entry.name)
        for one, below, entry in walk(storage)
        if not entry.name.startswith(".lease")
    }
