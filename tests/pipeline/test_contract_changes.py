"""A changed contract: new columns are added, any other change requires a rebuild."""

from pathlib import Path
from typing import Any

import pytest
from conftest import Project
from documents import organization, response
from publish.histories import change_contract, copy_of
from publish.tables import column, one, open_delta, query, versions

from firmograph.errors import ContractError

SIC = "      sic_id: primaryIndustryCode.usSicV4\n"
CURRENCY = "      default_currency: defaultCurrency\n"
WITH_STYLE = f"{SIC}      trade_style: tradeStyle\n"
STYLES = "SELECT duns, trade_style FROM dw_company_data ORDER BY duns"
CODES = [{"typeDnBCode": 399, "priority": p, "code": c} for p, c in ((1, "a"), (2, "b"), (3, "a"))]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A company, published under the packaged contracts."""
    project = Project(tmp_path_factory.mktemp("contracts") / "published")
    drop_company(
        project,
        "100000001",
        tradeStyle="Old",
        defaultCurrency="CHF",
        localCurrency="WIR",
        fiscalYearEnd="2024",
        legalEntityIdentifier="LEI",
        industryCodes=CODES,
    )
    project.run()
    return project


@pytest.fixture
def project(published: Project, tmp_path: Path) -> Project:
    """A company published before the contract changed."""
    return copy_of(published, tmp_path / "project")


def drop_company(project: Project, duns: str, **more: Any) -> None:
    project.drop(f"{duns}_data_blocks_20260301.json", response(organization(duns, **more)))


def test_added_column_is_null_in_older_rows_and_said_so(project: Project) -> None:
    change_contract(project, SIC, WITH_STYLE)
    drop_company(project, "100000002", tradeStyle="New")
    report = project.run()
    assert query(project, STYLES) == [
        {"duns": "100000001", "trade_style": None},
        {"duns": "100000002", "trade_style": "New"},
    ]
    assert "dw_company_data.trade_style" in report.notes[0]
    assert "`firmograph rebuild`" in report.notes[0]
    assert project.run().notes == []


def test_added_column_is_filled_by_a_rebuild(project: Project) -> None:
    change_contract(project, SIC, WITH_STYLE)
    project.run()
    project.rebuild()
    assert query(project, STYLES) == [{"duns": "100000001", "trade_style": "Old"}]


def test_added_column_is_there_for_all_readers_after_a_rebuild_alone(project: Project) -> None:
    change_contract(project, SIC, WITH_STYLE)
    project.rebuild()
    rows = open_delta(project, "dw_company_data").to_pyarrow_table().to_pylist()
    assert [row.get("trade_style") for row in rows] == ["Old"]


def test_changed_path_stops_the_run_and_a_rebuild_goes_on(project: Project) -> None:
    before = versions(project, without=["tb_pipeline_control"])
    change_contract(project, CURRENCY, "      default_currency: localCurrency\n")
    drop_company(project, "100000002", defaultCurrency="CHF", localCurrency="EUR")
    with pytest.raises(ContractError) as caught:
        project.run()
    assert "dw_company_data.default_currency" in caught.value.message
    assert "rebuild" in (caught.value.hint or "")
    assert versions(project, without=["tb_pipeline_control"]) == before
    assert project.names(project.folders.uploads) == ["100000002_data_blocks_20260301.json"]
    project.rebuild()
    assert column(project, "SELECT default_currency FROM dw_company_data") == ["WIR"]
    project.run()
    currencies = column(project, "SELECT default_currency FROM dw_company_data ORDER BY duns")
    assert currencies == ["WIR", "EUR"]


def test_removed_column_is_gone_for_all_readers_after_a_rebuild(project: Project) -> None:
    change_contract(project, CURRENCY, "")
    with pytest.raises(ContractError, match="default_currency is gone"):
        project.run()
    project.rebuild()
    names = {field.name for field in open_delta(project, "dw_company_data").schema().fields}
    assert "default_currency" not in names


@pytest.mark.parametrize(
    ("name", "path", "new_type", "kind", "value"),
    [
        ("fiscal_year_end", "fiscalYearEnd", "integer", "long", 2024),
        ("legal_entity_identifier", "legalEntityIdentifier", "present", "boolean", True),
    ],
    ids=["integer", "present"],
)
def test_changed_type_is_the_tables_type_after_a_rebuild(
    name: str, path: str, new_type: str, kind: str, value: object, project: Project
) -> None:
    change_contract(project, f"{name}: {path}", f"{name}: {{path: {path}, type: {new_type}}}")
    with pytest.raises(ContractError, match=f"dw_company_data.{name} differs"):
        project.run()
    project.rebuild()
    assert one(project, f"SELECT {name} FROM dw_company_data")[name] == value
    fields = open_delta(project, "dw_company_data").schema().fields
    assert [f.type.type for f in fields if f.name == name] == [kind]


def test_changed_key_of_a_table_is_kept_by_a_rebuild(project: Project) -> None:
    key = "key: [duns, type_dnb_code, priority]"
    change_contract(project, key, "key: [duns, type_dnb_code, code]")
    with pytest.raises(ContractError, match="dw_industry_code: key differs"):
        project.run()
    project.rebuild()
    assert column(project, "SELECT priority FROM dw_industry_code ORDER BY code") == [1, 2]


def test_new_mandatory_rule_stops_the_run_and_a_rebuild_refuses(project: Project) -> None:
    before = "sic_id: primaryIndustryCode.usSicV4\n"
    after = "sic_id: {path: primaryIndustryCode.usSicV4, rule: mandatory}\n"
    change_contract(project, before, after)
    with pytest.raises(ContractError, match="sic_id is mandatory now"):
        project.run()
    report = project.rebuild()
    assert report.totals.documents.quarantined == 1
    assert column(project, "SELECT duns FROM dw_company_data") == []
    assert column(project, "SELECT duns FROM app_stocks_by_company") == []
    assert column(project, "SELECT count(*) FROM tb_entity_heads") == [0]
    change_contract(project, SIC, SIC)
    project.rebuild()
    assert column(project, "SELECT duns FROM dw_company_data") == ["100000001"]
