"""docs/settings.md, from the settings."""

import json
from collections.abc import Iterator

from firmograph.settings import SECTIONS, Settings, describe
from pages import markdown


def settings_page() -> Iterator[str]:
    """The lines of the page."""
    yield "# Settings"
    yield markdown.note("src/firmograph/settings/declared.py")
    yield (
        "\nEach place overrides those before it: the default, `firmograph.toml` in the root "
        "folder, the environment (`FIRMOGRAPH_<NAME>`), `--set NAME=VALUE`. "
        "`firmograph settings` prints each value and where it came from. The root folder itself is "
        "`--root`, else `FIRMOGRAPH_ROOT`, else the current folder.\n\n"
        "In `firmograph.toml` a setting stands in its section, or above the first section."
    )
    defaults, meanings = Settings(), describe()
    for section, names in SECTIONS.items():
        yield f"\n## [{section}]\n"
        yield from markdown.table(
            ("setting", "default", "meaning"),
            [(name, f"`{_shown(getattr(defaults, name))}`", meanings[name]) for name in names],
        )


def _shown(value: object) -> str:
    """A default as it is written in the settings file; texts without quotes."""
    return value if isinstance(value, str) else json.dumps(value)
