"""The tables of a lake in catalogues: Glue's on a server, BigQuery's as statements."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import msgspec
import pyarrow as pa
import pytest
import sqlglot
from documents import organization, response
from listening import command
from objects.bucket_project import BucketProject
from servers import EVERY_STORE, Bucket

import firmograph
from firmograph.cli.answers import ANSWERS
from firmograph.cloud.aws.catalog import table_input
from firmograph.cloud.catalog import CatalogColumn, CatalogTable
from firmograph.cloud.google.catalog import statements

MART = "SELECT duns, count(*) AS listings FROM dw_stock_exchanges GROUP BY duns"


@pytest.fixture
def published(
    request: pytest.FixtureRequest, make_bucket: Callable[[str], Bucket], tmp_path: Path
) -> BucketProject:
    """A project with one company, in a bucket of the store that the test names."""
    project = BucketProject(tmp_path, make_bucket(request.param).url)
    project.drop("alpine_data_blocks_20260301.json", response(organization()))
    firmograph.Project(tmp_path, **project.settings).run()
    return project


def glue(project: BucketProject, *arguments: str, database: str = "companies") -> Any:
    """Registers the tables; returns what the command prints as JSON."""
    outcome = asked(project, database, "--json", *arguments)
    assert outcome.returncode == 0, outcome.stderr
    answer = msgspec.json.decode(outcome.stdout, type=ANSWERS["catalog glue"])
    return msgspec.to_builtins(answer)


def asked(project: BucketProject, database: str, *arguments: str) -> Any:
    """The process that registers the tables, when it has ended."""
    names = ("--database", database, *arguments)
    return command(project.root, "catalog", "glue", *names, *places(project))


def places(project: BucketProject) -> list[str]:
    """The places of a project as options."""
    return [f"--set={name}={url}" for name, url in project.settings.items()]


@pytest.mark.parametrize("published", EVERY_STORE[1:2], indirect=True)
def test_glue_has_the_tables_and_only_changes_are_written(
    published: BucketProject,
) -> None:
    client = boto3.client("glue", region_name="us-east-1")
    client.create_database(DatabaseInput={"Name": "companies"})
    planned = glue(published, "--dry-run")
    assert client.get_tables(DatabaseName="companies")["TableList"] == []
    first = glue(published)
    assert planned == first
    assert "dw_company_data" in first["created"]
    table = client.get_table(DatabaseName="companies", Name="dw_company_data")["Table"]
    assert table["StorageDescriptor"]["Location"] == (
        f"{published.bucket}/datasets/dw/dw_company_data"
    )
    assert table["Parameters"]["table_type"] == "DELTA"
    types = {c["Name"]: c["Type"] for c in table["StorageDescriptor"]["Columns"]}
    assert [types[name] for name in ("duns", "employees", "yearly_revenue_usd", "is_delisted")] == [
        "string",
        "bigint",
        "double",
        "boolean",
    ]
    assert types["load_timestamp"] == "timestamp"
    second = glue(published)
    assert (second["created"], second["updated"]) == ([], [])
    assert second["unchanged"] == first["created"]

    published.folders.marts.mkdir()
    (published.folders.marts / "app_listings.sql").write_text(MART)
    firmograph.Project(published.root, **published.settings).run(marts_only=True)
    assert glue(published)["created"] == ["app_listings"]
    (published.folders.marts / "app_listings.sql").write_text(f"SELECT *, 1 AS one FROM ({MART})")
    firmograph.Project(published.root, **published.settings).run(marts_only=True)
    assert glue(published)["updated"] == ["app_listings"]
    (published.folders.marts / "app_listings.sql").unlink()
    firmograph.Project(published.root, **published.settings).run(marts_only=True)
    assert glue(published)["left"] == ["app_listings"]


@pytest.mark.parametrize("published", EVERY_STORE[1:2], indirect=True)
def test_parameters_that_others_add_are_no_change_and_tables_of_others_stay(
    published: BucketProject,
) -> None:
    client = boto3.client("glue", region_name="us-east-1")
    client.create_database(DatabaseInput={"Name": "shared"})
    glue(published, database="shared")
    table = client.get_table(DatabaseName="shared", Name="dw_company_data")["Table"]
    described = {name: table[name] for name in ("Name", "Description", "TableType")} | {
        "StorageDescriptor": table["StorageDescriptor"],
        "Parameters": {**table["Parameters"], "crawled": "yesterday"},
    }
    client.update_table(DatabaseName="shared", TableInput=described)
    assert glue(published, database="shared")["updated"] == []

    described["Parameters"] = {"made by": "hand"}
    client.update_table(DatabaseName="shared", TableInput=described)
    refused = asked(published, "shared", "--json")
    assert refused.returncode == 1
    assert json.loads(refused.stdout)["message"] == (
        "the database shared has tables of these names that firmograph did not register: "
        "dw_company_data"
    )
    kept = client.get_table(DatabaseName="shared", Name="dw_company_data")["Table"]
    assert kept["Parameters"] == {"made by": "hand"}


def test_meanings_are_written_as_glue_takes_them() -> None:
    """One line, of 255 characters at most: https://docs.aws.amazon.com/glue/latest/webapi/API_Column.html."""
    columns = [CatalogColumn("a", pa.int16(), "first\nsecond " + 300 * "x")]
    table = table_input(CatalogTable("dw_t", "dw", "s3://b/t", "of\ntwo lines", columns), "s3://b")
    assert table["Description"] == "of two lines"
    (column,) = table["StorageDescriptor"]["Columns"]
    assert (column["Type"], len(column["Comment"])) == ("smallint", 255)
    assert column["Comment"].startswith("first second xxx")


@pytest.mark.parametrize("published", EVERY_STORE[1:2], indirect=True)
def test_database_that_is_not_there_is_an_error(published: BucketProject) -> None:
    outcome = asked(published, "nowhere")
    assert outcome.returncode == 1
    assert outcome.stderr.startswith(
        "error: the database nowhere of the Glue Data Catalog cannot be used: "
    )


def test_lake_in_a_folder_has_no_catalogue(tmp_path: Path) -> None:
    outcome = command(tmp_path, "catalog", "glue", "--database", "companies")
    assert outcome.returncode == 2
    assert "which the catalogue cannot lead to; allowed is s3://…" in outcome.stderr


@pytest.mark.parametrize("published", EVERY_STORE[2:], indirect=True)
def test_biglake_statements_lead_to_the_tables(published: BucketProject) -> None:
    names = ("--dataset", "acme.companies", "--connection", "acme.eu.lake")
    outcome = command(published.root, "catalog", "biglake", *names, *places(published))
    assert outcome.returncode == 0, outcome.stderr
    assert (
        "CREATE OR REPLACE EXTERNAL TABLE `acme.companies.dw_company_data`\n"
        "WITH CONNECTION `acme.eu.lake`\n"
        "OPTIONS (\n"
        '  format = "DELTA_LAKE",\n'
        f'  uris = ["{published.bucket}/datasets/dw/dw_company_data"],\n'
    ) in outcome.stdout


def table_of(name: str, meaning: str) -> CatalogTable:
    """A table with one column."""
    return CatalogTable(name, "dw", f"gs://b/{name}", meaning, [CatalogColumn("a", pa.int64(), "")])


def test_biglake_statements_are_sql_of_bigquery() -> None:
    """All but the clause that the parser does not know."""
    (statement,) = statements([table_of("t", 'a "mart"\\')], "companies", "eu.lake")
    known = statement.replace("WITH CONNECTION `eu.lake`\n", "")
    parsed = sqlglot.parse_one(known, dialect="bigquery")
    assert isinstance(parsed, sqlglot.exp.Create)
    assert parsed.find(sqlglot.exp.Table).sql("bigquery") == "`companies.t`"  # type: ignore[union-attr]


@pytest.mark.parametrize("dataset", ["a`; DROP", "a.b.c", "", "a b"])
def test_biglake_names_are_checked(dataset: str) -> None:
    with pytest.raises(firmograph.UsageError):
        list(statements([table_of("t", "")], dataset, "eu.lake"))
