"""What a project can be asked to change."""

import os
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING

from firmograph.contract.registry import check_name
from firmograph.errors import UsageError, check_type
from firmograph.project.opened import OpenedProject
from firmograph.settings import is_url

if TYPE_CHECKING:
    from firmograph.pipeline.progress import ProgressListener
    from firmograph.pipeline.report import FilesTouched, Report

# each method imports what it needs, so that short commands start quickly


class PublishingProject(OpenedProject):
    """The commands that publish, and those that keep the lake in order; see `Project`."""

    def run(
        self, *, marts_only: bool = False, listener: "ProgressListener | None" = None
    ) -> "Report":
        """Ingests the uploads and publishes what is new.

        Args:
            marts_only: whether to build the marts and run the data tests, and nothing else.
            listener: told of progress.

        Raises:
            LakeError: if the lake cannot be used; nothing was published.
            ContractError: if the contracts changed in a way that requires a rebuild.
        """
        from firmograph.pipeline.marts import run_marts
        from firmograph.pipeline.run import run

        limits = self._publishing_limits
        command = run_marts if marts_only else run
        return self._measured(lambda: command(self.folders, limits, self.contracts, listener))

    def plan(self) -> "Report":
        """Reports what `run` would do, and writes nothing."""
        from firmograph.pipeline.plan import plan
        from firmograph.pipeline.run import run

        limits = self._planning_limits
        return plan(self.folders, limits, lambda copy: run(copy, limits, self.contracts))

    def rebuild(
        self,
        *,
        as_of: date | None = None,
        into: str | os.PathLike[str] | None = None,
        dry_run: bool = False,
        listener: "ProgressListener | None" = None,
    ) -> "Report":
        """Publishes all of ODS again under today's contracts.

        Args:
            as_of: only documents loaded before the end of this day, UTC; needs `into`.
            into: with `as_of`, the root folder of another lake, to which the contracts, marts,
                dashboards and settings are copied.
            dry_run: whether to report what would change and write nothing.
            listener: told of progress.

        Raises:
            UsageError: if only one of `as_of` and `into` is given, or `into` holds a lake.
            LakeError: if the lake cannot be used; nothing was published.
        """
        from firmograph.pipeline.plan import plan
        from firmograph.pipeline.rebuild import plan_as_of, rebuild, rebuild_as_of
        from firmograph.wiring import copy_declarations, folders_of, moved_to

        limits = self._planning_limits if dry_run else self._publishing_limits
        contracts = self.contracts
        check_type("as_of", as_of, date, NoneType)
        check_type("into", into, str, os.PathLike, NoneType)
        if as_of is None and into is None:
            if dry_run:
                return plan(self.folders, limits, lambda copy: rebuild(copy, limits, contracts))
            return self._measured(lambda: rebuild(self.folders, limits, contracts, listener))
        if as_of is None or into is None:
            raise UsageError(
                "a rebuild as of a day takes both the day (--as-of) and another root (--into)",
                hint="as in `firmograph rebuild --as-of 2026-03-31 --into ../march`",
            )
        if is_url(os.fspath(into)):
            raise UsageError(
                f"another lake cannot be made in a bucket (--into {os.fspath(into)})",
                hint="give a folder of this machine",
            )
        other = folders_of(moved_to(self.configuration, Path(into).resolve()))
        if dry_run:
            return plan_as_of(self.folders, other, as_of, limits, contracts)
        other.root.mkdir(parents=True, exist_ok=True)
        report = rebuild_as_of(self.folders, other, as_of, limits, contracts, listener)
        copy_declarations(self.configuration, other.root)
        return report

    def retry(
        self,
        document_id: str | Sequence[str] | None = None,
        *,
        rule: str | None = None,
        document_type: str | None = None,
        dry_run: bool = False,
        listener: "ProgressListener | None" = None,
    ) -> "Report":
        """Publishes refused documents under today's contracts: all open ones, or those selected.

        Args:
            document_id: the beginning of an id, or of several.
            rule: documents refused by this rule.
            document_type: documents of this type.
            dry_run: whether to report what would change and write nothing.
            listener: told of progress.

        Raises:
            UsageError: if no contract declares the type, or no refused document broke the rule.
        """
        from firmograph.control.quarantine import Selection
        from firmograph.pipeline.plan import plan
        from firmograph.pipeline.retry import retry
        from firmograph.queries.rules import check_rule

        limits = self._planning_limits if dry_run else self._publishing_limits
        contracts = self.contracts
        document_ids = _ids(document_id)
        check_type("rule", rule, str, NoneType)
        check_type("document_type", document_type, str, NoneType)
        if document_type is not None:
            check_name(document_type, list(contracts))
        if rule is not None:
            with self.open() as reader:
                check_rule(rule, reader.refusals())
        chosen = Selection(document_ids, rule, document_type)
        if dry_run:
            return plan(self.folders, limits, lambda copy: retry(copy, limits, contracts, chosen))
        return self._measured(lambda: retry(self.folders, limits, contracts, chosen, listener))

    def discard(self, document_id: str | Sequence[str], why: str) -> "Report":
        """Closes a refusal for good; the document stays in ODS and is never published.

        Args:
            document_id: the beginning of an id, or of several.
            why: kept beside the refusal.

        Raises:
            UsageError: if no reason is given, or no open refusal has such an id; then none of
                several is closed.
        """
        from firmograph.pipeline.retry import discard

        document_ids = _ids(document_id)
        check_type("why", why, str)
        if not document_ids:
            raise UsageError("no document is given to discard", hint="give the beginning of an id")
        if not why.strip():
            raise UsageError("a discarded document needs a reason", hint="as in --why 'a test'")
        lake = (self.folders, self._limits, self.contracts)
        return self._measured(lambda: discard(*lake, document_ids, why))

    def redeliver(self, document_id: str, name: str) -> str:
        """Puts a refused file or document into the uploads again, under another name.

        Args:
            document_id: the beginning of an id.
            name: of the new upload.

        Returns:
            The path of the new upload.

        Raises:
            UsageError: if nothing refused has such an id, or the name is taken or not allowed.
        """
        from firmograph.pipeline.redeliver import redeliver

        check_type("document_id", document_id, str)
        check_type("name", name, str)
        with self.open() as reader:
            return redeliver(self.folders, self.contracts, reader, document_id, name)

    def rollback(self, snapshot_id: int, *, dry_run: bool = False) -> "Report":
        """Makes an older snapshot the newest; documents published since are withdrawn.

        Args:
            snapshot_id: of the older snapshot.
            dry_run: whether to report what would change and write nothing.

        Raises:
            UsageError: if the snapshot does not exist or is no longer kept.
        """
        from firmograph.pipeline.plan import plan
        from firmograph.pipeline.rollback import rollback

        check_type("snapshot_id", snapshot_id, int)
        limits, contracts = self._limits, self.contracts
        if dry_run:
            return plan(self.folders, limits, lambda c: rollback(c, limits, contracts, snapshot_id))
        return self._measured(lambda: rollback(self.folders, limits, contracts, snapshot_id))

    def reinstate(
        self, document_id: str | None = None, *, listener: "ProgressListener | None" = None
    ) -> "Report":
        """Publishes again the documents that a rollback withdrew, or one withdrawn document.

        Args:
            document_id: the beginning of an id; None for all that rollbacks withdrew.
            listener: told of progress.

        Raises:
            UsageError: if no withdrawn document has such an id.
        """
        from firmograph.pipeline.rollback import reinstate
        from firmograph.pipeline.withdraw import reinstate_document

        check_type("document_id", document_id, str, NoneType)
        lake = (self.folders, self._publishing_limits, self.contracts)
        if document_id is None:
            return self._measured(lambda: reinstate(*lake, listener))
        return self._measured(lambda: reinstate_document(*lake, document_id, listener))

    def withdraw(
        self, document_id: str, why: str, *, listener: "ProgressListener | None" = None
    ) -> "Report":
        """Takes one document out of the tables, until it is reinstated.

        Args:
            document_id: the beginning of an id.
            why: kept in the quarantine.
            listener: told of progress.

        Raises:
            UsageError: if no reason is given, or no published document has such an id.
        """
        from firmograph.pipeline.withdraw import withdraw

        check_type("document_id", document_id, str)
        check_type("why", why, str)
        if not why.strip():
            raise UsageError("a withdrawn document needs a reason", hint="as in --why 'a test'")
        limits = self._publishing_limits
        lake = (self.folders, limits, self.contracts)
        return self._measured(lambda: withdraw(*lake, document_id, why, listener))

    def vacuum(self) -> "FilesTouched":
        """Deletes files that no kept snapshot needs."""
        from firmograph.pipeline.maintenance import vacuum

        return vacuum(self.folders, self._limits, self.contracts)

    def compact(self) -> "FilesTouched":
        """Merges the small files of every table; the rows stay as they are."""
        from firmograph.pipeline.maintenance import compact

        return compact(self.folders, self._limits, self.contracts)

    def _measured(self, publish: "Callable[[], Report]") -> "Report":
        """Publishes, and tells monitoring what came of it, where a setting asks for that."""
        settings = self.settings
        if settings.metrics == "none":
            return publish()
        from firmograph.metrics.recording import open_sink, record

        sink = open_sink(settings.metrics, self.configuration.folder("metrics_file"))
        return record(publish, sink, self.folders.lake.url, self.open)


def _ids(document_id: str | Sequence[str] | None) -> tuple[str, ...]:
    """The ids that a caller gave: one, several, or none."""
    check_type("document_id", document_id, str, list, tuple, NoneType)
    if document_id is None:
        return ()
    ids = (document_id,) if isinstance(document_id, str) else tuple(document_id)
    for one in ids:
        check_type("document_id", one, str)
    return ids
