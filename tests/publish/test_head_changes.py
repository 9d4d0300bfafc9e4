"""What a new head changes: only rows that differ get a new stamp, and each document is counted."""

from conftest import Json, Project
from documents import organization, response
from publish.tables import column, count, documents, one, query, versions

STAMP = "SELECT load_timestamp, run_id FROM dw_company_data"
DAYS = [f"2026-03-{day:02}T00:00:00Z" for day in range(1, 10)]


def codes(*pairs: tuple[int, str]) -> list[Json]:
    return [{"typeDnBCode": 399, "priority": p, "code": code} for p, code in pairs]


def drop(project: Project, day: int, record: Json, *blocks: str) -> None:
    project.drop(f"{day}_data_blocks_20260301.json", response(record, DAYS[day], *blocks))


def test_unchanged_newer_document_keeps_the_rows_stamps(project: Project) -> None:
    drop(project, 0, organization())
    first = project.run()
    before = one(project, STAMP)
    drop(project, 1, organization())
    second = project.run()
    assert second.run_id != first.run_id
    assert one(project, STAMP) == before
    assert before["run_id"] == first.run_id
    assert documents(second) == {"received": 1, "unchanged": 1}


def test_unchanged_newer_document_is_the_head_from_now_on(project: Project) -> None:
    drop(project, 0, organization())
    project.run()
    drop(project, 2, organization())
    project.run()
    drop(project, 1, organization(name="Between the two"))
    assert documents(project.run()) == {"received": 1, "superseded": 1}
    heads = column(project, "SELECT DISTINCT source_timestamp::VARCHAR FROM tb_entity_heads")
    assert heads == ["2026-03-03 00:00:00+00"]


def test_unchanged_newer_document_writes_no_business_table(project: Project) -> None:
    drop(project, 0, organization())
    project.run()
    before = versions(project)
    drop(project, 1, organization())
    project.run()
    after = versions(project)
    assert sorted(name for name in after if after[name] != before[name]) == [
        "ods_datablocks_raw",
        "tb_entity_heads",
        "tb_pipeline_control",
        "tb_published_snapshots",
    ]


def test_only_rows_that_differ_get_a_new_stamp(project: Project) -> None:
    drop(project, 0, organization(industryCodes=codes((1, "0111"), (2, "0112"), (3, "0113"))))
    first = project.run().run_id
    drop(project, 1, organization(industryCodes=codes((1, "0111"), (2, "9999"), (4, "0114"))))
    report = project.run()
    rows = query(project, "SELECT priority, code, run_id FROM dw_industry_code ORDER BY priority")
    assert rows == [
        {"priority": 1, "code": "0111", "run_id": first},
        {"priority": 2, "code": "9999", "run_id": report.run_id},
        {"priority": 4, "code": "0114", "run_id": report.run_id},
    ]
    assert vars(report.tables["dw_industry_code"]) == {
        "inserted": 1,
        "updated": 1,
        "deleted": 1,
        "rows": 3,
    }
    assert one(project, STAMP)["run_id"] == first


def test_other_companies_keep_their_stamps(project: Project) -> None:
    drop(project, 0, organization("100000001"))
    drop(project, 1, organization("100000003"))
    first = project.run().run_id
    drop(project, 2, organization("100000002"))
    drop(project, 3, organization("100000003", "Renamed"))
    second = project.run().run_id
    rows = query(project, "SELECT duns, run_id FROM dw_company_data ORDER BY duns")
    assert rows == [
        {"duns": "100000001", "run_id": first},
        {"duns": "100000002", "run_id": second},
        {"duns": "100000003", "run_id": second},
    ]


def test_documents_are_summed_by_where_they_went(project: Project) -> None:
    drop(project, 3, organization())
    assert documents(project.run()) == {"received": 1, "published": 1}
    drop(project, 4, organization())  # newer, the same rows
    drop(project, 5, organization("100000002"))  # a new company
    drop(project, 6, organization("100000003", "Beaten within the run"))
    drop(project, 7, organization("100000003", "Newest"))
    drop(project, 1, organization(name="Older"))
    project.drop("8_data_blocks_20260301.json", {"organization": {"primaryName": "No DUNS"}})
    assert documents(project.run()) == {
        "received": 6,
        "published": 2,
        "unchanged": 1,
        "superseded": 2,
        "quarantined": 1,
    }


def test_document_that_speaks_for_one_table_is_published(project: Project) -> None:
    drop(project, 1, organization())
    project.run()
    linkage = {"duns": "100000001", "corporateLinkage": {"hierarchyLevel": 2}, "primaryName": "A"}
    drop(project, 2, linkage, "hierarchyconnections_L1_v1")
    assert documents(project.run()) == {"received": 1, "published": 1}
    assert count(project, "dw_corporate_linkage") == 1
    assert column(project, "SELECT primary_name FROM dw_company_data") == ["Alpine Cocoa AG"]


def test_same_document_in_another_file_is_unchanged(project: Project) -> None:
    drop(project, 1, organization())
    project.run()
    text = (project.folders.processed / "1_data_blocks_20260301.json").read_text("utf-8")
    project.drop("again_data_blocks_20260301.json", f"\n{text}\n")
    assert documents(project.run()) == {"received": 1, "unchanged": 1}
    assert count(project, "ods_datablocks_raw") == 2
    assert len(set(column(project, "SELECT document_id FROM ods_datablocks_raw"))) == 1


def test_only_a_bought_block_empties_a_linkage(project: Project) -> None:
    """A standalone company's empty linkage removes an earlier row if the block was delivered.

    A linkage that names no company removes none.
    """
    linked = {"hierarchyLevel": 2, "globalUltimate": {"duns": "100000009"}}
    drop(project, 1, organization(corporateLinkage=linked))
    project.run()
    drop(project, 2, organization())
    roles = {"familytreeRolesPlayed": [{"dnbCode": 9141}], "hierarchyLevel": 1}
    drop(project, 3, organization(corporateLinkage=roles))
    drop(project, 4, organization(corporateLinkage={}))
    project.run()
    drop(project, 5, organization(corporateLinkage=roles), "hierarchyconnections_L1_v1")
    project.run()
    assert column(project, "SELECT hierarchy_level FROM dw_corporate_linkage") == [2]
    drop(project, 6, organization(corporateLinkage={}), "hierarchyconnections_L1_v1")
    project.run()
    assert count(project, "dw_corporate_linkage") == 0
