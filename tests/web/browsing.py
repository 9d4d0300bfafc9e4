"""Asks the pages of a project without a browser."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from firmograph.project import Project
from firmograph.web.app import create_app
from firmograph.web.guard import Guard
from firmograph.web.view import Options

TOKEN, PORT = "the-token", 8417
ORIGIN = f"http://127.0.0.1:{PORT}"
SAME = {"Sec-Fetch-Site": "same-origin", "Origin": ORIGIN}
"""The headers that a browser adds to a form of a page of its own."""


@contextmanager
def browsing(
    root: Path,
    *,
    allows_changes: bool = False,
    settings: Mapping[str, Any] | None = None,
    **options: Any,
) -> Iterator[TestClient]:
    """A client that has the cookie, at the pages of a project."""
    app = create_app(
        lambda: Project(root, **(settings or {})), Options(allows_changes=allows_changes, **options)
    )
    guard = Guard(app, TOKEN, PORT, allows_changes)
    with TestClient(guard, base_url=ORIGIN, raise_server_exceptions=False) as client:
        client.get("/", params={"token": TOKEN})
        yield client


class _Text(HTMLParser):
    """Collects what a reader sees."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        if tag not in ("b", "bdi", "mark", "code", "wbr"):
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def text_of(html: str) -> str:
    """The text of a page's main part, its white space folded."""
    main = html[html.index("<main") : html.index("</main>")]
    parser = _Text()
    parser.feed(main)
    return re.sub(r"\s+", " ", "".join(parser.parts)).strip()


def links_of(html: str) -> set[str]:
    """The addresses that a page leads to."""
    return {found.replace("&amp;", "&") for found in re.findall(r'href="([^"#][^"]*)"', html)}
