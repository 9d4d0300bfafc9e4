"""What a project can be asked without changing it."""

from collections.abc import Iterator
from types import NoneType
from typing import TYPE_CHECKING

from firmograph.contract.registry import check_name
from firmograph.drift import DEFAULT_SAMPLE
from firmograph.errors import UsageError, check_type
from firmograph.project.opened import OpenedProject

if TYPE_CHECKING:
    from firmograph.drift.findings import Drift
    from firmograph.storage.doctor.findings import Examination
    from firmograph.verify.verify import Verdict

# each method imports what it needs, so that short commands start quickly


class ReadingProject(OpenedProject):
    """The commands that only read; see `Project`."""

    def verify(self, *, sample: int | None = 200, seed: int = 0) -> "Verdict":
        """Checks the last snapshot independently of the pipeline; never writes.

        Args:
            sample: how many companies' rows are compared with their documents; None for all.
            seed: of the random choice; the same seed gives the same sample.

        Raises:
            LakeError: if nothing was published, or the snapshots cannot be read.
        """
        from firmograph.sources.ignored import NotDeliveries
        from firmograph.verify.evidence import Sample
        from firmograph.verify.verify import verify

        check_type("sample", sample, int, NoneType)
        check_type("seed", seed, int)
        if sample is not None and sample < 0:
            raise UsageError(f"sample is {sample}; allowed are 0 and more, or None for all")
        chosen, memory = Sample(sample, seed), self.settings.memory_limit
        ignored = NotDeliveries.of(self.settings.not_deliveries)
        folders, faults = self.folders, self.unclaimed()
        return verify(folders.lake, folders.processed, chosen, memory, faults, ignored)

    def unclaimed(self) -> list[str]:
        """The tables of ODS whose documents no contract claims any more, each as a sentence."""
        from firmograph.wiring import unclaimed_tables

        return unclaimed_tables(self.folders, self.contracts)

    def examine(self, url: str | None = None) -> "Iterator[Examination]":
        """Examines where files are kept: one url or folder, or the four places of the settings.

        Writes a few objects below ``.doctor-…`` in each, and deletes them.

        Args:
            url: ``s3://bucket/prefix``, ``gs://bucket/prefix`` or a path; None for the settings'.

        Raises:
            UsageError: if it is another kind of url.
        """
        from firmograph.settings import PLACES
        from firmograph.storage.doctor.examine import examine
        from firmograph.wiring import open_place

        check_type("url", url, str, NoneType)
        if url is not None:
            yield examine(open_place(self.configuration, url))
            return
        folders = self.folders
        for name in PLACES:
            is_target = name in ("processed", "quarantined")
            uploads = folders.uploads if is_target else None
            yield examine(getattr(folders, name), name, uploads)

    def drift(
        self,
        document_type: str | None = None,
        *,
        sample: int | None = DEFAULT_SAMPLE,
        snapshot_id: int | None = None,
    ) -> "list[Drift]":
        """Finds paths that the contracts do not name, and named paths that vanished or changed.

        Args:
            document_type: only this one; None for all.
            sample: how many documents of each type to read; None for all.
            snapshot_id: the snapshot whose documents are read; None for the newest.
        """
        from firmograph.drift.measure import measure_drift
        from firmograph.queries.reader import reading

        check_type("document_type", document_type, str, NoneType)
        check_type("sample", sample, int, NoneType)
        if document_type is not None:
            check_name(document_type, list(self.contracts))
        if sample is not None and sample < 1:
            raise UsageError(f"sample is {sample}; allowed are 1 and more, or None for all")
        types = [document_type] if document_type else list(self.contracts)
        with self.open(snapshot_id) as reader, reading():
            return [measure_drift(reader, self.contracts[name], sample) for name in types]
