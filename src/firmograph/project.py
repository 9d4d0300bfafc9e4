"""A project: a root folder with its settings and contracts, and all operations on it.

The parts are wired together only here: the command line calls a `Project`, and nothing below it.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING

from firmograph.contract.model import Contract
from firmograph.contract.registry import check_name, load_contracts
from firmograph.drift import DEFAULT_SAMPLE
from firmograph.errors import UsageError, check_type
from firmograph.settings import Configuration, Settings, SettingValue, is_url, load_settings

if TYPE_CHECKING:
    from firmograph.drift.findings import Drift
    from firmograph.pipeline.progress import ProgressListener
    from firmograph.pipeline.report import FilesTouched, Folders, Limits, Report
    from firmograph.queries.reader import Reader
    from firmograph.storage.doctor.findings import Examination
    from firmograph.verify.verify import Verdict

# each method imports what it needs, so that short commands start quickly


class Project:
    """A root folder with its uploads, its lake, its settings and its contracts.

    Args:
        root: the root folder, which may hold ``firmograph.toml``; or ``s3://bucket/prefix`` or
            ``gs://bucket/prefix``, from which settings, contracts, marts and dashboards are copied.
        spark: a Spark session to work in; its own settings and views are left alone.
        settings: override the file and the environment, by name.

    Raises:
        SettingsError: naming the setting, its value, its origin and what is allowed.
    """

    def __init__(
        self,
        root: str | os.PathLike[str] = ".",
        *,
        spark: object = None,
        **settings: SettingValue,
    ) -> None:
        check_type("root", root, str, os.PathLike)
        self._root, self._spark = root, spark
        self.configuration: Configuration = self._load(os.fspath(root), settings)

    def again(self) -> "Project":
        """The same project, with its settings and contracts read anew."""
        return Project(self._root, spark=self._spark, **self.configuration.flags)

    def _load(self, root: str, flags: Mapping[str, SettingValue]) -> Configuration:
        if not is_url(root):
            return load_settings(Path(root), flags)
        from firmograph.settings.remote import load_remote, make_copy

        return load_remote(root, make_copy(self), flags)

    def command(self, *arguments: str) -> list[str]:
        """A command on this project, with its settings, for a process of its own."""
        flags = self.configuration.flags.items()
        sets = [f"--set={name}={_text(value)}" for name, value in flags]
        return [sys.executable, "-m", "firmograph", "--root", self.root, *arguments, *sets]

    @property
    def root(self) -> str:
        """The root folder: its path, or its url."""
        given = os.fspath(self._root)
        return given if is_url(given) else str(self.configuration.root)

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.configuration.settings

    @cached_property
    def contracts(self) -> Mapping[str, Contract]:
        """The contracts in force, by document type."""
        return load_contracts(self.configuration.folder("contracts"))

    @cached_property
    def folders(self) -> "Folders":
        """The folders that the settings name."""
        from firmograph.wiring import folders_of

        return folders_of(self.configuration)

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
        from firmograph.storage.doctor.examine import examine
        from firmograph.wiring import PLACES, open_place

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

    def open(self, snapshot_id: int | None = None) -> AbstractContextManager["Reader"]:
        """Opens the last snapshot for reading, or an older one; never waits for a run.

        Raises:
            LakeError: on entering, if nothing was ever published.
            UsageError: on entering, if the snapshot is not kept.
        """
        from firmograph.engine.duckdb.sandbox import QueryLimits
        from firmograph.queries.reader import open_reader

        check_type("snapshot_id", snapshot_id, int, NoneType)
        settings = self.settings
        limits, kept = (
            QueryLimits(settings.memory_limit, settings.query_seconds),
            settings.snapshots_kept,
        )
        return open_reader(
            self.folders.lake,
            self.contracts,
            snapshot_id,
            kept,
            limits,
            is_replica=settings.replica,
        )

    def _measured(self, publish: "Callable[[], Report]") -> "Report":
        """Publishes, and tells monitoring what came of it, where a setting asks for that."""
        settings = self.settings
        if settings.metrics == "none":
            return publish()
        from firmograph.metrics.recording import open_sink, record

        sink = open_sink(settings.metrics, self.configuration.folder("metrics_file"))
        return record(publish, sink, self.folders.lake.url, self.open)

    @property
    def _limits(self) -> "Limits":
        """The limits of a command that does not publish."""
        from firmograph.wiring import limits_of

        return limits_of(self.configuration)

    @property
    def _publishing_limits(self) -> "Limits":
        """The limits of a command that publishes, with Spark if that is the engine."""
        from firmograph.wiring import publishing_limits_of

        return publishing_limits_of(self.configuration, self._spark)

    @property
    def _planning_limits(self) -> "Limits":
        """Those of a plan: its clone of a lake in a bucket is where Spark's executors are not."""
        limits = self._publishing_limits
        return limits if self.folders.lake.is_local else replace(limits, spark=None)


def _text(value: SettingValue) -> str:
    """A setting as ``--set`` takes it."""
    return ";".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _ids(document_id: str | Sequence[str] | None) -> tuple[str, ...]:
    """The ids that a caller gave: one, several, or none."""
    check_type("document_id", document_id, str, list, tuple, NoneType)
    if document_id is None:
        return ()
    ids = (document_id,) if isinstance(document_id, str) else tuple(document_id)
    for one in ids:
        check_type("document_id", one, str)
    return ids
