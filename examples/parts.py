"""What data blocks and family tree documents have in common.

Figures (staff, revenue, transaction ids) follow from the seed; names, keys and counts do not.
"""

from hashlib import sha256
from typing import Any

from world import COUNTRIES, Entity, Family, Place

Json = dict[str, Any]

ROLE_NAMES = {
    12775: "Global Ultimate",
    12774: "Domestic Ultimate",
    9141: "Parent/Headquarters",
    9159: "Subsidiary",
    9140: "Branch/Division",
}


def draw(seed: int, low: int, high: int, *about: str) -> int:
    """Pick a number in low..high that depends on the seed and on its subject."""
    digest = sha256("|".join((str(seed), *about)).encode()).digest()
    return low + int.from_bytes(digest[:8]) % (high - low + 1)


def staff_of(entity: Entity, seed: int) -> int:
    """Make up a headcount including subsidiaries, close to the world's figure."""
    return entity.staff * draw(seed, 92, 108, entity.duns, "staff") // 100


def dollars_of(entity: Entity, seed: int) -> int:
    """Make up the yearly revenue in US dollars."""
    return staff_of(entity, seed) * draw(seed, 120_000, 180_000, entity.duns, "dollars")


def transaction_detail(seed: int, at: str, about: str) -> Json:
    """Make the transaction detail: the vendor's time and an id."""
    token = sha256(f"{seed}|{about}|{at}".encode()).hexdigest()
    number = draw(seed, 100_000, 999_999, about, at)
    return {
        "transactionID": f"rrt-{token[:17]}-c-eu-{number}-7",
        "transactionTimestamp": at,
        "inLanguage": "en-US",
    }


def industry(sic: str) -> Json:
    """Make the primary industry from "<code> <description>"."""
    code, description = sic.split(" ", 1)
    return {"usSicV4": code, "usSicV4Description": description}


def country(code: str) -> Json:
    """Make a country as in addresses."""
    return {"name": COUNTRIES[code].name, "isoAlpha2Code": code}


def trade_style_names(entity: Entity) -> list[Json]:
    """Make the list of trade names, by priority."""
    return [
        {"name": name, "priority": priority} for priority, name in enumerate(entity.trade_styles, 1)
    ]


def level_and_roles(entity: Entity, family: Family) -> Json:
    """Make the entity's position in its family."""
    roles = [12775] if entity.parent is None else []
    if family.domestic_ultimate(entity) == entity:
        roles.append(12774)
    if family.children(entity):
        roles.append(9141)
    if entity.parent is not None:
        roles.append(9140 if entity.is_branch else 9159)
    return {
        "familytreeRolesPlayed": [
            {"description": ROLE_NAMES[role], "dnbCode": role} for role in roles
        ],
        "hierarchyLevel": len(family.ancestors(entity)),
    }


def without_missing(value: Any) -> Any:
    """Drop every null, {} and [] at any depth, as gateways and family trees do."""
    if isinstance(value, dict):
        kept = {key: without_missing(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in (None, {}, [])}
    if isinstance(value, list):
        return [without_missing(item) for item in value]
    return value


def address(place: Place) -> Json:
    """Make the full address; family trees and relatives take parts of it."""
    region = {"name": place.region, "abbreviatedName": place.region_code}
    return {
        "language": {},
        "addressCountry": country(place.country),
        "continentalRegion": {"name": COUNTRIES[place.country].continent},
        "addressLocality": {"name": place.locality},
        "minorTownName": None,
        "addressRegion": region if place.region else {},
        "addressCounty": {},
        "postalCode": place.postal_code,
        "postalCodePosition": {},
        "streetNumber": None,
        "streetName": None,
        "streetAddress": {"line1": place.line1, "line2": place.line2},
        "postOfficeBox": {},
    }
