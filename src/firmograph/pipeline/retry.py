"""The two ways out of the quarantine: retry a refused document, or discard it."""

from collections.abc import Mapping, Sequence

from firmograph.contract.model import Contract
from firmograph.control import marks
from firmograph.control.quarantine import Selection, open_seqs
from firmograph.ingest.known_files import without
from firmograph.pipeline.context import begin
from firmograph.pipeline.progress import ProgressListener
from firmograph.pipeline.publishing import check_contracts, publish_staged
from firmograph.pipeline.report import Folders, Limits, Report
from firmograph.pipeline.staging import set_aside_spans, stage_from_ods


def retry(
    folders: Folders,
    limits: Limits,
    contracts: Mapping[str, Contract],
    selection: Selection,
    listener: ProgressListener | None = None,
) -> Report:
    """Publishes refused documents under today's contracts; those refused again stay open."""
    with begin("quarantine retry", folders, limits, contracts, listener) as run:
        check_contracts(run)
        seqs = open_seqs(run.engine, selection)
        stage_from_ods(run, without([(s, s) for s in seqs], set_aside_spans(run)))
        publish_staged(run, is_retry=True)
        return run.report


def discard(
    folders: Folders,
    limits: Limits,
    contracts: Mapping[str, Contract],
    document_ids: Sequence[str],
    why: str,
) -> Report:
    """Closes refusals for good; their documents stay in ODS and are never published."""
    with begin("quarantine discard", folders, limits, contracts) as run:
        for name in marks.discard(run.engine, document_ids, why):
            run.note(f"discarded the document of {name}: {why}")
        return run.report
