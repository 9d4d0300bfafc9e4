"""Looker's and QuickSight's definitions name tables and columns that a lake has."""

import json
import re
from pathlib import Path
from typing import Any

import lkml
import pytest
import sqlglot
import yaml
from conftest import Once, Project

from firmograph.contract.registry import load_contracts
from firmograph.queries.reader import open_reader
from firmograph.storage.local import LocalStorage

ROOT = Path(__file__).parents[2]
LOOKML = ROOT / "deploy" / "google" / "modules" / "dashboards" / "lookml"
QUICKSIGHT = ROOT / "deploy" / "aws" / "modules" / "dashboards"
TABLES = {
    "dw_company_data": "dw",
    "dw_corporate_linkage": "dw",
    "dw_industry_code": "dw",
    "dw_stock_exchanges": "dw",
    "dw_family_tree": "dw",
    "dw_family_tree_members": "dw",
    "app_stocks_by_company": "app",
}
QUICKSIGHT_TYPES = {"STRING", "INTEGER", "DECIMAL", "BOOLEAN", "DATETIME"}


@pytest.fixture(scope="module")
def lake(once: Once) -> LocalStorage:
    """A lake of the examples."""

    def fill(folder: Path) -> None:
        project = Project(folder)
        for file in (ROOT / "examples" / "uploads").iterdir():
            project.drop(file.name, file.read_bytes())
        project.run()

    return LocalStorage(once("defined", fill) / "datasets")


@pytest.fixture(scope="module")
def views() -> dict[str, Any]:
    """LookML's views by name."""
    parsed = lkml.load((LOOKML / "firmograph.view.lkml").read_text("utf-8"))
    return {view["name"]: view for view in parsed["views"]}


@pytest.fixture(scope="module")
def explores() -> dict[str, Any]:
    """LookML's explores by name."""
    parsed = lkml.load((LOOKML / "firmograph.model.lkml").read_text("utf-8"))
    return {explore["name"]: explore for explore in parsed["explores"]}


def columns_of(lake: LocalStorage) -> dict[str, list[str]]:
    """The columns of each table, as a query sees them."""
    with open_reader(lake, load_contracts()) as reader:
        return {name: reader.sql(f"SELECT * FROM {name}").schema.names for name in TABLES}


def fields_of(view: dict[str, Any]) -> set[str]:
    """What a view's dimensions and measures are called."""
    kinds = ("dimensions", "dimension_groups", "measures")
    return {field["name"] for kind in kinds for field in view.get(kind, [])}


def test_tables_are_in_their_zones(lake: LocalStorage) -> None:
    tables = ROOT / "deploy" / "google" / "modules" / "warehouse" / "tables.json"
    assert json.loads(tables.read_text("utf-8")) == TABLES
    for name, zone in TABLES.items():
        assert (Path(lake.url) / zone / name / "_delta_log").is_dir()


def test_data_sets_have_the_columns_of_a_lake(lake: LocalStorage) -> None:
    sets = json.loads((QUICKSIGHT / "data_sets.json").read_text("utf-8"))
    assert {name: [c["name"] for c in found] for name, found in sets.items()} == columns_of(lake)
    assert {c["type"] for found in sets.values() for c in found} == QUICKSIGHT_TYPES
    assert sets["app_stocks_by_company"] == [
        {"name": "duns", "type": "STRING"},
        {"name": "country", "type": "STRING"},
        {"name": "count", "type": "INTEGER"},
    ]


def test_bars_show_columns_of_data_sets() -> None:
    bars = json.loads((QUICKSIGHT / "bars.json").read_text("utf-8"))
    assert bars["app-stocks-by-company-count-by-country"] == {
        "title": "app_stocks_by_company: count by country",
        "table": "app_stocks_by_company",
        "by": "country",
        "counted": None,
        "summed": "count",
    }
    assert bars["dw-company-data-duns-by-operating-status"]["counted"] == "duns"
    sets = json.loads((QUICKSIGHT / "data_sets.json").read_text("utf-8"))
    for bar in bars.values():
        kinds = {column["name"]: column["type"] for column in sets[bar["table"]]}
        assert kinds[bar["by"]] == "STRING"
        assert (bar["counted"] is None) != (bar["summed"] is None)
        assert kinds[bar["counted"] or bar["summed"]] == ("STRING" if bar["counted"] else "INTEGER")


def test_views_have_the_columns_of_a_lake(lake: LocalStorage, views: dict[str, Any]) -> None:
    expressions = {
        name: [
            field["sql"]
            for kind in ("dimensions", "dimension_groups")
            for field in view.get(kind, [])
            if field["name"] != "row_key"
        ]
        for name, view in views.items()
    }
    assert {
        name: sorted(sql.removeprefix("${TABLE}.") for sql in found)
        for name, found in expressions.items()
    } == {name: sorted(names) for name, names in columns_of(lake).items()}


def test_view_is_typed_by_column(views: dict[str, Any]) -> None:
    view = views["dw_stock_exchanges"]
    assert view["sql_table_name"] == "`@{project}.@{dataset}.dw_stock_exchanges`"
    assert [(field["name"], field["type"]) for field in view["dimensions"]] == [
        ("row_key", "string"),
        ("duns", "string"),
        ("stock_name", "string"),
        ("country", "string"),
        ("exchange_name", "string"),
        ("is_primary", "yesno"),
        ("run_id", "string"),
    ]
    assert [(group["name"], group["type"]) for group in view["dimension_groups"]] == [
        ("load", "time")
    ]
    assert [measure["name"] for measure in view["measures"]] == ["row_count"]
    assert [measure["name"] for measure in views["dw_company_data"]["measures"]] == [
        "row_count",
        "total_employees",
        "total_yearly_revenue_usd",
    ]


def test_key_of_a_row_is_sql_that_bigquery_reads(views: dict[str, Any]) -> None:
    for view in views.values():
        (key,) = (field for field in view["dimensions"] if field["name"] == "row_key")
        assert key["primary_key"] == "yes"
        query = f"SELECT {key['sql'].replace('${TABLE}', 't')} FROM t"
        assert sqlglot.parse_one(query, dialect="bigquery").sql("bigquery")


def test_explores_join_by_duns(views: dict[str, Any], explores: dict[str, Any]) -> None:
    joined = {
        name: {join["name"]: (join["relationship"], join["sql_on"]) for join in found["joins"]}
        for name, found in explores.items()
    }
    company = "${dw_company_data.duns} = "
    assert joined == {
        "dw_company_data": {
            "dw_corporate_linkage": ("one_to_one", company + "${dw_corporate_linkage.duns}"),
            "dw_industry_code": ("one_to_many", company + "${dw_industry_code.duns}"),
            "dw_stock_exchanges": ("one_to_many", company + "${dw_stock_exchanges.duns}"),
            "dw_family_tree_members": ("one_to_many", company + "${dw_family_tree_members.duns}"),
            "app_stocks_by_company": ("one_to_many", company + "${app_stocks_by_company.duns}"),
        },
        "dw_family_tree": {
            "dw_family_tree_members": (
                "one_to_many",
                "${dw_family_tree.global_duns} = ${dw_family_tree_members.global_duns}",
            ),
            "dw_company_data": (
                "many_to_one",
                "${dw_family_tree_members.duns} = ${dw_company_data.duns}",
            ),
        },
    }
    for joins in joined.values():
        for _, condition in joins.values():
            for view, field in re.findall(r"\$\{(\w+)\.(\w+)\}", condition):
                assert field in fields_of(views[view])


def test_dashboard_shows_fields_of_its_explore(
    views: dict[str, Any], explores: dict[str, Any]
) -> None:
    text = (LOOKML / "firmograph.dashboard.lookml").read_text("utf-8")
    (dashboard,) = yaml.safe_load(text)
    fields = [field for element in dashboard["elements"] for field in element["fields"]]
    assert fields == [
        "dw_company_data.primary_address_country",
        "dw_company_data.row_count",
        "app_stocks_by_company.country",
        "app_stocks_by_company.total_count",
    ]
    for field in fields:
        view, name = field.split(".")
        assert name in fields_of(views[view])
    assert {element["explore"] for element in dashboard["elements"]} <= set(explores)


def test_manifest_sets_what_views_and_model_ask_for() -> None:
    manifest = lkml.load((LOOKML / "manifest.lkml").read_text("utf-8"))
    names = {constant["name"] for constant in manifest["constants"]}
    asked = {
        name
        for file in ("firmograph.view.lkml", "firmograph.model.lkml")
        for name in re.findall(r"@\{(\w+)\}", (LOOKML / file).read_text("utf-8"))
    }
    assert names == asked == {"project", "dataset", "connection"}
