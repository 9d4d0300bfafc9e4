from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Project
from documents import member, organization, response, tree_page
from workflows import as_of, change_contract, every_file, planned, reinstate_all, roll_back

from firmograph.errors import ContractError, UsageError
from firmograph.lake.lake import PROPERTIES
from firmograph.pipeline import maintenance
from firmograph.pipeline.rebuild import rebuild
from firmograph.pipeline.run import run
from firmograph.queries.reader import open_reader
from firmograph.verify.verify import verify

SEQS = "SELECT ingest_seq, document_id FROM ods_datablocks_raw ORDER BY ingest_seq"
TABLES = ("dw_company_data", "dw_stock_exchanges", "dw_family_tree_members", "tb_entity_heads")


def three_runs(project: Project) -> None:
    """A company, then its new name and a second one, then a tree in two pages, one of them late."""
    project.drop("a_data_blocks_20260301.json", response(organization()))
    project.run()
    project.drop(
        "a_data_blocks_20260302.json", response(organization(name="New"), "2026-03-02T00:00:00Z")
    )
    project.drop("b_data_blocks_20260302.json", response(organization("100000002", "Second")))
    project.run()
    project.drop(
        "t_family_tree_20260303.json", tree_page("100000001", [member("100000001")], of=2, count=2)
    )
    project.run()


def names(project: Project, snapshot_id: int | None = None) -> list[str]:
    with open_reader(project.storages.lake, project.contracts, snapshot_id) as reader:
        rows = reader.sql("SELECT primary_name FROM dw_company_data ORDER BY duns").to_pylist()
    return [row["primary_name"] for row in rows]


def rows(project: Project) -> dict[str, list[object]]:
    return {
        name: project.sql(f"SELECT * EXCLUDE (load_timestamp, run_id) FROM {name} ORDER BY ALL")
        if name.startswith("dw")
        else project.sql(f"SELECT * FROM {name} ORDER BY ALL")
        for name in TABLES
    }


def test_reader_sees_an_older_snapshot(project: Project) -> None:
    three_runs(project)
    assert names(project, 1) == ["Alpine Cocoa AG"]
    assert names(project, 2) == ["New", "Second"]
    assert names(project) == ["New", "Second"]


def test_snapshot_that_is_not_kept_is_refused_and_the_kept_are_named(project: Project) -> None:
    three_runs(project)
    with pytest.raises(UsageError, match="snapshot 9 is not kept; kept are 1 to 3"):
        names(project, 9)


def test_rollback_withdraws_later_documents_until_they_are_reinstated(project: Project) -> None:
    three_runs(project)
    before = rows(project)
    notes = roll_back(project, 1).notes
    assert notes == [
        "back at snapshot 1; tables restored: 9; "
        "documents withdrawn until `firmograph reinstate`: 3"
    ]
    assert names(project) == ["Alpine Cocoa AG"]
    assert project.sql("SELECT count(*) AS n FROM ods_datablocks_raw") == [{"n": 3}]
    project.drop("c_data_blocks_20260304.json", response(organization("100000003", "Third")))
    assert project.run().totals.documents.received == 1
    assert names(project) == ["Alpine Cocoa AG", "Third"]
    project.rebuild()
    assert names(project) == ["Alpine Cocoa AG", "Third"]
    documents = reinstate_all(project).totals.documents
    assert (documents.retried, documents.published) == (3, 3)
    assert names(project) == ["New", "Second", "Third"]
    assert rows(project)["dw_family_tree_members"] == before["dw_family_tree_members"]
    assert reinstate_all(project).totals.documents.retried == 0


def test_withdrawn_file_is_a_duplicate_when_it_comes_again(project: Project) -> None:
    three_runs(project)
    roll_back(project, 1)
    project.drop("again_data_blocks_20260302.json", response(organization("100000002", "Second")))
    assert project.run().totals.files == {"duplicate": 1}


def test_rollback_and_reinstate_end_where_nothing_had_happened(project: Project) -> None:
    three_runs(project)
    before = rows(project)
    roll_back(project, 2)
    roll_back(project, 1)
    reinstate_all(project)
    assert rows(project) == before


def test_vacuum_keeps_what_kept_snapshots_need(project: Project) -> None:
    three_runs(project)
    (project.folders.lake / "dw" / "dw_company_data" / "left-behind.parquet").write_bytes(b"x")
    touched = maintenance.vacuum(project.storages, project.limits, project.contracts)
    assert touched.files["dw_company_data"] == 1
    assert names(project, 1) == ["Alpine Cocoa AG"]
    roll_back(project, 1)
    assert names(project) == ["Alpine Cocoa AG"]


def test_logs_stay_short_and_kept_snapshots_can_be_rolled_back_to(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PROPERTIES, "delta.checkpointInterval", "2")
    project.limits = replace(project.limits, snapshots_kept=3)
    for number in range(1, 13):
        record = organization(name=f"Name {number}")
        day = f"2026-03-{number:02}"
        project.drop(
            f"a_data_blocks_{day}.json".replace("-", ""), response(record, f"{day}T00:00:00Z")
        )
        project.run()
    logs = project.folders.lake.glob("*/*/_delta_log")
    lengths = {log.parent.name: len(list(log.glob("*.json"))) for log in logs}
    assert max(lengths.values()) <= 6
    assert lengths["dw_company_data"] == 4
    roll_back(project, 10)
    assert names(project) == ["Name 10"]
    assert verify(project.storages.lake, project.storages.processed).is_ok


def test_compact_merges_files_and_keeps_rows(project: Project) -> None:
    three_runs(project)
    before, seqs = rows(project), project.sql(SEQS)
    touched = maintenance.compact(project.storages, project.limits, project.contracts)
    assert touched.files["ods_datablocks_raw"] == 1
    assert rows(project) == before
    assert project.sql(SEQS) == seqs
    assert names(project, 1) == ["Alpine Cocoa AG"]
    assert not any(change.any for change in project.run().tables.values())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("      registered_name: {path: registeredName, rule: expected}\n", ""),
        ("{path: registeredName, rule: expected}", "{path: registeredName, type: integer}"),
    ],
    ids=["removed", "of another type"],
)
def test_compact_keeps_columns_that_the_contract_changed(
    project: Project, old: str, new: str
) -> None:
    for number, name in (("1", "New"), ("2", "Second")):
        record = organization(f"10000000{number}", name)
        project.drop(f"{number}_data_blocks_20260301.json", response(record))
        project.run()
    query = "SELECT duns, registered_name FROM dw_company_data ORDER BY duns"
    before, contract = project.sql(query), project.contracts["data_blocks"]
    assert [row["registered_name"] for row in before] == ["NEW", "SECOND"]
    change_contract(project, old, new)
    touched = maintenance.compact(project.storages, project.limits, project.contracts)
    assert touched.files["dw_company_data"] == 1
    project.contracts["data_blocks"] = contract
    assert project.sql(query) == before
    assert not any(change.any for change in project.run().tables.values())
    assert verify(project.storages.lake, project.storages.processed).is_ok


def test_plan_says_what_the_run_then_does_and_writes_nothing(project: Project) -> None:
    three_runs(project)
    project.drop("d_data_blocks_20260305.json", response(organization("100000004", "Fourth")))
    project.drop("bad_data_blocks_20260305.json", response(organization("1")))
    before = every_file(project.root)
    plan = planned(project, lambda copy: run(copy, project.limits, project.contracts))
    assert every_file(project.root) == before
    done = project.run()
    assert plan.tables == done.tables
    assert plan.totals == done.totals
    assert (plan.status, plan.tables["dw_company_data"].inserted) == ("refused", 1)


def test_dry_rebuild_writes_nothing(project: Project) -> None:
    three_runs(project)
    before = every_file(project.root)
    report = planned(project, lambda copy: rebuild(copy, project.limits, project.contracts))
    assert report.totals.documents.received == 4
    assert every_file(project.root) == before


def test_rebuild_as_of_a_day_gives_the_lake_of_that_day(
    project: Project, make_project: Callable[[str], Project], tmp_path: Path
) -> None:
    three_runs(project)
    (loaded,) = project.sql("SELECT max(load_timestamp) AS at FROM ods_datablocks_raw")
    other, report = as_of(project, tmp_path / "other", f"{loaded['at']:%Y-%m-%d}")
    assert report.totals.documents.received == 4
    assert rows(other)["dw_company_data"] == rows(project)["dw_company_data"]
    nothing, report = as_of(project, tmp_path / "before", "2020-01-01")
    assert report.totals.documents.received == 0
    assert nothing.sql("SELECT * FROM dw_company_data") == []
    with pytest.raises(UsageError, match="is not empty"):
        rebuild_again(project, other)


def rebuild_again(project: Project, other: Project) -> None:
    from datetime import date

    from firmograph.pipeline.rebuild import rebuild_as_of

    rebuild_as_of(
        project.storages, other.storages, date(2026, 1, 1), project.limits, project.contracts
    )


@pytest.mark.parametrize("command", [maintenance.vacuum, maintenance.compact])
def test_upkeep_does_not_hide_a_changed_contract(
    project: Project, command: Callable[..., object]
) -> None:
    three_runs(project)
    change_contract(project, "sic_id: primaryIndustryCode.usSicV4", "sic_id: postalCode")
    command(project.storages, project.limits, project.contracts)
    with pytest.raises(ContractError, match="sic_id differs"):
        project.run()
