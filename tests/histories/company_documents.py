"""Made-up documents of companies, with odd spellings of their values, and what they say."""

import json
import random
import re
from typing import Any, NamedTuple

from documents import organization, response
from model import COMPANY_TABLES, LINKAGE, Company, Document, Row

ABSENT = object()
"""Stands for a key that is not there."""
SCOPES = {9067: "consolidated", 9066: "individual", 9068: "headquarters"}
"""Codes in the order in which they are preferred, and their words in the scope columns."""
UNITS = {"SingleUnits": 1, "thousand": 1_000, "Million": 1_000_000, "Dozen": None}
"""Units of revenue, and what they multiply it by; None for one that nobody knows."""
COMPANYINFO, HIERARCHY = "companyinfo_L2_v1", "hierarchyconnections_L1_v1"
BOUGHT: tuple[tuple[str, ...], ...] = (
    (),
    (COMPANYINFO,),
    (COMPANYINFO, HIERARCHY),
    ("companyinfo_L1_v1", HIERARCHY),
    ("companyinfo_L3_v2", "hierarchyconnections_L1_v2"),
)
"""Blocks that a document lists; without any it covers what its own keys prove."""


class Part(NamedTuple):
    """A part of a record, and the values of the columns that it amounts to."""

    json: Any
    values: Row


def company(chosen: random.Random, duns: str, day: int, *, has_time: bool = True) -> Document:
    """A sound document of a company: a whole record, bare or in an answer, or a thin one.

    Args:
        chosen: makes the choices.
        duns: of the company.
        day: of March; documents of one day may have one time.
        has_time: whether it must have a time of its own.
    """
    name = f"Käse {duns} on day {day}, {chosen.randrange(1_000)}"
    time = f"2026-03-{day:02}T{chosen.choice((8, 20)):02}:30:00Z"
    staff, revenue, linkage = _staff(chosen, day), _revenue(chosen, day), _linkage(chosen, duns)
    founded = chosen.choice(("1975", "0000-00-00", " ", None))
    code = {
        "code": str(chosen.randrange(1000, 9999)),
        "typeDnBCode": _number(chosen, 30832),
        "priority": 1,
    }
    whole = organization(duns, name, industryCodes=[code], incorporatedDate=founded)
    whole |= {"numberOfEmployees": staff.json, "financials": revenue.json}
    thin = {"duns": duns, "primaryName": name}
    some = {**thin, "primaryAddress": whole["primaryAddress"], "industryCodes": [code]}
    record = chosen.choice((whole, whole, whole, thin, some))
    is_whole, is_bare = record is whole, not has_time and chosen.random() < 0.2
    if linkage.json is not ABSENT:
        record["corporateLinkage"] = linkage.json
    blocks = chosen.choice(BOUGHT if is_whole else ((), (HIERARCHY,)))
    founded = founded if founded == "1975" else None
    told = (*staff.values, *revenue.values, founded) if is_whole else (None,) * 5
    rows: dict[str, tuple[Row, ...]] = {
        "dw_company_data": ((duns, name, *told),),
        "dw_industry_code": ((duns, 30832, 1, code["code"]),) if "industryCodes" in record else (),
        LINKAGE: ((duns, *linkage.values),) if linkage.values else (),
    }
    covers = _covers(() if is_bare else blocks, linkage, is_whole=is_whole)
    body = record if is_bare else response(record, time, *blocks)
    raw = _text(body, ensure_ascii=chosen.random() < 0.5)
    return Document(raw, Company(duns, None if is_bare else time, covers, rows))


def _covers(blocks: tuple[str, ...], linkage: Part, *, is_whole: bool) -> frozenset[str]:
    """The tables that a document covers: by its blocks, without any by its own keys."""
    names_company = any(linkage.values[:2])
    proves_nothing = bool(linkage.json) and linkage.json is not ABSENT and not names_company
    has_company = any(block.startswith(("companyinfo_L2", "companyinfo_L3")) for block in blocks)
    has_linkage = any(block.startswith("hierarchyconnections") for block in blocks)
    covers = set()
    if has_company if blocks else is_whole:
        covers |= {*COMPANY_TABLES} - {LINKAGE}
    if has_linkage and not proves_nothing if blocks else names_company:
        covers.add(LINKAGE)
    return frozenset(covers)


def _staff(chosen: random.Random, day: int) -> Part:
    """Employees by scope, some with an older figure besides."""
    listed, told = [], {}
    for place, scope in enumerate(chosen.sample(list(SCOPES), chosen.randrange(4))):
        told[scope] = day * 10 + place
        for value, date in ((told[scope], "2025-12-31"), (7, "2024"))[: chosen.choice((1, 2))]:
            code = _number(chosen, scope)
            value_and_scope = {"value": _number(chosen, value), "informationScopeDnBCode": code}
            listed.append({**value_and_scope, "employeeFiguresDate": date})
    if chosen.random() < 0.2:
        listed.append({"value": 1, "informationScopeDnBCode": 9069})
    chosen.shuffle(listed)
    return Part(listed, _preferred(told))


def _revenue(chosen: random.Random, day: int) -> Part:
    """Revenue by scope, in several currencies and units; a scope may lack US dollars."""
    listed, told = [], {}
    for place, scope in enumerate(chosen.sample(list(SCOPES), chosen.randrange(4))):
        value = day + place + 0.5
        revenues: list[dict[str, Any]] = [{"value": 1.0, "currency": "CHF"}]
        statement = {"informationScopeDnBCode": _number(chosen, scope), "yearlyRevenue": revenues}
        if chosen.random() < 0.8:
            revenues.append({"value": value, "currency": chosen.choice(("USD", "usd", " Usd "))})
            unit = chosen.choice((*UNITS, None))
            if unit is not None:
                chosen.choice((statement, revenues[-1]))["unitCode"] = unit
            factor = UNITS[unit] if unit else 1
            told[scope] = value * factor if factor else None
        listed.append(statement)
    if not listed and chosen.random() < 0.3:
        listed.append({"yearlyRevenue": [{"value": 3.5, "currency": "USD", "unitCode": "Million"}]})
        return Part(listed, (3_500_000.0, "other"))
    return Part(listed, _preferred(told))


def _preferred(told: dict[int, Any]) -> Row:
    """The figure of the preferred scope, and the scope's name."""
    found = [(told[scope], word) for scope, word in SCOPES.items() if scope in told]
    if not found or found[0][0] is None:
        return (None, None)
    return found[0]


def _linkage(chosen: random.Random, duns: str) -> Part:
    """A linkage, and `global_duns`, `parent_duns` and `hierarchy_level`; no values for no row."""
    level, top, parent = chosen.randrange(1, 9), f"5{duns[1:]}", f"6{duns[1:]}"
    ultimate = {"globalUltimate": {"duns": top}, "hierarchyLevel": level}
    return chosen.choice(
        (
            Part(ABSENT, ()),
            Part({}, ()),
            Part(None, ()),
            Part({**ultimate, "parent": {"duns": parent}}, (top, parent, level)),
            Part({**ultimate, "headquarter": {"duns": parent}}, (top, parent, level)),
            Part({**ultimate, "parent": {"duns": parent[:8]}}, (top, None, level)),
            Part({"hierarchyLevel": level, "parent": {}}, (None, None, level)),
            Part({"familytreeRolesPlayed": [{"dnbCode": 9141}]}, ()),
        )
    )


def _number(chosen: random.Random, number: int) -> Any:
    """A number in one of the ways that programs write it."""
    return chosen.choice((number, str(number), f"<<{number}.0>>", f"<<{number / 1000}E3>>"))


def _text(body: Any, *, ensure_ascii: bool) -> bytes:
    """A document as JSON, with numbers as `_number` spells them."""
    text = json.dumps(body, ensure_ascii=ensure_ascii)
    return re.sub('"<<(.*?)>>"', r"\1", text).encode()
