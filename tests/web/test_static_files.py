"""What the browser loads is in the package, and is what the list of third-party files says."""

import hashlib
import re
from pathlib import Path

STATIC = Path(__file__).parents[2] / "src" / "firmograph" / "web" / "static"
TEMPLATES = STATIC.parent / "templates"


def test_third_party_files_are_those_that_are_listed() -> None:
    listed = dict(
        re.findall(
            r"^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|$",
            (STATIC / "vendor" / "README.md").read_text("utf-8"),
            re.MULTILINE,
        )
    )
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (STATIC / "vendor").iterdir()
        if path.name != "README.md"
    }
    assert found == listed
    assert "htmx.min.js" in found


def test_no_page_asks_another_origin() -> None:
    sources = [*TEMPLATES.glob("*.html"), *STATIC.glob("*.css"), *STATIC.glob("*.js")]
    assert len(sources) > 10
    for path in sources:
        found = set(re.findall(r"(?:https?:)?//[a-z][\w.-]+", path.read_text("utf-8")))
        assert found <= {"http://www.w3.org"}, path.name


def test_no_template_has_script_or_style_of_its_own() -> None:
    for path in TEMPLATES.glob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! src=)|\|\s*safe\b", text), path
