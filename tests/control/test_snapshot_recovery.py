"""Recovery: tables newer than the last snapshot come from an interrupted run and are restored."""

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pytest
from conftest import Project
from deltalake import DeltaTable, TableFeatures, write_deltalake
from documents import member, organization, response, tree_page
from publish.histories import copy_of
from publish.tables import (
    column,
    count,
    delta_path,
    documents,
    one,
    open_delta,
    query,
    state,
    versions,
)

from firmograph.errors import LakeError, UsageError
from firmograph.pipeline.rollback import rollback

SNAPSHOTS = "SELECT * FROM tb_published_snapshots ORDER BY snapshot_id"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with one company and its tree, to be copied and never changed."""
    project = Project(tmp_path_factory.mktemp("recovery") / "filled")
    project.drop("a_data_blocks_20260301.json", response(organization()))
    tree = tree_page("100000001", [member("100000001")])
    project.drop("t_family_tree_20260301.json", tree)
    project.run()
    return project


@pytest.fixture
def project(filled: Project, tmp_path: Path) -> Project:
    """One company and its tree, published."""
    return copy_of(filled, tmp_path / "project")


def append_again(table: DeltaTable) -> None:
    write_deltalake(table, table.to_pyarrow_table(), mode="append")


def empty(table: DeltaTable) -> None:
    write_deltalake(table, table.to_pyarrow_table().slice(0, 0), mode="overwrite")


def add_a_column(table: DeltaTable) -> None:
    rows = table.to_pyarrow_table()
    rows = rows.append_column("stray", pa.array(["x"] * rows.num_rows))
    write_deltalake(table, rows, mode="overwrite", schema_mode="overwrite")


def write_twice(table: DeltaTable) -> None:
    empty(table)
    append_again(table)


CHANGES: dict[str, tuple[Callable[[DeltaTable], None], int]] = {
    "dw_company_data": (append_again, 1),
    "dw_industry_code": (add_a_column, 1),
    "dw_stock_exchanges": (empty, 1),
    "dw_family_tree_members": (empty, 1),
    "app_stocks_by_company": (append_again, 1),
    "tb_entity_heads": (write_twice, 6),
    "tb_tree_pages": (append_again, 1),
}
"""What happens to a table behind the lake's back, and how many rows it has before and after."""


def test_tables_changed_behind_the_lakes_back_are_set_back(project: Project) -> None:
    before = state(project)
    fields = {name: open_delta(project, name).schema().to_json() for name in CHANGES}
    for name, (change, _) in CHANGES.items():
        change(open_delta(project, name))
    report = project.run()
    assert state(project) == before
    for name, (_, row_count) in CHANGES.items():
        table = open_delta(project, name)
        assert table.schema().to_json() == fields[name]
        assert table.to_pyarrow_table().num_rows == row_count
        assert name in report.notes[0]


def test_lake_set_back_once_is_not_set_back_again(project: Project) -> None:
    append_again(open_delta(project, "dw_company_data"))
    project.run()
    before = versions(project, without=["tb_pipeline_control"])
    assert project.run().notes == []
    assert versions(project, without=["tb_pipeline_control"]) == before


def test_uploads_of_a_run_that_sets_back_are_published(project: Project) -> None:
    empty(open_delta(project, "dw_company_data"))
    empty(open_delta(project, "tb_entity_heads"))
    project.drop("b_data_blocks_20260301.json", response(organization("100000002")))
    assert documents(project.run()) == {"received": 1, "published": 1}
    duns = column(project, "SELECT duns FROM dw_company_data ORDER BY duns")
    assert duns == ["100000001", "100000002"]


def test_readers_see_the_last_snapshot_and_nothing_newer(project: Project) -> None:
    tables = ("dw_company_data", "dw_industry_code", "app_stocks_by_company")
    for name in tables:
        append_again(open_delta(project, name))
    for name in tables:
        assert project.sql(f"SELECT count(*) AS n FROM {name}") == [{"n": 1}]


def keep_aside(project: Project) -> Path:
    return Path(shutil.copytree(project.folders.lake, project.root / "aside"))


def put_back(project: Project, aside: Path, *zones: str) -> None:
    for zone in zones:
        shutil.rmtree(project.folders.lake / zone)
        shutil.copytree(aside / zone, project.folders.lake / zone)


def second_documents(project: Project) -> None:
    newer = response(organization(name="Newer"), "2026-04-01T00:00:00Z")
    project.drop("b_data_blocks_20260401.json", newer)
    half = tree_page("100000001", [member("100000001")], of=2, count=2, time="2026-04-01T00:00:00Z")
    project.drop("u_family_tree_20260401.json", half)


def test_process_that_died_after_ods_is_finished_by_the_next_run(project: Project) -> None:
    aside = keep_aside(project)
    second_documents(project)
    project.run()
    undisturbed = state(project)
    put_back(project, aside, "dw", "app", "control")
    for name in ("b_data_blocks_20260401.json", "u_family_tree_20260401.json"):
        shutil.move(project.folders.processed / name, project.folders.uploads / name)
    report = project.run()
    assert state(project) == undisturbed
    assert dict(report.totals.files) == {"ingested": 2}
    assert documents(report) == {"received": 2, "published": 1, "waiting": 1}
    assert count(project, "ods_datablocks_raw") == count(project, "ods_familytree_raw") == 2
    assert project.names(project.folders.uploads) == []


def test_process_that_died_after_moving_its_files_is_finished_by_the_next_run(
    project: Project,
) -> None:
    aside = keep_aside(project)
    second_documents(project)
    project.run()
    undisturbed = state(project)
    put_back(project, aside, "dw", "app", "control")
    report = project.run()
    assert state(project) == undisturbed
    assert documents(report) == {"received": 2, "published": 1, "waiting": 1}


def test_process_that_died_before_its_snapshot_is_published_anew(project: Project) -> None:
    aside = keep_aside(project)
    second_documents(project)
    project.run()
    undisturbed = state(project)
    shutil.rmtree(delta_path(project, "tb_published_snapshots"))
    name = "control/tb_published_snapshots"
    shutil.copytree(aside / name, project.folders.lake / name)
    assert column(project, "SELECT primary_name FROM dw_company_data") == ["Alpine Cocoa AG"]
    report = project.run()
    assert state(project) == undisturbed
    assert "; restored: " in report.notes[0]
    assert count(project, "tb_published_snapshots") == 2


def test_table_older_than_the_snapshot_stops_the_run_before_it_reads(project: Project) -> None:
    shutil.rmtree(delta_path(project, "tb_entity_heads"))
    project.drop("b_data_blocks_20260301.json", response(organization("100000002")))
    with pytest.raises(LakeError, match="tb_entity_heads"):
        project.run()
    assert project.names(project.folders.uploads) == ["b_data_blocks_20260301.json"]


def test_table_of_another_protocol_stops_the_run_and_is_named(project: Project) -> None:
    table = open_delta(project, "dw_industry_code")
    table.alter.add_feature(TableFeatures.DeletionVectors, allow_protocol_versions_increase=True)
    with pytest.raises(LakeError, match="dw_industry_code has protocol reader 3, writer 7"):
        project.run()


def test_snapshot_names_the_versions_that_belong_together(project: Project) -> None:
    first = one(project, SNAPSHOTS)
    project.drop("b_data_blocks_20260301.json", response(organization("100000002")))
    report = project.run()
    snapshot = query(project, SNAPSHOTS)[-1]
    assert (first["snapshot_id"], first["ingest_seq"]) == (1, 2)
    assert (snapshot["snapshot_id"], snapshot["ingest_seq"]) == (2, 3)
    assert (snapshot["run_id"], report.snapshot_id) == (report.run_id, 2)
    unnamed = ["tb_pipeline_control", "tb_published_snapshots"]
    assert json.loads(snapshot["table_versions"]) == versions(project, without=unnamed)
    assert snapshot["contract_fingerprint"] == first["contract_fingerprint"] != ""
    assert query(project, SNAPSHOTS)[0] == first


def test_rollback_past_a_lost_mart_shows_the_mart_of_that_snapshot_or_is_refused(
    project: Project,
) -> None:
    """Its log restarted when it was rebuilt, so version 1 is a different table now."""
    project.drop("b_data_blocks_20260301.json", response(organization("100000002")))
    project.run()
    shutil.rmtree(delta_path(project, "app_stocks_by_company"))
    project.drop("c_data_blocks_20260301.json", response(organization("100000003")))
    project.run()
    with suppress(UsageError):
        rollback(project.storages, project.limits, project.contracts, 1)
    wanted = column(project, "SELECT duns FROM dw_stock_exchanges ORDER BY duns")
    assert column(project, "SELECT duns FROM app_stocks_by_company ORDER BY duns") == wanted
