"""Statements that let BigQuery read the tables of a lake, through BigLake.

Delta tables there: https://cloud.google.com/bigquery/docs/create-delta-lake-table.
"""

import json
import re
from collections.abc import Iterator, Sequence

from firmograph.cloud.catalog import CatalogTable
from firmograph.errors import UsageError

_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


def statements(tables: Sequence[CatalogTable], dataset: str, connection: str) -> Iterator[str]:
    """One statement for each table; run again, each replaces what it made before.

    Args:
        tables: of the lake.
        dataset: ``dataset`` or ``project.dataset``.
        connection: ``location.connection`` or ``project.location.connection``, whose service
            account reads the bucket.

    Raises:
        UsageError: if a name has other characters.
    """
    for given, parts in ((dataset, (1, 2)), (connection, (2, 3))):
        if not _NAME.fullmatch(given) or given.count(".") + 1 not in parts:
            raise UsageError(
                f"{given!r} is not a name with {parts[0]} or {parts[1]} parts",
                hint="as in --dataset acme.companies --connection acme.eu.lake",
            )
    for table in tables:
        yield (
            f"CREATE OR REPLACE EXTERNAL TABLE `{dataset}.{table.name}`\n"
            f"WITH CONNECTION `{connection}`\n"
            "OPTIONS (\n"
            '  format = "DELTA_LAKE",\n'
            f"  uris = [{json.dumps(table.url)}],\n"
            f"  description = {json.dumps(table.meaning)}\n"
            ");"
        )
