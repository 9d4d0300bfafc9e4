"""Family trees, one document per page."""

from collections.abc import Iterator
from urllib.parse import quote

from parts import (
    Json,
    address,
    dollars_of,
    industry,
    level_and_roles,
    staff_of,
    trade_style_names,
    transaction_detail,
    without_missing,
)
from world import Entity, Family


def _tree_member(entity: Entity, family: Family, seed: int) -> Json:
    """Make one member; a family tree leaves out missing values."""
    place = address(entity.place)
    parts = ("addressCountry", "addressLocality", "addressRegion", "postalCode", "streetAddress")
    revenue = [] if entity.is_branch else [{"value": float(dollars_of(entity, seed))}]
    linkage = level_and_roles(entity, family) | {
        "parent": {"duns": entity.parent},
        "children": [{"duns": child.duns} for child in family.children(entity)],
    }
    member: Json = without_missing(
        {
            "duns": entity.duns,
            "primaryName": entity.name,
            "startDate": entity.started,
            "tradeStyleNames": trade_style_names(entity),
            "primaryAddress": {part: place[part] for part in parts},
            "primaryIndustryCode": industry(entity.sic),
            "corporateLinkage": linkage,
            "dunsControlStatus": {"isMarketable": True},
            "numberOfEmployees": [{"value": staff_of(entity, seed)}],
            "financials": [{"yearlyRevenues": revenue}] if revenue else [],
        }
    )
    return member


def _branches_excluded_count(family: Family) -> int:
    """Count the members left when branches are excluded.

    A branch that is also the top of its country stays in.
    """
    return sum(
        not member.is_branch or family.domestic_ultimate(member) == member
        for member in family.members
    )


def _page_links(asked: str, page: int, last: int, size: int, exclusion: str) -> Json:
    numbers = {"self": page, "first": 1, "last": last}
    if page < last:
        numbers["next"] = page + 1
    if page > 1:
        numbers["prev"] = page - 1
    root = f"https://plus.dnb.com/v1/familyTree/{asked}"
    extra = f"&exclusionCriteria={exclusion}" if exclusion else ""
    number_key, size_key = quote("page[number]"), quote("page[size]")
    return {
        rel: f"{root}?{number_key}={number}&{size_key}={size}{extra}"
        for rel, number in numbers.items()
    }


def _tree_inquiry(asked: str, page: int, size: int | None, exclusion: str) -> Json:
    inquiry: Json = {"duns": asked}
    if exclusion:
        inquiry["exclusionCriteria"] = exclusion
    if size:
        inquiry["page[size]"] = size
    if page > 1:
        inquiry["page[number]"] = page
    return inquiry


def tree_pages(
    family: Family,
    seed: int,
    times: tuple[str, ...],
    asked: str | None = None,
    size: int | None = None,
) -> Iterator[Json]:
    """Make the pages of one tree, one for each time."""
    asked = asked or family.global_ultimate.duns
    exclusion = "Branches" if family.unlisted_branches else ""
    per_page = size or 1000
    for page, at in enumerate(times, 1):
        listed = family.members[(page - 1) * per_page : page * per_page]
        detail = transaction_detail(seed, at, f"{asked} page {page}")
        yield {
            "transactionDetail": detail | {"serviceVersion": "1"},
            "inquiryDetail": _tree_inquiry(asked, page, size, exclusion),
            "globalUltimateDuns": family.global_ultimate.duns,
            "globalUltimateFamilyTreeMembersCount": family.total_count,
            "branchesExcludedMembersCount": _branches_excluded_count(family),
            "familyTreeMembers": [_tree_member(entity, family, seed) for entity in listed],
            "links": _page_links(asked, page, len(times), per_page, exclusion),
        }
