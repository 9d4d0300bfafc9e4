from documents import organization, response

from cli.conftest import Outcome, Program

FIRST = "f3013f933b9fb80ab6d995e7ad9da36f683837ba1d81e950c943d40111eac2f0"
"""The sha-256 of ``{"n":0}``; that of ``{"n":4}`` begins with the same digits f3."""

NO_ZIP = "0a85e2768edd3fa10386bf53cf917b0e1ad30e662cd87966d51fef5ca10ed42d"
"""The sha-256 of ``no zip``."""


def show(lake: Program, company: str) -> Outcome:
    """`quarantine show` for the refused document in a company's file."""
    rows = lake("quarantine", "list", "--json").json()
    (row,) = [row for row in rows if row["file_name"].startswith(company)]
    return lake("quarantine", "show", row["document_id"])


def test_quarantine_list_names_each_refusal(lake: Program) -> None:
    outcome = lake("quarantine", "list")
    assert outcome.code == 0
    lines = outcome.out.splitlines()
    assert "5 refused; `firmograph quarantine show ID` shows every violation." in lines
    (row,) = [line.split() for line in lines if line.startswith(" f3013f933b9f")]
    assert row[:3] == ["f3013f933b9f", "document", "twins_data_blocks_20260301.jsonl"]


def test_quarantine_list_as_json(lake: Program) -> None:
    rows = lake("quarantine", "list", "--json").json()
    found = {
        (row["file_name"][:6], row["record_number"], row["scope"], row["violations"])
        for row in rows
    }
    assert found == {
        ("bad\x1b[3", 1, "document", 2),
        ("twins_", 1, "document", 2),
        ("twins_", 3, "document", 2),
        ("broken", 0, "file", 1),
        ("scrap_", 1, "document", 1),
    }
    (first,) = [row for row in rows if row["document_id"] == FIRST]
    assert first["document_type"] == "data_blocks"
    assert first["rules"] == ["mandatory"]
    assert first["status"] == "open"


def test_quarantine_show_names_every_violation(lake: Program) -> None:
    outcome = lake("quarantine", "show", FIRST)
    assert outcome.code == 0
    lines = outcome.out.splitlines()
    assert lines[0] == f"document {FIRST}"
    assert lines[1].startswith("file twins_data_blocks_20260301.jsonl, record 1, run 2")
    assert lines[3:] == [
        "mandatory: duns is missing; data_blocks requires it; the document holds n",
        "    $.duns (line 1, column 1)",
        "mandatory: primaryName is missing; dw_company_data requires it",
        "    $.primaryName (line 1, column 1)",
        "",
        "What to do:",
        "    mandatory: Request the record from the vendor again. If the value is elsewhere in the "
        "document, add that path to the contract, then `firmograph quarantine retry`; if only an "
        "element of a list is refused, `firmograph rebuild`.",
        "",
        "{",
        '  "n": 0',
        "}",
    ]


def test_quarantine_show_takes_the_beginning_of_an_id(lake: Program) -> None:
    prefixes = (FIRST[:12], FIRST[:3], FIRST[:12].upper())
    for outcome in lake.each(*(["quarantine", "show", prefix] for prefix in prefixes)):
        assert outcome.code == 0
        assert outcome.out.splitlines()[0] == f"document {FIRST}"


def test_quarantine_show_names_place_and_value(lake: Program) -> None:
    out = show(lake, "bad").out
    assert "type: duns is not nine digits" in out
    assert r"    $.organization.duns = \x1b[31mred\x07\x9b (line 1, column " in out


def test_quarantine_show_as_json_has_every_violation(lake: Program) -> None:
    rows = lake("quarantine", "show", FIRST, "--json").json()
    assert [(row["rule"], row["json_path"], row["value"]) for row in rows] == [
        ("mandatory", "$.duns", None),
        ("mandatory", "$.primaryName", None),
    ]


def test_quarantine_show_of_a_file_has_no_document(lake: Program) -> None:
    outcome = show(lake, "broken")
    assert outcome.code == 0
    assert outcome.out.startswith(f"file {NO_ZIP}\n")
    assert outcome.out.splitlines()[3:] == [
        "format: this is not a zip archive, though its name ends with .zip",
        "",
        "What to do:",
        "    format: If only the name is wrong, `firmograph redeliver ID --as NAME`; if a page was "
        "saved instead of data, repeat the request.",
    ]


def test_quarantine_show_of_bytes_that_are_no_json(lake: Program) -> None:
    assert show(lake, "scrap").out.endswith('\n{"duns": \\xff\\x1b[31m\n')


def test_quarantine_show_of_no_single_id_ends_with_2(lake: Program) -> None:
    messages = {
        "f3": "2 refused documents have ids that begin with 'f3': f3013f933b9fb80a, f3e0792e",
        "0000": "no refused document has an id that begins with '0000'",
        "zz": "'zz' is not a document id; ids are hexadecimal",
        "": "'' is not a document id; ids are hexadecimal",
        "f3' OR 1=1 --": "is not a document id; ids are hexadecimal",
    }
    outcomes = lake.each(*(["quarantine", "show", prefix] for prefix in messages))
    for message, outcome in zip(messages.values(), outcomes, strict=True):
        assert (outcome.code, outcome.out) == (2, "")
        assert message in outcome.err
        assert "\nhint: " in outcome.err


def test_quarantine_list_of_nothing_says_so(program: Program) -> None:
    program.drop("a_data_blocks_20260301.json", response(organization()))
    listing = ["quarantine", "list"]
    _, text, rows = program.each(["run"], listing, [*listing, "--json"])
    assert text.out == "Nothing is refused.\n"
    assert rows.json() == []
