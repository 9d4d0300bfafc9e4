"""`catalog`: makes the tables known to the catalogue of a cloud."""

from dataclasses import asdict

import click

from firmograph.cli.command import group, json_option
from firmograph.cli.options import with_project
from firmograph.cli.render import echo, echo_json
from firmograph.errors import missing_extra
from firmograph.project import Project


@group()
def catalog() -> None:
    """Make the tables known to Athena, Redshift or BigQuery.

    They read the newest version of each table, which need not be a published one while a run
    writes; see docs/reading.md.
    """


@catalog.command()
@with_project
@click.option("--database", required=True, metavar="NAME", help="Of the catalogue; it must exist.")
@click.option("--dry-run", is_flag=True, help="Show what would change, without changing anything.")
@json_option
def glue(project: Project, database: str, dry_run: bool, as_json: bool) -> None:
    """Register the tables in the Data Catalog of AWS Glue.

    Tables that are there already and have changed are updated; nothing is deleted. Run it after a
    contract or a mart was added.
    """
    from firmograph.cloud.catalog import tables_of

    try:
        from firmograph.cloud.aws.catalog import register
    except ModuleNotFoundError as error:
        raise missing_extra("catalog glue", "aws", error) from error
    tables = tables_of(project, "s3")
    done = register(project.folders.lake.url, tables, database, dry_run=dry_run)
    if as_json:
        echo_json(asdict(done))
        return
    for word, names in asdict(done).items():
        if names:
            echo(f"{_WORDS.get(word, word)}: {', '.join(names)}")


_WORDS = {"left": "no longer in the lake, drop them yourself"}


@catalog.command()
@with_project
@click.option("--dataset", required=True, metavar="NAME", help="Such as acme.companies.")
@click.option("--connection", required=True, metavar="NAME", help="Such as acme.eu.lake.")
@json_option
def biglake(project: Project, dataset: str, connection: str, as_json: bool) -> None:
    """Print the statements that let BigQuery read the tables.

    Give them to `bq query --use_legacy_sql=false`.
    """
    from firmograph.cloud.catalog import tables_of
    from firmograph.cloud.google.catalog import statements

    made = list(statements(tables_of(project, "gs"), dataset, connection))
    if as_json:
        echo_json(made)
        return
    for statement in made:
        echo(statement)
