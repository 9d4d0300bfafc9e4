import subprocess
import sys

from conftest import Project
from documents import Json, organization, response
from workflows import change_contract, discard, planned, retry_refused

from firmograph.control.quarantine import Selection
from firmograph.pipeline.retry import retry

MANDATORY = "primary_name: {path: primaryName, rule: mandatory}"
RELAXED = "primary_name: primaryName"


def nameless(duns: str = "100000001", **more: object) -> Json:
    record = organization(duns, **more)  # type: ignore[arg-type]
    del record["primaryName"]
    return record


def drop_nameless(project: Project) -> None:
    project.drop("a_data_blocks_20260301.json", response(nameless()))
    project.drop("b_data_blocks_20260301.json", response(organization("12345678")))
    project.run()


def cases(project: Project) -> list[Json]:
    return project.sql(
        "SELECT DISTINCT left(file_name, 1) AS file, rule, status, attempt "
        "FROM tb_quarantine_files ORDER BY ALL"
    )


def test_changed_contract_tells_how_many_refused_documents_would_pass(project: Project) -> None:
    drop_nameless(project)
    change_contract(project, MANDATORY, RELAXED)
    notes = project.run().notes
    assert any("1 of 2 refused documents would pass now" in note for note in notes)
    assert not any("would pass" in note for note in project.run().notes)


def test_changed_contract_that_helps_no_refused_document_does_not_ask_for_a_retry(
    project: Project,
) -> None:
    drop_nameless(project)
    change_contract(project, "      legal_entity", "      lei: lei\n      legal_entity")
    notes = project.run().notes
    assert any("new columns: dw_company_data.lei" in note for note in notes)
    assert not any("would pass" in note for note in notes)


def test_retry_publishes_what_passes_and_keeps_every_attempt(project: Project) -> None:
    drop_nameless(project)
    change_contract(project, MANDATORY, RELAXED)
    report = retry_refused(project)
    documents = report.totals.documents
    assert (documents.retried, documents.published, documents.quarantined) == (2, 1, 1)
    assert report.status == "refused"
    assert project.sql("SELECT duns, primary_name FROM dw_company_data") == [
        {"duns": "100000001", "primary_name": None}
    ]
    assert cases(project) == [
        {"file": "a", "rule": "mandatory", "status": "open", "attempt": 1},
        {"file": "a", "rule": "mandatory", "status": "redriven", "attempt": 2},
        {"file": "b", "rule": "type", "status": "open", "attempt": 1},
        {"file": "b", "rule": "type", "status": "open", "attempt": 2},
    ]


def test_retried_document_older_than_the_head_ends_superseded(project: Project) -> None:
    project.drop("b_data_blocks_20260301.json", response(organization(), "2026-02-01T00:00:00Z"))
    project.run()
    project.drop("a_data_blocks_20260301.json", response(nameless(), "2026-01-01T00:00:00Z"))
    project.run()
    change_contract(project, MANDATORY, RELAXED)
    documents = retry_refused(project).totals.documents
    assert (documents.retried, documents.superseded) == (1, 1)
    assert project.sql("SELECT primary_name FROM dw_company_data") == [
        {"primary_name": "Alpine Cocoa AG"}
    ]


def test_retry_by_rule_and_by_type_takes_those_alone(project: Project) -> None:
    drop_nameless(project)
    assert retry_refused(project, rule="mandatory").totals.documents.retried == 1
    assert retry_refused(project, document_type="family_tree").totals.documents.retried == 0
    assert retry_refused(project, document_type="data_blocks").totals.documents.retried == 2


def test_retry_leaves_what_an_ended_run_took_in_to_the_next_run(project: Project) -> None:
    drop_nameless(project)
    project.drop("c_data_blocks_20260301.json", response(organization("100000003")))
    _take_in_without_publishing(project)
    retry_refused(project)
    assert project.run().totals.documents.published == 1
    assert project.sql("SELECT duns FROM dw_company_data") == [{"duns": "100000003"}]


def _take_in_without_publishing(project: Project) -> None:
    """Ends a run at its first move of a file: ODS has the document, no snapshot names it."""
    script = (
        "import os, sys\n"
        "from firmograph.pipeline import run as pipeline\n"
        "pipeline.move_all = lambda *_: os._exit(9)\n"
        "from firmograph.cli import main\n"
        "sys.argv = ['firmograph', 'run', '--root', sys.argv[1]]\n"
        "main()\n"
    )
    command = [sys.executable, "-c", script, str(project.root)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 9


def test_dry_retry_writes_nothing(project: Project) -> None:
    drop_nameless(project)
    before = cases(project)
    change_contract(project, MANDATORY, RELAXED)
    report = planned(
        project, lambda copy: retry(copy, project.limits, project.contracts, Selection())
    )
    assert report.totals.documents.published == 1
    assert project.sql("SELECT duns FROM dw_company_data") == []
    assert cases(project) == before


def test_discarded_document_stays_out_of_every_publish(project: Project) -> None:
    drop_nameless(project)
    (row,) = project.sql("SELECT document_id FROM tb_quarantine_files WHERE rule = 'mandatory'")
    discard(project, row["document_id"][:10], "the vendor withdrew it")
    change_contract(project, MANDATORY, RELAXED)
    assert retry_refused(project).totals.documents.retried == 1
    project.rebuild()
    assert project.sql("SELECT duns FROM dw_company_data") == []
    last = project.sql(
        "SELECT status, reason FROM tb_quarantine_files WHERE file_name LIKE 'a%' "
        "ORDER BY load_timestamp DESC LIMIT 1"
    )
    assert last == [{"status": "discarded", "reason": "the vendor withdrew it"}]
    assert project.sql("SELECT count(*) AS n FROM ods_datablocks_raw") == [{"n": 2}]
