"""Data-blocks documents of made-up companies: 10 to 29 kB, as real ones are.

A company is its number: the same number, version and seed give the same bytes. Four in five are
not listed at any stock exchange. Keys and shapes are those of Company Information level 2 with
Hierarchies and Connections level 1; nothing of a real company is in them.
"""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import msgspec

from uploads.words import code_list, text, title

Json = dict[str, Any]

SYSTEMS = {
    37788: ("North American Industry Classification System 2022", 1_000, 6),
    30832: ("North American Industry Classification System 2017", 1_000, 6),
    24664: ("North American Industry Classification System 2012", 1_000, 6),
    3599: ("D&B Standard Industry Code", 9_000, 8),
    399: ("US Standard Industry Code 1987 - 4 digit", 1_000, 4),
    29104: ("NACE Revision 2", 600, 4),
    35912: ("D&B Hoovers Industry Classification", 900, 4),
}
COUNTRIES = [
    ("United States", "US", "USD", "North America"),
    ("Germany", "DE", "EUR", "Europe"),
    ("United Kingdom", "GB", "GBP", "Europe"),
    ("Japan", "JP", "JPY", "Asia"),
    ("Brazil", "BR", "BRL", "South America"),
]
EXCHANGES = [("NASDAQ", "US"), ("NYSE", "US"), ("Frankfurt", "DE"), ("LSE", "GB"), ("Tokyo", "JP")]
BEGIN = datetime(2020, 1, 1, tzinfo=UTC)


def duns_of(number: int) -> str:
    """The DUNS of a company: numbers one after another lie far apart."""
    return f"{(number * 387_420_489 + 104_729) % 1_000_000_000:09}"


def document(number: int, version: int = 0, seed: int = 1) -> bytes:
    """One response for a company; a greater version is a later answer with other figures."""
    random = Random(f"{seed} {number}")
    organization = _organization(number, random)
    if version:
        _change(organization, version, Random(f"{seed} {number} {version}"))
    at = BEGIN + timedelta(days=version, seconds=random.randrange(80_000))
    mark = random.getrandbits(68)
    return msgspec.json.encode(
        {
            "transactionDetail": {
                "transactionID": f"rrt-{mark:017x}-a-eu-{number}-{version}",
                "transactionTimestamp": at.isoformat(timespec="milliseconds").replace(
                    "+00:00", "Z"
                ),
                "inLanguage": "en-US",
            },
            "inquiryDetail": {
                "duns": organization["duns"],
                "blockIDs": ["companyinfo_L2_v1", "hierarchyconnections_L1_v1"],
            },
            "organization": organization,
            "blockStatus": [
                {"blockID": block, "status": "ok", "reason": None}
                for block in ("baseinfo_L1_v1", "companyinfo_L2_v1", "hierarchyconnections_L1_v1")
            ],
        }
    )


def _change(organization: Json, version: int, random: Random) -> None:
    organization["numberOfEmployees"][0]["value"] += random.randint(1, 50)
    organization["summary"] = [_summary(random)]
    organization["industryCodes"][0]["description"] += f" ({version})"


def _organization(number: int, random: Random) -> Json:
    country, code, currency, continent = random.choice(COUNTRIES)
    name = title(random, random.randint(2, 4))
    address = _address(random, country, code, continent)
    codes = _industry_codes(random)
    sic = next((c for c in codes if c["typeDnBCode"] == 399), codes[0])
    return {
        "duns": duns_of(number),
        "dunsControlStatus": _status(random),
        "countryISOAlpha2Code": code,
        "primaryName": name,
        "registeredName": None if random.random() < 0.1 else name.upper(),
        "tradeStyleNames": [
            {"name": title(random, 2), "priority": n + 1} for n in range(random.randrange(4))
        ],
        "multilingualPrimaryName": [],
        "startDate": _partial_date(random),
        "incorporatedDate": _partial_date(random),
        "controlOwnershipDate": _partial_date(random),
        "fiscalYearEnd": random.choice(["2025-12-31", "2026-06-30", "2025-09-30", None]),
        "legalEntityIdentifier": f"{random.getrandbits(70):020X}"[:20],
        "defaultCurrency": currency,
        "businessEntityType": {"description": "Corporation", "dnbCode": 451},
        "legalForm": _described(random, 3, startDate=None, registrationLocation={}),
        "registeredDetails": {"legalForm": _described(random, 4, registrationStatus={})},
        "charterType": {},
        "controlOwnershipType": _described(random, 2),
        "organizationSizeCategory": _described(random, 2),
        "employerDesignation": {},
        "preferredLanguage": {},
        "primaryIndustryCode": {
            "usSicV4": sic["code"],
            "usSicV4Description": sic["description"],
        },
        "industryCodes": codes,
        "unspscCodes": [
            {"code": f"{random.randrange(10**8):08}", "description": text(random, 4), "priority": n}
            for n in range(1, random.randint(2, 7))
        ],
        "stockExchanges": _stock_exchanges(random),
        "standardizedStockExchanges": [],
        "registrationNumbers": _registrations(random),
        "primaryAddress": address,
        "registeredAddress": _address(random, country, code, continent),
        "mailingAddress": _address(random, country, code, continent),
        "multilingualPrimaryAddress": [],
        "telephone": [
            {"telephoneNumber": str(random.randrange(10**9)), "isdCode": "1", "isUnreachable": None}
        ],
        "websiteAddress": [{"url": f"www.{name.replace(' ', '').lower()}.example"}],
        "email": [],
        "numberOfEmployees": _employees(random),
        "financials": _financials(random),
        "latestFiscalFinancials": _statement(random),
        "globalUltimate": {"numberOfEmployees": _employees(random), "financials": []},
        "domesticUltimate": {"numberOfEmployees": _employees(random), "financials": []},
        "summary": [_summary(random) for _ in range(random.choices((0, 1, 2, 5), (4, 4, 3, 1))[0])],
        "activities": [
            {"description": text(random, random.randint(10, 60)), "language": {}}
            for _ in range(random.randint(1, 2))
        ],
        "businessTrustIndex": {},
        "subjectComments": [],
        "banks": [],
        "awards": {},
        "isStandalone": False,
        "isFortune1000Listed": None,
        "isAgent": None,
        "isImporter": None,
        "isExporter": None,
        "isSmallBusiness": random.choice([True, False, None]),
        "corporateLinkage": _linkage(number, random),
    }


def _described(random: Random, words: int, **more: Any) -> Json:
    return {"description": text(random, words), "dnbCode": random.randint(100, 20_000), **more}


def _status(random: Random) -> Json:
    return {
        "operatingStatus": {"description": "Active", "dnbCode": 9074, "startDate": None},
        "operatingSubStatus": {},
        "isMarketable": random.choice([True, False]),
        "isMailUndeliverable": False,
        "isTelephoneDisconnected": None,
        "isDelisted": False,
        "subjectHandlingDetails": [],
        "firstReportDate": _partial_date(random),
        "recordClass": {},
        "selfRequestDate": None,
    }


def _partial_date(random: Random) -> str | None:
    year, month, day = random.randint(1900, 2025), random.randint(1, 12), random.randint(1, 28)
    forms = (f"{year}", f"{year}-{month:02}", f"{year}-{month:02}-{day:02}", None)
    return random.choice(forms)


def _address(random: Random, country: str, code: str, continent: str) -> Json:
    region = title(random, 1)
    return {
        "language": {},
        "addressCountry": {"name": country, "isoAlpha2Code": code},
        "continentalRegion": {"name": continent},
        "addressLocality": {"name": title(random, 1)},
        "minorTownName": None,
        "addressRegion": {
            "name": region,
            "abbreviatedName": region[:2].upper(),
            "isoSubDivisionName": region,
            "isoSubDivisionCode": f"{code}-{region[:2].upper()}",
        },
        "addressCounty": {"name": title(random, 1)},
        "postalCode": f"{random.randrange(10**5):05}",
        "postalCodePosition": {},
        "streetNumber": str(random.randint(1, 9_999)),
        "streetName": title(random, 2),
        "streetAddress": {"line1": f"{random.randint(1, 9_999)} {title(random, 2)}", "line2": None},
        "postOfficeBox": {},
        "latitude": random.uniform(-60, 70),
        "longitude": random.uniform(-180, 180),
        "geographicalPrecision": _described(random, 3),
        "statisticalArea": {"economicAreaOfInfluenceCode": None, "populationRank": {}},
        "isRegisteredAddress": random.choice([True, False, None]),
        "locationOwnership": {},
        "premisesArea": {},
    }


def _industry_codes(random: Random) -> list[Json]:
    codes = []
    for system, (description, size, digits) in SYSTEMS.items():
        entries, weights = code_list(system, size, digits)
        count = random.choices((1, 2, 3, 4), (6, 3, 2, 1))[0]
        for priority, (code, words) in enumerate(
            random.choices(entries, cum_weights=weights, k=count), 1
        ):
            codes.append(
                {
                    "code": code,
                    "description": words,
                    "typeDescription": description,
                    "typeDnBCode": system,
                    "priority": priority,
                }
            )
    return codes


def _stock_exchanges(random: Random) -> list[Json]:
    if random.random() < 0.8:
        return []
    count = random.choices((1, 2, 5, 20), (10, 5, 3, 1))[0]
    symbol = title(random, 1)[:4].upper()
    listings = {}
    for number in range(count):
        exchange, country = random.choice(EXCHANGES)
        ticker = f"{exchange}:{symbol}{number or ''}"
        listings[ticker] = {
            "tickerName": ticker,
            "exchangeName": {"description": exchange},
            "exchangeCountry": {"isoAlpha2Code": country},
            "isPrimary": True if number == 0 else None,
        }
    return list(listings.values())


def _registrations(random: Random) -> list[Json]:
    return [
        {
            "registrationNumber": f"{random.randrange(10**12):012}",
            "typeDescription": text(random, 4),
            "typeDnBCode": random.randint(1_000, 40_000),
            "registrationNumberClass": {},
            "isPreferredRegistrationNumber": number == 0 or None,
            "registrationLocation": None,
        }
        for number in range(random.randint(1, 5))
    ]


def _employees(random: Random) -> list[Json]:
    return [
        {
            "value": random.randint(1, 50_000),
            "employeeFiguresDate": None,
            "informationScopeDescription": description,
            "informationScopeDnBCode": scope,
            "reliabilityDescription": "Actual",
            "reliabilityDnBCode": 9092,
            "employeeCategories": [],
            "trend": [],
        }
        for scope, description in ((9067, "Consolidated"), (9066, "Individual"))
    ]


def _financials(random: Random) -> list[Json]:
    revenue = random.randint(10**5, 10**10)
    return [
        {
            "financialStatementToDate": "2025-12-31",
            "financialStatementDuration": "P12M",
            "informationScopeDescription": "Consolidated",
            "informationScopeDnBCode": 9067,
            "reliabilityDescription": "Actual",
            "reliabilityDnBCode": 9092,
            "unitCode": "SingleUnits",
            "yearlyRevenue": [
                {"value": revenue / 1.1, "currency": "EUR", "trend": []},
                {"value": revenue, "currency": "USD", "trend": []},
            ],
        }
    ]


_ENTRIES = tuple(
    f"{kind}{name}"
    for kind in ("total", "current", "other")
    for name in ("Assets", "Liabilities", "Revenue", "Costs", "Profit", "Income", "Debt", "Equity")
)


def _statement(random: Random) -> Json:
    overview = {name: random.randint(0, 10**9) for name in _ENTRIES}
    ratios = {f"{name}Ratio": random.random() * 10 for name in _ENTRIES}
    return {
        "financialStatementToDate": "2025-12-31",
        "currency": "USD",
        "unitCode": "SingleUnits",
        "overview": overview,
        "ratios": ratios,
    }


def _summary(random: Random) -> Json:
    paragraphs = (text(random, random.randint(20, 120)) for _ in range(random.randint(1, 4)))
    return {
        "text": "".join(f"<p>{paragraph.capitalize()}.</p>" for paragraph in paragraphs),
        "textType": _described(random, 3),
    }


def _linkage(number: int, random: Random) -> Json:
    top = number - number % 20
    return {
        "familytreeRolesPlayed": [{"description": "Subsidiary", "dnbCode": 9159}],
        "hierarchyLevel": 0 if number == top else random.randint(1, 5),
        "globalUltimateFamilyTreeMembersCount": 20,
        "globalUltimate": _relative(top, random),
        "domesticUltimate": _relative(top, random),
        "parent": {} if number == top else _relative(top, random),
        "headQuarter": {},
    }


def _relative(number: int, random: Random) -> Json:
    country, code, _, continent = random.choice(COUNTRIES)
    address = _address(random, country, code, continent)
    parts = ("addressCountry", "addressLocality", "postalCode", "streetAddress")
    return {
        "duns": duns_of(number),
        "primaryName": title(random, 3),
        "primaryAddress": {part: address[part] for part in parts},
    }
