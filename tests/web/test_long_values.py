"""Long values without a space fold within their column, on wide and on narrow screens."""

from collections.abc import Iterator

import pytest
from conftest import Project as Fresh
from documents import member, organization, response, tree_page
from journeys import Visit, launched, serving, visiting

LONG = "L" * 300
TALLEST = "(where) => Math.max(...[...document.querySelectorAll(where)].map((o) => o.offsetHeight))"


@pytest.fixture
def visit(project: Fresh) -> Iterator[Visit]:
    """At a company whose name and country are long, and which is in a tree."""
    country = {"addressCountry": {"name": LONG, "isoAlpha2Code": "CH"}}
    company = organization("100000002", LONG, primaryAddress=country)
    project.drop("long_data_blocks_20260301.json", response(company))
    members = [
        member("100000001"),
        member("100000002", "100000001", 2, primaryName=LONG, primaryAddress=country),
    ]
    project.drop("long_family_tree_20260301.json", tree_page("100000001", members))
    project.run()
    with (
        launched() as browser,
        serving(project.root) as address,
        visiting(browser, address) as visit,
    ):
        yield visit


def test_long_values_fold(visit: Visit) -> None:
    for width in (1280, 768, 380):
        visit.page.set_viewport_size({"width": width, "height": 900})
        for path, where in (
            ("/company/100000002", "table.values tr"),
            ("/family/100000001", ".entry"),
        ):
            visit.go(path)
            assert visit.page.evaluate("document.documentElement.scrollWidth") <= width, path
            assert visit.page.evaluate(TALLEST, where) < 500, (path, width)
