"""Marks: the statuses that set documents aside, and what publishes without them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from conftest import Project
from documents import member, organization, response, tree_page
from publish.tables import column, query

from firmograph.control.marks import find_documents, mark
from firmograph.control.superseded import supersede_delivery
from firmograph.pipeline.context import RunContext, begin
from firmograph.pipeline.publishing import check_contracts, publish_staged
from firmograph.verify.verify import verify

NEW, OLD, OTHER = (
    "b_data_blocks_20260302.json",
    "a_data_blocks_20260301.json",
    "c_data_blocks_20260303.json",
)


def assert_well(project: Project) -> None:
    verdict = verify(project.storages.lake, project.storages.processed)
    assert [c.differences.examples for c in verdict.checks if not c.is_ok] == []


def change(project: Project, act: Callable[[RunContext], list[dict[str, Any]]]) -> dict[str, int]:
    """Sets documents aside and publishes without them; returns the documents by outcome."""
    with begin("test", project.storages, project.limits, project.contracts) as run:
        check_contracts(run)
        publish_staged(run, act(run), is_retry=True)
        found = vars(run.report.totals.documents)
    return {name: count for name, count in found.items() if count}


def sha256_of(project: Project, name: str, table: str = "ods_datablocks_raw") -> str:
    (found,) = column(
        project, f"SELECT DISTINCT file_sha256 FROM {table} WHERE file_name = '{name}'"
    )
    return str(found)


def supersede(project: Project, name: str, table: str = "ods_datablocks_raw") -> dict[str, int]:
    sha256 = sha256_of(project, name, table)
    return change(
        project, lambda run: supersede_delivery(run.engine, sha256, name, "came again as x.json")
    )


def statuses(project: Project) -> list[tuple[Any, ...]]:
    rows = query(project, "SELECT * FROM tb_quarantine_files ORDER BY ingest_seq, attempt")
    return [(r["ingest_seq"], r["status"], r["attempt"], r["reason"]) for r in rows]


def test_superseded_delivery_leaves_the_tables_to_the_entitys_other_documents(
    project: Project,
) -> None:
    project.drop(OLD, response(organization(name="First"), "2026-03-01T00:00:00Z"))
    project.drop(NEW, response(organization(name="Second"), "2026-03-02T00:00:00Z"))
    project.drop(OTHER, response(organization("100000002", name="Other"), "2026-03-02T00:00:00Z"))
    project.run()
    assert supersede(project, NEW) == {"retried": 1, "published": 1}
    names = "SELECT primary_name FROM dw_company_data ORDER BY duns"
    assert column(project, names) == ["First", "Other"]
    assert statuses(project) == [(2, "superseded", 1, "came again as x.json")]
    assert_well(project)
    project.rebuild()
    assert column(project, names) == ["First", "Other"]
    assert supersede(project, OLD) == {}
    assert column(project, names) == ["Other"]
    assert column(project, "SELECT DISTINCT entity_id FROM tb_entity_heads") == ["100000002"]
    assert_well(project)


def test_refused_documents_of_a_superseded_delivery_are_closed(project: Project) -> None:
    lines = [json.dumps(organization()), '{"duns": "12"}', json.dumps(organization("100000002"))]
    project.drop("a_data_blocks_20260301.jsonl", "\n".join(lines))
    project.run()
    supersede(project, "a_data_blocks_20260301.jsonl")
    assert column(project, "SELECT duns FROM dw_company_data") == []
    latest = "SELECT arg_max(status, attempt) AS s FROM tb_quarantine_files GROUP BY ingest_seq"
    assert column(project, latest) == ["superseded"] * 3
    project.rebuild()
    assert column(project, latest) == ["superseded"] * 3
    assert_well(project)


def test_superseded_page_leaves_its_tree_without_it(project: Project) -> None:
    members = [member("100000001"), member("100000002", "100000001", 2)]
    time = "2026-03-01T00:00:00Z"
    for number in (1, 2):
        page = tree_page(
            "100000001", [members[number - 1]], number=number, of=2, count=2, time=time, size=1
        )
        project.drop(f"t_family_tree_20260301_{number}.json", page)
    lone = tree_page("100000009", [member("100000009")])
    project.drop("u_family_tree_20260301.json", lone)
    project.run()
    assert len(column(project, "SELECT duns FROM dw_family_tree_members")) == 3
    supersede(project, "t_family_tree_20260301_2.json", "ods_familytree_raw")
    found = "SELECT global_duns, is_complete FROM dw_family_tree ORDER BY global_duns"
    assert [tuple(r.values()) for r in query(project, found)] == [
        ("100000001", False),
        ("100000009", True),
    ]
    assert_well(project)
    supersede(project, "u_family_tree_20260301.json", "ods_familytree_raw")
    supersede(project, "t_family_tree_20260301_1.json", "ods_familytree_raw")
    assert query(project, found) == []
    assert query(project, "SELECT * FROM tb_tree_pages") == []
    assert project.run().waiting_trees == {}
    assert_well(project)


def test_superseded_page_of_an_older_delivery_leaves_the_newer_one(project: Project) -> None:
    members = [member("100000009"), member("100000002", "100000009", 2)]
    for number in (1, 2):
        page = tree_page(
            "100000009",
            [members[number - 1]],
            number=number,
            of=2,
            count=2,
            time="2026-01-05T00:00:00Z",
            size=1,
        )
        project.drop(f"t_family_tree_20260105_{number}.json", page)
    project.drop("u_family_tree_20260301.json", tree_page("100000009", members[:1], count=1))
    project.run()
    supersede(project, "t_family_tree_20260105_2.json", "ods_familytree_raw")
    found = "SELECT duns FROM dw_family_tree_members ORDER BY duns"
    assert column(project, found) == ["100000009"]
    assert_well(project)
    project.rebuild()
    assert column(project, found) == ["100000009"]


def test_marks_order_by_attempt_whatever_the_clock_says(project: Project) -> None:
    """A mark that is written with an earlier time than the refusal still closes it."""
    project.drop(OLD, {"duns": "12345"})
    project.run()
    with begin("test", project.storages, project.limits, project.contracts) as run:
        object.__setattr__(run.engine.stamp, "now", run.engine.stamp.now.replace(year=2020))
        mark(run.engine, find_documents(run.engine, "true"), "discarded", "known")
    with project_reader(project) as reader:
        assert reader.refusals() == []
    assert_well(project)


def project_reader(project: Project) -> Any:
    from firmograph.queries.reader import open_reader

    return open_reader(project.storages.lake, project.contracts)


@pytest.mark.parametrize("name", ["withdrawn", "superseded", "discarded"])
def test_set_aside_document_stays_out_of_runs_and_rebuilds(project: Project, name: str) -> None:
    project.drop(OLD, response(organization(name="First"), "2026-03-01T00:00:00Z"))
    project.run()

    def act(run: RunContext) -> list[dict[str, Any]]:
        found = find_documents(run.engine, "ingest_seq = 1")
        mark(run.engine, found, name, "a test")
        return found

    assert change(project, act) == {}
    project.drop(OTHER, response(organization("100000002", name="Other"), "2026-03-02T00:00:00Z"))
    project.run()
    assert column(project, "SELECT primary_name FROM dw_company_data") == ["Other"]
    project.rebuild()
    assert column(project, "SELECT primary_name FROM dw_company_data") == ["Other"]
    assert_well(project)
