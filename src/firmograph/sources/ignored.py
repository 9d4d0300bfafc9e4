"""Names of files that are not deliveries: hidden, unfinished, or named by a setting."""

import fnmatch
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

NOT_DELIVERIES = (
    "README*",
    "LICENSE*",
    "Thumbs.db",
    "desktop.ini",
    ".DS_Store",
    "._*",
    ".directory",
    ".gitkeep",
    ".keep",
    ".gitignore",
    ".gitattributes",
    "__MACOSX",
    "$RECYCLE.BIN",
    "System Volume Information",
    "lost+found",
    "_SUCCESS",
    "~$*",
    "*~",
    "*.crdownload",
    "*.partial",
    "*.filepart",
    "*.swp",
    "*.md5",
    "*.sha1",
    "*.sha256",
)
"""The default of the setting `not_deliveries`."""

_HIDDEN = re.compile(r"\..*|.*\.(?:part|tmp)", re.IGNORECASE | re.DOTALL)


def is_hidden(name: str) -> bool:
    """Whether a file is hidden or still being written: dot files, ``.part``, ``.tmp``."""
    return _HIDDEN.fullmatch(name) is not None


_DELIVERY = r".*\.(?:jsonl?|ndjson|zip)(?:\.gz(?:ip)?)?\Z"


@dataclass(frozen=True)
class NotDeliveries:
    """Files that are passed over, in folders and in archives.

    Attributes:
        patterns: of names, in any case; ``*``, ``?`` and ``[...]`` as in a shell. A ``*`` at the
            end does not stand for an ending of deliveries: ``README*`` is not ``Readme Ltd.json``.
    """

    patterns: tuple[str, ...] = NOT_DELIVERIES

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts = (
            (f"(?!{_DELIVERY})" if pattern.endswith("*") else "") + fnmatch.translate(pattern)
            for pattern in self.patterns
        )
        return re.compile("|".join(parts) or "(?!)", re.IGNORECASE)

    def __contains__(self, name: object, /) -> bool:
        """Whether a pattern matches the name of a file, without folders."""
        return self._pattern.match(str(name)) is not None

    def has_folder(self, name: str) -> bool:
        """Whether a folder is passed over: a hidden one, or one that a pattern names in full."""
        return is_hidden(name) or name.casefold() in map(str.casefold, self.patterns)

    @classmethod
    def of(cls, patterns: Iterable[str]) -> "NotDeliveries":
        """Those of a setting."""
        return cls(tuple(patterns))
