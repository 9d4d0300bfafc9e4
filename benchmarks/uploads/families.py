"""Family trees of made-up companies: a document a page, members of about 830 bytes."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from urllib.parse import quote

import msgspec

from uploads.companies import BEGIN, COUNTRIES, Json, duns_of
from uploads.words import code_list, text, title

PAGE_SIZE = 1_000
FIRST_MEMBER = 300_000_000
"""Members are numbered from here on, so that no company of `companies` is one by chance."""


def sizes(members: int, seed: int = 1) -> list[int]:
    """Sizes of families with so many members together: most small, a few very large."""
    random = Random(f"sizes {seed}")
    found: list[int] = []
    left = members
    while left > 0:
        size = min(left, 20_000, int(random.paretovariate(0.8)))
        found.append(size)
        left -= size
    return found


def pages(first: int, size: int, version: int = 0, seed: int = 1) -> Iterator[bytes]:
    """The pages of one family.

    Args:
        first: the number of its global ultimate; the members are numbered on from it.
        size: how many members it has.
        version: a greater one is a later answer.
        seed: of the made-up values.
    """
    count = -(-size // PAGE_SIZE)
    random = Random(f"{seed} tree {first} {version}")
    at = BEGIN + timedelta(days=version, seconds=random.randrange(80_000))
    top = duns_of(FIRST_MEMBER + first)
    for page in range(1, count + 1):
        places = range((page - 1) * PAGE_SIZE, min(page * PAGE_SIZE, size))
        moment = (at + timedelta(seconds=page)).isoformat(timespec="milliseconds")
        yield msgspec.json.encode(
            {
                "transactionDetail": {
                    "transactionID": f"rrt-{random.getrandbits(68):017x}-t-eu-{first}-{page}",
                    "transactionTimestamp": moment.replace("+00:00", "Z"),
                    "inLanguage": "en-US",
                    "serviceVersion": "1",
                },
                "inquiryDetail": {"duns": top, "page[size]": PAGE_SIZE, "page[number]": page},
                "globalUltimateDuns": top,
                "globalUltimateFamilyTreeMembersCount": size,
                "branchesExcludedMembersCount": size,
                "familyTreeMembers": [_member(first, place, seed) for place in places],
                "links": {
                    name: _link(top, number)
                    for name, number in (("self", page), ("first", 1), ("last", count))
                },
            }
        )


def _link(top: str, number: int) -> str:
    query = f"{quote('page[number]')}={number}&{quote('page[size]')}={PAGE_SIZE}"
    return f"https://plus.dnb.example/v1/familyTree/{top}?{query}"


def _member(first: int, place: int, seed: int) -> Json:
    random = Random(f"{seed} member {first + place}")
    country, code, _, _ = random.choice(COUNTRIES)
    entries, weights = code_list(399, 1_000, 4)
    sic, sic_text = random.choices(entries, cum_weights=weights)[0]
    region = title(random, 1)
    above = (place - 1) // 8
    role = (9140, "Branch/Division") if random.random() < 0.4 else (9159, "Subsidiary")
    linkage: Json = {
        "familytreeRolesPlayed": [{"description": role[1], "dnbCode": role[0]}],
        "hierarchyLevel": _level(place) + 1,
    }
    if place:
        linkage["parent"] = {"duns": duns_of(FIRST_MEMBER + first + above)}
    else:
        linkage["familytreeRolesPlayed"] = [{"description": "Global Ultimate", "dnbCode": 12775}]
    return {
        "duns": duns_of(FIRST_MEMBER + first + place),
        "primaryName": title(random, 3),
        "startDate": str(random.randint(1900, 2025)),
        "primaryAddress": {
            "addressCountry": {"name": country, "isoAlpha2Code": code},
            "addressLocality": {"name": title(random, 1)},
            "addressRegion": {"name": region, "abbreviatedName": region[:2].upper()},
            "postalCode": f"{random.randrange(10**5):05}",
            "streetAddress": {"line1": f"{random.randint(1, 9_999)} {title(random, 2)}"},
        },
        "primaryIndustryCode": {"usSicV4": sic, "usSicV4Description": sic_text},
        "corporateLinkage": linkage,
        "dunsControlStatus": {"isMarketable": True, "note": text(random, 8)},
        "numberOfEmployees": [{"value": random.randint(1, 5_000)}],
        "financials": [{"yearlyRevenues": [{"value": random.randint(10**4, 10**9)}]}],
    }


def _level(place: int) -> int:
    level = 0
    while place:
        place, level = (place - 1) // 8, level + 1
    return level
