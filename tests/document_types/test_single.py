"""A document type of a project's own, from the upload to the proof."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import Project
from document_types.own_types import RISK, assessment, declare, withdraw
from documents import organization, response
from publish.tables import query
from verify.lakes import rewrite

from firmograph.cli import cli
from firmograph.contract.registry import contract_text
from firmograph.control.quarantine import Selection
from firmograph.drift.measure import measure_drift
from firmograph.errors import ContractError
from firmograph.pipeline.plan import plan
from firmograph.pipeline.rebuild import rebuild_as_of
from firmograph.pipeline.retry import retry
from firmograph.pipeline.run import run
from firmograph.queries.reader import open_reader
from firmograph.verify.evidence import Sample
from firmograph.verify.verify import Verdict, verify

SCORES = "SELECT duns, score, outlook FROM dw_risk ORDER BY duns"
FACTORS = "SELECT duns, name, weight FROM dw_risk_factor ORDER BY duns, name"
ALPINE = {"duns": "100000001", "score": 71, "outlook": "stable"}
DEBT, SIZE = {"name": "debt", "weight": 0.5}, {"name": "size", "weight": 0.25}


def proof(project: Project) -> Verdict:
    return verify(project.storages.lake, project.storages.processed, Sample(size=None))


def differences(project: Project) -> list[str]:
    return [words for check in proof(project).checks for words in check.differences.examples]


def drop_risks(project: Project) -> None:
    """An accepted assessment, a refused one, and a company beside them."""
    project.drop("Alpine_risk_20260301.json", assessment("100000001", 71, DEBT, SIZE))
    project.drop("birch_risk_20260302.json", assessment("100000002", None))
    project.drop("alpine_data_blocks_20260301.json", response(organization("100000001")))


def test_own_type_goes_the_whole_way(project: Project) -> None:
    declare(project, risk_scores=RISK)
    drop_risks(project)
    report = project.run()
    documents = report.totals.documents
    assert (documents.received, documents.published, documents.quarantined) == (3, 2, 1)
    assert query(project, SCORES) == [ALPINE]
    assert query(project, FACTORS) == [
        {"duns": "100000001", "name": "debt", "weight": 0.5},
        {"duns": "100000001", "name": "size", "weight": 0.25},
    ]
    assert query(project, "SELECT entity_id FROM ods_risk_scores_raw ORDER BY ingest_seq") == [
        {"entity_id": "100000001"},
        {"entity_id": "100000002"},
    ]
    refused = "SELECT document_type, entity_id, rule, json_path FROM tb_quarantine_files"
    assert query(project, refused) == [
        {
            "document_type": "risk_scores",
            "entity_id": "100000002",
            "rule": "mandatory",
            "json_path": "$.assessment.score",
        }
    ]
    assert differences(project) == []

    declare(project, risk_scores=RISK.replace("type: integer, rule: mandatory", "type: integer"))
    retried = retry(
        project.storages, project.limits, project.contracts, Selection(document_type="risk_scores")
    )
    assert retried.tables["dw_risk"].inserted == 1
    assert query(project, SCORES) == [
        ALPINE,
        {"duns": "100000002", "score": None, "outlook": "stable"},
    ]
    assert differences(project) == []

    before = query(project, FACTORS)
    rebuilt = project.rebuild()
    changes = [c for name, c in rebuilt.tables.items() if name.startswith("dw_")]
    assert [(c.inserted, c.updated, c.deleted) for c in changes] == [(0, 0, 0)] * 8
    assert query(project, FACTORS) == before


def test_drift_of_an_own_type_names_what_its_contract_does_not(project: Project) -> None:
    declare(project, risk_scores=RISK)
    document = assessment("100000001", 71, {**DEBT, "trend": "down"})
    project.drop("alpine_risk_20260301.json", document)
    project.run()
    with open_reader(project.storages.lake, project.contracts) as reader:
        drift = measure_drift(reader, project.contracts["risk_scores"])
    assert [(row.path, row.example) for row in drift.unnamed] == [("factors[].trend", "down")]


def test_fault_planted_in_a_table_of_an_own_type_is_found(project: Project) -> None:
    declare(project, risk_scores=RISK)
    project.drop("alpine_risk_20260301.json", assessment("100000001", 71, DEBT))
    project.run()
    rewrite(project, "dw_risk_factor", "SELECT * REPLACE (0.75 AS weight) FROM held")
    assert differences(project) == [
        "dw_risk_factor: row (100000001, debt) holds weight 0.75, its document says 0.5"
    ]


def test_row_of_an_own_type_without_its_parent_is_found(project: Project) -> None:
    declare(project, risk_scores=RISK)
    project.drop("alpine_risk_20260301.json", assessment("100000001", 71, DEBT))
    project.run()
    rewrite(project, "dw_risk", "SELECT * FROM held WHERE false")
    found = differences(project)
    assert "100000001 has a head, but no row in dw_risk" in found
    assert "dw_risk_factor: 100000001 is not in dw_risk" in found


def test_plan_of_an_own_type_writes_nothing(project: Project) -> None:
    declare(project, risk_scores=RISK)
    project.drop("alpine_risk_20260301.json", assessment("100000001", 71, DEBT))
    report = plan(
        project.storages,
        project.limits,
        lambda copy: run(copy, project.limits, project.contracts),
    )
    assert report.tables["dw_risk_factor"].inserted == 1
    assert project.names(project.folders.uploads) == ["alpine_risk_20260301.json"]
    assert not (project.folders.lake / "dw").exists()


def test_page_in_the_name_of_a_single_document_is_unknown(project: Project) -> None:
    declare(project, risk_scores=RISK)
    project.drop("alpine_risk_20260301_2.json", assessment("100000001", 71))
    report = project.run()
    assert report.totals.as_dict()["files"]["unknown"] == 1


def test_own_type_is_new_without_a_rebuild(project: Project) -> None:
    project.drop("alpine_data_blocks_20260301.json", response(organization("100000001")))
    project.run()
    declare(project, risk_scores=RISK)
    project.drop("alpine_risk_20260301.json", assessment("100000001", 71, DEBT))
    project.run()
    assert query(project, SCORES) == [ALPINE]
    assert differences(project) == []


def test_own_table_of_a_shipped_type_asks_for_a_rebuild_and_is_filled(project: Project) -> None:
    styles = [{"name": "Alpine", "priority": 1}, {"name": "Cocoa", "priority": 2}]
    company = organization("100000001", tradeStyleNames=styles)
    project.drop("alpine_data_blocks_20260301.json", response(company))
    project.run()
    text = contract_text("data_blocks", project.root / "contracts")
    table = """
  dw_trade_style:
    key: [duns, priority]
    each: tradeStyleNames
    parent: dw_company_data
    columns:
      duns: {path: $.duns, type: duns}
      priority: {path: priority, type: integer}
      name: name
"""
    declare(project, data_blocks=text + table)
    with pytest.raises(ContractError, match="dw_trade_style is a new table") as caught:
        project.run()
    assert "rebuild" in (caught.value.hint or "")
    project.rebuild()
    names = "SELECT duns, priority, name FROM dw_trade_style ORDER BY priority"
    assert query(project, names) == [
        {"duns": "100000001", "priority": 1, "name": "Alpine"},
        {"duns": "100000001", "priority": 2, "name": "Cocoa"},
    ]
    assert differences(project) == []

    declare(project, data_blocks=text)
    with pytest.raises(ContractError, match="dw_trade_style is gone"):
        project.run()
    project.rebuild()
    assert differences(project) == []
    declare(project, data_blocks=text + table)
    project.rebuild()
    assert len(query(project, names)) == 2
    assert differences(project) == []


@pytest.mark.parametrize("command", ["run", "rebuild", "as_of"])
def test_documents_without_a_contract_stop_what_would_lose_them(
    project: Project, tmp_path: Path, command: str
) -> None:
    declare(project, risk_scores=RISK)
    project.drop("alpine_risk_20260301.json", assessment("100000001", 71))
    project.run()
    text = withdraw(project, "risk_scores")
    other = Project(tmp_path / "other")
    commands = {
        "run": project.run,
        "rebuild": project.rebuild,
        "as_of": lambda: rebuild_as_of(
            project.storages,
            other.storages,
            datetime.now(UTC).date(),
            project.limits,
            project.contracts,
        ),
    }
    with pytest.raises(ContractError, match="ods_risk_scores_raw holds documents") as caught:
        commands[command]()
    assert "put the contract back" in (caught.value.hint or "")
    declare(project, risk_scores=text)
    project.drop("birch_risk_20260302.json", assessment("100000002", 40))
    project.run()
    seqs = "SELECT ingest_seq FROM ods_risk_scores_raw ORDER BY 1"
    assert query(project, seqs) == [{"ingest_seq": 1}, {"ingest_seq": 2}]


def test_another_ods_table_is_refused_while_the_old_one_holds_documents(project: Project) -> None:
    declare(project, risk_scores=RISK)
    project.drop("alpine_risk_20260301.json", assessment("100000001", 71))
    project.run()
    declare(project, risk_scores=RISK.replace("file_token", "ods_table: ods_risk\nfile_token"))
    for command in (project.run, project.rebuild):
        with pytest.raises(ContractError, match="ods_risk_scores_raw holds documents of type risk"):
            command()


def test_ods_table_of_another_type_is_refused(project: Project) -> None:
    declare(project, risk_scores=RISK)
    project.drop("alpine_risk_20260301.json", assessment("100000001", 71))
    project.run()
    renamed = RISK.replace("contract: risk_scores", "contract: scores")
    withdraw(project, "risk_scores")
    declare(
        project, scores=renamed.replace("file_token", "ods_table: ods_risk_scores_raw\nfile_token")
    )
    with pytest.raises(ContractError, match="of type risk_scores, but the contract of scores"):
        project.run()


def test_files_may_be_named_otherwise_from_now_on(project: Project) -> None:
    declare(project, risk_scores=RISK)
    project.drop("alpine_risk_20260301.json", assessment("100000001", 71))
    project.run()
    declare(project, risk_scores=RISK.replace("file_token: risk", "file_token: scores"))
    project.drop("birch_scores_20260302.json", assessment("100000002", 40))
    assert project.run().totals.documents.published == 1
    assert [row["duns"] for row in query(project, SCORES)] == ["100000001", "100000002"]


def test_type_without_documents_may_go(project: Project) -> None:
    declare(project, risk_scores=RISK)
    project.drop("alpine_data_blocks_20260301.json", response(organization("100000001")))
    project.run()
    withdraw(project, "risk_scores")
    project.run()
    last = "SELECT contract FROM tb_published_snapshots ORDER BY snapshot_id DESC LIMIT 1"
    published = json.loads(query(project, last)[0]["contract"])
    assert sorted(published) == ["data_blocks", "family_tree"]
    assert differences(project) == []


def test_verify_and_drift_tell_documents_whose_contract_is_gone(project: Project) -> None:
    declare(project, risk_scores=RISK)
    drop_risks(project)
    project.run()
    shutil.rmtree(project.root / "contracts")
    told = "holds documents, but no contract names it as its ods_table"
    proven = CliRunner().invoke(cli, ["--root", str(project.root), "verify", "--json"])
    (example,) = next(c for c in json.loads(proven.output)["checks"] if not c["is_ok"])["examples"]
    assert (proven.exit_code, told in example) == (1, True)
    drifted = CliRunner().invoke(cli, ["--root", str(project.root), "drift"])
    assert told in drifted.stderr
