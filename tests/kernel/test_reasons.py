"""What a refusal says: in the document's own terms, bounded, and for every document."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from documents import organization, response
from kernels import KERNELS, LOAD, REF, changed, company, company_row, places, read, to_bytes

from firmograph.contract.model import Contract
from firmograph.kernel import kernel
from firmograph.kernel.reference import read_reference
from firmograph.kernel.result import Finding

GOOD = json.dumps({"duns": "100000001", "primaryName": "A"}).encode()


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (GOOD + b" " + GOOD, "a second document begins at column 43"),
        (GOOD + b"\n[]", "a second document begins at line 2, column 1"),
        (GOOD + b" x", "other text begins at column 43"),
        (GOOD[:-1], "it breaks off at column 41; it may have been cut off"),
        (GOOD[:-3], "it breaks off at column 38; it may have been cut off"),
        (b"", "it is empty"),
        (b"duns,name", "it begins with 'duns,name'"),
        ("\u00a0".encode(), "it begins with '\\xa0'"),
        (b"{'duns': 1}", "a key in double quotes is missing"),
        (b'{"a": }', "a value is missing"),
        (b'{"a" 1}', "a colon is missing between a key and its value"),
        (b'{"a": "b\nc"}', "a line break or control character stands inside quotes"),
        (b'{"a": "\\x"}', "a backslash is followed by a character that it cannot escape"),
    ],
)
def test_malformed_document_is_told_in_its_own_terms(raw: bytes, words: str) -> None:
    (violation,) = read(raw).violations
    assert violation.rule == "malformed"
    assert violation.reason == f"the document is not JSON: {words}"


def test_document_that_was_written_as_json_twice_is_told_so() -> None:
    (violation,) = read(json.dumps(GOOD.decode())).violations
    assert violation.reason == (
        "the document is not a JSON object, but text that holds JSON: it was written as JSON "
        "twice; decode it once"
    )


def test_list_of_documents_within_a_list_is_told_where_documents_stand() -> None:
    (violation,) = read([{"duns": "100000001"}]).violations
    assert violation.reason == (
        "the document is not a JSON object, but a list within a list: documents stand in one list, "
        "or one a line"
    )


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({}, "the document is empty"),
        (
            {"code": "SVC-200", "message": "success", "outData": {"data": [{"duns": "1"}]}},
            "the document holds code, message, outData; duns stands at $.outData.data[0].duns",
        ),
        (
            {"globalUltimateDuns": "100000001", "familyTreeMembers": []},
            "the document holds globalUltimateDuns, familyTreeMembers",
        ),
        (
            dict.fromkeys("abcdefgh", 1),
            "the document holds a, b, c, d, e, f, 2 more keys",
        ),
    ],
)
def test_document_without_a_record_tells_what_it_holds(document: Any, words: str) -> None:
    reason = read(document).violations[0].reason
    assert reason == f"duns is missing; data_blocks requires it; {words}"


def test_search_for_a_record_ends_in_a_huge_document() -> None:
    huge = {"list": [[{"a": 1}] * 50] * 50, "late": {"x": {"y": {"z": {"duns": "1"}}}}}
    assert read(huge).violations[0].reason.endswith("the document holds list, late")


MATCH = {"matchQualityInformation": {"confidenceCode": 4}}


@pytest.mark.parametrize(
    ("document", "path", "words"),
    [
        ({"organization": organization(), **MATCH}, "$.matchQualityInformation", "one candidate"),
        ({"displaySequence": 1, "organization": organization()}, "$.displaySequence", "one cand"),
        (
            {**response(organization()), "matchCandidates": []},
            "$.matchCandidates",
            "a match answer",
        ),
        ({"matchCandidates": [{"organization": {}}]}, "$.matchCandidates", "a match answer"),
        ({"searchCandidates": [{"organization": {}}]}, "$.searchCandidates", "a search answer"),
        (
            {"embeddedProduct": {"organization": organization()}, "organization": organization()},
            "$.embeddedProduct",
            "a match answer",
        ),
        (
            {"rawDnbData": {"organization": organization(), **MATCH}},
            "$.rawDnbData.matchQualityInformation",
            "one candidate",
        ),
        (company(displaySequence=2), "$.displaySequence", "one candidate"),
    ],
)
def test_candidates_are_refused_by_name(document: Any, path: str, words: str) -> None:
    result = read(document)
    assert places(result) == [("candidate", path)]
    assert result.violations[0].reason.startswith(f"this is {words}")
    assert result.rows == []


def test_candidate_keys_that_are_null_do_not_refuse() -> None:
    assert company_row(read(company(embeddedProduct=None)))["duns"] == "100000001"


@pytest.mark.parametrize(
    "answer",
    [
        {"code": "SVC-200", "message": "success", "outData": {"data": {"x": 1}}},
        {"code": "SVC-500", "message": "partial", "outData": {"organization": {"duns": "1"}}},
        {"code": "SVC-200", "message": "OK"},
        {"code": "7372"},
        {"code": "0", "message": "success"},
    ],
)
def test_code_alone_is_not_an_error_of_the_vendor(answer: Any) -> None:
    assert "vendor_error" not in {rule for rule, _ in places(read(answer))}


@pytest.mark.parametrize(
    "number",
    ["1e1000000000000000000", "1e-1000000000000000000", "0e1000000000000000000", "9" * 5000],
)
@pytest.mark.parametrize("quote", ["", '"'])
def test_number_beyond_all_bounds_ends_nothing(number: str, quote: str) -> None:
    value = f"{quote}{number}{quote}"
    for field in (
        f'"businessEntityType":{{"dnbCode":{value}}}',
        f'"numberOfEmployees":[{{"value":{value},"informationScopeDnBCode":{value}}}]',
        f'"industryCodes":[{{"code":"1","typeDnBCode":{value},"priority":{value}}}]',
        f'"incorporatedDate":{value}',
        f'"financials":[{{"yearlyRevenue":[{{"currency":"USD","value":{value}}}]}}]',
        f'"corporateLinkage":{{"hierarchyLevel":{value},"parent":{{"duns":{value}}}}}',
    ):
        result = read(f'{{"duns":"100000001","primaryName":"A",{field}}}')
        assert "internal" not in {v.rule for v in [*result.violations, *result.rejected]}
    tree = f'{{"globalUltimateDuns":"100000001","globalUltimateFamilyTreeMembersCount":{value}}}'
    assert "internal" not in {rule for rule, _ in places(read(tree, "family_tree"))}


def test_fault_of_the_program_refuses_one_document_and_names_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(contract: Contract, *_: Any) -> None:
        raise ZeroDivisionError(contract.name)

    monkeypatch.setattr(kernel, "read_reference", fail)
    (violation,) = KERNELS["data_blocks"].read(b"{}", REF, LOAD).violations
    assert (violation.rule, violation.json_path) == ("internal", "$")
    assert violation.reason.startswith(
        "the program failed to read this document: ZeroDivisionError at test_reasons.py, line "
    )
    assert violation.reason.endswith(", in fail: data_blocks")


@pytest.mark.parametrize("count", [99, 100, 101, 5_000])
def test_flood_of_bad_elements_is_summarised_with_its_count(count: int) -> None:
    bad = {"typeDnBCode": "x", "priority": 1, "code": "1"}
    result = read(company(industryCodes=[bad] * count))
    assert result.rejected_count == count
    listed = result.rejected[:100]
    assert [v.json_path for v in listed[-2:]] == [
        f"$.industryCodes[{min(count, 100) - n}].typeDnBCode" for n in (2, 1)
    ]
    if count <= 100:
        assert len(result.rejected) == count
        return
    (rest,) = result.rejected[100:]
    assert (rest.rule, rest.json_path, rest.value) == (
        "type",
        "$.industryCodes[*].typeDnBCode",
        None,
    )
    assert rest.reason.startswith(f"{count - 100} more, not listed one by one: typeDnBCode is not ")


def test_second_record_under_the_same_key_is_a_finding() -> None:
    first, second = (to_bytes(organization(duns)).decode() for duns in ("100000001", "100000002"))
    raw = f'{{"organization": {first}, "organization": {second}}}'.encode()
    result = KERNELS["data_blocks"].read(raw, REF, LOAD)
    assert (result.entity_id, result.violations) == ("100000002", [])
    (found,) = [finding for finding in result.findings if finding.rule == "duplicate_key"]
    assert isinstance(found, Finding)
    assert (found.table, found.column) == ("", "organization")
    assert found.example.startswith('100000002: organization hides {"duns": "100000001"')


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ('{"organization": %s, "organization": %s}', "organization hides {"),
        ('{"organization": null, "organization": %s}', "organization hides null"),
        ('{"organization": {}, "organization": %s}', "organization hides {}"),
        ('{"rawDnbData": {"organization": %s, "organization": %s}}', "organization hides {"),
        ('{"rawDnbData": {"organization": %s}, "rawDnbData": {"organization": %s}}', "rawDnbData "),
        ('{"rawDnbData": null, "rawDnbData": {"organization": %s}}', "rawDnbData hides null"),
        ('{"organization": %s}', None),
        ('{"rawDnbData": {"organization": %s}}', None),
        ('{"organization": %s, "rawDnbData": {"organization": %s}}', None),
    ],
)
def test_what_a_repeated_key_of_a_record_hides(text: str, hidden: str | None) -> None:
    record = to_bytes(organization("100000001")).decode()
    raw = (text % ((record,) * text.count("%s"))).encode()
    result = KERNELS["data_blocks"].read(raw, REF, LOAD)
    assert (result.entity_id, result.violations) == ("100000001", [])
    found = [f.example for f in result.findings if f.rule == "duplicate_key"]
    assert [example.startswith(f"100000001: {hidden}") for example in found] == (
        [True] if hidden else []
    )


def test_records_are_counted_rightly_while_other_threads_read() -> None:
    record = to_bytes(organization("100000001")).decode()
    one = f'{{"organization": {record}}}'.encode()
    two = f'{{"organization": {record}, "organization": {record}}}'.encode()

    def count(raw: bytes) -> int:
        findings = KERNELS["data_blocks"].read(raw, REF, LOAD).findings
        return sum(finding.rule == "duplicate_key" for finding in findings)

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(count, [one, two] * 500)) == [0, 1] * 500


def test_key_of_a_record_among_values_is_no_finding() -> None:
    raw = to_bytes(response(organization(notes="organization", more={"organization": 1})))
    findings = KERNELS["data_blocks"].read(raw, REF, LOAD).findings
    assert [finding for finding in findings if finding.rule == "duplicate_key"] == []


def test_document_without_a_record_is_told_where_one_is_expected() -> None:
    contract = changed(
        "record_at: [organization, rawDnbData.organization, $]", "record_at: [a, b.c]"
    )
    (violation,) = read_reference(contract, b'{"data": {}}', REF, LOAD).violations
    assert (violation.rule, violation.json_path) == ("shape", "$")
    assert violation.reason == (
        "the document holds no record of data_blocks: one is expected at a or b.c"
    )
