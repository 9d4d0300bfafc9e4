"""Data blocks responses: the organization and its envelope."""

from parts import (
    Json,
    address,
    dollars_of,
    draw,
    industry,
    level_and_roles,
    staff_of,
    trade_style_names,
    transaction_detail,
    without_missing,
)
from world import (
    CONSOLIDATED,
    COUNTRIES,
    DOLLARS_PER_UNIT,
    HEADQUARTERS_ONLY,
    INDIVIDUAL,
    INDUSTRY_SYSTEMS,
    Company,
    Entity,
)

COMPANY_BLOCKS = ("companyinfo_L2_v1", "hierarchyconnections_L1_v1")

SCOPE_NAMES = {
    CONSOLIDATED: "Consolidated",
    INDIVIDUAL: "Individual",
    HEADQUARTERS_ONLY: "Headquarters only",
}

PERCENT_OF_CONSOLIDATED = {CONSOLIDATED: 100, INDIVIDUAL: 60, HEADQUARTERS_ONLY: 20}


def _control_status(company: Company) -> Json:
    active = {"description": "Active", "dnbCode": 9074, "startDate": None}
    return {
        "operatingStatus": active,
        "operatingSubStatus": {},
        "isMarketable": not company.is_delisted,
        "isMailUndeliverable": False,
        "isTelephoneDisconnected": None,
        "isDelisted": company.is_delisted,
        "subjectHandlingDetails": [],
        "firstReportDate": None,
        "recordClass": {},
        "selfRequestDate": None,
    }


def _industry_codes(company: Company) -> list[Json]:
    return [
        {
            "code": entry.split(" ", 1)[0],
            "description": entry.split(" ", 1)[1],
            "typeDescription": INDUSTRY_SYSTEMS[system],
            "typeDnBCode": system,
            "priority": priority,
        }
        for system, entries in company.industries.items()
        for priority, entry in enumerate(entries, 1)
    ]


def _stock_exchanges(company: Company) -> list[Json]:
    rows = []
    for listing in company.listings:
        row: Json = {
            "tickerName": f"{listing.exchange}:{listing.symbol}",
            "exchangeName": {"description": listing.exchange},
            "isPrimary": listing.is_primary,
        }
        if listing.country:
            row["exchangeCountry"] = {"isoAlpha2Code": listing.country}
        rows.append(row)
    return rows


def _number_of_employees(company: Company, seed: int) -> list[Json]:
    staff, scopes = staff_of(company.entity, seed), company.employee_scopes
    share = PERCENT_OF_CONSOLIDATED if CONSOLIDATED in scopes else dict.fromkeys(scopes, 100)
    return [
        {
            "value": staff * share[scope] // 100,
            "employeeFiguresDate": None,
            "informationScopeDescription": SCOPE_NAMES[scope],
            "informationScopeDnBCode": scope,
            "reliabilityDescription": "Actual",
            "reliabilityDnBCode": 9092,
            "employeeCategories": [],
            "trend": [],
        }
        for scope in scopes
    ]


def _financials(company: Company, seed: int) -> list[Json]:
    dollars = dollars_of(company.entity, seed)
    revenue = [
        {"value": round(dollars / DOLLARS_PER_UNIT[currency]), "currency": currency}
        for currency in company.revenue_currencies
    ]
    if not revenue:
        return []
    return [
        {
            "financialStatementToDate": company.fiscal_year_end,
            "financialStatementDuration": None,
            "informationScopeDescription": "Consolidated",
            "informationScopeDnBCode": CONSOLIDATED,
            "reliabilityDescription": "Actual",
            "reliabilityDnBCode": 9092,
            "unitCode": "SingleUnits",
            "yearlyRevenue": revenue,
        }
    ]


def _relative(entity: Entity) -> Json:
    place = address(entity.place)
    parts = ("addressCountry", "addressLocality", "postalCode", "streetAddress")
    return {
        "duns": entity.duns,
        "primaryName": entity.name,
        "primaryAddress": {part: place[part] for part in parts},
    }


def _corporate_linkage(company: Company) -> Json:
    family, entity = company.family, company.entity
    if family is None:
        return {}
    above = _relative(family.member(entity.parent)) if entity.parent else {}
    return {
        **level_and_roles(entity, family),
        "globalUltimateFamilyTreeMembersCount": family.total_count,
        "globalUltimate": _relative(family.global_ultimate),
        "domesticUltimate": _relative(family.domestic_ultimate(entity)),
        "parent": {} if entity.is_branch else above,
        "headQuarter": above if entity.is_branch else {},
    }


def _legal_entity_identifier(duns: str) -> str:
    """Make an identifier with valid check digits (ISO 17442)."""
    stem = "ZZZZ00000" + duns
    digits = "".join(str(int(character, 36)) for character in stem + "00")
    return f"{stem}{98 - int(digits) % 97:02d}"


def _identity(company: Company) -> Json:
    entity = company.entity
    description, code = company.entity_type
    return {
        "duns": entity.duns,
        "countryISOAlpha2Code": entity.place.country,
        "primaryName": entity.name,
        "registeredName": company.registered_name,
        "tradeStyleNames": trade_style_names(entity),
        "dunsControlStatus": _control_status(company),
        "startDate": entity.started,
        "incorporatedDate": company.incorporated,
        "controlOwnershipDate": company.controlled_since,
        "fiscalYearEnd": company.fiscal_year_end,
        "legalEntityIdentifier": (
            _legal_entity_identifier(entity.duns) if company.has_lei else None
        ),
        "defaultCurrency": COUNTRIES[entity.place.country].currency,
        "businessEntityType": {"description": description, "dnbCode": code},
        "legalForm": {},
        "registeredDetails": {},
        "charterType": {},
        "controlOwnershipType": {},
        "organizationSizeCategory": {},
        "employerDesignation": {},
        "preferredLanguage": {},
        "franchiseOperationType": {},
    }


def _trades(company: Company) -> Json:
    return {
        "primaryIndustryCode": industry(company.entity.sic),
        "industryCodes": _industry_codes(company),
        "unspscCodes": [],
        "tsrCommodityCodes": [],
        "activities": [],
        "summary": ([{"text": company.profile, "textType": {}}] if company.profile else []),
        "stockExchanges": _stock_exchanges(company),
        "standardizedStockExchanges": [],
    }


def _contacts(company: Company, seed: int) -> Json:
    duns, place = company.entity.duns, company.entity.place
    telephone = {
        "telephoneNumber": f"555{draw(seed, 100, 199, duns, 'telephone'):04d}",
        "isdCode": COUNTRIES[place.country].dialling_code,
    }
    names = [
        {"name": name, "language": {"description": language}, "writingScript": {}}
        for name, language in company.local_names
    ]
    return {
        "primaryAddress": address(place),
        "registeredAddress": {},
        "mailingAddress": {},
        "multilingualPrimaryName": names,
        "multilingualRegisteredNames": [],
        "multilingualTradestyleNames": [],
        "multilingualPrimaryAddress": [],
        "multilingualRegisteredAddress": [],
        "formerPrimaryNames": [],
        "formerRegisteredNames": [],
        "telephone": [telephone],
        "fax": [],
        "websiteAddress": [{"url": f"www.{company.web}", "domainName": company.web}],
        "email": [],
        "certifiedEmail": [],
    }


def _scale(company: Company, seed: int) -> Json:
    return {
        "numberOfEmployees": _number_of_employees(company, seed),
        "financials": _financials(company, seed),
        "latestFiscalFinancials": {},
        "globalUltimate": {},
        "domesticUltimate": {},
        "corporateLinkage": _corporate_linkage(company),
        "isStandalone": company.family is None,
        "isFortune1000Listed": None,
        "isForbesLargestPrivateCompaniesListed": None,
        "isNonClassifiedEstablishment": None,
        "isAgent": None,
        "isImporter": None,
        "isExporter": None,
        "isSmallBusiness": None,
        "registrationNumbers": [],
        "banks": [],
        "subjectComments": [],
        "businessTrustIndex": {},
        "imperialCalendarStartYear": None,
    }


def organization(company: Company, seed: int) -> Json:
    """Make the bare form: 63 root keys, with missing values as null, {} or []."""
    return _identity(company) | _trades(company) | _contacts(company, seed) | _scale(company, seed)


def _envelope(
    answered: Json,
    seed: int,
    at: str,
    blocks: tuple[str, ...] = COMPANY_BLOCKS,
    asked: str | None = None,
) -> Json:
    """Wrap an organization in the API's envelope; if a branch was asked for, name it."""
    inquiry: Json = {"duns": asked or answered["duns"], "blockIDs": list(blocks)}
    if asked:
        inquiry["tradeUp"] = "hq"
    status = [
        {"blockID": block, "status": "ok", "reason": None} for block in (*blocks, "baseinfo_L1_v1")
    ]
    return {
        "transactionDetail": transaction_detail(seed, at, inquiry["duns"]),
        "inquiryDetail": inquiry,
        "organization": answered,
        "blockStatus": status,
    }


def full_response(company: Company, seed: int, at: str) -> Json:
    """Make an enveloped response without empty lists and objects."""
    delivered = {
        key: value
        for key, value in organization(company, seed).items()
        if value not in ({}, []) or key == "corporateLinkage"
    }
    return _envelope(delivered, seed, at)


def company_only_response(company: Company, seed: int, at: str, asked: str) -> Json:
    """Make a response for which the hierarchy block was not bought."""
    response = full_response(company, seed, at)["organization"]
    del response["corporateLinkage"]
    return _envelope(response, seed, at, COMPANY_BLOCKS[:1], asked)


def _base_info(company: Company) -> Json:
    return {
        "duns": company.entity.duns,
        "primaryName": company.entity.name,
        "countryISOAlpha2Code": company.entity.place.country,
    }


def linkage_only_response(company: Company, seed: int, at: str) -> Json:
    """Make a response for which only the hierarchy block was bought."""
    linked = _base_info(company) | {"corporateLinkage": _corporate_linkage(company)}
    return _envelope(linked, seed, at, COMPANY_BLOCKS[1:])


def payments_only_response(company: Company, seed: int, at: str) -> Json:
    """Make a response for which only the payment block was bought."""
    score = draw(seed, 55, 85, company.entity.duns, "payments")
    summary = {"summaryDate": at[:7], "paydexScore": score}
    currency = COUNTRIES[company.entity.place.country].currency
    paid = _base_info(company) | {"businessTrading": [{"currency": currency, "summary": [summary]}]}
    return _envelope(paid, seed, at, ("paymentinsight_L1_v1",))


def gateway_response(company: Company, seed: int, at: str) -> Json:
    """Make a response as a gateway passes it on: wrapped, without empty values."""
    wrapped = _base_info(company) | {"rawDnbData": full_response(company, seed, at)}
    stripped: Json = without_missing(wrapped)
    return stripped


def damaged_response(company: Company, seed: int, at: str) -> Json:
    """Make a response with two faults: a D-U-N-S without its leading zero, and no name."""
    response = full_response(company, seed, at)
    response["organization"]["duns"] = company.entity.duns.removeprefix("0")
    del response["organization"]["primaryName"]
    return response
