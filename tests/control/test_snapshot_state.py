"""What a snapshot keeps for the next run, and that no run can forget to write it."""

import json
from dataclasses import replace

import pytest
from conftest import Project
from documents import organization, response

from firmograph.control.snapshots import SnapshotState, WaitingTree
from firmograph.control.totals import DocumentTotals, Totals
from firmograph.errors import LakeError, TotalsError
from firmograph.pipeline.context import begin

STORED = {
    "files": {"seen": 2, "ingested": 2},
    "documents": {"received": 2, "published": 1, "waiting": 1},
    "elements": {},
    "waiting_trees": {"300000001": {"missing_pages": [2], "documents": [7]}},
    "marts": {"app_a": "0f"},
    "withdrawn": [[3, 5], [9, 9]],
    "oldest_restorable": 4,
}
SNAPSHOTS = "SELECT snapshot_id, run_id FROM tb_published_snapshots ORDER BY snapshot_id"


def test_state_of_an_older_lake_is_read() -> None:
    state = SnapshotState.from_json(json.dumps(STORED))
    assert state.totals.files == {"ingested": 2}
    assert state.totals.files_seen == 2
    assert state.totals.documents == DocumentTotals(received=2, published=1, waiting=1)
    assert state.waiting_trees == {"300000001": WaitingTree([2], [7])}
    assert state.marts == {"app_a": "0f"}
    assert state.withdrawn == [(3, 5), (9, 9)]
    assert state.oldest_restorable == 4
    assert SnapshotState.from_json(state.to_json()) == state
    assert SnapshotState.from_json("{}") == SnapshotState()


def test_state_is_stored_in_the_form_it_always_had_and_with_members_counted() -> None:
    stored = json.loads(SnapshotState.from_json(json.dumps(STORED)).to_json())
    (tree,) = stored["waiting_trees"].values()
    assert (tree.pop("members_expected"), tree.pop("members_received")) == (None, None)
    assert {name: stored[name] for name in list(STORED)[3:]} == dict(list(STORED.items())[3:])
    assert stored["files"] == {"seen": 2, "ingested": 2}
    assert json.loads(SnapshotState().to_json()).keys() == {"files", "documents", "elements"}


def test_state_differs_by_anything_but_the_totals() -> None:
    assert not SnapshotState(totals=Totals(files_seen=1)).differs_from(SnapshotState())
    assert SnapshotState(withdrawn=[(1, 2)]).differs_from(SnapshotState())


def published(project: Project) -> Project:
    project.drop("a_data_blocks_20260301.json", response(organization()))
    project.run()
    return project


def test_run_commits_what_its_block_did_without_being_told(project: Project) -> None:
    published(project)
    acts: list[int] = []
    with begin("compact", project.storages, project.limits, project.contracts) as run:
        run.state = replace(run.state, withdrawn=[(7, 9)])
        run.after_commit(lambda: acts.append(run.report.snapshot_id))
        assert acts == []
    assert acts == [2]
    assert [row["run_id"] for row in project.sql(SNAPSHOTS)][1] == run.report.run_id
    with begin("compact", project.storages, project.limits, project.contracts) as run:
        assert run.state.withdrawn == [(7, 9)]


def test_run_that_did_nothing_writes_no_snapshot(project: Project) -> None:
    published(project)
    with begin("compact", project.storages, project.limits, project.contracts) as run:
        pass
    assert run.report.snapshot_id == 1
    assert len(project.sql(SNAPSHOTS)) == 1


def start_and_fail(project: Project, error: Exception | None, acts: list[str]) -> None:
    """A run that would publish, if it were not for an error or for files that are lost."""
    with begin("compact", project.storages, project.limits, project.contracts) as run:
        run.after_commit(lambda: acts.append("committed"))
        run.ingest_seq += 1
        if error is not None:
            raise error
        run.report.totals.files_seen = 3


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (OSError("no space left"), LakeError, "the run stopped: no space left"),
        (LakeError("damaged"), LakeError, "damaged"),
        (None, TotalsError, "files: 3 came in, 0 accounted for"),
    ],
)
def test_run_that_fails_commits_nothing(
    project: Project, error: Exception | None, kind: type[Exception], message: str
) -> None:
    published(project)
    acts: list[str] = []
    with pytest.raises(kind, match=message):
        start_and_fail(project, error, acts)
    assert acts == []
    assert len(project.sql(SNAPSHOTS)) == 1
    ended = "SELECT status FROM tb_pipeline_control WHERE script = 'compact'"
    assert project.sql(ended) == [{"status": "failed"}]
