"""Every setting, with its default, what is allowed and what it means."""

import json
from typing import Annotated, Any, get_type_hints

import msgspec
from msgspec import Meta

from firmograph.sources.ignored import NOT_DELIVERIES

_Folder = Annotated[str, Meta(min_length=1, extra={"allowed": "the path of a folder"})]

_Place = Annotated[
    str,
    Meta(
        min_length=1,
        extra={"allowed": "the path of a folder, s3://bucket/prefix or gs://bucket/prefix"},
    ),
]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every setting, with its default. Folders are relative to the root folder."""

    uploads: Annotated[_Place, Meta(description="folder or url of the files to ingest")] = (
        "workingArea/uploads"
    )
    processed: Annotated[_Place, Meta(description="folder or url for ingested files")] = (
        "workingArea/processedFiles"
    )
    quarantined: Annotated[
        _Place, Meta(description="folder or url for files that could not be read")
    ] = "workingArea/quarantinedFiles"
    lake: Annotated[_Place, Meta(description="folder or url of the tables")] = "datasets"
    marts: Annotated[
        _Folder, Meta(description="folder of your own marts, one .sql file for each")
    ] = "marts"
    contracts: Annotated[
        _Folder,
        Meta(description="folder of your own contracts, which replace those of the package"),
    ] = "contracts"
    dashboards: Annotated[
        _Folder,
        Meta(description="folder of your own tiles in the browser, one .sql file for each"),
    ] = "dashboards"
    recursive: Annotated[
        bool, Meta(description="whether files in folders of the upload folder are read, too")
    ] = False
    not_deliveries: Annotated[
        list[str],
        Meta(
            description="names of files that are passed over, in archives, too; a * at the end "
            "does not stand for .json and the like"
        ),
    ] = msgspec.field(default_factory=lambda: list(NOT_DELIVERIES))
    settle_seconds: Annotated[
        float,
        Meta(
            ge=0,
            description="how many seconds a file that ends too early must have been unchanged to "
            "be judged; until then it is left for the next run",
        ),
    ] = 60.0
    after: Annotated[
        str,
        Meta(
            pattern="^(move|keep|delete)$",
            description="what becomes of files once they are in ODS: move to `processed`, keep "
            "where they are, or delete",
            extra={"allowed": "move, keep, delete"},
        ),
    ] = "move"
    max_document_bytes: Annotated[
        int, Meta(ge=1024, description="largest document; a file with a larger one is unreadable")
    ] = 268_435_456
    memory_limit: Annotated[
        str,
        Meta(
            pattern=r"^(?=.*[1-9])[0-9]+(\.[0-9]+)? ?(MB|GB|MiB|GiB)$",
            description="memory for queries before they spill to disk, such as 500MB or 2GB",
            extra={"allowed": "a number above 0 with MB, GB, MiB or GiB"},
        ),
    ] = "2GB"
    workers: Annotated[
        int,
        Meta(
            ge=0,
            description="processes that parse ODS, or 64 MB of uploads or more; "
            "0 for one per processor",
        ),
    ] = 0
    wait_seconds: Annotated[
        float,
        Meta(ge=0, description="how many seconds a run waits for another run on the same lake"),
    ] = 0.0
    query_seconds: Annotated[
        float,
        Meta(
            ge=0,
            description="longest time that `sql`, or one mart of the embedded engine, may take; "
            "0 for any",
        ),
    ] = 0.0
    engine: Annotated[
        str,
        Meta(
            pattern="^(embedded|spark)$",
            description="engine of runs and rebuilds: embedded (this machine) or spark",
            extra={"allowed": "embedded, spark"},
        ),
    ] = "embedded"
    spark_master: Annotated[
        str,
        Meta(
            description="Spark's master, such as local[4]; if empty, that of spark-submit, else "
            "this machine"
        ),
    ] = ""
    spark_conf: Annotated[
        list[Annotated[str, Meta(pattern="^[^=]+=")]],
        Meta(
            description="further Spark configuration, each as NAME=VALUE",
            extra={"allowed": "NAME=VALUE, as in spark.executor.memory=8g"},
        ),
    ] = []
    spark_jars: Annotated[
        list[str],
        Meta(
            description="further jars for Spark, or folders that hold them, such as those that "
            "read S3"
        ),
    ] = []
    spark_publish_bytes: Annotated[
        int,
        Meta(
            ge=0,
            description="size of staged rows and tables together from which a run is published on "
            "Spark; anything smaller by the driver alone; 0 for always on Spark",
        ),
    ] = 1 << 30
    snapshots_kept: Annotated[
        int,
        Meta(ge=1, description="how many snapshots can be rolled back to and survive a vacuum"),
    ] = 30
    spill: Annotated[
        _Folder,
        Meta(
            description="folder of this machine for what does not fit into memory, where the lake "
            "is in a bucket"
        ),
    ] = ".spill"
    replica: Annotated[
        bool,
        Meta(
            description="whether the lake is a copy that replication writes: it is only read, at "
            "its newest whole snapshot"
        ),
    ] = False
    lease_seconds: Annotated[
        float,
        Meta(
            ge=5,
            description="how long a lake in a bucket stays locked after its run was killed",
        ),
    ] = 60.0
    log_level: Annotated[
        str,
        Meta(
            pattern="^(debug|info|warning|error)$",
            description="lowest level that is logged",
            extra={"allowed": "debug, info, warning, error"},
        ),
    ] = "info"
    log_format: Annotated[
        str,
        Meta(
            pattern="^(text|json|google)$",
            description="format of the log lines: text, json, or google, which is json with the "
            "names that Cloud Logging knows",
            extra={"allowed": "text, json, google"},
        ),
    ] = "text"
    metrics: Annotated[
        str,
        Meta(
            pattern="^(none|emf|log|otlp|prometheus)$",
            description="where the metrics of each run go: none; emf or log, a line among the log "
            "lines, for CloudWatch or for Cloud Logging; otlp, an OpenTelemetry collector; "
            "prometheus, `metrics_file`",
            extra={"allowed": "none, emf, log, otlp, prometheus"},
        ),
    ] = "none"
    metrics_file: Annotated[
        _Folder,
        Meta(
            description="file that Prometheus's node exporter reads, replaced after each run",
            extra={"allowed": "the path of a file"},
        ),
    ] = "firmograph.prom"


SECTIONS = {
    "paths": ("uploads", "processed", "quarantined", "lake", "marts", "contracts", "dashboards"),
    "deliveries": ("recursive", "not_deliveries", "settle_seconds", "after"),
    "limits": ("max_document_bytes", "memory_limit", "workers", "wait_seconds", "query_seconds"),
    "spark": ("engine", "spark_master", "spark_conf", "spark_jars", "spark_publish_bytes"),
    "storage": ("snapshots_kept", "spill", "replica", "lease_seconds"),
    "logging": ("log_level", "log_format"),
    "monitoring": ("metrics", "metrics_file"),
}
"""The settings of each section of the settings file; a setting may also be above all sections."""


NAMES = Settings.__struct_fields__


def describe() -> dict[str, str]:
    """What each setting means."""
    return {name: next(m.description for m in _metas(name) if m.description) for name in NAMES}


def allowed(name: str) -> str | None:
    """The values that a setting may have, in words; None where its type says it."""
    return next((m.extra["allowed"] for m in reversed(_metas(name)) if m.extra), None)


def type_of(name: str) -> Any:
    """The type of a setting, with what is allowed."""
    return get_type_hints(Settings, include_extras=True)[name]


def _metas(name: str) -> tuple[Meta, ...]:
    found: tuple[Meta, ...] = type_of(name).__metadata__
    return found


def default_file() -> str:
    """A settings file with every default and its meaning."""
    lines = [
        "# Settings of firmograph. Each line shows its default; remove the # to change it.",
        "# The environment (FIRMOGRAPH_<NAME>) and flags (--set name=value) override this file.",
    ]
    defaults, meanings = Settings(), describe()
    for section, names in SECTIONS.items():
        lines += ["", f"[{section}]"]
        for name in names:
            shown = json.dumps(getattr(defaults, name))
            lines += [f"# {meanings[name]}", f"# {name} = {shown}"]
    return "\n".join(lines) + "\n"
