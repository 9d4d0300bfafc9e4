"""Withdraw takes one document out of the tables; reinstate publishes it again."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from firmograph.contract.model import Contract
from firmograph.control.marks import find_document, is_set_aside, mark, parts_of
from firmograph.errors import UsageError
from firmograph.ingest.known_files import without
from firmograph.lake.files import meeting
from firmograph.pipeline.context import RunContext, begin
from firmograph.pipeline.progress import ProgressListener
from firmograph.pipeline.publishing import check_contracts, publish_staged
from firmograph.pipeline.report import Folders, Limits, Report
from firmograph.pipeline.staging import stage_from_ods


def withdraw(
    folders: Folders,
    limits: Limits,
    contracts: Mapping[str, Contract],
    document_id: str,
    why: str,
    listener: ProgressListener | None = None,
) -> Report:
    """Takes one document out of the tables; those of its company's other documents remain.

    ODS keeps it, and no run or rebuild publishes it until `reinstate_document`.

    Raises:
        UsageError: if no published document has such an id.
    """
    with begin("withdraw", folders, limits, contracts, listener) as run:
        check_contracts(run)
        found = find_document(run.engine, document_id)
        chosen = [row for row in found if _is_published(run, row)]
        if not chosen:
            raise _not_published(run, found[0])
        parts = parts_of(run.engine, chosen, "open")
        mark(run.engine, [*chosen, *parts], "withdrawn", why)
        run.note(f"withdrew the document of {_files(chosen)}: {why}")
        publish_staged(run, chosen, is_retry=True)
        return run.report


def reinstate_document(
    folders: Folders,
    limits: Limits,
    contracts: Mapping[str, Contract],
    document_id: str,
    listener: ProgressListener | None = None,
) -> Report:
    """Publishes one document again that was withdrawn, alone or by a rollback, or superseded.

    Raises:
        UsageError: if no withdrawn or superseded document has such an id.
    """
    with begin("reinstate", folders, limits, contracts, listener) as run:
        check_contracts(run)
        found = find_document(run.engine, document_id)
        chosen = _returning(run, found)
        if not chosen:
            raise _not_withdrawn(found)
        aside = [row for row in chosen if row["status"] in ("withdrawn", "superseded")]
        parts = [row for s in ("withdrawn", "superseded") for row in parts_of(run.engine, aside, s)]
        mark(run.engine, [*aside, *parts], "reinstated", "reinstated by `firmograph reinstate ID`")
        spans = sorted({(row["ingest_seq"], row["ingest_seq"]) for row in chosen})
        run.state = replace(run.state, withdrawn=without(run.state.withdrawn, spans))
        run.note(f"reinstated the document of {_files(chosen)}")
        stage_from_ods(run, spans)
        publish_staged(run, is_retry=True)
        return run.report


def _returning(run: RunContext, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of a document that can be reinstated; of the same bytes only the last delivery."""
    able = [
        row
        for row in found
        if row["status"] in ("withdrawn", "superseded")
        or (row["status"] != "discarded" and _is_rolled_back(run, row))
    ]
    present = [row for row in found if row in able or not is_set_aside(row)]
    return [
        row
        for row in able
        if row["status"] != "superseded" or not any(_follows(row, other) for other in present)
    ]


def _follows(row: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether the same place of the same bytes was delivered later."""
    is_same = all(row[name] == other[name] for name in ("file_sha256", "record_number"))
    return is_same and bool(other["ingest_seq"] > row["ingest_seq"])


def _not_withdrawn(found: list[dict[str, Any]]) -> UsageError:
    shown = found[0]["document_id"][:16]
    if present := [row for row in found if not is_set_aside(row)]:
        return UsageError(
            f"document {shown} is not withdrawn: it is published from {present[-1]['file_name']}",
            hint="to have it read under another name, deliver it again under that name",
        )
    if any(row["status"] == "discarded" for row in found):
        return UsageError(
            f"document {shown} is not withdrawn: it is discarded, for good",
            hint=f"`firmograph quarantine show {shown}` shows why",
        )
    return UsageError(
        f"document {shown} is not withdrawn",
        hint="`firmograph quarantine retry ID` publishes a refused document",
    )


def _is_rolled_back(run: RunContext, row: Mapping[str, Any]) -> bool:
    """Whether a rollback withdrew a document."""
    return bool(meeting(run.state.withdrawn, row["ingest_seq"], row["ingest_seq"]))


def _is_published(run: RunContext, row: Mapping[str, Any]) -> bool:
    is_aside = is_set_aside(row) or _is_rolled_back(run, row)
    return not is_aside and bool(row["ingest_seq"] <= run.snapshot.ingest_seq)


def _not_published(run: RunContext, row: Mapping[str, Any]) -> UsageError:
    shown = row["document_id"][:16]
    if row["status"] == "open":
        return UsageError(
            f"document {shown} is refused, so there is nothing to withdraw",
            hint=f"`firmograph quarantine discard {shown} --why TEXT` closes it",
        )
    if row["ingest_seq"] > run.snapshot.ingest_seq:
        return UsageError(
            f"document {shown} is not published yet: an interrupted run left it in ODS",
            hint="`firmograph run` publishes it",
        )
    state = row["status"] if is_set_aside(row) else "withdrawn by a rollback"
    return UsageError(f"document {shown} is {state} already")


def _files(rows: list[dict[str, Any]]) -> str:
    return ", ".join(sorted({str(row["file_name"]) for row in rows}))
