"""What runs add to ODS: the documents that the model expects, compared with those it holds."""

from cases import Document
from deltalake import DeltaTable
from made import BLOCKS, TREE, Content, Made
from uploads import Uploads, token_of

ODS = {BLOCKS: "ods_datablocks_raw", TREE: "ods_familytree_raw"}
ODS_COLUMNS = [
    "file_name",
    "document_id",
    "record_number",
    "ingest_seq",
    "file_sha256",
    "load_timestamp",
    "ref_date",
]


class Arrivals(Uploads):
    """Follows the uploads into ODS.

    Attributes:
        left: hash and name of files that an interrupted run read and left in the uploads.
    """

    left: frozenset[tuple[str, str]] = frozenset()

    def _find_left(self, files: dict[str, Content], repeated: set[str]) -> None:
        """Finds the uploads that an interrupted run read, and forgets those that it moved.

        Args:
            files: the uploads before the run.
            repeated: the hashes of duplicates; those with nothing to publish may be moved, too.
        """
        read = self.left | {
            (one.sha256, one.file_name)
            for one in self.lake.documents.values()
            if one.step == self.lake.step
        }
        there = {path.name for path in self._folder.iterdir()}
        moved = {(of.sha256, name) for name, of in files.items() if name not in there}
        withdrawn = {self.lake.documents[seq].sha256 for seq in self.lake.withdrawn}
        settled = {(of.sha256, name) for name, of in files.items() if of.sha256 in repeated}
        lost = {one for one in moved - read if one not in settled or one[0] in withdrawn}
        assert not lost, "a file is lost"
        self.uploads = {name: of for name, of in files.items() if name in there}
        self.left = read & {(of.sha256, name) for name, of in self.uploads.items()}

    def _find_new(self, files: dict[str, Content], *, is_whole: bool) -> set[str]:
        """Adds the documents that ODS has more of; returns the hashes of duplicates.

        Args:
            files: the uploads.
            is_whole: whether the command was not interrupted, so that all must be there.
        """
        expected, repeated = self._expected_documents(files)
        found = {}
        for token, table in ODS.items():
            path = self.root / "datasets" / "ods" / table
            if path.exists():
                for row in DeltaTable(str(path)).to_pyarrow_table(columns=ODS_COLUMNS).to_pylist():
                    if row["ingest_seq"] not in self.lake.documents:
                        key = (row["file_name"], row["record_number"])
                        found[key] = (row, token)
        if is_whole:
            ids = {key: row["document_id"] for key, (row, _) in found.items()}
            wanted = {key: made.document_id for key, made in expected.items()}
            assert ids == wanted, f"{ids.items() ^ wanted.items()}"
        for key, (row, token) in found.items():
            made = expected[key]
            assert made.document_id == row["document_id"]
            self.lake.documents[row["ingest_seq"]] = Document(
                file_name=key[0],
                made=made,
                seq=row["ingest_seq"],
                token=token,
                record=key[1],
                sha256=row["file_sha256"],
                ref_time=f"{row['ref_date']}T00:00:00Z",
                loaded_at=row["load_timestamp"],
                step=self.lake.step,
            )
        return repeated

    def _expected_documents(
        self, files: dict[str, Content]
    ) -> tuple[dict[tuple[str, int], Made], set[str]]:
        """The documents that a run has to add to ODS, by place, and the hashes of duplicates."""
        lake = self.lake
        before = {one.sha256: one.file_name for _, one in sorted(lake.documents.items())}
        last = dict(before)
        expected, repeated = {}, set()
        for name, content in sorted(files.items(), key=lambda file: (TREE in file[0], file[0])):
            if (content.sha256, name) in self.left:
                continue
            sha256 = content.sha256
            is_same = sha256 in last and self._is_same(name, last[sha256], content)
            if before.get(sha256) == name or is_same:
                repeated.add(content.sha256)
                continue
            last[content.sha256] = name
            expected |= {(name, n): made for n, made in enumerate(content.documents, 1)}
        return expected, repeated

    def _is_same(self, name: str, other: str, content: Content) -> bool:
        """Whether two names say the same of some bytes."""
        needs_date = any(one.time is None for one in content.documents)
        is_redated = name.split(".", maxsplit=1)[0][-8:] != other.split(".", maxsplit=1)[0][-8:]
        return token_of(name) == token_of(other) and not (is_redated and needs_date)

    def _snapshot_id(self) -> int:
        path = self.root / "datasets" / "control" / "tb_published_snapshots"
        if not path.exists():
            return 0
        ids = DeltaTable(str(path)).to_pyarrow_table(columns=["snapshot_id"])["snapshot_id"]
        return max(ids.to_pylist(), default=0)

    # the model
