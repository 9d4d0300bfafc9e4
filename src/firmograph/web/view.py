"""What a page is asked for, and what it answers."""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

from firmograph.engine.duckdb.stop import Stop
from firmograph.errors import FirmographError, UsageError
from firmograph.project import Project
from firmograph.queries.session import Row, Session
from firmograph.web.snapshots import Snapshots

MOST_DIGITS = 15
"""How many digits a whole number of an address has at most."""


class Missing(FirmographError):  # noqa: N818 - what is missing is a page, not an error's cause
    """There is nothing of this name."""


@dataclass(frozen=True)
class Options:
    """How the UI was started.

    Attributes:
        allows_changes: whether pages offer changes.
        snapshot_id: the snapshot shown where an address names none; None for the newest.
    """

    allows_changes: bool = False
    snapshot_id: int | None = None


@dataclass(frozen=True)
class Links:
    """Addresses of pages, all of one snapshot.

    Attributes:
        at: the snapshot in the address of the page; None for the newest.
    """

    at: int | None = None

    def __call__(self, path: str, /, **parameters: object) -> str:
        """The address of a page; parameters that are None are left out."""
        if self.at is not None:
            parameters.setdefault("at", self.at)
        given = [(name, str(value)) for name, value in parameters.items() if value is not None]
        return quote(path) + (f"?{urlencode(given)}" if given else "")


@dataclass
class View:
    """A request for a page of a snapshot.

    Attributes:
        session: the snapshot.
        snapshots: all of them.
        project: the settings in force.
        links: addresses of pages of the same snapshot.
        path: of the page, without the ending of a format.
        query: the parameters of the address.
        places: the parts of the path that vary, by name.
        form: the format that is asked for: ``html``, ``json`` or ``csv``.
        allows_changes: whether pages offer changes.
        fields: the fields of a form that was sent.
        stop: ends the user's queries when the browser goes away.
        held: what is kept open until the answer was sent.
    """

    session: Session
    snapshots: Snapshots
    project: Project
    links: Links
    path: str
    query: Mapping[str, str]
    places: Mapping[str, Any]
    form: str = "html"
    allows_changes: bool = False
    fields: Mapping[str, list[str]] = field(default_factory=dict)
    stop: Stop = field(default_factory=Stop)
    held: ExitStack = field(default_factory=ExitStack)

    @property
    def wants_data(self) -> bool:
        """Whether a program asks, rather than a browser that can wait for a part of a page."""
        return self.form != "html"

    @cached_property
    def newer(self) -> int | None:
        """The newest snapshot, if the page shows an older one."""
        newest = self.snapshots.newest
        return newest if newest > self.session.snapshot_id else None

    @property
    def without_snapshot(self) -> str:
        """The address of this page in the newest snapshot."""
        return Links()(self.path, **self.query)

    def whole(self, name: str, default: int, least: int = 0) -> int:
        """A parameter that is a whole number.

        Raises:
            UsageError: if it is not, or less than allowed.
        """
        return whole(self.query, name, default, least)

    def here(self, **changed: object) -> str:
        """The address of this page with other parameters; None leaves one out."""
        return self.links(self.path, **{**self.query, **changed})

    def twin(self, form: str) -> str:
        """The address of the same in another format, ``json`` or ``csv``."""
        return self.links(f"{self.path.rstrip('/') or '/overview'}.{form}", **self.query)


def whole(query: Mapping[str, str], name: str, default: int, least: int = 0) -> int:
    """A parameter that is a whole number; see `View.whole`."""
    text = query.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS and int(text) >= least):
        raise UsageError(
            f"{name} is {text[:40]!r}; allowed are whole numbers from {least}",
            hint="correct it in the address, or follow a link",
        )
    return int(text)


@dataclass(frozen=True)
class Answer:
    """What a page answers.

    Attributes:
        template: renders it as a page.
        data: the names in the template; as they are, the page's ``.json``.
        rows: those of its ``.csv``; None if it has none.
        columns: of the rows; those of the first one if empty.
        status: of the response.
        content: answered as it is instead of the page, if it is not None.
        media_type: of the content.
        is_lasting: whether the content is the same for good at this address.
    """

    template: str
    data: Mapping[str, Any]
    rows: Iterable[Row] | None = None
    columns: tuple[str, ...] = ()
    status: int = 200
    content: bytes | None = None
    media_type: str = "application/octet-stream"
    is_lasting: bool = False
