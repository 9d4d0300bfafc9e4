"""Correct lakes, whatever the program did to them before."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import pytest
from conftest import Project
from documents import organization, response
from publish.histories import change_contract

from firmograph.control.lock import hold_lake
from firmograph.control.quarantine import Selection
from firmograph.errors import LakeError
from firmograph.pipeline import maintenance, rollback
from firmograph.pipeline import retry as refused
from firmograph.pipeline import run as pipeline
from verify.lakes import CHECKS, Proof, everything, printed, prove

EXAMPLES = Path(__file__).parents[2] / "examples" / "uploads"
FORBIDDEN = (
    "firmograph.kernel",
    "firmograph.ingest",
    "firmograph.publish",
    "firmograph.staging",
    "firmograph.sources",
    "firmograph.pipeline",
)


def is_well(proof: Proof) -> bool:
    """Whether every check ran and none failed."""
    assert proof.failing == {}
    assert [check["name"] for check in proof.verdict["checks"]] == CHECKS
    return (proof.code, proof.verdict["is_ok"]) == (0, True)


def test_example_uploads_are_well(project: Project) -> None:
    for path in EXAMPLES.iterdir():
        project.drop(path.name, path.read_bytes())
    project.run()
    proof = prove(project, "--full")
    assert is_well(proof)
    assert proof.seen("sums") == "21 documents = 20 accepted + 1 refused + 0 withdrawn"
    assert proof.seen("heads") == "54 heads of 20 documents"
    assert proof.seen("rows") == "124 rows, of 15 of 15 companies and trees"


def test_history_is_well_and_each_check_is_a_line(lived: Project) -> None:
    files, *lines = printed(lived, "--full")
    assert files.startswith("ok   files: 15 tables, ")
    assert lines == [
        "ok   sums: 10 documents = 9 accepted + 1 refused + 0 withdrawn",
        "ok   keys: 7 tables, 30 rows",
        "ok   parents: 6 tables, 11 entities",
        "ok   heads: 16 heads of 9 documents",
        "ok   rows: 14 rows, of 5 of 5 companies and trees",
        "ok   processed: 9 files",
        "verified snapshot 3: all well",
    ]


def test_json_is_one_object(lived: Project) -> None:
    code, verdict = prove(lived)
    assert (code, verdict["snapshot_id"], verdict["is_ok"]) == (0, 3, True)
    assert verdict["checks"][2] == {
        "name": "keys",
        "is_ok": True,
        "message": "7 tables, 30 rows",
        "counted": 30,
        "examples": [],
    }


@pytest.mark.parametrize(
    ("options", "rows", "looked"),
    [
        (["--sample", "0"], 6, 2),
        (["--sample", "1"], 7, 3),
        (["--sample", "1", "--seed", "0"], 7, 3),
        (["--sample", "1", "--seed", "1"], 10, 3),
        (["--full"], 14, 5),
    ],
)
def test_sample_is_so_many_companies_by_seed_and_all_trees(
    options: list[str], rows: int, looked: int, lived: Project
) -> None:
    seen = prove(lived, *options).seen("rows")
    assert seen == f"{rows} rows, of {looked} of 5 companies and trees"


def test_nothing_is_written(lived: Project) -> None:
    before = everything(lived.root)
    prove(lived, "--full")
    assert everything(lived.root) == before


def test_held_lake_is_not_waited_for(lived: Project) -> None:
    with hold_lake(lived.storages.lake, datetime.now(UTC), 0):
        assert is_well(prove(lived))


def test_lake_without_documents_is_well(project: Project) -> None:
    project.run()
    proof = prove(project)
    assert is_well(proof)
    assert proof.seen("sums") == "0 documents = 0 accepted + 0 refused + 0 withdrawn"


def test_lake_that_is_not_there_is_said_so(project: Project) -> None:
    with pytest.raises(LakeError, match="there is no lake"):
        prove(project)


def rebuilt(project: Project) -> None:
    project.rebuild()


def rolled_back(project: Project) -> None:
    rollback.rollback(project.storages, project.limits, project.contracts, 1)


def rolled_back_twice(project: Project) -> None:
    rollback.rollback(project.storages, project.limits, project.contracts, 2)
    rollback.rollback(project.storages, project.limits, project.contracts, 1)


def reinstated(project: Project) -> None:
    rolled_back(project)
    rollback.reinstate(project.storages, project.limits, project.contracts)


def rebuilt_after_a_rollback(project: Project) -> None:
    rolled_back(project)
    project.rebuild()


def retried(project: Project) -> None:
    refused.retry(project.storages, project.limits, project.contracts, Selection())


def discarded(project: Project) -> None:
    (row,) = project.sql(
        "SELECT DISTINCT document_id FROM tb_quarantine_files WHERE ingest_seq = 3"
    )
    args = (project.storages, project.limits, project.contracts, [row["document_id"]], "of no use")
    refused.discard(*args)


def compacted(project: Project) -> None:
    maintenance.compact(project.storages, project.limits, project.contracts)


def vacuumed(project: Project) -> None:
    compacted(project)
    maintenance.vacuum(project.storages, project.limits, project.contracts)


def delivered_again(project: Project) -> None:
    for path in project.folders.processed.iterdir():
        project.drop(f"again_{path.name}", path.read_bytes())
    project.run()


@pytest.mark.parametrize(
    ("done", "totals"),
    [
        (rebuilt, "9 accepted + 1 refused + 0 withdrawn"),
        (rolled_back, "4 accepted + 1 refused + 5 withdrawn"),
        (rolled_back_twice, "4 accepted + 1 refused + 5 withdrawn"),
        (reinstated, "9 accepted + 1 refused + 0 withdrawn"),
        (rebuilt_after_a_rollback, "4 accepted + 1 refused + 5 withdrawn"),
        (retried, "9 accepted + 1 refused + 0 withdrawn"),
        (discarded, "9 accepted + 1 refused + 0 withdrawn"),
        (compacted, "9 accepted + 1 refused + 0 withdrawn"),
        (vacuumed, "9 accepted + 1 refused + 0 withdrawn"),
        (delivered_again, "9 accepted + 1 refused + 0 withdrawn"),
    ],
)
def test_lake_stays_well(done: Callable[[Project], None], totals: str, lake: Project) -> None:
    done(lake)
    proof = prove(lake, "--full")
    assert is_well(proof)
    assert proof.seen("sums") == f"10 documents = {totals}"


def test_run_that_ended_before_it_published_is_no_difference(
    lake: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ODS and the files are then ahead of the snapshot, and so is the ledger."""
    before = prove(lake).seen("sums")
    lake.drop("late_data_blocks_20260401.json", organization("100000007"))
    with monkeypatch.context() as patched:
        patched.setattr(pipeline, "publish_staged", end)
        with pytest.raises(LakeError):
            lake.run()
    assert lake.names(lake.folders.uploads) == []
    proof = prove(lake, "--full")
    assert is_well(proof)
    assert proof.seen("sums") == before
    vacuumed(lake)
    assert is_well(prove(lake, "--full"))
    lake.run()
    proof = prove(lake, "--full")
    assert is_well(proof)
    assert proof.seen("sums").startswith("11 documents = 10 accepted")


def end(*_: object, **__: object) -> None:
    raise OSError("the process is gone")


def drop(project: Project, duns: str, **more: object) -> None:
    project.drop(f"{duns}_data_blocks_20260401.json", response(organization(duns, **more)))


def test_column_added_since_may_be_null_in_rows_written_before(project: Project) -> None:
    drop(project, "100000001", tradeStyle="Old")
    project.run()
    currency = "      default_currency: defaultCurrency\n"
    change_contract(project, currency, f"{currency}      trade_style: tradeStyle\n")
    drop(project, "100000002", tradeStyle="New")
    project.run()
    styles = "SELECT trade_style FROM dw_company_data ORDER BY duns"
    assert project.sql(styles) == [{"trade_style": None}, {"trade_style": "New"}]
    assert is_well(prove(project))
    project.rebuild()
    assert project.sql(styles) == [{"trade_style": "Old"}, {"trade_style": "New"}]
    assert is_well(prove(project))


def test_row_that_only_a_column_added_since_would_fill_may_lack(project: Project) -> None:
    drop(project, "100000001", corporateLinkage={"branchesCount": 3})
    project.run()
    level = "      hierarchy_level: {path: corporateLinkage.hierarchyLevel, type: integer}\n"
    count = "      branches: {path: corporateLinkage.branchesCount, type: integer}\n"
    change_contract(project, level, level + count)
    project.run()
    assert project.sql("SELECT * FROM dw_corporate_linkage") == []
    assert is_well(prove(project))
    project.rebuild()
    rows = project.sql("SELECT duns, branches FROM dw_corporate_linkage")
    assert rows == [{"duns": "100000001", "branches": 3}]
    assert is_well(prove(project))


def test_contract_of_the_snapshot_counts_and_not_todays(project: Project) -> None:
    drop(project, "100000001", defaultCurrency="CHF", localCurrency="WIR")
    project.run()
    contract = resources.files("firmograph.contract").joinpath("declared", "data_blocks.yaml")
    text = contract.read_text("utf-8").replace(": defaultCurrency", ": localCurrency")
    (project.root / "contracts").mkdir()
    (project.root / "contracts" / "data_blocks.yaml").write_text(text)
    assert is_well(prove(project))


def test_bytes_that_are_not_utf8_and_deep_nesting_are_no_difference(project: Project) -> None:
    project.drop("bytes_data_blocks_20260401.json", b'{"duns":"100000001","primaryName":"\xff"}')
    deep = "[" * 900 + "]" * 900
    nested = f'{{"duns":"100000002","primaryName":"Deep","other":{deep}}}'
    project.drop("deep_data_blocks_20260401.json", nested)
    project.run()
    proof = prove(project)
    assert is_well(proof)
    assert proof.seen("sums") == "2 documents = 1 accepted + 1 refused + 0 withdrawn"


def test_road_is_another_than_the_pipelines() -> None:
    code = "import sys, firmograph.verify.verify; print(*sorted(sys.modules), sep='\\n')"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = ran.stdout.split()
    assert "firmograph.verify.plain" in loaded
    assert [name for name in loaded if name.startswith(FORBIDDEN)] == []
