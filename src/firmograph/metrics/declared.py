"""Every metric, with its unit and what it means."""

from collections.abc import Mapping
from typing import NamedTuple

NAMESPACE = "firmograph"


class Metric(NamedTuple):
    """A number that is measured once a run.

    Attributes:
        unit: ``count`` or ``seconds``.
        meaning: in a sentence.
    """

    unit: str
    meaning: str


METRICS: Mapping[str, Metric] = {
    "run_finished": Metric("count", "1 if the run finished, else 0"),
    "run_failed": Metric("count", "1 if the run, a mart or a data test failed, else 0"),
    "run_seconds": Metric("seconds", "how long the run took"),
    "files_seen": Metric("count", "files in the uploads"),
    "files_ingested": Metric("count", "files whose documents are in ODS now"),
    "files_duplicate": Metric("count", "files that were delivered before"),
    "files_unreadable": Metric("count", "files that cannot be read"),
    "files_unknown": Metric("count", "files whose names follow no pattern"),
    "files_deferred": Metric("count", "files left for the next run"),
    "documents_received": Metric("count", "documents in the files ingested"),
    "documents_published": Metric("count", "documents that changed the tables"),
    "documents_unchanged": Metric("count", "documents that brought nothing new"),
    "documents_superseded": Metric("count", "documents older than what was published"),
    "documents_quarantined": Metric("count", "documents that were refused"),
    "documents_waiting": Metric("count", "pages of family trees that are not complete"),
    "open_refusals": Metric("count", "cases that are open in the quarantine after the run"),
    "newest_source_age_seconds": Metric(
        "seconds", "how long ago the vendor made the newest published document"
    ),
}
"""By name; a run that failed has the first three alone."""
