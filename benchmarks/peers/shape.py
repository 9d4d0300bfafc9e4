"""The fields that the tables need, as nested names and types; every peer declares them."""

from typing import Any

DESCRIBED = {"description": "text"}
RELATIVE = {"duns": "text"}
ORGANIZATION: dict[str, Any] = {
    "duns": "text",
    "primaryName": "text",
    "registeredName": "text",
    "defaultCurrency": "text",
    "incorporatedDate": "text",
    "fiscalYearEnd": "text",
    "legalEntityIdentifier": "text",
    "startDate": "text",
    "primaryIndustryCode": {"usSicV4": "text", "usSicV4Description": "text"},
    "primaryAddress": {
        "addressCountry": {"name": "text", "isoAlpha2Code": "text"},
        "addressRegion": {"name": "text", "abbreviatedName": "text"},
        "addressLocality": {"name": "text"},
        "streetAddress": {"line1": "text", "line2": "text"},
        "postalCode": "text",
    },
    "businessEntityType": {**DESCRIBED, "dnbCode": "integer"},
    "dunsControlStatus": {"operatingStatus": DESCRIBED, "isDelisted": "boolean"},
    "numberOfEmployees": [{"value": "integer", "informationScopeDnBCode": "integer"}],
    "financials": [
        {
            "informationScopeDnBCode": "integer",
            "yearlyRevenue": [{"value": "double", "currency": "text"}],
        }
    ],
    "corporateLinkage": {
        "globalUltimate": RELATIVE,
        "domesticUltimate": RELATIVE,
        "parent": RELATIVE,
        "headQuarter": RELATIVE,
        "hierarchyLevel": "integer",
        "globalUltimateFamilyTreeMembersCount": "integer",
    },
    "industryCodes": [
        {
            "code": "text",
            "description": "text",
            "typeDescription": "text",
            "typeDnBCode": "integer",
            "priority": "integer",
        }
    ],
    "stockExchanges": [
        {
            "tickerName": "text",
            "exchangeCountry": {"isoAlpha2Code": "text"},
            "exchangeName": DESCRIBED,
            "isPrimary": "boolean",
        }
    ],
}
DOCUMENT: dict[str, Any] = {
    "transactionDetail": {"transactionTimestamp": "text"},
    "inquiryDetail": {"duns": "text"},
    "organization": ORGANIZATION,
}

COMPANY = {
    "primary_name": "primaryName",
    "registered_name": "registeredName",
    "sic_id": "primaryIndustryCode.usSicV4",
    "sic_description": "primaryIndustryCode.usSicV4Description",
    "default_currency": "defaultCurrency",
    "primary_address_country": "primaryAddress.addressCountry.name",
    "primary_address_region": "primaryAddress.addressRegion.name",
    "primary_address_street": "primaryAddress.streetAddress.line1",
    "postal_code": "primaryAddress.postalCode",
    "business_entity_type": "businessEntityType.description",
    "business_dnb_code": "businessEntityType.dnbCode",
    "incorporated_date": "incorporatedDate",
    "fiscal_year_end": "fiscalYearEnd",
    "legal_entity_identifier": "legalEntityIdentifier",
    "primary_address_country_code": "primaryAddress.addressCountry.isoAlpha2Code",
    "primary_address_region_code": "primaryAddress.addressRegion.abbreviatedName",
    "primary_address_locality": "primaryAddress.addressLocality.name",
    "primary_address_street2": "primaryAddress.streetAddress.line2",
    "start_date": "startDate",
    "operating_status": "dunsControlStatus.operatingStatus.description",
    "is_delisted": "dunsControlStatus.isDelisted",
}
LINKAGE = {
    "global_duns": "corporateLinkage.globalUltimate.duns",
    "domestic_duns": "corporateLinkage.domesticUltimate.duns",
    "hierarchy_level": "corporateLinkage.hierarchyLevel",
    "family_members": "corporateLinkage.globalUltimateFamilyTreeMembersCount",
}
CODES = {
    "type_dnb_code": "typeDnBCode",
    "priority": "priority",
    "code": "code",
    "description": "description",
    "type_description": "typeDescription",
}
STOCKS = {
    "stock_name": "tickerName",
    "country": "exchangeCountry.isoAlpha2Code",
    "exchange_name": "exchangeName.description",
    "is_primary": "isPrimary",
}
