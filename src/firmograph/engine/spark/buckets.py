"""Lets a Spark session read the files of a lake in a bucket.

What Spark's configuration says already is left as it is. Credentials are left to the connector,
which finds them in the environment or by the machine's role: they never are in a configuration.
"""

import os
from collections.abc import Mapping
from typing import Any

from pyspark.sql import SparkSession

from firmograph.errors import UsageError
from firmograph.storage.base import Storage

S3A = "org.apache.hadoop.fs.s3a.S3AFileSystem"
CONNECTORS = {"s3": S3A, "gs": "com.google.cloud.hadoop.fs.gcs.GoogleHadoopFileSystem"}
"""By scheme, the class that reads it."""
ENDPOINT = ("endpoint", "aws_endpoint", "aws_endpoint_url", "endpoint_url", "aws_endpoint_url_s3")
REGION = ("region", "aws_region", "default_region", "aws_default_region")
"""The names of the storage's settings, which in upper case are variables of the environment."""


def open_bucket(session: SparkSession, lake: Storage) -> None:
    """Configures a session for the bucket of a lake; does nothing for a folder.

    Args:
        session: used by this run only.
        lake: the storage of the lake.

    Raises:
        UsageError: if Spark has no connector for the bucket.
    """
    scheme, separator, path = lake.url.partition("://")
    if not separator:
        return
    hadoop: Any = session.sparkContext._jsc.hadoopConfiguration()  # noqa: SLF001
    connector = hadoop.get(f"fs.{scheme}.impl")
    if connector is None:
        connector = CONNECTORS[scheme]
        session.conf.set(f"fs.{scheme}.impl", connector)
    if hadoop.getClassByNameOrNull(connector) is None:
        raise UsageError(
            f"Spark cannot read {scheme}://: its installation lacks {connector}",
            hint="name its jars in the setting spark_jars; docs/spark.md lists them",
        )
    # each file costs requests, which are better made side by side: Spark's own default
    session.conf.set("spark.sql.sources.parallelPartitionDiscovery.threshold", "32")
    if connector == S3A:
        prefix = f"fs.s3a.bucket.{path.partition('/')[0]}."
        for name, value in _s3a_settings(lake.options).items():
            if not any(_is_said(hadoop, f"{one}{name}") for one in ("fs.s3a.", prefix)):
                session.conf.set(f"{prefix}{name}", value)
                if name == "endpoint":  # few stores but Amazon's have a host name for each bucket
                    session.conf.set(f"{prefix}path.style.access", "true")


def _is_said(hadoop: Any, name: str) -> bool:
    """Whether a configuration has a value, and not only since Spark took it from a variable."""
    sources = hadoop.getPropertySources(name) or ()
    return hadoop.get(name) is not None and not any("from AWS_" in source for source in sources)


def _s3a_settings(options: Mapping[str, str]) -> dict[str, str]:
    """Where the store is, as our own client is told it."""
    found = {"endpoint": _first(options, ENDPOINT), "endpoint.region": _first(options, REGION)}
    return {name: value for name, value in found.items() if value}


def _first(options: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    """A setting of the storage, or else of the environment."""
    variables = (os.environ.get(name.upper()) for name in names if name.startswith("aws_"))
    settings = (options.get(name) for name in names)
    return next((value for value in (*settings, *variables) if value), None)
