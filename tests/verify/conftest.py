"""A lake with a history, created once, and copies of it to tamper with."""

from pathlib import Path

import pytest
from conftest import Project

from verify.lakes import copy_project, live_through


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a history, only read."""
    project = Project(tmp_path_factory.mktemp("lived"))
    live_through(project)
    return project


@pytest.fixture
def lake(lived: Project, tmp_path: Path) -> Project:
    """A copy of it."""
    return copy_project(lived, tmp_path)
