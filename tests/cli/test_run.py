import json

from documents import member, organization, response, tree_page
from filelock import FileLock

from cli.conftest import Outcome, Program

TABLES = [
    "app_stocks_by_company",
    "dw_company_data",
    "dw_corporate_linkage",
    "dw_family_tree",
    "dw_family_tree_members",
    "dw_industry_code",
    "dw_stock_exchanges",
    "ods_datablocks_raw",
    "ods_familytree_raw",
]


def report_of(outcome: Outcome) -> dict[str, object]:
    """The report without the parts that differ from run to run."""
    report = outcome.json()
    assert report.pop("run_id")
    assert report.pop("duration_seconds") > 0
    assert report.pop("snapshot_id") == 1
    tables = report.pop("tables")
    assert sorted(tables) == TABLES
    changed = {}
    for name, changes in tables.items():
        assert sorted(changes) == ["deleted", "inserted", "rows", "updated"]
        if changes["inserted"] or changes["updated"] or changes["deleted"]:
            changed[name] = [changes[n] for n in ("inserted", "updated", "deleted", "rows")]
    said = {name: value for name, value in report.items() if value or name == "status"}
    return {**said, "changed": changed}


def drop_company(program: Program, name: str = "alpine", duns: str = "100000001") -> None:
    program.drop(f"{name}_data_blocks_20260301.json", response(organization(duns)))


def test_run_all_well_ends_with_0(program: Program) -> None:
    drop_company(program)
    program.drop("README.txt", b"")
    outcome = program("run", "--json")
    assert outcome.code == 0
    assert list(outcome.json()) == [
        "run_id",
        "status",
        "message",
        "snapshot_id",
        "files",
        "documents",
        "withdrawn",
        "elements",
        "tables",
        "waiting_trees",
        "mart_failures",
        "data_tests",
        "refusal_count",
        "warning_count",
        "notes",
        "duration_seconds",
    ]
    assert report_of(outcome) == {
        "status": "ok",
        "files": {
            "seen": 1,
            "ingested": 1,
            "duplicate": 0,
            "unreadable": 0,
            "unknown": 0,
            "deferred": 0,
        },
        "documents": {
            "received": 1,
            "waiting_before": 0,
            "retried": 0,
            "published": 1,
            "unchanged": 0,
            "superseded": 0,
            "quarantined": 0,
            "waiting": 0,
        },
        "elements": {"elements": 2, "rows": 2, "collapsed": 0, "rejected": 0},
        "changed": {
            "ods_datablocks_raw": [1, 0, 0, 1],
            "dw_company_data": [1, 0, 0, 1],
            "dw_industry_code": [1, 0, 0, 1],
            "dw_stock_exchanges": [1, 0, 0, 1],
            "app_stocks_by_company": [1, 0, 0, 1],
        },
    }


def test_run_with_a_refusal_ends_with_3_and_a_second_one_with_0(program: Program) -> None:
    drop_company(program)
    drop_company(program, "bad", "12345678")
    program.drop("broken_data_blocks_20260301.zip", b"no zip")
    first, second = program.each(["run", "--json"], ["run", "--json"])
    assert first.code == 3
    report = report_of(first)
    assert report["status"] == "refused"
    files = {"seen": 3, "ingested": 2, "duplicate": 0, "unreadable": 1, "unknown": 0, "deferred": 0}
    assert report["files"] == files
    documents = report["documents"]
    assert isinstance(documents, dict)
    assert (documents["received"], documents["published"], documents["quarantined"]) == (2, 1, 1)
    assert second.code == 0
    assert report_of(second) == {
        "status": "ok",
        "files": dict.fromkeys(files, 0),
        "documents": dict.fromkeys(documents, 0),
        "elements": {"elements": 0, "rows": 0, "collapsed": 0, "rejected": 0},
        "changed": {},
    }


def test_retry_as_json_counts_the_documents_it_retried(program: Program) -> None:
    drop_company(program, "bad", "12345678")
    _, retried = program.each(["run"], ["quarantine", "retry", "--json"])
    documents = retried.json()["documents"]
    assert (documents["received"], documents["retried"], documents["quarantined"]) == (0, 1, 1)


def test_run_as_json_says_why_it_failed_and_what_waits(program: Program) -> None:
    drop_company(program)
    first = tree_page("300000001", [member("300000001")], of=2, count=2)
    program.drop("t_family_tree_20260401_1.json", first)
    (program.root / "marts" / "tests").mkdir(parents=True)
    (program.root / "marts" / "wrong.sql").write_text("SELECT nope")
    (program.root / "marts" / "tests" / "none.sql").write_text("SELECT 7 AS n")
    report = program("run", "--json").json()
    why = report["mart_failures"]["wrong"]
    assert why.startswith("the SQL failed at line 1, column 8: ")
    assert report["status"] == "failed"
    assert report["message"] == (
        f'mart wrong was not built: {why}; data test none failed: 1 row, such as {{"n": 7}}'
    )
    assert report["data_tests"]["none"]["row_count"] == 1
    assert report["waiting_trees"]["300000001"]["missing_pages"] == [2]
    assert report["notes"][0] == f"mart wrong was not built: {why}"


def test_run_counts_documents_that_wait(program: Program) -> None:
    root = member("300000001")
    program.drop("t_family_tree_20260301.json", tree_page("300000001", [root]))
    newer = tree_page("300000001", [root], of=2, count=2, time="2026-04-01T10:00:00.000Z")
    program.drop("t_family_tree_20260401_1.json", newer)
    outcome, status = program.each(["run", "--json"], ["status"])
    assert outcome.code == 0
    documents = outcome.json()["documents"]
    assert (documents["received"], documents["published"], documents["waiting"]) == (2, 1, 1)
    assert "Family tree 300000001 lacks page 2" in status.out


def test_run_prints_a_summary_whose_sums_close(first_run: Outcome) -> None:
    assert first_run.code == 3
    lines = first_run.out.splitlines()
    assert lines[0].startswith("run 2")
    assert "finished, with something refused or unreadable" in lines[0]
    assert (
        "files      7 seen = 5 ingested + 0 duplicate + 1 unreadable + 1 unknown + 0 deferred"
        in lines
    )
    assert (
        "documents  6 received = 2 published + 0 unchanged + 0 superseded + 4 quarantined + "
        "0 waiting" in lines
    )
    assert "elements   4 in lists = 4 rows + 0 collapsed + 0 rejected" in lines
    assert "firmograph quarantine list" in first_run.out


def test_run_that_changes_nothing_says_so(program: Program) -> None:
    drop_company(program)
    first, second = program.each(["run"], ["run"])
    assert "Nothing changed" not in first.out
    assert "Nothing changed" in second.out


def test_run_logs_to_standard_error_alone(program: Program) -> None:
    drop_company(program)
    program.drop("notes.txt", b"")
    outcome = program("run", "--json", "--set", "log_format=json")
    assert isinstance(outcome.json(), dict)
    events = [json.loads(line) for line in outcome.err.splitlines()]
    assert [event["event"] for event in events][:2] == ["run started", "file unknown"]
    assert {"event": "table published", "table": "dw_company_data", "rows": 1}.items() <= next(
        event.items() for event in events if event.get("table") == "dw_company_data"
    )


def test_run_logs_no_more_than_the_level_asks_for(program: Program) -> None:
    program.drop("notes.txt", b"")
    assert program("run", "--set", "log_level=error").err == ""
    warned = program("run", FIRMOGRAPH_LOG_LEVEL="warning").err.splitlines()
    assert len(warned) == 1
    assert "notes.txt" in warned[0]


def test_run_with_a_wrong_mart_builds_the_others_and_ends_with_1(program: Program) -> None:
    drop_company(program)
    marts = program.root / "marts"
    marts.mkdir()
    (marts / "mine.sql").write_text("SELECT count(*) AS n FROM dw_company_data")
    (marts / "wrong.sql").write_text("SELECT nope FROM dw_company_data")
    built, mine, company = program.each(
        ["run"],
        ["sql", "SELECT n FROM mine", "--format", "csv"],
        ["sql", "SELECT duns FROM dw_company_data", "--format", "csv"],
    )
    assert built.code == 1
    assert "mart wrong was not built" in built.out.lower()
    assert "nope" in built.out
    assert mine.out == "n\n1\n"
    assert company.out == "duns\n100000001\n"


def test_run_without_an_upload_folder_ends_with_2(program: Program) -> None:
    outcome = program("run", "--json")
    assert outcome.code == 2
    assert json.loads(outcome.out)["status"] == "failed"
    assert "error: the upload folder" in outcome.err
    assert "\nhint: `firmograph init`" in outcome.err


def test_run_while_another_holds_the_lake_ends_with_4(program: Program) -> None:
    drop_company(program)
    (program.root / "datasets").mkdir()
    with FileLock(program.root / "datasets" / ".lock"):
        outcome = program("run", "--wait", "0.1")
    assert outcome.code == 4
    assert "error: another run holds the lake" in outcome.err
    assert "\nhint: wait for it with --wait SECONDS" in outcome.err


def test_run_with_a_wait_that_is_none_ends_with_2(program: Program) -> None:
    drop_company(program)
    outcomes = program.each(["run", "--wait=-1"], ["run", "--wait=nan"], ["run", "--wait=soon"])
    assert [outcome.code for outcome in outcomes] == [2, 2, 2]


def test_run_with_a_faulty_contract_touches_nothing(program: Program) -> None:
    drop_company(program)
    (program.root / "contracts").mkdir()
    (program.root / "contracts" / "data_blocks.yaml").write_text("contract: data_block\n")
    outcome = program("run")
    assert outcome.code == 2
    assert "data_blocks.yaml:1: " in outcome.err
    assert not (program.root / "datasets").exists()
    assert len(list(program.uploads.iterdir())) == 1


def test_run_takes_uploads_from_a_folder_outside_the_root(program: Program) -> None:
    drop_company(program)
    outside = program.root.parent / f"{program.root.name}-outside"
    program.uploads.rename(outside)
    outcome = program("run", "--json", "--set", f"uploads={outside}")
    assert "Traceback" not in outcome.err
    assert outcome.json()["documents"]["published"] == 1
