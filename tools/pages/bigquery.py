"""The tables that the Terraform module registers with BigQuery, with the zone of each."""

import json
from collections.abc import Iterator

from pages.lookml import views
from pages.tables import MARTS


def tables() -> Iterator[str]:
    """The lines of a JSON object: the zone of each table, by name."""
    zones = {view.name: "app" if view.name in MARTS else "dw" for view in views()}
    yield from json.dumps(zones, indent=2).splitlines()
