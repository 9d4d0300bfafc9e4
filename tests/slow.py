"""Which tests are slow: `make test` leaves them to `make test-slow`."""

from pathlib import Path

import pytest

LISTED = Path(__file__).with_name("slow.txt")
"""One test function a line, as `tools/list_slow_tests.py` writes them."""
ON_SPARK = "[spark]"
"""Ends the name of a test function in its variant on Spark."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests that are listed as slow, except those that are marked as essential."""
    listed = set(LISTED.read_text("utf-8").split())
    for item in items:
        name = item.nodeid.partition("[")[0]
        if item.get_closest_marker("spark"):
            name += ON_SPARK
        if name in listed and not item.get_closest_marker("essential"):
            item.add_marker("slow")
