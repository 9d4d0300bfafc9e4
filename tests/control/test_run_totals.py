"""Control totals: everything received is accounted for, or nothing is published."""

import json
from collections import Counter

import pytest
from conftest import Project
from documents import member, organization, response, tree_page
from publish.tables import one

from firmograph.control.totals import DocumentTotals, ElementTotals, Totals
from firmograph.errors import LakeError, TotalsError


def closed() -> Totals:
    """Totals that balance."""
    return Totals(
        files=Counter(ingested=4, duplicate=1, unreadable=1, unknown=2, deferred=1),
        files_seen=9,
        documents=DocumentTotals(
            received=10,
            waiting_before=3,
            retried=2,
            published=5,
            unchanged=4,
            superseded=3,
            quarantined=2,
            waiting=1,
        ),
        elements=ElementTotals(elements=20, rows=15, collapsed=3, rejected=2),
    )


def test_sums_that_close_pass_and_the_same_with_one_document_less_do_not() -> None:
    Totals().check()
    totals = closed()
    totals.check()
    totals.documents.waiting -= 1
    with pytest.raises(TotalsError, match="documents: 15 came in, 14 accounted for"):
        totals.check()


@pytest.mark.parametrize("status", ["ingested", "duplicate", "unreadable", "unknown", "deferred"])
def test_lost_file_fails_the_run(status: str) -> None:
    totals = closed()
    totals.files[status] -= 1
    with pytest.raises(TotalsError, match="files: 9 came in, 8 accounted for"):
        totals.check()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("received", "documents: 16 came in, 15 accounted for"),
        ("waiting_before", "documents: 16 came in, 15 accounted for"),
        ("retried", "documents: 16 came in, 15 accounted for"),
        ("published", "documents: 15 came in, 16 accounted for"),
        ("unchanged", "documents: 15 came in, 16 accounted for"),
        ("superseded", "documents: 15 came in, 16 accounted for"),
        ("quarantined", "documents: 15 came in, 16 accounted for"),
        ("waiting", "documents: 15 came in, 16 accounted for"),
    ],
)
def test_document_too_many_fails_the_run(name: str, words: str) -> None:
    totals = closed()
    setattr(totals.documents, name, getattr(totals.documents, name) + 1)
    with pytest.raises(TotalsError, match=words):
        totals.check()


@pytest.mark.parametrize("name", ["rows", "collapsed", "rejected"])
def test_lost_element_fails_the_run(name: str) -> None:
    totals = closed()
    setattr(totals.elements, name, getattr(totals.elements, name) - 1)
    with pytest.raises(TotalsError, match="list elements: 20 came in, 19 accounted for"):
        totals.check()


def test_error_names_all_sums_that_do_not_close() -> None:
    totals = Totals(
        files_seen=1, documents=DocumentTotals(received=2), elements=ElementTotals(elements=3)
    )
    with pytest.raises(TotalsError) as caught:
        totals.check()
    for name in ("files: 1", "documents: 2", "list elements: 3"):
        assert name in caught.value.message
    assert isinstance(caught.value, LakeError)
    assert caught.value.exit_code == 1


def test_sums_of_both_document_types_are_added() -> None:
    documents = DocumentTotals(received=1, published=1)
    documents.add(DocumentTotals(received=2, unchanged=1, waiting=1))
    assert documents == DocumentTotals(received=3, published=1, unchanged=1, waiting=1)


def test_sums_of_a_run_are_in_its_report_and_its_snapshot(project: Project) -> None:
    codes = [{"typeDnBCode": 399, "priority": p} for p in (1, 1, None)]
    lines = [response(organization(industryCodes=codes)), {"primaryName": "No DUNS"}]
    project.drop("a_data_blocks_20260301.jsonl", "\n".join(map(json.dumps, lines)))
    members = [member("100000001"), member("100000002", "100000001", 2)]
    project.drop("t_family_tree_20260301.json", tree_page("100000001", members))
    project.drop("notes.txt", "hello")
    report = project.run()
    wanted = {
        "files": {"seen": 3, "ingested": 2, "unknown": 1},
        "documents": {
            "received": 3,
            "waiting_before": 0,
            "retried": 0,
            "published": 2,
            "unchanged": 0,
            "superseded": 0,
            "quarantined": 1,
            "waiting": 0,
        },
        "elements": {"elements": 6, "rows": 4, "collapsed": 1, "rejected": 1},
    }
    assert report.totals.as_dict() == wanted
    stored = json.loads(one(project, "SELECT sums FROM tb_published_snapshots")["sums"])
    assert {name: stored[name] for name in wanted} == wanted
    assert report.as_dict()["files"] == {
        "seen": 3,
        "ingested": 2,
        "duplicate": 0,
        "unreadable": 0,
        "unknown": 1,
        "deferred": 0,
    }
