"""Documents close to the contract's shape: valid ones, and strategies that damage them a little.

A document is a tree of `Members`, lists and literals, so that a key can occur twice and a number
is written exactly as it will be read.
"""

import json
from dataclasses import dataclass
from typing import Any

from documents import member, organization, response, tree_page
from hypothesis import strategies as st

Node = Any
"""A `Members`, a list of nodes, or a JSON literal as text."""


@dataclass
class Members:
    """A JSON object's members in order; a key may occur twice."""

    pairs: list[tuple[str, Node]]


def to_node(value: Any) -> Node:
    if isinstance(value, dict):
        return Members([(json.dumps(key), to_node(inner)) for key, inner in value.items()])
    if isinstance(value, list):
        return [to_node(inner) for inner in value]
    return json.dumps(value)


def to_text(node: Node, space: str = "") -> str:
    if isinstance(node, Members):
        inner = ",".join(f"{space}{key}:{to_text(value, space)}" for key, value in node.pairs)
        return f"{{{inner}{space}}}"
    if isinstance(node, list):
        return f"[{','.join(to_text(value, space) for value in node)}{space}]"
    return str(node)


def scoped(code: Any, **fields: Any) -> dict[str, Any]:
    return {"informationScopeDnBCode": code, **fields}


def figures(*amounts: tuple[str, float]) -> list[dict[str, Any]]:
    return [{"currency": currency, "value": value} for currency, value in amounts]


def industry(priority: int, **fields: Any) -> dict[str, Any]:
    words = {"code": "0971", "description": "Hunting", "typeDescription": "US SIC 1987"}
    return {**words, "typeDnBCode": 399, "priority": priority, **fields}


def listing(ticker: str, **fields: Any) -> dict[str, Any]:
    exchange = {"exchangeName": {"description": "X"}, "exchangeCountry": {"isoAlpha2Code": "CH"}}
    return {"tickerName": ticker, "isPrimary": True, **exchange, **fields}


def whole_company() -> dict[str, Any]:
    """A company with a value at every declared path."""
    return organization(
        defaultCurrency="CHF",
        primaryAddress={
            "addressCountry": {"name": "Switzerland", "isoAlpha2Code": "CH"},
            "addressRegion": {"name": "Bern", "abbreviatedName": "BE"},
            "addressLocality": {"name": "Thun"},
            "streetAddress": {"line1": "Seestrasse 1", "line2": "Hof"},
            "postalCode": "03600",
        },
        industryCodes=[industry(1), industry(2, typeDnBCode=None, typeDnbCode=399)],
        stockExchanges=[listing("SIX:ALPC"), listing("LSE:0ALP", isPrimary=None)],
        primaryIndustryCode={"usSicV4": "2066", "usSicV4Description": "Chocolate"},
        businessEntityType={"description": "Corporation", "dnbCode": 451},
        incorporatedDate="1975",
        startDate="1993-09-22",
        fiscalYearEnd="2025-12-31",
        legalEntityIdentifier="529900T8BM49AURSDO55",
        countryISOAlpha2Code="CH",
        dunsControlStatus={"operatingStatus": {"description": "Active"}, "isDelisted": False},
        numberOfEmployees=[scoped(9066, value=6), scoped(9067, value=42)],
        financials=[
            scoped(9066, yearlyRevenue=figures(("USD", 6))),
            scoped(9067, yearlyRevenue=figures(("CNY", 7.5), ("USD", 1.5))),
        ],
        corporateLinkage={
            "globalUltimate": {"duns": "100000001"},
            "domesticUltimate": {"duns": "100000002"},
            "parent": {},
            "headQuarter": {"duns": "100000003"},
            "hierarchyLevel": 2,
            "globalUltimateFamilyTreeMembersCount": 9,
        },
        tradeStyleNames=[{"name": "Alpine", "priority": 1}],
    )


def whole_tree() -> dict[str, Any]:
    """A page with a full member and a sparse one."""
    full = member(
        "100000002",
        "100000001",
        2,
        startDate="1986-02",
        primaryAddress={
            "addressCountry": {"name": "Japan", "isoAlpha2Code": "JP"},
            "addressLocality": {"name": "大阪"},
            "addressRegion": {"name": "Osaka"},
            "postalCode": "530-0001",
            "streetAddress": {"line1": "1-1", "line2": "2F "},
        },
        primaryIndustryCode={"usSicV4": "0971", "usSicV4Description": "Hunting"},
        numberOfEmployees=[{"value": 0}],
        financials=[{"yearlyRevenues": [{"value": 1.4496246e7}]}],
    )
    full["corporateLinkage"]["familytreeRolesPlayed"] = [{"dnbCode": 9140}, {"dnbCode": 12774}]
    full["corporateLinkage"]["headQuarter"] = {"duns": "100000003"}
    return tree_page("100000001", [member("100000001"), full], number=1, of=2, excluded=True)


BLOCKS = ("companyinfo_L2_v1", "hierarchyconnections_L1_v1")
WHOLE: dict[str, list[dict[str, Any]]] = {
    "data_blocks": [
        whole_company(),
        response(whole_company(), "2026-03-01T10:00:00.000Z", *BLOCKS),
        {"duns": "100000009", "rawDnbData": response(whole_company())},
        response(organization(), "2026-03-01T10:00:00.000+02:00", BLOCKS[1]),
    ],
    "family_tree": [whole_tree(), tree_page("100000001", [member("100000001")])],
}

AS_WRITTEN = """null {} [] "" null {} [] "" 0 -0 -0.0 1 12.0 12.5 4.5E11 0.1000 1e400 -1e-400 1975
9067 9067.0 "9067" 9223372036854775807 9223372036854775808 -9223372036854775809 123456789 81466849
"100000001" "081466849" "81466849" "1975" "1993-13" "1993-02-30" "2026-03-01T10:00:00Z" "soon"
"2026-03-01T10:00:00+02:00" "9999-12-31T23:59:59-01:00" "2031-01-01" "ok" "USD" "9140" "12"
"companyinfo_L1_v1" "true" true false "\\ud800" "\\ud83d\\ude00" "\\u0000" "大阪" "x\\"]}" [[]]
[null] [1] ["a"] [{}] [[{}]] {"":1} {"value":1} {"duns":"100000001"} {"a":{"b":[{"c":null}]}}
{"duns":"100000002","duns":null} [{"value":3}] [{"dnbCode":9140},{"dnbCode":9140}]"""
KEYS_AS_WRITTEN = """"" "x" "k0" "k1" "duns" "Duns" "d\\u0075ns" "\\ud800" "a.b" "value"
"organization" "rawDnbData" "blockStatus" "primaryAddress" "typeDnbCode" "links" "inquiryDetail\""""

numbers = st.from_regex(
    r"-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?", fullmatch=True
)
odd = st.sampled_from(AS_WRITTEN.split())
literals = st.one_of(odd, odd, numbers)
keys = st.sampled_from(KEYS_AS_WRITTEN.split())


def places(node: Node) -> list[tuple[Node, int]]:
    """Each object or list of a document with each of its positions."""
    if not isinstance(node, Members | list):
        return []
    inner = [pair[1] for pair in node.pairs] if isinstance(node, Members) else node
    found = [(node, place) for place in range(len(inner))]
    for value in inner:
        found += places(value)
    return found


def spoil(node: Node, place: int, deed: str, literal: str, key: str) -> None:
    """Changes one position of an object or a list."""
    items: list[Any] = node.pairs if isinstance(node, Members) else node
    name, value = items[place] if isinstance(node, Members) else ("", items[place])

    def item(value: Node, name: str = name) -> Any:
        return (name, value) if isinstance(node, Members) else value

    match deed:
        case "drop":
            del items[place]
        case "replace":
            items[place] = item(literal)
        case "repeat":
            items.append(item(value))
        case "repeat as":
            items.append(item(literal))
        case "repeat before":
            items.insert(0, item(literal))
        case "wrap":
            items[place] = item([value])
        case "move":
            items.append(items.pop(place))
        case "add":
            items.insert(place, item(literal, key))


DEEDS = ["drop", "replace", "repeat", "repeat as", "repeat before", "wrap", "move", "add"]


@st.composite
def spoiled(draw: st.DrawFn, kind: str, deeds: list[str] = DEEDS) -> bytes:
    """A whole document with up to four changes."""
    document = to_node(draw(st.sampled_from(WHOLE[kind])))
    for _ in range(draw(st.integers(1, 4))):
        spots = places(document)
        if not spots:
            break
        node, place = spots[draw(st.integers(0, len(spots) - 1))]
        spoil(node, place, draw(st.sampled_from(deeds)), draw(literals), draw(keys))
    return to_text(document, draw(st.sampled_from(["", " ", "\n\t"]))).encode()


@st.composite
def mutated(draw: st.DrawFn, kind: str) -> bytes:
    """A whole document's bytes with up to three of them flipped, put in, left out or cut off."""
    raw = bytearray(to_text(to_node(draw(st.sampled_from(WHOLE[kind])))).encode())
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(raw)))
        match draw(st.sampled_from(["flip", "insert", "delete", "truncate"])):
            case "flip" if at < len(raw):
                raw[at] ^= 1 << draw(st.integers(0, 7))
            case "insert":
                raw[at:at] = draw(st.sampled_from([b'"', b"\\", b"0", b".", b"\xff", b"{", b" "]))
            case "delete":
                del raw[at : at + draw(st.integers(1, 3))]
            case "truncate" if draw(st.integers(0, 9)) == 0:
                del raw[at:]
    return bytes(raw)
