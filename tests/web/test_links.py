"""Every link of every page leads somewhere."""

import re

from browsing import links_of
from starlette.testclient import TestClient


def test_every_link_of_every_page_leads_somewhere(client: TestClient) -> None:
    seen, left = set[str](), {"/"}
    while left:
        path = left.pop()
        seen.add(path)
        found = client.get(path)
        assert found.status_code == 200, path
        if found.headers["content-type"].startswith("text/html") and len(seen) < 150:
            pages = {link for link in links_of(found.text) if link.startswith("/")}
            # facets and queries multiply
            left |= {one for one in pages if len(re.findall(r"[?&]", one)) < 2} - seen
    assert len(seen) > 100
