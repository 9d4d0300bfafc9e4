"""Rebuild: DW and APP are a function of ODS and contracts, so they can be rebuilt at any time."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import Project
from documents import organization, response
from publish.histories import ROOT, copy_of, live_through
from publish.tables import column, count, delta_path, query, state, versions


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a history, to be copied and never changed."""
    project = Project(tmp_path_factory.mktemp("history") / "lived")
    live_through(project)
    return project


@pytest.fixture
def old(lived: Project, tmp_path: Path) -> Project:
    """A project with a history of its own."""
    return copy_of(lived, tmp_path / "old")


def drop_company(project: Project, duns: str, **more: Any) -> None:
    project.drop(f"{duns}_data_blocks_20260301.json", response(organization(duns, **more)))


def test_rebuild_equals_the_incremental_tables(old: Project) -> None:
    incremental = state(old)
    waiting = old.run().waiting_trees
    report = old.rebuild()
    assert state(old) == incremental
    assert {duns: tree.missing_pages for duns, tree in report.waiting_trees.items()} == {
        duns: tree.missing_pages for duns, tree in waiting.items()
    }


def test_history_ends_with_what_it_should(old: Project) -> None:
    """Tables would also be equal if both were empty."""
    found = state(old)
    assert {name: len(rows) for name, rows in found.items()} == {
        "dw_company_data": 3,
        "dw_corporate_linkage": 1,
        "dw_industry_code": 3,
        "dw_stock_exchanges": 3,
        "dw_family_tree": 2,
        "dw_family_tree_members": 5,
        "app_stocks_by_company": 3,
        "tb_entity_heads": 16,
        "tb_tree_pages": 4,
    }
    names = column(old, "SELECT primary_name FROM dw_company_data ORDER BY duns")
    assert names == ["Alpine Cocoa AG", "Bex, corrected", "Alpine Cocoa AG"]
    trees = old.run().waiting_trees
    assert {duns: t.missing_pages for duns, t in trees.items()} == {ROOT: [2], "100000008": [1, 3]}


def test_rebuild_keeps_the_stamps_of_unchanged_rows(old: Project) -> None:
    stamps = "SELECT duns, load_timestamp, run_id FROM dw_company_data ORDER BY duns"
    before = query(old, stamps)
    old.rebuild()
    assert query(old, stamps) == before


def test_rebuild_refuses_nothing_twice(old: Project) -> None:
    before = count(old, "tb_quarantine_files")
    assert before == 2
    old.rebuild()
    assert count(old, "tb_quarantine_files") == before


def test_rebuild_sums_every_document_of_ods(old: Project) -> None:
    totals = old.rebuild().totals.documents
    assert totals.received == count(old, "ods_datablocks_raw") + count(old, "ods_familytree_raw")
    assert (totals.received, totals.quarantined, totals.waiting) == (12, 1, 1)


def test_run_after_a_rebuild_writes_nothing(old: Project) -> None:
    old.rebuild()
    before = versions(old, without=["tb_pipeline_control"])
    old.run()
    assert versions(old, without=["tb_pipeline_control"]) == before


def test_rebuild_takes_no_uploads(project: Project) -> None:
    drop_company(project, "100000001")
    project.run()
    drop_company(project, "100000002")
    project.rebuild()
    assert column(project, "SELECT duns FROM dw_company_data") == ["100000001"]
    assert project.names(project.folders.uploads) == ["100000002_data_blocks_20260301.json"]


def test_rebuild_brings_back_a_lost_table(old: Project) -> None:
    before = state(old)
    shutil.rmtree(delta_path(old, "dw_industry_code"))
    old.rebuild()
    assert state(old) == before
