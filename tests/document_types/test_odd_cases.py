"""Own contracts in odd situations: names that SQL uses itself, and rollbacks behind a contract."""

from datetime import UTC, datetime

import pytest
from conftest import Project
from document_types.own_types import RISK, assessment, declare, withdraw
from document_types.test_single import DEBT, differences
from documents import organization, response
from publish.tables import query

from firmograph.cli.summary import echo_waiting
from firmograph.control.snapshots import WaitingTree
from firmograph.errors import ContractError, QueryError
from firmograph.pipeline.rebuild import rebuild_as_of
from firmograph.pipeline.report import Folders
from firmograph.pipeline.rollback import rollback
from firmograph.queries.reader import open_reader
from firmograph.storage.local import LocalStorage

WORDS = """\
contract: words
record_at: [$]
entity: duns
source_time: ^.at
tables:
  dw_words:
    key: [order]
    columns:
      order: {path: duns, type: duns, rule: mandatory}
      change: change
      may_exist: exists
      from_file: file
      select: select
  dw_word_lists:
    key: [order, group]
    each: list
    parent: dw_words
    columns:
      order: {path: $.duns, type: duns}
      group: name
      change: {path: change, type: integer}
"""


def words(at: str, change: str, *names: str) -> dict[str, object]:
    return {
        "duns": "100000001",
        "at": f"{at}T00:00:00Z",
        "change": change,
        "select": "all",
        "list": [{"name": name, "change": 1} for name in names],
    }


def test_columns_may_have_names_that_sql_uses(project: Project) -> None:
    declare(project, words=WORDS)
    project.drop("a_words_20260301.json", words("2026-03-01", "up", "x", "y"))
    project.run()
    project.drop("a_words_20260302.json", words("2026-03-02", "down", "y", "z"))
    report = project.run()
    counts = report.tables["dw_word_lists"]
    assert (counts.inserted, counts.updated, counts.deleted) == (1, 0, 1)
    assert query(project, 'SELECT "order", change, "select" FROM dw_words') == [
        {"order": "100000001", "change": "down", "select": "all"}
    ]
    assert query(project, 'SELECT "group" FROM dw_word_lists ORDER BY 1') == [
        {"group": "y"},
        {"group": "z"},
    ]
    assert differences(project) == []


def begin_with_a_company(project: Project) -> None:
    """Snapshot 1 knows companies alone, snapshot 2 risks too."""
    project.drop("alpine_data_blocks_20260301.json", response(organization("100000001")))
    project.run()
    declare(project, risk_scores=RISK)
    project.drop("Alpine_risk_20260301.json", assessment("100000001", 71, DEBT))
    project.run()


def roll_back(project: Project, snapshot_id: int) -> None:
    rollback(project.storages, project.limits, project.contracts, snapshot_id)


def test_lake_is_well_after_a_rollback_behind_a_contract(project: Project) -> None:
    begin_with_a_company(project)
    roll_back(project, 1)
    assert differences(project) == []


def test_snapshot_does_not_show_tables_that_came_later(project: Project) -> None:
    begin_with_a_company(project)
    with (
        open_reader(project.storages.lake, project.contracts, 1) as reader,
        pytest.raises(QueryError),
    ):
        reader.sql("SELECT count(*) FROM dw_risk")
    assert query(project, "SELECT count(*) AS n FROM dw_risk") == [{"n": 1}]


def test_table_that_no_contract_declares_any_more_is_not_lost(project: Project) -> None:
    project.drop("alpine_data_blocks_20260301.json", response(organization("100000001")))
    project.run()
    declare(project, risk_scores=RISK)
    project.run()
    withdraw(project, "risk_scores")
    report = project.run()
    assert report.notes == []
    roll_back(project, 1)


def test_refused_rebuild_into_another_root_leaves_nothing_there(project: Project) -> None:
    begin_with_a_company(project)
    withdraw(project, "risk_scores")
    other = project.root / "other"
    storage = LocalStorage(other)
    into = Folders(
        other, storage / "in", storage / "done", storage / "bad", storage / "lake", other / "marts"
    )
    day = datetime.now(UTC).date()
    with pytest.raises(ContractError):
        rebuild_as_of(project.storages, into, day, project.limits, project.contracts)
    assert not other.exists()


def test_waiting_trees_are_named_by_their_document_type(capsys: pytest.CaptureFixture[str]) -> None:
    echo_waiting(
        {"100000001": WaitingTree([2], []), "voting_group:200000001": WaitingTree([3], [])}
    )
    assert capsys.readouterr().out.splitlines() == [
        "Family tree 100000001 lacks page 2: published incomplete.",
        "Voting group 200000001 lacks page 3: published incomplete.",
    ]
