"""Mistakes that a public implementation of this flow makes on real files, one test each."""

import json
import shutil
from collections.abc import Callable

import pytest
from conftest import Json, Project
from deltalake import write_deltalake
from documents import member, organization, response, tree_page
from publish.tables import column, count, counts, delta_path, documents, open_delta, query

ODS = ("ods_datablocks_raw", "ods_familytree_raw")
EMPTIED = (
    "dw_company_data",
    "dw_industry_code",
    "dw_stock_exchanges",
    "dw_family_tree",
    "dw_family_tree_members",
    *ODS,
)
THREE = ("Orchard Glass", "Pebble Bay Ferries", "Quince Optics")


def drop_three_companies(project: Project) -> None:
    """Six files: data blocks and a family tree of each of three companies."""
    for number, name in enumerate(THREE, start=1):
        duns = f"10000000{number}"
        project.drop(f"{name}_data_blocks_20260301.json", response(organization(duns, name)))
        project.drop(f"{name}_family_tree_20260301.json", tree_page(duns, [member(duns)]))


def ods_names(project: Project, table: str) -> list[object]:
    return column(project, f"SELECT company_name FROM {table} ORDER BY company_name")


def test_nested_fields_are_found_so_none_of_six_files_is_quarantined(project: Project) -> None:
    drop_three_companies(project)
    report = project.run()
    assert (report.status, report.refusal_count) == ("ok", 0)
    assert documents(report) == {"received": 6, "published": 6}
    assert count(project, "tb_quarantine_files") == 0
    countries = column(project, "SELECT primary_address_country FROM dw_company_data")
    assert countries == ["Switzerland"] * 3
    assert count(project, "dw_family_tree_members") == 3


def test_run_that_quarantines_everything_does_not_say_success(project: Project) -> None:
    for name in THREE:
        project.drop(f"{name}_data_blocks_20260301.json", {"primaryName": name})
    report = project.run()
    assert (report.status, report.exit_code) == ("refused", 3)
    assert documents(report) == {"received": 3, "quarantined": 3}


def test_company_whose_name_ends_anothers_is_its_own(project: Project) -> None:
    """If files were found by a substring of their name, ``me_…`` would also match ``acme_…``."""
    for number, name in enumerate(("me", "acme", "acme me"), start=1):
        record = organization(f"10000000{number}", name)
        project.drop(f"{name}_data_blocks_20260301.json", response(record))
    project.run()
    rows = query(
        project,
        "SELECT o.company_name, d.primary_name FROM ods_datablocks_raw o "
        "JOIN dw_company_data d ON d.duns = o.entity_id ORDER BY 1",
    )
    names = ["acme", "acme me", "me"]
    assert rows == [{"company_name": name, "primary_name": name} for name in names]


def test_name_with_a_space_is_read(project: Project) -> None:
    project.drop("Pebble Bay_data_blocks_20260301.json", response(organization()))
    project.drop(" _data_blocks_20260301.json", response(organization("100000002")))
    assert project.run().totals.files["ingested"] == 2
    assert ods_names(project, "ods_datablocks_raw") == [" ", "Pebble Bay"]


def test_each_file_is_read_once_however_many_there_are(project: Project) -> None:
    drop_three_companies(project)
    report = project.run()
    assert (report.totals.files_seen, dict(report.totals.files)) == (6, {"ingested": 6})
    assert counts(project, *ODS) == {"ods_datablocks_raw": 3, "ods_familytree_raw": 3}
    ledger = column(project, "SELECT file_name FROM tb_pipeline_control WHERE activity = 'ingest'")
    assert len(set(ledger)) == len(ledger) == 6


def test_company_name_with_an_underscore_lands_in_its_own_table(project: Project) -> None:
    names = ["a_b_c", "big_family_tree_company", "data_blocks", "x_data_blocks_20250101"]
    for number, name in enumerate(names, start=1):
        duns = f"10000000{number}"
        project.drop(f"{name}_data_blocks_20260301.json", response(organization(duns)))
        project.drop(f"{name}_family_tree_20260301.json", tree_page(duns, [member(duns)]))
    assert project.run().status == "ok"
    assert [ods_names(project, table) for table in ODS] == [names, names]
    dates = column(project, "SELECT ref_date::VARCHAR FROM ods_datablocks_raw")
    assert dates == ["2026-03-01"] * 4


def test_late_file_for_a_processed_date_reaches_dw(project: Project) -> None:
    project.drop("a_data_blocks_20260301.json", response(organization("100000001")))
    project.run()
    project.run()
    project.drop("b_data_blocks_20260301.json", response(organization("100000002")))
    project.drop("c_data_blocks_20260201.json", response(organization("100000003")))
    project.run()
    duns = column(project, "SELECT duns FROM dw_company_data ORDER BY duns")
    assert duns == ["100000001", "100000002", "100000003"]


def test_corrected_file_under_the_same_name_is_not_ignored(project: Project) -> None:
    name = "a_data_blocks_20260301.json"
    for spelling in ("Wrong", "Right"):
        project.drop(name, response(organization(name=spelling)))
        project.run()
    assert column(project, "SELECT primary_name FROM dw_company_data") == ["Right"]
    assert project.names(project.folders.processed) == [name]
    kept = sorted(p for p in project.folders.processed.rglob("*") if p.is_file())
    assert sorted(json.loads(p.read_text())["organization"]["primaryName"] for p in kept) == [
        "Right",
        "Wrong",
    ]


def test_empty_array_in_every_document_is_no_row_and_no_crash(project: Project) -> None:
    for number in (1, 2):
        record = organization(f"10000000{number}", industryCodes=[], stockExchanges=[])
        project.drop(f"{number}_data_blocks_20260301.json", response(record))
    project.drop("t_family_tree_20260301.json", tree_page("100000001", []))
    for _ in range(2):
        assert project.run().status == "ok"
        assert counts(project, *EMPTIED) == dict(zip(EMPTIED, (2, 0, 0, 1, 0, 2, 1), strict=True))


def _empty(project: Project) -> None:
    ledger = open_delta(project, "tb_pipeline_control")
    write_deltalake(ledger, ledger.to_pyarrow_table().slice(0, 0), mode="overwrite")


def _delete(project: Project) -> None:
    shutil.rmtree(delta_path(project, "tb_pipeline_control"))


def _cut_off(project: Project) -> None:
    logs = sorted((delta_path(project, "tb_pipeline_control") / "_delta_log").glob("*.json"))
    for log in logs[1:]:
        log.unlink()


@pytest.mark.parametrize("damage", [_empty, _delete, _cut_off])
def test_lost_ledger_doubles_nothing(damage: Callable[[Project], None], project: Project) -> None:
    drop_three_companies(project)
    project.run()
    tables = (*ODS, "dw_company_data", "dw_industry_code", "dw_family_tree_members")
    before = counts(project, *tables)
    damage(project)
    for path in project.folders.processed.iterdir():
        shutil.copy(path, project.folders.uploads)
    report = project.run()
    assert dict(report.totals.files) == {"duplicate": 6}
    assert counts(project, *tables) == before


def test_redelivered_file_is_a_duplicate_though_its_processed_copy_is_gone(
    project: Project,
) -> None:
    name = "a_data_blocks_20260301.json"
    for _ in range(2):
        project.drop(name, response(organization()))
        report = project.run()
        shutil.rmtree(project.folders.processed)
    assert dict(report.totals.files) == {"duplicate": 1}
    statuses = "SELECT status FROM tb_pipeline_control WHERE activity = 'ingest' ORDER BY status"
    assert column(project, statuses) == ["duplicate", "ingested"]


def test_same_company_on_two_dates_is_one_row(project: Project) -> None:
    for day in ("20260301", "20260302"):
        project.drop(f"a_data_blocks_{day}.json", organization(name=f"As of {day}"))
    project.run()
    assert query(project, "SELECT duns, primary_name FROM dw_company_data") == [
        {"duns": "100000001", "primary_name": "As of 20260302"}
    ]
    assert count(project, "dw_industry_code") == count(project, "dw_stock_exchanges") == 1


def test_no_form_of_document_crashes_the_run(project: Project) -> None:
    forms: dict[str, Json] = {
        "bare": organization("100000001"),
        "enveloped": response(organization("100000002")),
        "gateway": {"duns": "9", "rawDnbData": response(organization("100000003"))},
    }
    for name, document in forms.items():
        project.drop(f"{name}_data_blocks_20260301.json", document)
    assert project.run().status == "ok"
    duns = column(project, "SELECT duns FROM dw_company_data ORDER BY duns")
    assert duns == ["100000001", "100000002", "100000003"]


def test_mart_is_built(project: Project) -> None:
    drop_three_companies(project)
    project.run()
    assert query(project, "SELECT * FROM app_stocks_by_company ORDER BY duns") == [
        {"duns": f"10000000{number}", "country": "CH", "count": 1} for number in (1, 2, 3)
    ]
