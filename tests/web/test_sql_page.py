"""The page `/sql`: queries, their rows in each format, their errors, and how they are stopped."""

import csv
import http.client
import io
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from browsing import browsing, text_of
from conftest import Project
from documents import organization, response
from starlette.testclient import TestClient

EVIL = "<script>alert(1)</script>"
ENDLESS = (
    "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range * b.range % 7 = 3"
)
"""A query of hours; DuckDB counts the rows of a plain cross join without making them."""
EVERY_ROW = "SELECT a.range AS n FROM range(10000000) a, range(10000000) b"


def editor_of(html: str) -> str:
    """What is in the editor, as HTML."""
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", html, re.DOTALL)
    assert found
    return found[1]


def test_sql_without_a_query_offers_some(client: TestClient) -> None:
    found = client.get("/sql")
    assert found.status_code == 200
    assert "SHOW TABLES SELECT * FROM app_stocks_by_company LIMIT 100" in text_of(found.text)
    assert client.get("/sql.json").json() == {"query": ""}


def test_sql_lists_the_tables_with_their_columns(client: TestClient) -> None:
    text = text_of(client.get("/sql").text)
    assert "app_stocks_by_company 3 columns of app_stocks_by_company" in text
    assert "duns text country text count integer 100 rows" in text
    assert text.index("dw_company_data") < text.index("ods_datablocks_raw") < text.index("tb_data")


def test_sql_shows_the_rows_of_the_query(client: TestClient) -> None:
    query = "SELECT duns, employees FROM dw_company_data WHERE duns < '1' ORDER BY duns"
    found = client.get("/sql", params={"q": query})
    assert found.status_code == 200
    text = text_of(found.text)
    assert "3 rows in" in text
    assert "duns employees 007314629 2976 060275518 878 081940257 434 The same" in text
    assert 'href="/company/007314629"' in found.text
    assert f"firmograph sql {shell_quoted(query)}" in text


def shell_quoted(query: str) -> str:
    return "'" + query.replace("'", "'\"'\"'") + "'"


def test_sql_keeps_query_and_snapshot_in_every_link(client: TestClient) -> None:
    html = client.get("/sql", params={"q": "SELECT 'a&b'", "at": "1"}).text
    assert html.count('href="/sql.csv?q=SELECT+%27a%26b%27&amp;at=1"') == 2
    assert html.count('href="/sql.json?q=SELECT+%27a%26b%27&amp;at=1"') == 2
    assert '<input type="hidden" name="at" value="1">' in html
    assert """firmograph sql --snapshot 1 'SELECT '"'"'a&b'"'"''""" in text_of(html)


def test_sql_command_does_not_take_a_comment_for_an_option(client: TestClient) -> None:
    html = client.get("/sql", params={"q": "-- all\nSELECT 1"}).text
    assert "firmograph sql -- '-- all SELECT 1'" in text_of(html)


def test_sql_says_if_there_are_more_rows_than_it_shows(client: TestClient) -> None:
    exact, more = (
        text_of(client.get("/sql", params={"q": f"SELECT * FROM range({count})"}).text)
        for count in (1000, 1001)
    )
    assert "1 000 rows in" in exact.replace("\N{NARROW NO-BREAK SPACE}", " ")
    more = more.replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert "The first 1 000 rows; there are more, all of them in the CSV" in more


def test_sql_json_has_the_rows_shown_and_csv_has_all(client: TestClient) -> None:
    query = {"q": "SELECT i, NULL AS n FROM range(2500) t(i)"}
    found = client.get("/sql.json", params=query).json()
    assert found["columns"] == ["i", "n"]
    assert (len(found["rows"]), found["rows"][999]) == (1000, {"i": 999, "n": None})
    assert found["has_more"] is True
    lines = client.get("/sql.csv", params=query).text.splitlines()
    assert (len(lines), lines[0], lines[1], lines[-1]) == (2501, "i,n", "0,", "2499,")


def test_sql_csv_of_no_rows_has_the_columns(client: TestClient) -> None:
    found = client.get("/sql.csv", params={"q": "SELECT 1 AS a, 2 AS b WHERE false"})
    assert found.text == "a,b\r\n"


def test_sql_shows_tables_describes_and_explains(client: TestClient) -> None:
    shown, described, explained = (
        client.get("/sql", params={"q": query})
        for query in (
            "SHOW TABLES;",
            "DESCRIBE app_stocks_by_company",
            "EXPLAIN SELECT duns FROM dw_company_data",
        )
    )
    assert "15 rows" in text_of(shown.text)
    assert "duns VARCHAR YES NULL" in text_of(described.text)
    assert '<pre class="document plan"' in explained.text


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            "SELECT duns,\n  primary_nam\nFROM dw_company_data",
            'the SQL failed at line 2, column 3: Referenced column "primary_nam" not found in FROM '
            "clause; did you mean primary_name",
        ),
        (
            "SELECT * FROM dw_company_date",
            "Table with name dw_company_date does not exist; did you mean dw_company_data",
        ),
        ("SELEC 1", "the SQL is not understood at line 1, column 1"),
        ("DROP TABLE dw_company_data", "the text holds DROP; only one SELECT is allowed"),
        ("SELECT 1; SELECT 2", "the text holds SELECT, SELECT; only one SELECT is allowed"),
        ("SET memory_limit='90GB'", "the text holds SET; only one SELECT is allowed"),
        ("COPY (SELECT 1) TO '/tmp/x.csv'", "the text holds COPY; only one SELECT is allowed"),
        ("SELECT * FROM read_text('/etc/passwd')", "file system operations are disabled"),
        ("SELECT * FROM '/etc/passwd.csv'", "file system operations are disabled"),
        ("SELECT 1 / (SELECT 'a')::INT", "Could not convert string 'a' to INT32"),
    ],
)
def test_sql_that_fails_says_why_and_keeps_the_query(
    client: TestClient, query: str, message: str
) -> None:
    found = client.get("/sql", params={"q": query})
    assert found.status_code == 400
    assert message in text_of(found.text)
    assert editor_of(found.text).replace("&#39;", "'") == query
    told = client.get("/sql.json", params={"q": query})
    assert told.status_code == 400
    assert message in told.json()["message"]
    assert client.get("/sql.csv", params={"q": query}).status_code == 400


def test_sql_may_only_take_as_long_as_the_settings_allow(examples: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIRMOGRAPH_QUERY_SECONDS", "0.3")
        with browsing(examples) as client:
            found = client.get("/sql", params={"q": ENDLESS})
    assert found.status_code == 400
    assert "it took longer than 0.3 seconds" in text_of(found.text)


def test_sql_shows_hostile_text_as_text(tmp_path: Path) -> None:
    project = Project(tmp_path)
    name = f"{EVIL}\x1b[31m"
    project.drop("a_data_blocks_20260301.json", response(organization(name=name)))
    project.run()
    query = f'SELECT primary_name AS "{EVIL}" FROM dw_company_data -- </textarea>{EVIL}'
    with browsing(tmp_path) as client:
        html = client.get("/sql", params={"q": query}).text
        assert client.get("/sql.json", params={"q": query}).json()["rows"] == [{EVIL: name}]
    assert EVIL not in html
    assert html.count("</textarea>") == 1
    assert f"{EVIL} {EVIL}\\x1b[31m The same" in text_of(html)


def test_sql_csv_has_nothing_that_a_spreadsheet_would_compute(client: TestClient) -> None:
    found = client.get("/sql.csv", params={"q": "SELECT '=1+1' AS \"=a\", 'b' AS b"})
    assert list(csv.reader(io.StringIO(found.text))) == [["'=a", "b"], ["'=1+1", "b"]]


@pytest.mark.parametrize(
    "start", ["=", "+", "-", "@", "\t", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"]
)
def test_csv_takes_no_value_for_a_formula(client: TestClient, start: str) -> None:
    found = client.get("/sql.csv", params={"q": f"SELECT '{start}a' AS a, '-1' AS b"})
    assert list(csv.reader(io.StringIO(found.text))) == [["a", "b"], [f"'{start}a", "-1"]]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("NULL", "NULL"),
        ("''", "empty"),
        ("TIMESTAMP '2026-01-02 03:04:05'", "2026-01-02 03:04:05"),
        ("DATE '20000-01-01'", "20000-01-01"),
        ("TIMESTAMP_NS '2026-01-01 00:00:00.123456789'", "2026-01-01 00:00:00.123456789"),
        ("1.50::DECIMAL(5, 2)", "1.50"),
        ("'abc'::BLOB", "3 bytes"),
        ("[1, NULL]", "1, NULL"),
        ("true", "yes"),
        ("'nan'::DOUBLE", "nan"),
        ("repeat('x', 1001)", "x… (1001 characters)"),
    ],
)
def test_sql_shows_values_of_every_type(client: TestClient, value: str, shown: str) -> None:
    found = client.get("/sql", params={"q": f"SELECT {value} AS v"})
    assert found.status_code == 200
    assert f"{shown} The same on the command line" in text_of(found.text)
    query = {"q": f"SELECT {value} AS v"}
    assert client.get("/sql.json", params=query).status_code == 200
    assert client.get("/sql.csv", params=query).status_code == 200


# Stopping


@dataclass(frozen=True)
class Server:
    """A running server.

    Attributes:
        process: its process.
        port: at which it listens.
        token: of its start.
        temporary: its folder for temporary files, in which each query has a folder of its own.
    """

    process: subprocess.Popen[str]
    port: int
    token: str
    temporary: Path

    @contextmanager
    def asked(self, path: str, **query: Any) -> Iterator[http.client.HTTPConnection]:
        """A request that was sent; its connection is closed at the end."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        cookie = {"Cookie": f"firmograph-{self.port}={self.token}"}
        connection.request("GET", f"{path}?{urlencode(query)}", headers=cookie)
        with closing(connection):
            yield connection

    def wait_for_queries(self, count: int) -> None:
        """Waits until so many queries run."""
        deadline = time.monotonic() + 30
        while len(list(self.temporary.glob("firmograph-*"))) != count:
            assert time.monotonic() < deadline
            time.sleep(0.02)


@contextmanager
def served(root: Path, temporary: Path) -> Iterator[Server]:
    command = [sys.executable, "-m", "firmograph", "ui", "--root", root, "--no-browser"]
    process = subprocess.Popen(
        [*command, "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(temporary)},
    )
    try:
        assert process.stdout
        found = re.fullmatch(r"http://127.0.0.1:(\d+)/\?token=(\S+)\n", process.stdout.readline())
        assert found
        yield Server(process, int(found[1]), found[2], temporary)
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def server(examples: Path, tmp_path: Path) -> Iterator[Server]:
    """A server of the examples."""
    with served(examples, tmp_path) as server:
        yield server


@pytest.mark.parametrize("path", ["/sql", "/sql.json", "/sql.csv"])
def test_query_ends_when_the_browser_goes_away(server: Server, path: str) -> None:
    with server.asked(path, q=ENDLESS):
        server.wait_for_queries(1)
    server.wait_for_queries(0)


def test_csv_that_is_half_read_ends_when_the_browser_goes_away(server: Server) -> None:
    with server.asked("/sql.csv", q=EVERY_ROW) as connection, connection.getresponse() as found:
        assert found.read(6) == b"n\r\n0\r\n"
        server.wait_for_queries(1)
    server.wait_for_queries(0)


def test_other_pages_are_answered_while_a_query_runs(server: Server) -> None:
    with server.asked("/sql", q=ENDLESS):
        server.wait_for_queries(1)
        for path, query in (("/companies", "cork"), ("/sql", "SELECT 1"), ("/dashboards", "")):
            with server.asked(path, q=query) as connection, connection.getresponse() as found:
                assert found.status == 200
        server.wait_for_queries(1)


def test_csv_that_fails_midway_has_no_end(server: Server) -> None:
    # rows so wide that the query, which runs ahead of its reader by a buffer, is not at the bad one
    fails = """
        SELECT CAST(if(i = 90000, 'x', '1') AS INT) AS n, repeat('y', 500) AS wide
        FROM range(100000) t(i)
    """
    with server.asked("/sql.csv", q=fails) as connection, connection.getresponse() as found:
        assert found.status == 200
        with pytest.raises(http.client.IncompleteRead):
            found.read()
    server.process.send_signal(signal.SIGINT)
    _, errors = server.process.communicate(timeout=20)
    assert errors == "ERROR:    ASGI callable returned without completing response.\n"


def test_server_that_is_told_to_end_stops_its_queries(server: Server) -> None:
    with server.asked("/sql", q=ENDLESS) as connection:
        server.wait_for_queries(1)
        server.process.send_signal(signal.SIGINT)
        _, errors = server.process.communicate(timeout=20)
        assert (server.process.returncode, errors) == (0, "")
        with connection.getresponse() as found:
            assert (found.status, b"the SQL was stopped" in found.read()) == (400, True)
