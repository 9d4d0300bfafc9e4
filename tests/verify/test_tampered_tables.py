"""Tables tampered with outside the program, in a snapshot that names the result."""

import pytest
from conftest import Project
from documents import member, tree_page

from verify.lakes import LONE, ROOT, printed, prove, publish_again, rewrite

BEX = "duns = '100000002'"
OWN = "its head for dw_company_data is"
ALPINE = "document 1 of 2026-01-05 00:00:00.123+00"


@pytest.mark.parametrize(
    ("table", "sql", "difference"),
    [
        (
            "dw_company_data",
            f"SELECT * REPLACE (if({BEX}, 'Box', primary_name) AS primary_name) FROM held",
            "row (100000002) holds primary_name Box, its document says Bex",
        ),
        (
            "dw_corporate_linkage",
            "SELECT * REPLACE (NULL::BIGINT AS hierarchy_level) FROM held",
            "row (100000001) holds hierarchy_level NULL, its document says 2",
        ),
        (
            "dw_industry_code",
            "SELECT * REPLACE (if(code = '2066', '2067', code) AS code, "
            "if(code = '2066', 'x', description) AS description) FROM held",
            "row (100000002, 3599, 1) holds code 2067, its document says 2066; "
            "holds description x, its document says NULL",
        ),
        (
            "dw_stock_exchanges",
            "SELECT * REPLACE (NOT is_primary AS is_primary) FROM held",
            "row (100000001, SIX:ALPC) holds is_primary false, its document says true",
        ),
        (
            "dw_family_tree",
            f"SELECT * REPLACE (if(global_duns = '{ROOT}', 4, members_expected) "
            "AS members_expected) FROM held",
            f"row ({ROOT}) holds members_expected 4, its document says 3",
        ),
        (
            "dw_family_tree_members",
            "SELECT * REPLACE (if(duns = '200000001', '1986-03', start_date) AS start_date) "
            "FROM held",
            f"row ({ROOT}, 200000001) holds start_date 1986-03, its document says 1986-02",
        ),
    ],
)
def test_changed_row_is_found(table: str, sql: str, difference: str, lake: Project) -> None:
    rewrite(lake, table, sql)
    proof = prove(lake)
    assert proof.code == 1
    assert proof.failing == {"rows": [f"{table}: {difference}"]}


@pytest.mark.parametrize(
    ("table", "kept", "key"),
    [
        ("dw_corporate_linkage", "false", "100000001"),
        ("dw_industry_code", "code <> '2066'", "100000002, 3599, 1"),
        ("dw_stock_exchanges", "false", "100000001, SIX:ALPC"),
    ],
)
def test_deleted_row_is_found(table: str, kept: str, key: str, lake: Project) -> None:
    rewrite(lake, table, f"SELECT * FROM held WHERE {kept}")
    difference = f"{table}: row ({key}) is in the document, but not in the table"
    assert prove(lake).failing == {"rows": [difference]}


def test_deleted_company_is_found_even_outside_of_the_sample(lake: Project) -> None:
    rewrite(lake, "dw_company_data", f"SELECT * FROM held WHERE NOT ({BEX})")
    assert prove(lake, "--sample", "0").failing == {
        "parents": [
            "100000002 has a head, but no row in dw_company_data",
            "dw_industry_code: 100000002 is not in dw_company_data",
        ]
    }
    assert prove(lake, "--full").failing["rows"] == [
        "dw_company_data: row (100000002) is in the document, but not in the table"
    ]


def test_deleted_tree_is_found(lake: Project) -> None:
    rewrite(lake, "dw_family_tree", f"SELECT * FROM held WHERE global_duns <> '{LONE}'")
    assert prove(lake).failing == {
        "parents": [
            f"{LONE} has a head, but no row in dw_family_tree",
            f"dw_family_tree_members: {LONE} is not in dw_family_tree",
        ],
        "rows": [f"dw_family_tree: row ({LONE}) is in the document, but not in the table"],
    }


def test_row_that_no_document_holds_is_found(lake: Project) -> None:
    extra = "SELECT * REPLACE (9 AS priority) FROM held WHERE code = '2066'"
    rewrite(lake, "dw_industry_code", f"SELECT * FROM held UNION ALL {extra}")
    difference = "row (100000002, 3599, 9) is in the table, but not in the document"
    assert prove(lake).failing == {"rows": [f"dw_industry_code: {difference}"]}


def test_row_of_an_unknown_company_is_found(lake: Project) -> None:
    extra = "SELECT * REPLACE ('100000099' AS duns) FROM held WHERE code = '2066'"
    rewrite(lake, "dw_industry_code", f"SELECT * FROM held UNION ALL {extra}")
    assert prove(lake).failing == {
        "parents": [
            "dw_industry_code: 100000099 has no head",
            "dw_industry_code: 100000099 is not in dw_company_data",
        ]
    }


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("dw_company_data", "100000001"),
        ("dw_industry_code", "100000001, 30832, 1"),
        ("dw_family_tree", LONE),
        ("dw_family_tree_members", f"{LONE}, {LONE}"),
        ("tb_entity_heads", "100000001, data_blocks, dw_company_data"),
    ],
)
def test_row_that_stands_twice_is_found(table: str, key: str, lake: Project) -> None:
    rewrite(lake, table, "SELECT * FROM held UNION ALL (SELECT * FROM held ORDER BY ALL LIMIT 1)")
    proof = prove(lake)
    assert proof.code == 1
    assert proof.failing["keys"] == [f"{table}: key ({key}) occurs 2 times"]


def test_null_in_a_key_is_found(lake: Project) -> None:
    sql = "SELECT * REPLACE (if(code = '2066', NULL, priority) AS priority) FROM held"
    rewrite(lake, "dw_industry_code", sql)
    failing = prove(lake).failing
    assert failing["keys"] == [
        "dw_industry_code: key (100000002, 3599, NULL) is NULL in part, 1 rows"
    ]
    assert len(failing["rows"]) == 2


def test_lost_member_and_another_parent_are_found(lake: Project) -> None:
    sql = "SELECT * REPLACE ('200000001' AS parent_duns) FROM held WHERE duns <> '200000001'"
    rewrite(lake, "dw_family_tree_members", sql)
    failing = prove(lake, "--sample", "0").failing
    assert list(failing) == ["heads", "rows"]
    assert failing["heads"] == failing["rows"]
    said = "holds parent_duns 200000001, its document says"
    assert failing["heads"] == [
        f"dw_family_tree_members: row ({LONE}, {LONE}) {said} NULL",
        f"dw_family_tree_members: row ({ROOT}, {ROOT}) {said} NULL",
        f"dw_family_tree_members: row ({ROOT}, 200000001) is in the document, but not in the table",
        f"dw_family_tree_members: row ({ROOT}, 200000002) {said} {ROOT}",
    ]


def test_head_that_points_to_an_older_document_is_found(lake: Project) -> None:
    """The row is that of the older document, so only ODS shows the difference."""
    (row,) = lake.sql("SELECT document_id FROM ods_datablocks_raw WHERE ingest_seq = 6")
    late = row["document_id"]
    entity = "entity_id = '100000001' AND table_name = 'dw_company_data'"
    sql = (
        f"SELECT * REPLACE (if({entity}, ['{late}'], document_ids) AS document_ids, "
        f"if({entity}, 6, ingest_seq) AS ingest_seq, if({entity}, "
        "'2025-12-01 00:00:00+00'::TIMESTAMPTZ, source_timestamp) AS source_timestamp) FROM held"
    )
    rewrite(lake, "tb_entity_heads", sql)
    renamed = "if(duns = '100000001', 'Late', primary_name) AS primary_name"
    registered = "if(duns = '100000001', 'LATE', registered_name) AS registered_name"
    rewrite(lake, "dw_company_data", f"SELECT * REPLACE ({renamed}, {registered}) FROM held")
    (row,) = lake.sql("SELECT document_id FROM ods_datablocks_raw WHERE ingest_seq = 1")
    assert prove(lake, "--full").failing == {
        "heads": [
            f"100000001: {OWN} document 6 of 2025-12-01 00:00:00+00 ({late[:8]}); "
            f"by ODS it is {ALPINE} ({row['document_id'][:8]})"
        ]
    }


def test_head_of_another_companys_document_is_found(lake: Project) -> None:
    sql = (
        "SELECT * REPLACE (if(entity_id = '100000001' AND table_name = 'dw_industry_code', "
        "(SELECT any_value(document_ids) FROM held WHERE entity_id = '100000002'), document_ids) "
        "AS document_ids) FROM held"
    )
    rewrite(lake, "tb_entity_heads", sql)
    failing = prove(lake).failing
    assert list(failing) == ["heads", "rows"]
    assert "100000001: its head for dw_industry_code is document 1" in failing["heads"][0]


def test_head_of_a_document_that_is_not_there_is_found(lake: Project) -> None:
    sql = (
        "SELECT * REPLACE (list_transform(document_ids, lambda d: 'f00') AS document_ids) FROM held"
    )
    rewrite(
        lake,
        "tb_entity_heads",
        f"{sql} WHERE table_name = 'dw_company_data' UNION ALL "
        "SELECT * FROM held WHERE table_name <> 'dw_company_data'",
    )
    assert prove(lake).failing["parents"] == [
        f"{duns}: document f00 of its head for dw_company_data is not in ODS"
        for duns in ("100000001", "100000002", "100000005")
    ]


def test_missing_head_is_found(lake: Project) -> None:
    lost = "entity_id = '100000002' AND table_name = 'dw_industry_code'"
    rewrite(lake, "tb_entity_heads", f"SELECT * FROM held WHERE NOT ({lost})")
    failing = prove(lake, "--sample", "0").failing
    assert failing["parents"] == ["dw_industry_code: 100000002 has no head"]
    assert failing["heads"][0].startswith(
        "100000002: its head for dw_industry_code is none; by ODS it is document 2 of 2026-01-06"
    )


def test_head_that_says_it_covers_is_found(lake: Project) -> None:
    rewrite(lake, "tb_entity_heads", "SELECT * REPLACE (true AS covers) FROM held")
    proof = prove(lake)
    assert list(proof.failing) == ["heads"]
    assert len(proof.failing["heads"]) == 5
    assert proof.seen("heads") == "8 differences in 16 heads of 9 documents"


def test_head_without_one_of_its_pages_is_found(lake: Project) -> None:
    sql = "SELECT * REPLACE (document_ids[-1:] AS document_ids) FROM held"
    rewrite(lake, "tb_entity_heads", sql)
    failing = prove(lake).failing
    assert list(failing) == ["heads", "rows"]
    assert f"{ROOT}: its head for dw_family_tree is document 8" in failing["heads"][0]
    assert "by ODS it is document 8 of 2026-01-05 00:01:00+00, not covering" in failing["heads"][0]
    assert failing["heads"][-1] == (
        f"dw_family_tree_members: row ({ROOT}, 200000001) is in the table, but not in the document"
    )


def test_tree_that_waits_without_the_snapshot_saying_so_is_found(lake: Project) -> None:
    """As if an older delivery had been published instead of a newer, complete one."""
    publish_again(lake, waiting_trees={LONE: {"missing_pages": [1, 3], "documents": []}})
    assert prove(lake).failing == {
        "heads": [
            f"{ROOT}: its newest page is document 10, which is not in its complete head, "
            "yet the snapshot names nothing missing"
        ]
    }


def test_tree_called_complete_without_evidence_is_found(lake: Project) -> None:
    rewrite(
        lake,
        "dw_family_tree",
        "SELECT * REPLACE (true AS is_complete, 0 AS members_received) FROM held "
        f"WHERE global_duns = '{LONE}' UNION ALL "
        f"SELECT * REPLACE (false AS is_complete) FROM held WHERE global_duns <> '{LONE}'",
    )
    assert prove(lake).failing["heads"] == [
        f"{LONE}: it is complete with 0 of 9 members and 1 of 3 pages",
        f"{ROOT}: it is not complete with 3 of 3 members and 2 of 2 pages",
    ]


def test_received_page_that_is_called_missing_is_found(lake: Project) -> None:
    called = {"documents": []}
    waiting = {LONE: {"missing_pages": [1, 2, 3]}, ROOT: {"missing_pages": [1, 2]}}
    publish_again(lake, waiting_trees={duns: tree | called for duns, tree in waiting.items()})
    assert prove(lake).failing == {
        "heads": [
            f"{LONE}: page 2 is called missing, but is document 9",
            f"{ROOT}: page 1 is called missing, but is document 10",
        ]
    }


def test_page_of_the_complete_head_may_be_missing_in_a_newer_delivery(lake: Project) -> None:
    tree = {"missing_pages": [2], "documents": [10]}
    publish_again(
        lake, waiting_trees={LONE: {"missing_pages": [1, 3], "documents": []}, ROOT: tree}
    )
    assert prove(lake).failing == {}


def test_count_without_members_that_was_accepted_is_found(project: Project) -> None:
    count_only = tree_page(ROOT, [], count=9, time="2026-03-08T00:00:00Z")
    project.drop("a_family_tree_20260301.json", tree_page(ROOT, [member(ROOT)]))
    project.drop("b_family_tree_20260308.json", count_only)
    project.run()
    assert prove(project).failing == {}
    rewrite(project, "tb_quarantine_files", "SELECT * FROM held WHERE false")
    assert prove(project).failing["sums"][0] == (
        "document 2 is neither refused nor withdrawn, but it lists no member that can be used"
    )


def test_lines_name_at_most_five_differences(lake: Project) -> None:
    rewrite(lake, "dw_family_tree_members", "SELECT * FROM held WHERE false")
    rewrite(lake, "dw_industry_code", "SELECT * FROM held WHERE false")
    lines = printed(lake)
    rows = lines.index(
        "FAIL rows: dw_industry_code: row (100000001, 30832, 1) is in the document, "
        "but not in the table"
    )
    assert all(line.startswith("     dw_") for line in lines[rows + 1 : rows + 5])
    assert lines[rows + 5] == "     and 2 more"
    assert lines[-1] == "verified snapshot 5: 11 differences"


def test_value_does_not_speak_to_the_terminal(lake: Project) -> None:
    rewrite(lake, "dw_company_data", "SELECT * REPLACE ('\x1b[31m\n' AS primary_name) FROM held")
    lines = printed(lake, "--sample", "1")
    assert [line for line in lines if line.startswith("FAIL")] == [
        r"FAIL rows: dw_company_data: row (100000005) holds primary_name \x1b[31m\n, "
        "its document says 5.5"
    ]
    assert lines[-1] == "verified snapshot 4: 1 difference"
