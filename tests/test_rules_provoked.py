"""Every rule of the catalogue is provoked, and says what is wrong, where, and with which value."""

from typing import Any

import pytest
from conftest import Project
from documents import member, organization, response, tree_page
from kernel.kernels import KERNELS, LOAD, REF, company, read
from sources.archives import documents, squeeze, zipped

from firmograph import Project as Api
from firmograph.contract.finding_rules import FINDING_RULES
from firmograph.contract.model import Contract
from firmograph.contract.refusal_rules import REFUSAL_RULES
from firmograph.kernel import kernel
from firmograph.sources.split import Refusal, Unreadable

ROOT = "300000001"
FILES: dict[str, tuple[bytes, dict[str, Any], str]] = {
    "bomb": (
        squeeze(b" " * (65 << 20), 1),
        {"is_gzip": True},
        "the compressed file expands to more than 200 times its size; it was not read further",
    ),
    "cut_off": (
        b'{"duns": "100000001"}\n{"duns": "1000',
        {},
        "document 2, which begins in line 2, is not closed: the file may be cut off",
    ),
    "empty": (
        zipped({"a.json": b" \n"}),
        {"is_zip": True},
        "member 'a.json': it contains no document",
    ),
    "encoding": (
        '{"duns": "100000001"}'.encode("utf-16"),
        {},
        "this is UTF-16, as PowerShell and Notepad write it; save it as UTF-8",
    ),
    "format": (
        zipped({"a.json": b"<html><body>Sign in</body></html>"}),
        {"is_zip": True},
        "member 'a.json': this is an HTML page, such as a login or error page, saved instead of "
        "data",
    ),
    "member": (
        zipped({"report.csv": b"duns"}),
        {"is_zip": True},
        "member 'report.csv': its name does not end with .json, .jsonl, .ndjson, or one of these "
        "with .gz or .gzip",
    ),
    "too_large": (
        b'{}\n[{},\n{"x": "%b"}]' % (b"x" * 3000),
        {"limit": 1024},
        "the document that begins in line 3 is larger than 1024 bytes, the setting "
        "max_document_bytes",
    ),
}
"""By rule: the bytes of a file, how it is read, and the reason."""

CODES = [
    {"code": "1", "typeDnBCode": 7, "priority": 1},
    {"code": "2", "typeDnBCode": 7, "priority": 1},
    {"code": "3", "typeDnBCode": "x", "priority": 2},
]
DOCUMENTS: list[tuple[str, Any, str, str, str | None, tuple[int, int] | None, str]] = [
    (
        "candidate",
        {"matchCandidates": [{"organization": {"duns": "100000001"}}]},
        "data_blocks",
        "$.matchCandidates",
        '[{"organization": {"duns": "100000001"}}]',
        (1, 20),
        "this is a match answer with candidates, not a company's record: it contains "
        "matchCandidates; request the record of the chosen D-U-N-S number",
    ),
    (
        "encoding",
        b'{"duns": "100000001",\n "primaryName": "Z\xfcrich"}',
        "data_blocks",
        "$",
        "fc 72 69 63 68 22 7d",
        (2, 19),
        "the document is not UTF-8 at byte 40; it may be Latin-1, where this byte is 'ü': save it "
        "as UTF-8",
    ),
    (
        "malformed",
        '{"duns": "100000001"\n "primaryName": "A"}',
        "data_blocks",
        "$",
        '"primaryName": "A"}',
        (2, 2),
        "the document is not JSON: a comma or a closing bracket is missing",
    ),
    (
        "malformed",
        '{"a":\n' + "[" * 50_000 + "]" * 50_000 + "}",
        "data_blocks",
        "$",
        None,
        (2, 50_000),
        "the document is nested too deeply to be read: 50,001 levels",
    ),
    (
        "mandatory",
        company(primaryName=" "),
        "data_blocks",
        "$.primaryName",
        " ",
        (1, 35),
        "primaryName is missing; dw_company_data requires it: the text is blank",
    ),
    (
        "mandatory",
        company(primaryName="None"),
        "data_blocks",
        "$.primaryName",
        "None",
        (1, 35),
        "primaryName is missing; dw_company_data requires it: 'None' counts as missing",
    ),
    (
        "no_members",
        tree_page(ROOT, [], count=9),
        "family_tree",
        "$.familyTreeMembers",
        None,
        (1, 341),
        "the document counts 9 members and lists none: a count alone never replaces the members "
        "of a tree; request the tree with its members",
    ),
    (
        "shape",
        {"organization": "A"},
        "data_blocks",
        "$.organization",
        "A",
        (1, 17),
        "$.organization is not a JSON object",
    ),
    (
        "source_time",
        response(company(), "2036-03-01T10:00:00Z"),
        "data_blocks",
        "$.transactionDetail.transactionTimestamp",
        "2036-03-01T10:00:00Z",
        (1, 66),
        "the document's time 2036-03-01 10:00:00 UTC is more than a day after it was loaded",
    ),
    (
        "type",
        company(duns="12345"),
        "data_blocks",
        "$.duns",
        "12345",
        (1, 9),
        "duns is not nine digits in quotes",
    ),
    (
        "vendor_error",
        {"error": {"errorCode": "00040", "errorMessage": "Limit reached"}},
        "data_blocks",
        "$.error",
        "00040",
        (1, 10),
        "D&B answered with an error instead of data: 00040: Limit reached",
    ),
    (
        "key",
        company(industryCodes=CODES),
        "data_blocks",
        "$.industryCodes[1]",
        "duns 100000001, type_dnb_code 7, priority 1",
        (1, 112),
        "an earlier element of dw_industry_code holds the same key with other values",
    ),
]
"""Rule, document, type, path, value, line and column, and the reason."""

ODD = company(
    incorporatedDate="0000-00-00",
    industryCodes={"code": 311351, "typeDnBCode": 7, "priority": "1"},
    numberOfEmployees=[
        {"value": 12, "informationScopeDnBCode": 9067},
        {"value": 13, "informationScopeDnBCode": 9067},
    ],
    stockExchanges=[{"tickerName": "SIX:A", "isPrimary": "true"}],
    blockStatus=[{"blockID": "companyinfo_L2_v1", "status": "ok"}],
)
FINDINGS = {
    ("ambiguous", "employees", "100000001 $.numberOfEmployees[0].value: 12 taken, 2 match"),
    ("duplicate_key", "organization", '100000002: organization hides {"duns": "100000001"}'),
    ("expected", "registered_name", "100000001"),
    ("number_as_text", "code", "100000001 $.industryCodes.code: 311351"),
    ("single_object", "industryCodes", "100000001 $.industryCodes"),
    ("text_as_boolean", "is_primary", "100000001 $.stockExchanges[0].isPrimary: true"),
    ("text_as_number", "priority", "100000001 $.industryCodes.priority: 1"),
    ("unfit", "incorporated_date", "100000001 $.incorporatedDate: 0000-00-00"),
}
TREES = {
    ("branches_now_excluded", "300000001: 2 before, 1 now"),
    ("count_changed", "300000002: its pages count 2 or 3 members"),
    ("count_differs", "300000002: 3 expected, 2 received"),
    ("cycle", "300000032"),
    ("data_test", '{"global_duns": "300000001"}'),
    ("incomplete", "300000004 lacks page 2"),
    ("level_jump", "300000032"),
    ("orphan", "300000035"),
    ("second_root", "300000034"),
}
BY_PEOPLE = {"discarded", "reinstated", "superseded", "withdrawn"}


def test_every_rule_of_the_catalogue_is_provoked_here() -> None:
    refused = {*FILES, *(rule for rule, *_ in DOCUMENTS), "internal", *BY_PEOPLE}
    assert refused == {rule.name for rule in REFUSAL_RULES}
    found = {rule for rule, *_ in [*FINDINGS, *TREES]}
    assert found == {rule.name for rule in FINDING_RULES}


@pytest.mark.parametrize("rule", FILES)
def test_file_is_refused_with_its_reason(rule: str) -> None:
    content, how, reason = FILES[rule]
    try:
        (refusal,) = (part for part in documents(content, **how) if isinstance(part, Refusal))
    except Unreadable as error:
        refusal = error.refusal
    assert (refusal.rule, refusal.reason) == (rule, reason)


@pytest.mark.parametrize(
    ("rule", "document", "kind", "path", "value", "place", "reason"), DOCUMENTS
)
def test_document_is_refused_with_its_place_and_reason(
    rule: str, document: Any, kind: str, path: str, value: Any, place: Any, reason: str
) -> None:
    result = read(document, kind)
    (first, *_) = result.violations or result.rejected
    assert (first.rule, first.json_path, first.value) == (rule, path, value)
    assert (first.line, first.column) == place
    assert first.reason == reason


def test_fault_of_the_program_is_refused_with_its_place_in_the_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(contract: Contract, *_: Any) -> None:
        raise ZeroDivisionError(contract.name)

    monkeypatch.setattr(kernel, "read_reference", fail)
    (violation,) = KERNELS["data_blocks"].read(b"5", REF, LOAD).violations
    assert violation.rule == "internal"
    assert violation.reason.startswith(
        "the program failed to read this document: ZeroDivisionError at test_rules_provoked.py, "
    )


def test_warnings_name_entity_path_and_value() -> None:
    found = [*read(ODD).findings]
    twice = b'{"organization":{"duns":"100000001"},"organization":%b}'
    raw = twice % b'{"duns":"100000002","primaryName":"A"}'
    found += KERNELS["data_blocks"].read(raw, REF, LOAD).findings
    seen = {(f.rule, f.column, f.example) for f in found}
    assert seen >= FINDINGS
    assert {rule for rule, *_ in seen - FINDINGS} == {"expected"}


def test_warnings_about_trees_and_decisions_are_in_the_tables(project: Project) -> None:
    pages = {
        "a_family_tree_20260301": tree_page(ROOT, [member(ROOT), member("300000011", ROOT, 2)]),
        "b_family_tree_20260301_1": tree_page(
            "300000002", [member("300000002")], of=2, count=2, size=1
        ),
        "b_family_tree_20260301_2": tree_page(
            "300000002",
            [member("300000022", "300000002", 2)],
            number=2,
            of=2,
            count=3,
            size=1,
            time="2026-03-01T10:00:02.000Z",
        ),
        "c_family_tree_20260301": tree_page(
            "300000003",
            [
                member("300000003"),
                member("300000032", "300000033", 2),
                member("300000033", "300000032", 3),
                member("300000034", None, 2),
                member("300000035", "999999999", 2),
            ],
        ),
        "d_family_tree_20260301_1": tree_page("300000004", [member("300000004")], of=2, count=2),
    }
    for name, page in pages.items():
        project.drop(f"{name}.json", page)
    project.drop("e_data_blocks_20260301.json", response(organization(primaryName=None)))
    project.drop("f_data_blocks_20260301.json", response(organization(duns="100000002", name="")))
    tests = project.folders.marts / "tests"
    tests.mkdir(parents=True)
    query = "-- severity: warn\nSELECT min(global_duns) AS global_duns FROM dw_family_tree"
    (tests / "no_tree.sql").write_text(query)
    project.run()
    fewer = tree_page(
        ROOT,
        [member(ROOT)],
        excluded=True,
        count=2,
        count_without_branches=1,
        time="2026-04-01T10:00:00.000Z",
    )
    project.drop("a_family_tree_20260401.json", fewer)
    project.drop("f_data_blocks_20260301.json", response(organization("100000002")))
    project.run()
    found = project.sql("SELECT rule, unnest(examples) AS example FROM tb_data_quality")
    trees = {rule for rule, _ in TREES}
    assert {(row["rule"], row["example"]) for row in found if row["rule"] in trees} == TREES
    api = Api(project.root)
    (case,) = project.sql("SELECT document_id FROM tb_quarantine_files WHERE file_name LIKE 'e%'")
    api.discard(case["document_id"], "a test")
    (case,) = project.sql("SELECT document_id FROM ods_familytree_raw WHERE file_name LIKE 'd%'")
    api.withdraw(case["document_id"], "another")
    api.reinstate(case["document_id"])
    rows = project.sql(
        "SELECT rule, reason FROM tb_quarantine_files WHERE rule = status ORDER BY load_timestamp"
    )
    correction = rows.pop(0)
    assert correction["rule"] == "superseded"
    assert correction["reason"].endswith(" of f_data_blocks_20260301.json")
    assert [tuple(row.values()) for row in rows] == [
        ("discarded", "a test"),
        ("withdrawn", "another"),
        ("reinstated", "reinstated by `firmograph reinstate ID`"),
    ]
