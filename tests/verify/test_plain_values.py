"""The plain reader decides by itself what strange values mean: the same cases as the kernel's."""

from typing import Any

import pytest
from documents import member, organization, tree_page
from strange_values import REVENUE, ROLES, STAFF

from verify.test_plain import BLOCKS, TREES, read

Json = dict[str, Any]


def values(document: Json, names: tuple[str, str], table: int, contract: Any = BLOCKS) -> Any:
    """Two columns of a document's first row in a table."""
    found = contract.tables[table]
    columns = [column.name for column in found.read]
    row = dict(zip(columns, read(document, contract).rows(found)[0], strict=True))
    return tuple(row[name] for name in names)


@pytest.mark.parametrize(("figures", "expected"), STAFF)
def test_employees_are_decided_alone(figures: list[Json], expected: Any) -> None:
    document = organization(numberOfEmployees=figures)
    assert values(document, ("employees", "employees_scope"), 0) == expected


@pytest.mark.parametrize(("figures", "expected"), REVENUE)
def test_revenue_is_decided_alone(figures: list[Json], expected: Any) -> None:
    document = organization(financials=figures)
    assert values(document, ("yearly_revenue_usd", "yearly_revenue_scope"), 0) == expected


@pytest.mark.parametrize(("roles", "expected"), ROLES)
def test_roles_are_decided_alone(roles: list[Json], expected: Any) -> None:
    one = member("100000001", corporateLinkage={"familytreeRolesPlayed": roles})
    document = tree_page("100000001", [one])
    assert values(document, ("is_branch", "is_domestic_ultimate"), 1, TREES) == expected


@pytest.mark.parametrize(
    ("record", "covers"),
    [
        ({"primaryAddress": {}, "industryCodes": []}, [False] * 4),
        ({"primaryAddress": {}, "legalForm": None, "startDate": None}, [True, False, False, False]),
        (
            {"primaryAddress": {}, "industryCodes": "x", "stockExchanges": []},
            [True, False, False, True],
        ),
        ({"corporateLinkage": {"familytreeRolesPlayed": []}}, [False] * 4),
        ({"corporateLinkage": {"parent": {"duns": "None"}}}, [False] * 4),
        ({"corporateLinkage": {"parent": {"duns": "100000002"}}}, [False, True, False, False]),
    ],
)
def test_evidence_is_weighed_alone(record: Json, covers: list[bool]) -> None:
    assert read({"duns": "100000001", **record}).covers() == covers
