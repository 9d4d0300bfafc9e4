"""What the tests of the family pages share."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from conftest import Project
from documents import Json, member, tree_page
from starlette.testclient import TestClient

from firmograph.project import Project as OpenedProject
from firmograph.web.app import create_app
from firmograph.web.view import Options

ROOT = "100000001"


def small_tree() -> list[Json]:
    """The root owns Zürich and Berlin; Zürich owns a branch; an orphan; two own each other."""
    branch: Json = {
        "parent": {"duns": "100000002"},
        "hierarchyLevel": 3,
        "familytreeRolesPlayed": [{"dnbCode": 9140}],
    }
    swiss = {"addressCountry": {"name": "Switzerland", "isoAlpha2Code": "CH"}}
    german = {"addressCountry": {"name": "Germany", "isoAlpha2Code": "DE"}}
    return [
        member(ROOT, primaryName="<script>alert(1)</script> & Söhne", primaryAddress=swiss),
        member("100000002", ROOT, 2, primaryName="Zürich Cocoa", primaryAddress=swiss),
        member("100000003", ROOT, 2, primaryName="Berlin Cocoa", primaryAddress=german),
        {"duns": "100000004", "primaryName": "Depot", "corporateLinkage": branch},
        member("100000005", "999999999", 2, primaryName="Lost & Found"),
        member("100000007", "100000006", 2, primaryName="Heads"),
        member("100000006", "100000007", 2, primaryName="Tails"),
    ]


@contextmanager
def browsing(project: Project, members: list[Json], **more: Any) -> Iterator[TestClient]:
    """Loads a tree, and opens the UI over it."""
    project.drop("alpine_family_tree_20260301.json", tree_page(ROOT, members, **more))
    project.run()
    with TestClient(create_app(lambda: OpenedProject(project.root), Options())) as client:
        yield client
