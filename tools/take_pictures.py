"""Takes the pictures of docs/ui.md: pages of a lake of the examples, in Chromium."""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PAGES = {
    "overview": "/",
    "family": "/family/007314629?focus=316604985",
    "company": "/company/007314629",
    "quarantine": "/quarantine/d09edd88e9ab",
    "dashboards": "/dashboards",
}
PROGRAM = [sys.executable, "-m", "firmograph"]


@contextmanager
def serving(root: Path) -> Iterator[str]:
    """The address of the pages of a root folder."""
    line = [*PROGRAM, "ui", "--root", str(root), "--port", "0", "--no-browser"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None  # noqa: S101 - it is a pipe
            found = re.match(r"http://\S+", server.stdout.readline())
            if found is None:
                sys.exit("`firmograph ui` printed no address")
            yield found[0]
        finally:
            server.terminate()


def main() -> None:
    """Publishes the examples in a temporary folder and takes a picture of each page."""
    browser_path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser_path is None:
        sys.exit("no Chromium is here; install it, as in `apt-get install chromium`")
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        shutil.copytree(ROOT / "examples" / "uploads", root / "workingArea" / "uploads")
        subprocess.run([*PROGRAM, "run", "--root", folder], check=False, capture_output=True)
        with serving(root) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=browser_path, args=["--no-sandbox"]
            )
            page = browser.new_page(
                viewport={"width": 1180, "height": 760}, timezone_id="UTC", locale="en-GB"
            )
            page.goto(address)
            for name, path in PAGES.items():
                page.goto(address.partition("/?")[0] + path)
                page.wait_for_load_state("networkidle")
                page.screenshot(path=PICTURES / f"{name}.png")
                print(f"took docs/pictures/{name}.png")
            browser.close()


if __name__ == "__main__":
    main()
