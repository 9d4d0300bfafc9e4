"""What tests share: a project in a temporary folder, and documents made up for them."""

import gzip
import importlib.util
import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from filelock import FileLock
from hypothesis import settings
from listening import listen  # noqa: F401 - a fixture
from published import rows
from servers import Servers, bucket, lead_to, make_bucket, servers  # noqa: F401 - fixtures
from slow import pytest_collection_modifyitems  # noqa: F401 - a hook

from firmograph.contract.model import Contract
from firmograph.contract.registry import load_contracts
from firmograph.engine.base import SparkOptions
from firmograph.pipeline.rebuild import rebuild
from firmograph.pipeline.report import Folders, Limits, Report
from firmograph.pipeline.run import run
from firmograph.storage.local import LocalStorage

Json = dict[str, Any]


FIGURES: pytest.StashKey[list[tuple[str, int | str]]] = pytest.StashKey()


def pytest_configure(config: pytest.Config) -> None:
    """Makes room for the figures that tests report, and fixes what properties are tried on."""
    config.stash[FIGURES] = []
    settings.register_profile("same-examples", derandomize=True, deadline=None)
    settings.load_profile("same-examples")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hands a worker's figures to the process that prints them."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["figures"] = session.config.stash[FIGURES]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Takes a worker's figures."""
    node.config.stash[FIGURES] += getattr(node, "workeroutput", {}).get("figures", [])


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Prints the figures, for docs/reliability.md."""
    counts: Counter[str] = Counter()
    for name, value in config.stash[FIGURES]:
        if isinstance(value, int):
            counts[name] += value
        else:
            terminalreporter.write_line(f"figure: {name}: {value}")
    for name, count in counts.items():
        terminalreporter.write_line(f"figure: {name}: {count}")


@pytest.fixture(scope="session")
def figure(pytestconfig: pytest.Config) -> Callable[[str, int | str], None]:
    """Reports a figure at the end of the tests; counts of one name are added up."""

    def report(name: str, value: int | str) -> None:
        pytestconfig.stash[FIGURES].append((name, value))

    return report


Once = Callable[[str, Callable[[Path], None]], Path]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Fills a folder once for all workers: the first that asks fills it, the others wait.

    The folder is to be read or copied, never changed.
    """
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent

    def make(name: str, fill: Callable[[Path], None]) -> Path:
        folder, partial = root / f"once-{name}", root / f"once-{name}.partial"
        with FileLock(root / f"once-{name}.lock"):
            if not folder.exists():
                shutil.rmtree(partial, ignore_errors=True)
                partial.mkdir()
                fill(partial)
                partial.rename(folder)
        return folder

    return make


SPARK = pytest.param("spark", marks=pytest.mark.spark)
ENGINES = ("embedded", SPARK)
"""For tests that are to hold on every engine; they ask for the fixture `choice`."""
SPARK_JARS = Path(sys.prefix) / "jars"
"""Where `make test-spark` puts them."""
SPARK_CONF = {
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.driver.memory": "1g",
}
"""Rows are few and most queries run once: planning and compiling take longer than running them."""


def absent() -> str | None:
    """What the Spark tests lack here."""
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        return "no JDK"
    if importlib.util.find_spec("pyspark") is None:
        return "no PySpark: `make test-spark` installs it"
    return None


@pytest.fixture(scope="session")
def spark(
    tmp_path_factory: pytest.TempPathFactory,
    servers: Servers,  # noqa: F811
) -> Iterator[SparkOptions]:
    """One Spark for all tests; a skipped Spark test is a failure where CI is true."""
    if reason := absent():
        if os.environ.get("CI") == "true":
            pytest.fail(f"Spark tests cannot run: {reason}", pytrace=False)
        pytest.skip(f"Spark tests cannot run: {reason}")
    from firmograph.engine.spark.session import open_session

    choice = SparkOptions(master="local[2]", conf=SPARK_CONF, jars=(str(SPARK_JARS),))
    with pytest.MonkeyPatch.context() as patch:
        if servers.has("versitygw"):  # tasks keep the environment that Spark is started with
            lead_to(servers.get("versitygw").address, patch)
        session, _ = open_session(choice, tmp_path_factory.mktemp("spark"))
    yield SparkOptions(session=session, publish_bytes=0)
    session.stop()


@pytest.fixture
def choice(request: pytest.FixtureRequest) -> SparkOptions | None:
    """Where a test that is parametrized by `ENGINES` runs."""
    found: SparkOptions | None = None
    if request.param == "spark":
        found = request.getfixturevalue("spark")
    return found


class Paths(NamedTuple):
    """The folders of a project as paths, which is what tests look into."""

    root: Path
    uploads: Path
    processed: Path
    quarantined: Path
    lake: Path
    marts: Path


def as_upload(name: str, content: Any) -> bytes:
    """The bytes of an upload: bytes as they are, text as UTF-8, anything else as JSON."""
    if isinstance(content, str):
        return content.encode()
    if isinstance(content, bytes):
        return content
    text = json.dumps(content, ensure_ascii=False).encode()
    return gzip.compress(text, mtime=0) if name.endswith(".gz") else text


class Project:
    """A root folder with uploads and a lake, and the few things tests do with it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        work = root / "workingArea"
        self.folders = Paths(
            root=root,
            uploads=work / "uploads",
            processed=work / "processedFiles",
            quarantined=work / "quarantinedFiles",
            lake=root / "datasets",
            marts=root / "marts",
        )
        self.limits = Limits(max_document_bytes=1 << 28, memory_limit="1GB")
        self.contracts: dict[str, Contract] = load_contracts()
        self.folders.uploads.mkdir(parents=True, exist_ok=True)

    @property
    def storages(self) -> Folders:
        """The folders as the program takes them."""
        paths = self.folders
        return Folders(
            root=paths.root,
            uploads=LocalStorage(paths.uploads),
            processed=LocalStorage(paths.processed),
            quarantined=LocalStorage(paths.quarantined),
            lake=LocalStorage(paths.lake),
            marts=paths.marts,
        )

    def on(self, spark: SparkOptions | None) -> "Project":
        """From now on the project is worked on with Spark, or without."""
        self.limits = replace(self.limits, spark=spark)
        return self

    def drop(self, name: str, content: Any) -> Path:
        """Writes an upload; see `as_upload`."""
        path = self.folders.uploads / name
        path.write_bytes(as_upload(name, content))
        return path

    def waiting(self) -> list[str]:
        """Names of the files in the uploads, sorted."""
        return sorted(entry.name for entry in self.storages.uploads.files())

    def run(self) -> Report:
        """Runs the pipeline in this process."""
        return run(self.storages, self.limits, self.contracts)

    def rebuild(self) -> Report:
        """Publishes everything in ODS anew."""
        return rebuild(self.storages, self.limits, self.contracts)

    def sql(self, query: str) -> list[Json]:
        """Rows of a query over the last snapshot."""
        return rows(self.folders.lake, query)

    def names(self, folder: Path) -> list[str]:
        """Names of the files in a folder, sorted."""
        return sorted(p.name for p in folder.iterdir() if p.is_file()) if folder.is_dir() else []


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A fresh project."""
    return Project(tmp_path)


@pytest.fixture
def make_project(tmp_path: Path) -> Callable[[str], Project]:
    """Makes further projects side by side, by name."""

    def make(name: str) -> Project:
        return Project(tmp_path / name)

    return make
