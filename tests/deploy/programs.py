"""Programs that read deploy/: those of `.venv-deploy`, and those of the machine."""

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def tool(name: str, lack: str, *, installed_by_us: bool) -> str:
    """The path of a program; without it the test is skipped, or failed where CI is true."""
    found = shutil.which(name, path=f"{ROOT / '.venv-deploy' / 'bin'}:{os.environ['PATH']}")
    if found is None:
        if installed_by_us and os.environ.get("CI") == "true":
            pytest.fail(lack, pytrace=False)
        pytest.skip(lack)
    return found
