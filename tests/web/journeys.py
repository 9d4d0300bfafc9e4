"""A real browser at the pages of a project."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import uvicorn
from browsing import TOKEN
from playwright.sync_api import Browser, Page, expect, sync_playwright

from firmograph.project import Project
from firmograph.web.app import create_app
from firmograph.web.guard import Guard
from firmograph.web.server import listen
from firmograph.web.view import Options

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SECONDS = 20
"""How long a step of a journey may take."""


def find_browser() -> str:
    """The path of a browser; a test that finds none is a failure where CI is true."""
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    reason = "no Chromium is here; install it, as in `apt-get install chromium`"
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@contextmanager
def launched() -> Iterator[Browser]:
    """A browser of its own."""
    expect.set_options(timeout=SECONDS * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser(), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@contextmanager
def serving(root: Path, *, allows_changes: bool = False) -> Iterator[str]:
    """The address of the pages of a project, with its token, served by a thread."""
    with listen(0) as listener:
        port = listener.getsockname()[1]
        app = create_app(lambda: Project(root), Options(allows_changes=allows_changes))
        guard = Guard(app, TOKEN, port, allows_changes)
        server = uvicorn.Server(uvicorn.Config(guard, log_level="warning", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{port}/?token={TOKEN}"
        finally:
            server.should_exit = True
            thread.join()


class Visit(NamedTuple):
    """A page in the browser, and what the browser complained of."""

    page: Page
    origin: str
    complaints: list[str]

    def go(self, path: str) -> None:
        """Opens a page by its address."""
        self.page.goto(self.origin + path)


@contextmanager
def visiting(browser: Browser, address: str, **context: object) -> Iterator[Visit]:
    """A visit at an address; no other origin may be asked."""
    opened = browser.new_context(viewport={"width": 1280, "height": 900}, **context)
    opened.set_default_timeout(SECONDS * 1000)
    page, complaints = opened.new_page(), list[str]()
    origin = address.partition("/?")[0]

    def note_request(url: str) -> None:
        if not url.startswith((origin, "data:", "blob:")):
            complaints.append(f"another origin was asked: {url}")

    page.on("request", lambda request: note_request(request.url))
    page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
    page.on(
        "console",
        lambda message: message.type == "error" and complaints.append(f"console: {message.text}"),
    )
    page.goto(address)
    yield Visit(page, origin, complaints)
    opened.close()
