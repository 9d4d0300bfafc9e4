"""Companies with strange values, and what their row must hold: for the kernel and for `verify`."""

from typing import Any

from strategies import scoped

Json = dict[str, Any]


def staff(code: Any, value: Any, date: Any = None) -> Json:
    return scoped(code, value=value, **({} if date is None else {"employeeFiguresDate": date}))


def revenue(code: Any, value: Any, unit: Any = None, date: Any = None) -> Json:
    dated = {} if date is None else {"financialStatementToDate": date}
    told = {} if unit is None else {"unitCode": unit}
    return scoped(code, yearlyRevenue=[{"currency": "USD", "value": value}], **dated, **told)


def in_currency(currency: Any, value: Any) -> Json:
    return scoped(9067, yearlyRevenue=[{"currency": currency, "value": value}])


STAFF: list[tuple[list[Json], tuple[int | None, str | None]]] = [
    # codes in every spelling of one number
    ([staff(9067.0, 140)], (140, "consolidated")),
    ([staff("9067", 140)], (140, "consolidated")),
    ([staff("9067.0", 140)], (140, "consolidated")),
    ([staff(" 9.067E3 ", 140)], (140, "consolidated")),
    ([staff(9066.0, 6), staff(9067.0, 140.0)], (140, "consolidated")),
    ([staff({"$numberInt": "9067"}, 140)], (None, None)),
    ([staff("consolidated", 140)], (None, None)),
    ([staff({"$numberInt": "9066"}, 6), staff(9067, 140)], (140, "consolidated")),
    ([staff(10**400, 1), staff(9066, 6)], (6, "individual")),
    ([staff("1e400", 1), staff(9066, 6)], (6, "individual")),
    # scopes one after another
    ([staff(9066, 6), staff(9068, 8)], (6, "individual")),
    ([staff(9068, 8)], (8, "headquarters")),
    ([staff(9067, None), staff(9066, 6)], (6, "individual")),
    ([staff(9067, "None"), staff(9066, 6)], (6, "individual")),
    ([staff(9067, "many"), staff(9066, 6)], (None, None)),
    ([staff(7000, 1), {"value": 2}], (None, None)),
    # the newest date of one scope, however precise
    (
        [staff(9067, 1, "2023-12-31"), staff(9067, 2, "2025"), staff(9066, 3, "2026")],
        (2, "consolidated"),
    ),
    ([staff(9067, 1), staff(9067, 2, "2020")], (2, "consolidated")),
    ([staff(9067, 1, "2025-06"), staff(9067, 2, "2025")], (1, "consolidated")),
    ([staff(9067, 1, "2024"), staff(9067, None, "2025")], (1, "consolidated")),
    ([staff(9067, 1, "soon"), staff(9067, 2, "2019-01-01T00:00:00Z")], (2, "consolidated")),
]
REVENUE: list[tuple[list[Json], tuple[float | None, str | None]]] = [
    ([revenue(9066.0, 120000.0), revenue(9067.0, 9000000.0)], (9000000.0, "consolidated")),
    ([revenue(9067, 9.0, "SingleUnits")], (9.0, "consolidated")),
    ([revenue(9067, 9.0, "Single Units")], (9.0, "consolidated")),
    ([revenue(9067, 9.0, "Million")], (9000000.0, "consolidated")),
    ([revenue(9067, 9.3, "MILLIONS")], (9300000.0, "consolidated")),
    ([revenue(9067, 0.1, "Thousands")], (100.0, "consolidated")),
    ([revenue(9067, 2, "Hundred")], (200.0, "consolidated")),
    ([revenue(9067, 4.5e11, "Billion")], (4.5e20, "consolidated")),
    ([revenue(9067, "9.5", "thousand")], (9500.0, "consolidated")),
    ([revenue(9067, 9.0, " ")], (9.0, "consolidated")),
    ([revenue(9067, 9.0, "Dozen"), revenue(9066, 5.0)], (None, None)),
    ([revenue(9067, 9.0, 1000)], (None, None)),
    ([revenue(9067, 1e300, "Trillion")], (None, None)),
    ([revenue(9066, 6.0), revenue(9068, 8.0)], (6.0, "individual")),
    ([revenue(7000, 7.0, "Thousand")], (7000.0, "other")),
    ([revenue(9067, 1.0, None, "2023"), revenue(9067, 2.0, None, "2024")], (2.0, "consolidated")),
    # codes that are text, without case and white space
    ([in_currency("usd", 1.0)], (1.0, "consolidated")),
    ([in_currency(" USD ", 1.0)], (1.0, "consolidated")),
    ([in_currency("CNY", 7.0), in_currency("Usd", 1.0)], (1.0, "consolidated")),
    ([in_currency("US", 1.0)], (None, None)),
    ([in_currency(840, 1.0)], (None, None)),
    (
        [
            {
                "informationScopeDnBCode": 9067,
                "unitCode": "Million",
                "yearlyRevenue": [{"currency": "USD", "value": 2, "unitCode": "Thousand"}],
            }
        ],
        (2000.0, "consolidated"),
    ),
]
ROLES: list[tuple[list[Json], tuple[bool | None, bool | None]]] = [
    ([{"dnbCode": 9140.0}], (True, False)),
    ([{"dnbCode": "9.14e3"}, {"dnbCode": 12774}], (True, True)),
    ([{"dnbCode": {"$numberInt": "9140"}}], (None, None)),
    ([{"dnbCode": {"$numberInt": "9140"}}, {"dnbCode": 12774.0}], (None, True)),
]
"""Roles of a member: whether it is a branch, and a domestic ultimate."""
