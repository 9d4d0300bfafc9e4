"""Verify: proves a lake's last snapshot by several checks; never writes."""

import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from firmograph.engine.duckdb.connection import STORAGE_ERRORS
from firmograph.errors import FirmographError, first_line
from firmograph.storage.base import Storage
from firmograph.verify.differences import Check, Differences
from firmograph.verify.evidence import Evidence, Sample, open_evidence
from firmograph.verify.files import check_files, check_processed
from firmograph.verify.gather import gather
from firmograph.verify.heads import check_heads
from firmograph.verify.keys import check_keys, check_parents
from firmograph.verify.rows import check_rows
from firmograph.verify.totals import check_totals
from firmograph.verify.trees import assemble_trees

NESTING = 4_000
"""The recursion limit while documents are read."""

_ERRORS = (FirmographError, *STORAGE_ERRORS)


@dataclass(frozen=True)
class Verdict:
    """The outcome of all checks.

    Attributes:
        snapshot_id: the snapshot that was checked.
        checks: in the order in which they ran.
    """

    snapshot_id: int
    checks: list[Check]

    @property
    def difference_count(self) -> int:
        """How many differences the checks found in all."""
        return sum(check.differences.count for check in self.checks)

    @property
    def is_ok(self) -> bool:
        """Whether no check found a difference."""
        return not self.difference_count

    def as_dict(self) -> dict[str, object]:
        """The verdict as ``verify --json`` prints it."""
        checks = [check.as_dict() for check in self.checks]
        return {"snapshot_id": self.snapshot_id, "is_ok": self.is_ok, "checks": checks}


def verify(
    lake: Storage,
    processed: Storage,
    sample: Sample | None = None,
    memory_limit: str | None = None,
    faults: Sequence[str] = (),
) -> Verdict:
    """Proves the last snapshot of a lake.

    Args:
        lake: the folder of its tables.
        processed: the folder of the ingested files.
        sample: which entities' rows are compared; 200 companies if not given.
        memory_limit: how much memory queries may use before they spill, such as ``2GB``.
        faults: what is known to be wrong, such as documents without a contract.

    Returns:
        The results of all checks.

    Raises:
        LakeError: if nothing was published, or the snapshots cannot be read.
    """
    with (
        tempfile.TemporaryDirectory(prefix="firmograph-verify-") as spill,
        open_evidence(lake, memory_limit, Path(spill)) as evidence,
    ):
        checks = [_run("files", lambda: check_files(evidence))]
        for sentence in faults:
            evidence.damaged.add(sentence)
        fault = _gather(evidence, sample or Sample())
        checks += [
            _run("sums", lambda: check_totals(evidence), fault),
            _run("keys", lambda: check_keys(evidence)),
            _run("parents", lambda: check_parents(evidence), fault),
            _run("heads", lambda: check_heads(evidence), fault),
            _run("rows", lambda: check_rows(evidence), fault),
            _run("processed", lambda: check_processed(evidence, processed)),
        ]
        return Verdict(evidence.snapshot.snapshot_id, checks)


def _gather(evidence: Evidence, sample: Sample) -> Exception | None:
    limit = sys.getrecursionlimit()
    # a document that is just not too deeply nested for the pipeline must not be so here
    sys.setrecursionlimit(max(limit, NESTING))
    try:
        gather(evidence, sample)
        assemble_trees(evidence)
    except _ERRORS as error:
        return error
    finally:
        sys.setrecursionlimit(limit)
    return None


def _run(name: str, check: Callable[[], Check], fault: Exception | None = None) -> Check:
    """Runs a check and returns its result; a check that cannot run has failed."""
    try:
        if fault is not None:
            raise fault
        return check()
    except _ERRORS as error:
        found = Differences()
        found.add(f"it cannot be checked: {first_line(error)}")
        return Check(name, "nothing", 0, found)
