"""Writes the generated pages of docs/ and what deploy/ has of the tables' columns.

They come from contracts, settings, commands, rules and records.

`--check` writes nothing and fails where a page is not current.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from pages import bigquery, lookml, quicksight
from pages.answers import answers_schema
from pages.commands import commands_page
from pages.decisions import BadRecord, decisions_page
from pages.rules import rules_page
from pages.settings import settings_page
from pages.tables import tables_page

DOCS = Path(__file__).parents[1] / "docs"
GOOGLE = DOCS.parent / "deploy" / "google" / "modules"
AWS = DOCS.parent / "deploy" / "aws" / "modules"


def pages() -> dict[Path, Iterator[str]]:
    """The lines of each generated page, by its file."""
    return {
        DOCS / "tables.md": tables_page(),
        DOCS / "settings.md": settings_page(),
        DOCS / "cli.md": commands_page(),
        DOCS / "answers.schema.json": answers_schema(),
        DOCS / "quarantine.md": rules_page(),
        DOCS / "decisions" / "README.md": decisions_page(DOCS / "decisions"),
        GOOGLE / "dashboards" / "lookml" / "manifest.lkml": lookml.manifest(),
        GOOGLE / "dashboards" / "lookml" / "firmograph.view.lkml": lookml.view_file(),
        GOOGLE / "dashboards" / "lookml" / "firmograph.model.lkml": lookml.model_file(),
        GOOGLE / "dashboards" / "lookml" / "firmograph.dashboard.lookml": lookml.dashboard_file(),
        GOOGLE / "warehouse" / "tables.json": bigquery.tables(),
        AWS / "dashboards" / "data_sets.json": quicksight.data_sets(),
        AWS / "dashboards" / "bars.json": quicksight.bars(),
    }


def main(*, check: bool) -> int:
    """Writes or checks the pages; returns how many were not current."""
    stale = 0
    for path, lines in pages().items():
        text = "\n".join(lines) + "\n"
        if path.exists() and path.read_text("utf-8") == text:
            continue
        stale += 1
        name = path.relative_to(DOCS.parent)
        if check:
            print(f"{name} is not current; run `make docs`")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            print(f"wrote {name}")
    return stale if check else 0


if __name__ == "__main__":
    try:
        sys.exit(main(check="--check" in sys.argv))
    except BadRecord as error:
        sys.exit(f"docs/decisions: {error}")
