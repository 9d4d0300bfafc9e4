"""Made-up documents, shaped like D&B's; each test changes what it tests."""

from typing import Any

Json = dict[str, Any]


def organization(duns: str = "100000001", name: str = "Alpine Cocoa AG", **more: Any) -> Json:
    """A small company: an address, one industry code, one listing."""
    return {
        "duns": duns,
        "primaryName": name,
        "registeredName": name.upper(),
        "primaryAddress": {
            "addressCountry": {"name": "Switzerland", "isoAlpha2Code": "CH"},
            "addressRegion": {"name": "Bern", "abbreviatedName": "BE"},
            "streetAddress": {"line1": "Seestrasse 1", "line2": None},
        },
        "industryCodes": [
            {"code": "311351", "description": "Chocolate", "typeDnBCode": 30832, "priority": 1}
        ],
        "stockExchanges": [
            {
                "tickerName": "SIX:ALPC",
                "exchangeCountry": {"isoAlpha2Code": "CH"},
                "isPrimary": True,
            }
        ],
        **more,
    }


def response(record: Json, time: str = "2026-03-01T10:00:00.000Z", *blocks: str) -> Json:
    """A data blocks response around an organization; blocks as ``companyinfo_L2_v1``."""
    status = [{"blockID": block, "status": "ok", "reason": None} for block in blocks]
    return {
        "transactionDetail": {"transactionID": "t", "transactionTimestamp": time},
        "inquiryDetail": {"duns": record.get("duns")},
        "organization": record,
        **({"blockStatus": status} if blocks else {}),
    }


def member(duns: str, parent: str | None = None, level: int = 1, **more: Any) -> Json:
    """A member of a family tree."""
    linkage: Json = {"hierarchyLevel": level, "familytreeRolesPlayed": []}
    if parent:
        linkage["parent"] = {"duns": parent}
    return {"duns": duns, "primaryName": f"Member {duns}", "corporateLinkage": linkage, **more}


def tree_page(
    root: str,
    members: list[Json],
    *,
    number: int = 1,
    of: int = 1,
    count: int | None = None,
    time: str = "2026-03-01T10:00:00.000Z",
    excluded: bool = False,
    count_without_branches: int | None = None,
    size: int = 1000,
) -> Json:
    """A page of a family tree; counts are the page's own unless given."""
    link = f"https://plus.dnb.com/v1/familyTree/{root}?page%5Bnumber%5D={{}}&page%5Bsize%5D={size}"
    inquiry: Json = {"duns": root, "page[number]": number, "page[size]": size}
    if excluded:
        inquiry["exclusionCriteria"] = "Branches"
    total = len(members) if count is None else count
    return {
        "transactionDetail": {
            "transactionID": f"t-{number}-{time}",
            "transactionTimestamp": time,
            "inLanguage": "en-US",
        },
        "inquiryDetail": inquiry,
        "globalUltimateDuns": root,
        "globalUltimateFamilyTreeMembersCount": total,
        "branchesExcludedMembersCount": (
            total if count_without_branches is None else count_without_branches
        ),
        "familyTreeMembers": members,
        "links": {
            "self": link.format(number),
            "first": link.format(1),
            "last": link.format(of),
        },
    }
