"""ODS, the quarantine, the ledger and the totals, tampered with outside the program."""

import pytest
from conftest import Project
from documents import organization

from firmograph.errors import LakeError
from firmograph.pipeline import run as pipeline
from verify.lakes import LONE, prove, publish_again, rewrite

ODS, TREES, REFUSED = "ods_datablocks_raw", "ods_familytree_raw", "tb_quarantine_files"


def test_lost_document_that_no_head_names_is_found(lake: Project) -> None:
    rewrite(lake, ODS, "SELECT * FROM held WHERE ingest_seq <> 6")
    proof = prove(lake, "--full")
    assert proof.code == 1
    assert proof.failing == {
        "sums": [
            "snapshot 2: its run received 3 documents, ODS holds 2 of them",
            "alpine_data_blocks_20251201.json: the ledger counts 1 documents, ODS holds 0",
        ],
        "processed": ["alpine_data_blocks_20251201.json: its bytes are not in ODS"],
    }


def test_lost_document_of_a_file_that_has_others_is_found(lake: Project) -> None:
    rewrite(lake, ODS, "SELECT * FROM held WHERE ingest_seq <> 3")
    assert prove(lake).failing == {
        "sums": [
            "snapshot 1: its run received 5 documents, ODS holds 4 of them",
            "document 3 is in the quarantine, but not in ODS",
            "two_data_blocks_20260106.json: the ledger counts 2 documents, ODS holds 1",
        ]
    }


def test_lost_head_is_found(lake: Project) -> None:
    rewrite(lake, ODS, "SELECT * FROM held WHERE ingest_seq <> 2")
    failing = prove(lake).failing
    assert list(failing) == ["sums", "parents", "heads", "rows", "processed"]
    assert len(failing["parents"]) == 4
    assert failing["heads"][0].endswith("by ODS it is none")


def test_lost_page_is_found(lake: Project) -> None:
    rewrite(lake, TREES, "SELECT * FROM held WHERE ingest_seq <> 5")
    failing = prove(lake).failing
    assert list(failing) == ["sums", "parents", "heads", "rows", "processed"]
    assert "tree page 5 is in tb_tree_pages, but not accepted in ODS" in failing["sums"]


def test_document_that_stands_twice_is_found(lake: Project) -> None:
    rewrite(lake, ODS, "SELECT * FROM held UNION ALL SELECT * FROM held WHERE ingest_seq = 7")
    assert prove(lake).failing == {
        "sums": [
            "ingest_seq 7 occurs 2 times in ODS",
            "snapshot 2: its run received 3 documents, ODS holds 4 of them",
            "alpine_data_blocks_20260201.json: the ledger counts 1 documents, ODS holds 2",
        ]
    }


def test_number_that_stands_in_both_tables_is_found(lake: Project) -> None:
    sql = "SELECT * REPLACE (if(ingest_seq = 9, 7, ingest_seq) AS ingest_seq) FROM held"
    rewrite(lake, TREES, sql)
    assert prove(lake).failing["sums"][0] == "ingest_seq 7 occurs 2 times in ODS"


def test_changed_document_is_found(lake: Project) -> None:
    sql = "SELECT * REPLACE (replace(raw_data, 'Bex', 'Box') AS raw_data) FROM held"
    rewrite(lake, ODS, sql)
    assert prove(lake).failing == {
        "sums": ["document 2: its bytes are not those of its document_id"],
        "rows": ["dw_company_data: row (100000002) holds primary_name Bex, its document says Box"],
    }


@pytest.mark.parametrize("encoding", ["utf-8", "base64"])
def test_document_that_is_none_any_more_is_found(encoding: str, lake: Project) -> None:
    sql = (
        "SELECT * REPLACE (if(ingest_seq = 7, '\x1bno', raw_data) AS raw_data, "
        f"if(ingest_seq = 7, '{encoding}', raw_encoding) AS raw_encoding) FROM held"
    )
    rewrite(lake, ODS, sql)
    failing = prove(lake).failing
    assert list(failing) == ["sums"]
    assert failing["sums"][0] == "document 7: its bytes are not those of its document_id"
    assert "document 7 is neither refused nor withdrawn, but it is not JSON" in failing["sums"][1]


def test_refusal_that_is_gone_is_found(lake: Project) -> None:
    rewrite(lake, REFUSED, "SELECT * FROM held WHERE scope <> 'document'")
    said = "document 3 is neither refused nor withdrawn, but no DUNS names its entity"
    assert prove(lake).failing == {"sums": [said]}


def test_refusal_of_a_document_that_speaks_is_found(lake: Project) -> None:
    open_again = "SELECT * REPLACE (2 AS ingest_seq, ("
    document = "SELECT any_value(document_id) FROM held WHERE ingest_seq = 2) AS document_id)"
    sql = f"{open_again}{document} FROM held WHERE ingest_seq = 3"
    rewrite(lake, REFUSED, f"SELECT * FROM held UNION ALL {sql}")
    failing = prove(lake).failing
    assert list(failing) == ["parents", "heads", "rows"]
    assert len(failing["parents"]) == 4
    assert {line.rsplit(" is ", 1)[1] for line in failing["parents"]} == {"refused"}


def test_page_that_deliveries_do_not_know_is_found(lake: Project) -> None:
    rewrite(lake, "tb_tree_pages", "SELECT * FROM held WHERE ingest_seq <> 10")
    said = "tree page 10 is accepted, but not in tb_tree_pages"
    assert prove(lake).failing == {"sums": [said]}


@pytest.mark.parametrize(
    ("name", "totals", "difference"),
    [
        ("files", {"seen": 3, "ingested": 2}, "3 files came in, 2 are accounted for"),
        (
            "documents",
            {"received": 1, "waiting_before": 1, "retried": 1, "published": 2},
            "3 documents came in, 2 are accounted for",
        ),
        (
            "elements",
            {"elements": 9, "rows": 4, "collapsed": 1, "rejected": 1},
            "9 list elements came in, 6 are accounted for",
        ),
    ],
)
def test_sums_that_do_not_close_are_found(
    name: str, totals: dict[str, int], difference: str, lake: Project
) -> None:
    publish_again(lake, **{name: totals})
    assert prove(lake).failing == {"sums": [f"snapshot 4: {difference}"]}


def test_withdrawn_documents_that_speak_are_found(lake: Project) -> None:
    publish_again(lake, withdrawn=[[9, 9]])
    failing = prove(lake).failing
    assert failing["parents"][0].startswith(f"{LONE}: document ")
    assert failing["parents"][0].endswith(" of its head for dw_family_tree is withdrawn")
    assert failing["sums"] == ["tree page 9 is in tb_tree_pages, but not accepted in ODS"]


def test_documents_that_were_never_read_are_found(
    lake: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The result if a snapshot skips documents of an interrupted run."""
    lake.drop("new_data_blocks_20260401.json", organization("100000007"))
    monkeypatch.setattr(pipeline, "publish_staged", end)
    with pytest.raises(LakeError):
        lake.run()
    publish_again(lake, 11, documents={})
    failing = prove(lake).failing
    assert failing["sums"] == ["snapshot 4: its run received 0 documents, ODS holds 1 of them"]
    assert failing["heads"][0].startswith(
        "100000007: its head for dw_company_data is none; by ODS it is document 11 of 2026-04-01"
    )


def end(*_: object, **__: object) -> None:
    raise OSError("the process is gone")
