import pickle
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
import strategies
from documents import organization, response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kernels import (
    CONTRACTS,
    KERNELS,
    LOAD,
    REF,
    agree,
    changed,
    company,
    compiled,
    read,
    to_bytes,
    with_column,
)

from firmograph.kernel.kernel import Kernel
from firmograph.kernel.reference import read_reference

KINDS = ["data_blocks", "family_tree"]
FAST = {kind: compiled(CONTRACTS[kind]) for kind in KINDS}
WHOLE = [(kind, document) for kind in KINDS for document in strategies.WHOLE[kind]]


def assert_paths_agree(kind: str, documents: st.SearchStrategy[bytes], examples: int) -> float:
    """Reads many documents on both paths; returns the share the fast path accepts."""
    taken: Counter[bool] = Counter()

    @settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(documents)
    def check(raw: bytes) -> None:
        taken[agree(CONTRACTS[kind], FAST[kind], raw)] += 1

    check()
    return taken[True] / taken.total()


@pytest.mark.parametrize("kind", KINDS)
def test_paths_agree_on_spoiled_documents(kind: str) -> None:
    assert 0.1 < assert_paths_agree(kind, strategies.spoiled(kind), 1000) < 1


@pytest.mark.parametrize("kind", KINDS)
def test_paths_agree_on_mutated_bytes(kind: str) -> None:
    assert 0.1 < assert_paths_agree(kind, strategies.mutated(kind), 1000) < 1


@pytest.mark.parametrize("kind", KINDS)
def test_paths_agree_on_extra_keys(kind: str) -> None:
    extra = strategies.spoiled(kind, ["add"])
    assert 0.1 < assert_paths_agree(kind, extra, 500) < 1


def test_paths_agree_on_numbers() -> None:
    scoped = '{"informationScopeDnBCode":9067,'
    template = (
        '{"duns":"100000001","primaryName":"A","businessEntityType":{"dnbCode":%s},"financials":['
        + scoped
        + '"yearlyRevenue":[{"currency":"USD","value":%s}]}]}'
    )
    whole = st.integers(-(2**65), 2**65).map(str)
    documents = st.tuples(whole, strategies.numbers).map(lambda pair: (template % pair).encode())
    assert 0.1 < assert_paths_agree("data_blocks", documents, 1000) < 1


@pytest.mark.parametrize(("kind", "document"), WHOLE)
def test_valid_document_takes_the_fast_path(kind: str, document: Any) -> None:
    assert agree(CONTRACTS[kind], FAST[kind], to_bytes(document))
    assert agree(
        CONTRACTS[kind], FAST[kind], strategies.to_text(strategies.to_node(document), "\n").encode()
    )


def test_whole_company_fills_every_column() -> None:
    result = read(strategies.WHOLE["data_blocks"][1])
    assert [len(table) for table in result.rows] == [1, 1, 2, 2]
    assert not any(None in table[0] for table in result.rows)


@pytest.mark.parametrize(
    "document",
    [
        company(),
        organization(),
        company(industryCodes=None, stockExchanges=[], primaryAddress=None, corporateLinkage={}),
        company(numberOfEmployees=[{"value": 5}, None], financials=[]),
        response(company(corporateLinkage={}), "2026-03-01", "hierarchyconnections_L1_v1"),
    ],
)
def test_sparse_document_takes_the_fast_path(document: Any) -> None:
    assert agree(CONTRACTS["data_blocks"], FAST["data_blocks"], to_bytes(document))


@pytest.mark.parametrize("brackets", ["[]", "{}"])
def test_paths_agree_on_how_deep_a_document_may_nest(brackets: str) -> None:
    opening = brackets[0] if brackets == "[]" else '{"a":'
    accepted = set()
    for depth in (*range(600, 900), *range(1100, 1200)):
        bomb = opening * depth + "1" + brackets[1] * depth
        raw = f'{{"duns":"100000001","primaryName":"A","x":{bomb}}}'.encode()
        if agree(CONTRACTS["data_blocks"], FAST["data_blocks"], raw):
            accepted.add(depth)
    assert accepted >= set(range(600, 800))
    assert max(accepted) < 1100


@pytest.mark.parametrize(
    ("column", "fields"),
    [
        ('extra: "items[kind=0].name"', [{"kind": 0, "name": "a"}]),
        ('extra: "items[kind=-1].name"', [{"kind": -1, "name": "a"}]),
        ('extra: "items[kind=7].name"', [{"kind": 7, "name": "a"}, {"kind": "7", "name": ""}]),
        ('extra: "items[kind=07].name"', [{"kind": 7, "name": "a"}, {"kind": "07", "name": "b"}]),
        ('extra: "items[kind=true].name"', [{"kind": True, "name": "a"}]),
        ('extra: {path: "items[]", type: present}', [{}]),
        ('extra: {path: "items[]", type: present}', [{"undeclared": 1}]),
        ('extra: {path: "items[kind=7].name", type: present}', [{"kind": 7, "name": ""}]),
        ('extra: {path: "items", type: present}', [{}]),
        ('extra: "items[].name | items[].other"', [{"other": "b"}]),
        ('extra: {path: "items[].at", type: timestamp}', [{"at": "2026-03-01"}, {"at": ""}]),
    ],
)
def test_paths_agree_on_columns_of_other_forms(column: str, fields: Any) -> None:
    contract = with_column(column)
    kernel, raw = Kernel(contract), to_bytes(company(items=fields))
    assert kernel.read(raw, REF, LOAD) == read_reference(contract, raw, REF, LOAD)


@pytest.mark.parametrize("value", [3, "x", [3], {"value": 3}, [{"value": 3}], []])
@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("extra: {path: numberOfEmployees.value, type: integer}", "numberOfEmployees"),
        ("extra: industryCodes.code", "industryCodes"),
        ("extra: blockStatus.status", "blockStatus"),
        ("extra: primaryAddress", "primaryAddress"),
        ("extra: {path: registeredName, type: integer}", "registeredName"),
    ],
)
def test_column_at_odds_with_another_never_breaks_the_kernel(
    column: str, field: str, value: Any
) -> None:
    contract, raw = with_column(column), to_bytes(company(**{field: value}))
    assert Kernel(contract).read(raw, REF, LOAD) == read_reference(contract, raw, REF, LOAD)


@pytest.mark.parametrize("rule", ["mandatory", "expected"])
@pytest.mark.parametrize("codes", [[], [{"typeDnBCode": 1, "priority": 1}], None])
def test_paths_agree_on_rules_for_what_elements_share(rule: str, codes: Any) -> None:
    line = "      code: code\n"
    contract = changed(line, f"{line}      extra: {{path: $.registeredName, rule: {rule}}}\n")
    raw = to_bytes(company(industryCodes=codes))
    assert Kernel(contract).read(raw, REF, LOAD) == read_reference(contract, raw, REF, LOAD)


def test_rule_for_a_fact_about_a_page_does_not_break_the_kernel() -> None:
    contract = changed("links.self\n", "{path: links.self, rule: expected}\n", "family_tree")
    raw = to_bytes({"globalUltimateDuns": "100000001"})
    assert Kernel(contract).read(raw, REF, LOAD).violations == []


def test_table_of_its_key_alone_does_not_break_the_kernel() -> None:
    whole = CONTRACTS["data_blocks"]
    first, linkage, *others = whole.tables
    linkage = replace(linkage, columns=linkage.columns[:1])
    contract = replace(whole, tables=(first, linkage, *others))
    assert Kernel(contract).read(to_bytes(company()), REF, LOAD).rows[1] == []


@pytest.mark.parametrize(("kind", "document"), WHOLE)
def test_kernel_reads_the_same_once_pickled(kind: str, document: Any) -> None:
    copy = pickle.loads(pickle.dumps(KERNELS[kind]))  # noqa: S301 - our own bytes
    assert copy.contract == CONTRACTS[kind]
    assert copy.read(to_bytes(document), REF, LOAD) == read(document, kind)
