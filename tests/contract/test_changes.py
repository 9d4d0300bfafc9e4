from typing import Any

import pytest
from small_contract import SMALL

from firmograph.contract.changes import ContractChanges, compare_contracts
from firmograph.contract.load import canonical, fingerprint, parse_contract


def compare(before: str, after: str) -> ContractChanges:
    old, new = (canonical([parse_contract(text, "x.yaml")]) for text in (before, after))
    return compare_contracts(old, new)


def change(old: str, new: str) -> ContractChanges:
    """The changes once `old` is replaced by `new` in the small contract."""
    assert SMALL.count(old) == 1, f"{old!r} stands {SMALL.count(old)} times"
    return compare(SMALL, SMALL.replace(old, new))


def test_compare_finds_nothing_in_equal_contracts() -> None:
    assert compare(SMALL, f"# said anew\n{SMALL}") == ContractChanges(added=[], breaking=[])


def test_added_column_asks_for_no_rebuild() -> None:
    changes = change("      code: code\n", "      code: code\n      kind: typeDescription\n")
    assert changes == ContractChanges(added=["dw_industry_code.kind"], breaking=[])


def test_added_column_may_stand_anywhere() -> None:
    changes = change("      code: code\n", "      kind: typeDescription\n      code: code\n")
    assert changes == ContractChanges(added=["dw_industry_code.kind"], breaking=[])


def test_added_expected_column_asks_for_no_rebuild() -> None:
    changes = change(
        "      code: code\n", "      code: code\n      kind: {path: k, rule: expected}\n"
    )
    assert changes == ContractChanges(added=["dw_industry_code.kind"], breaking=[])


def test_added_mandatory_column_asks_for_a_rebuild() -> None:
    changes = change(
        "      code: code\n", "      code: code\n      kind: {path: k, rule: mandatory}\n"
    )
    assert changes.breaking == ["dw_industry_code.kind is new and mandatory"]


@pytest.mark.parametrize(
    ("old", "new", "breaking"),
    [
        ("      code: code\n", "      code: kode\n", "dw_industry_code.code differs"),
        ("      code: code\n", "      code: code | kode\n", "dw_industry_code.code differs"),
        (
            "      code: code\n",
            "      code: {path: code, type: integer}\n",
            "dw_industry_code.code differs",
        ),
        ("      code: code\n", "", "dw_industry_code.code is gone"),
        ("rule: expected", "rule: mandatory", "dw_company_data.registered_name is mandatory now"),
        ("key: [duns, priority]", "key: [duns, code]", "dw_industry_code: key differs"),
        ("each: industryCodes", "each: codes", "dw_industry_code: each differs"),
        (
            "path: primaryAddress}",
            "path: primaryAddress, keys: [startDate]}",
            "dw_company_data: covered_by differs",
        ),
        (
            "      code: code\n",
            "      code: {path: code, fault: refuse}\n",
            "dw_industry_code.code differs",
        ),
        (
            "entity: duns\n",
            "entity: duns\nmissing_values: [x]\n",
            "data_blocks: missing_values differs",
        ),
        ("level: 2", "level: 3", "dw_company_data: covered_by differs"),
        ("skip_empty: true", "skip_empty: false", "dw_corporate_linkage: skip_empty differs"),
        ("[organization, $]", "[$]", "data_blocks: record_at differs"),
        (
            "source_time: ^.transactionDetail.",
            "source_time: ^.",
            "data_blocks: source_time differs",
        ),
        ("block_status: ^.blockStatus\n", "", "data_blocks: block_status differs"),
    ],
)
def test_change_of_what_rows_hold_asks_for_a_rebuild(old: str, new: str, breaking: str) -> None:
    assert change(old, new) == ContractChanges(added=[], breaking=[breaking])


def test_another_entity_asks_for_a_rebuild() -> None:
    text = SMALL.replace("entity: duns", "entity: number").replace("path: duns,", "path: number,")
    changes = compare(SMALL, text.replace("$.duns", "$.number"))
    assert "data_blocks: entity differs" in changes.breaking


def test_column_that_takes_another_name_is_gone_and_added() -> None:
    assert change("      code: code\n", "      industry: code\n") == ContractChanges(
        added=["dw_industry_code.industry"], breaking=["dw_industry_code.code is gone"]
    )


def test_relaxed_rule_asks_for_no_rebuild() -> None:
    for rule in (", rule: expected", ""):
        changes = change("{path: primaryName, rule: mandatory}", f"{{path: primaryName{rule}}}")
        assert changes == ContractChanges(added=[], breaking=[])


def test_rule_that_only_counts_asks_for_no_rebuild() -> None:
    changes = change("      code: code\n", "      code: {path: code, rule: expected}\n")
    assert changes == ContractChanges(added=[], breaking=[])


def test_order_of_columns_asks_for_no_rebuild() -> None:
    both = (
        "      duns: {path: $.duns, type: duns}\n      priority: {path: priority, type: integer}\n"
    )
    assert both in SMALL
    turned = SMALL.replace(both, "".join(reversed(both.splitlines(keepends=True))))
    assert compare(SMALL, turned) == ContractChanges(added=[], breaking=[])


def test_contract_not_published_before_breaks_nothing() -> None:
    after = canonical([parse_contract(SMALL, "x.yaml")])
    assert compare_contracts({}, after) == ContractChanges(added=[], breaking=[])


def test_all_changes_are_told_at_once() -> None:
    after = SMALL.replace("      code: code\n", "      kind: k\n").replace("level: 2", "level: 1")
    assert compare(SMALL, after) == ContractChanges(
        added=["dw_industry_code.kind"],
        breaking=["dw_company_data: covered_by differs", "dw_industry_code.code is gone"],
    )


def test_keys_that_an_earlier_release_did_not_have_ask_for_nothing() -> None:
    after = canonical([parse_contract(SMALL, "x.yaml")])
    before = canonical([parse_contract(SMALL, "x.yaml")])
    for key in ("file_token", "ods_table", "assembly"):
        del before["data_blocks"][key]
    for table in before["data_blocks"]["tables"]:
        del table["parent"]
    assert compare_contracts(before, after) == ContractChanges(added=[], breaking=[])


def test_new_table_asks_for_a_rebuild() -> None:
    whole, listings = SMALL.split("  dw_stock_exchanges:\n")
    assert compare(whole, SMALL).breaking == ["dw_stock_exchanges is a new table"]
    assert compare(SMALL, whole).breaking == ["dw_stock_exchanges is gone"]
    assert listings


def test_new_type_asks_for_no_rebuild() -> None:
    first, second = (
        canonical([parse_contract(SMALL.replace("data_blocks", name), "x.yaml")])
        for name in ("data_blocks", "notes")
    )
    assert compare_contracts(first, first | second) == ContractChanges(added=[], breaking=[])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("record_at", "file_token: blocks\nrecord_at"),
        ("    each: industryCodes\n", "    each: industryCodes\n    parent: dw_company_data\n"),
    ],
)
def test_names_of_files_and_parents_may_change_freely(old: str, new: str) -> None:
    assert change(old, new) == ContractChanges(added=[], breaking=[])
    before, after = (parse_contract(text, "x.yaml") for text in (SMALL, SMALL.replace(old, new)))
    assert fingerprint([before]) == fingerprint([after])


def of_the_previous_release(text: str) -> dict[str, Any]:
    """A contract as the previous release stored it."""
    stored = canonical([parse_contract(text, "x.yaml")])
    del stored["data_blocks"]["missing_values"]
    for table in stored["data_blocks"]["tables"]:
        for key in ("keys", "at_least", "value_at"):
            (table["covered_by"] or {}).pop(key, None)
        for column in table["columns"]:
            for key in ("labels", "which", "unit", "refuses"):
                del column[key]
    return stored


def test_columns_of_the_previous_release_may_look_in_further_places() -> None:
    before = of_the_previous_release(SMALL)
    text = SMALL.replace("code: code", "code: code | kode")
    text = text.replace("path: primaryAddress}", "path: primaryAddress, keys: [startDate]}")
    changes = compare_contracts(before, canonical([parse_contract(text, "x.yaml")]))
    assert changes == ContractChanges([], [], ("dw_industry_code.code",))


def test_columns_of_the_previous_release_that_look_elsewhere_ask_for_a_rebuild() -> None:
    before = of_the_previous_release(SMALL)
    for text in (
        SMALL.replace("code: code", "code: kode | code"),
        SMALL.replace("code: code", "code: kode"),
    ):
        changes = compare_contracts(before, canonical([parse_contract(text, "x.yaml")]))
        assert changes == ContractChanges([], ["dw_industry_code.code differs"])
