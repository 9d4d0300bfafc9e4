"""`sql` beyond one SELECT: files, standard input, SHOW, DESCRIBE, EXPLAIN, limits, streaming."""

import subprocess
import sys
from pathlib import Path

import pytest

from cli.conftest import Program

FIRST = "SELECT duns FROM dw_company_data ORDER BY duns LIMIT 1"
ENDLESS = "SELECT i FROM range(100000000000) t(i)"


def test_sql_lays_out_rows_of_several_files_as_one_table(program: Program) -> None:
    for number in (1, 2, 3):
        text = f'{{"duns": "10000000{number}", "primaryName": "{"A" * 9 * number}"}}'
        program.drop(f"{number}_data_blocks_20260301.json", text.encode())
        program("run")
    outcome = program("sql", "SELECT primary_name, duns FROM dw_company_data")
    lines = [line for line in outcome.out.splitlines() if "10000000" in line]
    assert len({line.index("10000000") for line in lines}) == 1
    assert outcome.out.count("primary_name") == 1


def test_sql_reads_the_query_from_a_file(lake: Program, tmp_path: Path) -> None:
    (tmp_path / "q.sql").write_text(f"-- a comment\n{FIRST};\n")
    assert lake("sql", "--file", str(tmp_path / "q.sql"), "--json").json() == [
        {"duns": "100000001"}
    ]
    both, neither, absent = lake.each(
        ["sql", FIRST, "--file", str(tmp_path / "q.sql")], ["sql"], ["sql", "--file", "absent.sql"]
    )
    assert (both.code, neither.code, absent.code) == (2, 2, 2)


@pytest.mark.parametrize("arguments", [["-"], ["--file", "-"]])
def test_sql_reads_the_query_from_standard_input(lake: Program, arguments: list[str]) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "firmograph", "--root", lake.root, "sql", *arguments, "--json"],
        input=FIRST.encode(),
        capture_output=True,
        check=True,
    )
    assert ran.stdout == b'[\n  {\n    "duns": "100000001"\n  }\n]\n'


def test_sql_shows_and_describes_tables(lake: Program) -> None:
    shown, described, summed = lake.each(
        ["sql", "show tables;", "--json"],
        ["sql", "DESCRIBE app_stocks_by_company", "--json"],
        ["sql", "SUMMARIZE app_stocks_by_company", "--json"],
    )
    names = [row["name"] for row in shown.json()]
    assert names == sorted(names)
    assert {"app_stocks_by_company", "dw_company_data", "tb_quarantine_files"} <= set(names)
    columns = [row["column_name"] for row in described.json()]
    assert columns == ["duns", "country", "count"]
    assert [row["column_name"] for row in summed.json()] == columns


def test_sql_explains_a_select_and_nothing_else(lake: Program) -> None:
    plan, analyzed, other = lake.each(
        ["sql", f"EXPLAIN {FIRST}"],
        ["sql", f"explain analyze {FIRST}"],
        ["sql", "EXPLAIN DELETE FROM dw_company_data"],
    )
    assert "Read Parquet" in plan.out
    assert "dw_company_data" in analyzed.out
    assert (other.code, other.out) == (1, "")
    assert "the text holds DELETE; only one SELECT is allowed" in other.err


def test_sql_prints_times_that_python_cannot_hold_as_text(lake: Program) -> None:
    query = "SELECT DATE '20000-01-01' AS far, TIMESTAMP_NS '2026-01-02 03:04:05.123456789' AS fine"
    assert lake("sql", query, "--json").json() == [
        {"far": "20000-01-01", "fine": "2026-01-02 03:04:05.123456789"}
    ]


def test_sql_limit_ends_the_output(lake: Program) -> None:
    query = "SELECT i FROM range(5000) t(i)"
    for limit, count in (("0", 0), ("1", 1), ("1500", 1500), ("9999", 5000)):
        table, csv, found = (
            lake("sql", query, "--limit", limit, "--format", form) for form in FORMS
        )
        assert table.out.endswith(f"\n{count} row{'' if count == 1 else 's'}\n")
        assert len(csv.out.splitlines()) == count + 1
        assert [row["i"] for row in found.json()] == list(range(count))


FORMS = ("table", "csv", "json")


@pytest.mark.parametrize("form", ["csv", "json"])  # a table is laid out in pages, but slowly
def test_sql_streams_in_bounded_memory(lake: Program, form: str) -> None:
    script = (
        "import resource, sys\n"
        "from firmograph.cli import main\n"
        "try: main()\n"
        "finally: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)\n"
    )
    peaks = []
    for rows in ("1000", "60000"):
        query = f"SELECT repeat('x', 1000) || i AS text FROM range({rows}) t(i)"
        ran = subprocess.run(
            [sys.executable, "-c", script, "--root", lake.root, "sql", query, "--format", form],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=True,
        )
        peaks.append(int(ran.stderr.split()[-1]))
    assert peaks[1] - peaks[0] < 35_000  # of 60,000, in units of 1,024 bytes


def test_sql_endless_result_begins_at_once_and_ends_at_the_limit_of_time(lake: Program) -> None:
    limited = lake("sql", ENDLESS, "--limit", "3", "--format", "csv")
    assert limited.out == "i\n0\n1\n2\n"
    stopped = lake("sql", ENDLESS.replace(" i ", " count(i) "), "--set", "query_seconds=0.2")
    assert (stopped.code, stopped.out) == (1, "")
    assert stopped.err == (
        "error: the SQL was stopped: it took longer than 0.2 seconds\n"
        "hint: the setting query_seconds is the longest time a query or a mart may take; 0 for "
        "any\n"
    )


def test_sql_error_tells_line_column_and_what_was_meant(lake: Program) -> None:
    outcomes = lake.each(
        ["sql", "SELECT 'ä',\n  primary_nam\nFROM dw_company_data"],
        ["sql", "SELECT cuont(*) FROM dw_company_data"],
        ["sql", "SELECT duns\nFORM dw_company_data WHERE"],
        ["sql", "SELECT primary_name::INTEGER FROM dw_company_data", "--format", "csv"],
    )
    assert [outcome.code for outcome in outcomes] == [1, 1, 1, 1]
    starts = (
        'error: the SQL failed at line 2, column 3: Referenced column "primary_nam" not found in '
        "FROM clause; did you mean primary_name or ",
        "error: the SQL failed at line 1, column 8: Scalar Function with name cuont does not "
        "exist; did you mean count?",
        "error: the SQL is not understood at line 2, column ",
        "error: the SQL failed at line 1, column 20: Conversion error: Could not convert string ",
    )
    for outcome, start in zip(outcomes, starts, strict=True):
        assert outcome.err.startswith(start)


def test_csv_leaves_a_spreadsheet_nothing_to_compute(lake: Program) -> None:
    values = ["=cmd|' /C calc'!A0", "+1+cmd", "-1+cmd", "@SUM(1)", "\t=1", "+41 31 320-10", "-5.5"]
    listed = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
    query = f"SELECT unnest([{listed}]) AS text, -5 AS number"
    csv, exact = lake.each(["sql", query, "--format", "csv"], ["sql", query, "--json"])
    assert csv.out == (
        "text,number\n'=cmd|' /C calc'!A0,-5\n'+1+cmd,-5\n'-1+cmd,-5\n'@SUM(1),-5\n'\t=1,-5\n"
        "+41 31 320-10,-5\n-5.5,-5\n"
    )
    assert [row["text"] for row in exact.json()] == values
