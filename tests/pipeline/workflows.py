"""What these tests do with a project besides running it."""

from collections.abc import Callable
from pathlib import Path

from conftest import Project

from firmograph.contract.load import parse_contract
from firmograph.contract.registry import contract_text
from firmograph.control.quarantine import Selection
from firmograph.pipeline import retry as refused
from firmograph.pipeline.plan import plan
from firmograph.pipeline.rebuild import rebuild_as_of
from firmograph.pipeline.report import Folders, Report
from firmograph.pipeline.rollback import reinstate, rollback


def change_contract(project: Project, old: str, new: str) -> None:
    """Gives a project another data blocks contract: the packaged text with a part replaced."""
    text = contract_text("data_blocks", project.root / "contracts")
    assert old in text
    project.contracts["data_blocks"] = parse_contract(text.replace(old, new), "changed.yaml")


def retry_refused(project: Project, **selection: str) -> Report:
    """Retries the selected refusals."""
    return refused.retry(
        project.storages, project.limits, project.contracts, Selection(**selection)
    )


def discard(project: Project, document_id: str, why: str) -> Report:
    """Discards a refused document."""
    return refused.discard(project.storages, project.limits, project.contracts, [document_id], why)


def roll_back(project: Project, snapshot_id: int) -> Report:
    """Makes an older snapshot the newest."""
    return rollback(project.storages, project.limits, project.contracts, snapshot_id)


def reinstate_all(project: Project) -> Report:
    """Publishes again what was withdrawn."""
    return reinstate(project.storages, project.limits, project.contracts)


def planned(project: Project, command: Callable[[Folders], Report]) -> Report:
    """Runs a command on a clone."""
    return plan(project.storages, project.limits, command)


def as_of(project: Project, root: Path, day: str) -> tuple[Project, Report]:
    """Builds the lake as of the end of a day in another root."""
    from datetime import date

    other = Project(root)
    report = rebuild_as_of(
        project.storages,
        other.storages,
        date.fromisoformat(day),
        project.limits,
        project.contracts,
    )
    return other, report


def every_file(root: Path) -> dict[str, bytes]:
    """All files of a project but the lock, with their bytes."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }
