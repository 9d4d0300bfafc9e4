"""A directory of small made-up companies, the first of which form one large family."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from firmograph import Project

WORDS = [
    "Alpine",
    "Cocoa",
    "Steel",
    "Río",
    "Müller",
    "Nordic",
    "Håkon",
    "Śląsk",
    "Pacific",
    "Garden",
    "Ocean",
    "Textil",
    "Zürich",
    "Maschinen",
    "Agro",
    "Delta",
    "Future",
    "Global",
    "Kaffee",
    "Østlund",
    "Bright",
    "Copper",
    "Valley",
    "Foods",
    "Energy",
    "Data",
    "Systems",
    "Marine",
]
COUNTRIES = [
    ("United States", "US"),
    ("Germany", "DE"),
    ("United Kingdom", "GB"),
    ("Japan", "JP"),
    ("Brazil", "BR"),
    ("Switzerland", "CH"),
    ("Poland", "PL"),
    ("India", "IN"),
]
TRADES = [
    f"{trade} {good}"
    for trade in ("Wholesale", "Retail", "Manufacturing of", "Services for")
    for good in ("cocoa", "steel", "machines", "software", "paper", "timber", "energy", "fish")
]
BELOW = 4
PAGE = 1_000
TIME = "2026-03-01T10:00:00.000Z"


def duns_of(number: int) -> str:
    """The DUNS of a company: numbers one after another lie far apart."""
    return f"{(number * 387_420_489 + 104_729) % 1_000_000_000:09}"


def lines(companies: int, members: int) -> Iterator[bytes]:
    """A document for each company, one a line."""
    random = Random(1)
    for number in range(companies):
        record = _company(number, random)
        if number < members:
            record["corporateLinkage"] = {"globalUltimate": {"duns": duns_of(0)}}
        document = {"transactionDetail": {"transactionTimestamp": TIME}, "organization": record}
        yield msgspec.json.encode(document) + b"\n"


def _company(number: int, random: Random) -> dict[str, Any]:
    country, code = random.choice(COUNTRIES)
    trade = random.randrange(len(TRADES))
    ticker = {"tickerName": f"T{number}", "exchangeCountry": {"isoAlpha2Code": code}}
    return {
        "duns": duns_of(number),
        "primaryName": f"{random.choice(WORDS)} {random.choice(WORDS)} {number} AG",
        "registeredName": f"Company {number}",
        "primaryAddress": {
            "addressCountry": {"name": country, "isoAlpha2Code": code},
            "addressRegion": {"name": "Bern"},
            "streetAddress": {"line1": f"Street {number}"},
        },
        "primaryIndustryCode": {
            "usSicV4": f"{1000 + trade}",
            "usSicV4Description": TRADES[trade],
        },
        "stockExchanges": [ticker] if number % 5 == 0 else [],
        "dunsControlStatus": {"operatingStatus": {"description": "Active"}},
        "startDate": "1999",
        "defaultCurrency": "USD",
    }


def family_pages(members: int) -> Iterator[bytes]:
    """The pages of a family in which each member has four below it."""
    count = -(-members // PAGE)
    for page in range(count):
        numbers = range(page * PAGE, min(members, (page + 1) * PAGE))
        yield msgspec.json.encode(
            {
                "transactionDetail": {"transactionTimestamp": TIME, "inLanguage": "en-US"},
                "inquiryDetail": {"duns": duns_of(0), "page[number]": page + 1, "page[size]": PAGE},
                "links": {"last": f"https://example.com/?page%5Bnumber%5D={count}"},
                "globalUltimateDuns": duns_of(0),
                "globalUltimateFamilyTreeMembersCount": members,
                "branchesExcludedMembersCount": members,
                "familyTreeMembers": [_member(number) for number in numbers],
            }
        )


def _member(number: int) -> dict[str, Any]:
    level, above = 1, number
    while above:
        level, above = level + 1, (above - 1) // BELOW
    country, code = COUNTRIES[number % len(COUNTRIES)]
    linkage: dict[str, Any] = {"hierarchyLevel": level}
    if number:
        linkage["parent"] = {"duns": duns_of((number - 1) // BELOW)}
    return {
        "duns": duns_of(number),
        "primaryName": f"Member {number} of {WORDS[number % len(WORDS)]}",
        "corporateLinkage": linkage,
        "primaryAddress": {"addressCountry": {"name": country, "isoAlpha2Code": code}},
    }


def largest_family(root: Path) -> tuple[str, str]:
    """The global ultimate of the largest family of a lake, and one of its members."""
    with Project(root).open() as reader:
        found = reader.sql(
            "SELECT global_duns, max(duns) AS duns FROM dw_family_tree_members "
            "GROUP BY global_duns ORDER BY count(*) DESC LIMIT 1"
        ).to_pylist()[0]
    return found["global_duns"], found["duns"]
