"""A lake of the examples, published once and only read."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import browsing
from conftest import Once
from starlette.testclient import TestClient

from firmograph.project import Project

EXAMPLES = Path(__file__).parents[2] / "examples" / "uploads"


def publish_examples(root: Path) -> None:
    """Publishes the examples in a root folder."""
    shutil.copytree(EXAMPLES, root / "workingArea" / "uploads")
    Project(root).run()


@pytest.fixture(scope="session")
def examples(once: Once) -> Path:
    """The root folder of a lake of the examples; it is not to be changed."""
    return once("examples-lake", publish_examples)


@pytest.fixture
def own_examples(examples: Path, tmp_path: Path) -> Path:
    """A lake of the examples that may be changed."""
    root = tmp_path / "examples"
    shutil.copytree(examples, root)
    return root


@pytest.fixture
def client(examples: Path) -> Iterator[TestClient]:
    """At the pages of the examples."""
    with browsing(examples) as client:
        yield client
