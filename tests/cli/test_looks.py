import json
from pathlib import Path

from cli.conftest import Outcome, Program

FORMS = ("table", "csv", "json")
COMPANIES = "SELECT duns, default_currency FROM dw_company_data ORDER BY duns"


def test_status_shows_the_last_run_and_its_sums(lake: Program) -> None:
    outcome = lake("status")
    assert outcome.code == 0
    lines = outcome.out.splitlines()
    assert lines[0].startswith("last run   2")
    assert ": refused at 2" in lines[0]
    assert any(line.startswith("snapshot   1, published 2") for line in lines)
    assert lines[-2:] == [
        "freshness  data_blocks: 2 entities, newest 2026-03-01 10:00:00Z",
        "quarantine 5 open",
    ]
    files = next(line for line in lines if line.startswith("files "))
    for count in ("ingested 5", "unreadable 1", "unknown 1", "seen 7"):
        assert count in files
    documents = next(line for line in lines if line.startswith("documents "))
    for count in ("received 6", "published 2", "quarantined 4", "waiting 0"):
        assert count in documents


def test_status_as_json_is_one_object(lake: Program) -> None:
    facts = lake("status", "--json").json()
    assert facts["snapshot_id"] == 1
    assert facts["ingest_seq"] == 6
    assert facts["open_refusals"] == 5
    assert facts["last_run"]["status"] == "refused"
    assert facts["sums"]["documents"]["received"] == 6
    assert facts["waiting_trees"] == {}
    assert facts["freshness"] == [
        {"document_type": "data_blocks", "entities": 2, "newest_source": "2026-03-01T10:00:00Z"}
    ]


def test_tables_lists_rows_versions_and_changes(lake: Program) -> None:
    listed = lake("tables", "--json").json()
    rows = {table["table"]: table["rows"] for table in listed}
    assert rows["ods/ods_datablocks_raw"] == 6
    assert rows["ods/ods_familytree_raw"] == 0
    assert rows["dw/dw_company_data"] == 2
    assert rows["dw/dw_industry_code"] == 2
    assert rows["app/app_stocks_by_company"] == 2
    assert rows["control/tb_published_snapshots"] == 1
    by_name = {table["table"]: table for table in listed}
    assert by_name["dw/dw_company_data"]["version"] == 1
    assert by_name["dw/dw_family_tree"]["version"] == 0
    assert by_name["dw/dw_company_data"]["changed_at"].endswith("Z")
    zones = [table["table"].split("/")[0] for table in listed]
    assert list(dict.fromkeys(zones)) == ["ods", "dw", "app", "control"]


def test_tables_prints_a_table(lake: Program) -> None:
    lines = [line.split() for line in lake("tables").out.splitlines()]
    assert ["table", "rows", "version", "changed_at"] in lines
    assert ["dw/dw_company_data", "2", "1"] in [line[:3] for line in lines]


def test_looks_without_a_lake_say_how_to_make_one(program: Program) -> None:
    commands = [["status"], ["tables"], ["sql", "SELECT 1"], ["quarantine", "list"]]
    for outcome in program.each(*commands):
        assert outcome == Outcome(
            1,
            "",
            f"error: there is no lake in {program.root}/datasets yet\n"
            "hint: `firmograph run` creates it\n",
        )
    assert not (program.root / "datasets").exists()


def test_sql_prints_a_table(lake: Program) -> None:
    outcome = lake("sql", "SELECT duns, NULL AS nothing FROM dw_company_data ORDER BY duns")
    assert outcome.code == 0
    lines = [line.split() for line in outcome.out.splitlines()]
    assert [line for line in lines if line and line[0][0] in "1d"] == [
        ["duns", "nothing"],
        ["100000001"],
        ["100000002"],
    ]
    assert outcome.out.endswith("\n2 rows\n")
    assert lake("sql", "SELECT 1 AS one").out.endswith("\n1 row\n")


def test_sql_prints_csv(lake: Program) -> None:
    outcome = lake("sql", COMPANIES, "--format", "csv")
    assert outcome.code == 0
    assert outcome.out == 'duns,default_currency\n100000001,\n100000002,"a,""b""\nc"\n'


def test_sql_prints_json(lake: Program) -> None:
    assert lake("sql", COMPANIES, "--format", "json").json() == [
        {"duns": "100000001", "default_currency": None},
        {"duns": "100000002", "default_currency": 'a,"b"\nc'},
    ]
    values = "SELECT [1, 2] AS a, {'x': true} AS b, TIMESTAMPTZ '2026-03-01 10:00:00+00' AS c"
    assert lake("sql", values, "--format", "json").json() == [
        {"a": [1, 2], "b": {"x": True}, "c": "2026-03-01T10:00:00Z"}
    ]


def test_sql_columns_of_one_name_keep_their_values(lake: Program) -> None:
    query = "SELECT 111 AS n, 222 AS n"
    for outcome in lake.each(*(["sql", query, "--format", form] for form in FORMS)):
        assert "111" in outcome.out
        assert "222" in outcome.out


def test_sql_may_lean_on_the_columns_of_the_tables(lake: Program) -> None:
    queries = {
        "SELECT duns, code FROM dw_company_data JOIN dw_industry_code USING (duns)": 2,
        "SELECT * FROM dw_company_data NATURAL JOIN dw_corporate_linkage": 0,
        "SELECT * FROM dw_company_data ORDER BY 2": 2,
        "SELECT * FROM (SELECT * FROM app_stocks_by_company) t(a, b, c)": 2,
        "SELECT duns FROM app_stocks_by_company UNION SELECT duns FROM dw_company_data": 2,
    }
    commands = (["sql", query, "--format", "json"] for query in queries)
    for (query, count), outcome in zip(queries.items(), lake.each(*commands), strict=True):
        assert (query, outcome.err) == (query, "")
        assert len(outcome.json()) == count


def test_sql_names_are_known_in_any_case(lake: Program) -> None:
    outcome = lake("sql", "SELECT Count(*) AS N FROM DW_Company_Data", "--format", "csv")
    assert outcome.out == "N\n2\n"


def test_sql_that_is_no_select_is_refused(lake: Program, tmp_path: Path) -> None:
    queries = [
        "DELETE FROM dw_company_data",
        "INSERT INTO dw_company_data SELECT * FROM dw_company_data",
        "CREATE TABLE x AS SELECT 1",
        "DROP VIEW dw_company_data",
        f"COPY (SELECT 1) TO '{tmp_path}/written'",
        f"ATTACH '{tmp_path}/written'",
        "SET enable_external_access=true",
        "PRAGMA version",
        "INSTALL httpfs",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE dw_company_data",
        "",
        "/* nothing */",
    ]
    for query, outcome in zip(queries, lake.each(*(["sql", q] for q in queries)), strict=True):
        assert (query, outcome.code, outcome.out) == (query, 1, "")
        assert "only one SELECT is allowed\nhint: " in outcome.err
    assert list(tmp_path.iterdir()) == []


def test_sql_reads_no_file_outside_the_lake(lake: Program, tmp_path: Path) -> None:
    file = tmp_path / "secret.csv"
    file.write_text("a\nsecret-word\n")
    readers = ("read_csv", "read_text", "read_blob", "read_json", "glob", "sniff_csv")
    sources = [f"'{file}'", *(f"{reader}('{file}')" for reader in readers)]
    queries = [f"SELECT * FROM {source}" for source in sources]
    commands = (["sql", query, "--format", "csv"] for query in queries)
    for query, outcome in zip(queries, lake.each(*commands), strict=True):
        assert (query, outcome.code, outcome.out) == (query, 1, "")
        assert outcome.err.startswith("error: ")
        assert "secret-word" not in outcome.err


def test_sql_does_not_tell_which_files_there_are(lake: Program, tmp_path: Path) -> None:
    (tmp_path / "there.csv").write_text("a\n1\n")
    there, absent = lake.each(
        ["sql", f"SELECT * FROM read_csv('{tmp_path}/there.csv')"],
        ["sql", f"SELECT * FROM read_csv('{tmp_path}/absent.csv')"],
    )
    assert there.code == absent.code == 1
    assert there.err.replace("there.csv", "absent.csv") == absent.err


def test_sql_fetches_no_extension(lake: Program, tmp_path: Path) -> None:
    outcome = lake("sql", "SELECT * FROM delta_scan('x')", HOME=str(tmp_path))
    assert (outcome.code, outcome.out) == (1, "")
    assert "automatically install" not in outcome.err
    assert list(tmp_path.iterdir()) == []


def test_sql_unknown_table_is_answered_with_the_nearest_ones(lake: Program) -> None:
    outcome = lake("sql", "SELECT * FROM dw_companies")
    assert (outcome.code, outcome.out) == (1, "")
    message, hint = outcome.err.splitlines()
    assert message.startswith(
        "error: the SQL failed at line 1, column 15: Table with name dw_companies does not exist; "
        "did you mean dw_company_data or "
    )
    assert hint == "hint: `firmograph sql 'SHOW TABLES'` lists all tables"


def test_sql_that_is_wrong_is_a_sentence(lake: Program) -> None:
    queries = ("SELECT FROM WHERE", "SELECT nope FROM dw_company_data", "SELECT 'a'::INTEGER")
    for outcome in lake.each(*(["sql", query] for query in queries)):
        assert (outcome.code, outcome.out) == (1, "")
        assert outcome.err.startswith("error: the SQL ")
        assert "Traceback" not in outcome.err


def test_sql_sees_the_last_snapshot_and_not_what_came_after(program: Program) -> None:
    program.drop("a_data_blocks_20260301.json", {"duns": "100000001", "primaryName": "A"})
    program("run")
    log = program.root / "datasets/dw/dw_company_data/_delta_log"
    (add,) = [
        entry
        for line in (log / "00000000000000000001.json").read_text().splitlines()
        if "add" in (entry := json.loads(line))
    ]
    removal = {"path": add["add"]["path"], "dataChange": True, "deletionTimestamp": 1}
    (log / "00000000000000000002.json").write_text(json.dumps({"remove": removal}))
    assert program("sql", "SELECT duns FROM dw_company_data", "--format", "csv").out == (
        "duns\n100000001\n"
    )
