"""The pages of one snapshot as files, to be handed around or published from a bucket."""

import re
import shutil
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from posixpath import relpath
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec
from starlette.routing import compile_path

from firmograph.errors import UsageError
from firmograph.project import Project
from firmograph.queries import refusals, runs
from firmograph.queries.companies import PAGE_ROWS, Search, find_companies, list_companies
from firmograph.queries.families import find_family
from firmograph.queries.names import FAMILIES
from firmograph.queries.session import Session
from firmograph.web import rendering
from firmograph.web.pages import PAGES, SECTIONS, Page
from firmograph.web.snapshots import Snapshots
from firmograph.web.view import Links, View

MARK = ".firmograph-export"
"""A file that tells that a folder was written by an export, and may be replaced."""
WHOLE = ("/", "/quarantine", "/runs", "/tables", "/drift", "/dashboards", "/dictionary")
"""Pages that are written as they are."""
MOST_REFUSALS, MOST_RUNS = 200, 100
MOST_PAINTED = 10_000
"""How many members a tree has at most for its picture to be in its page, some 60 bytes each."""
_LINK = re.compile(r'(\shref|\saction|\ssrc)="([^"]*)"')
_LIVE = re.compile(r'\shx-[\w:-]+="[^"]*"')


@dataclass(frozen=True)
class Exported:
    """What an export wrote.

    Attributes:
        snapshot_id: of the snapshot.
        pages: how many.
        companies: how many companies have a page.
        all_companies: how many there are.
        families: how many trees have a page.
        all_families: how many there are.
    """

    snapshot_id: int
    pages: int
    companies: int
    all_companies: int
    families: int
    all_families: int


def export(
    make_project: Callable[[], Project], folder: Path, snapshot_id: int | None, limit: int
) -> Exported:
    """Writes the pages of a snapshot.

    Args:
        make_project: reads settings and contracts.
        folder: where the files are written; it replaces an earlier export.
        snapshot_id: None for the newest one.
        limit: how many companies, and how many trees, have pages of their own.

    Raises:
        UsageError: if the folder holds anything but an earlier export, or the snapshot is not kept.
        LakeError: if the lake cannot be read.
    """
    check_is_free(folder)
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    snapshots = Snapshots(make_project)
    try:
        with snapshots.session(snapshot_id) as session:
            writer = _Writer(session, snapshots, make_project(), partial, limit)
            exported = writer.write()
    finally:
        snapshots.close()
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)
    return exported


def check_is_free(folder: Path) -> None:
    """Checks that a folder is not there, is empty, or holds an earlier export.

    Raises:
        UsageError: if it holds something else.
    """
    is_other = folder.exists() and not folder.is_dir()
    if is_other or (folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).exists()):
        raise UsageError(
            f"{folder} holds something that no export wrote",
            hint="name a new folder; an export replaces only an earlier one",
        )


class _Writer:
    """Writes the pages of one session into a folder."""

    def __init__(
        self,
        session: Session,
        snapshots: Snapshots,
        project: Project,
        folder: Path,
        limit: int,
    ) -> None:
        self._session, self._snapshots, self._project = session, snapshots, project
        self._folder, self._limit = folder, limit
        self._companies = list_companies(session, Search(), page_rows=limit)
        self._count = find_companies(session, Search()).count
        trees = _trees(session)
        self._trees, self._tree_count = trees[:limit], len(trees)
        self._files = {address: file_of(address) for address in self._addresses()}

    def write(self) -> Exported:
        """Writes all pages and what they load."""
        for address, name in self._files.items():
            self._put(name, self._rewritten(self._render(address), name).encode())
        for name, content in _assets(resources.files("firmograph.web") / "static"):
            self._put(f"static/{name}", content)
        self._put(MARK, b"")
        return Exported(
            self._session.snapshot_id,
            len(self._files),
            len(self._companies),
            self._count,
            len(self._trees),
            self._tree_count,
        )

    def _addresses(self) -> Iterator[str]:
        """The address of each page that is written."""
        yield from WHOLE
        yield "/companies"
        for number in range(2, -(-len(self._companies) // PAGE_ROWS) + 1):
            yield f"/companies?page={number}"
        yield from (f"/company/{row['duns']}" for row in self._companies)
        yield from (f"/family/{duns}" for duns in self._trees)
        yield from (f"/tables/{name}" for name in self._session.tables)
        yield from (f"/runs/{row['run_id']}" for row in runs.list_runs(self._session, 1, MOST_RUNS))
        cases = refusals.list_cases(self._session, page_rows=MOST_REFUSALS)
        yield from dict.fromkeys(f"/quarantine/{case['document_id']}" for case in cases)

    def _render(self, address: str) -> str:
        parts = urlsplit(address)
        page, places = _page_at(parts.path)
        query = dict(parse_qsl(parts.query)) | ({"measure": "1"} if page.path == "/drift" else {})
        links = Links(None)
        view = View(self._session, self._snapshots, self._project, links, parts.path, query, places)
        answer = page.handle(view)
        names = {**answer.data, "view": view, "link": links, "page": page, "sections": SECTIONS}
        names |= {"exported": self._told, "painted": None}
        if page.path == "/family/{duns}":
            names["painted"] = _painted(self._session, places["duns"])
        return rendering.page(answer.template, names)

    @property
    def _told(self) -> dict[str, Any]:
        """What each page says of the export."""
        return {
            "at": datetime.now(UTC),
            "companies": len(self._companies),
            "all_companies": self._count,
            "families": len(self._trees),
            "all_families": self._tree_count,
            "most_painted": MOST_PAINTED,
        }

    def _rewritten(self, html: str, name: str) -> str:
        """A page whose links lead to files; a link to what is not written is only text."""

        def replaced(found: re.Match[str]) -> str:
            attribute, address = found[1], found[2].replace("&amp;", "&")
            if not address.startswith("/"):
                return found[0]
            target = self._target(address)
            return "" if target is None else f'{attribute}="{_relative(target, name)}"'

        return _LINK.sub(replaced, _LIVE.sub("", html))

    def _target(self, address: str) -> str | None:
        """The file that an address of the server leads to; None if there is none."""
        parts = urlsplit(address)
        if parts.path.startswith("/static/"):
            return parts.path[1:]
        given = {name: value for name, value in parse_qsl(parts.query) if name != "at"}
        if parts.path.startswith(("/company/", "/family/")):
            given = {}
        if given.keys() - {"page"}:
            return None
        page = given.get("page", "1")
        plain = unquote(parts.path) + (f"?page={page}" if page != "1" else "")
        target = self._files.get(plain)
        return target and target + (f"#{parts.fragment}" if parts.fragment else "")

    def _put(self, name: str, content: bytes) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _painted(session: Session, global_duns: str) -> dict[str, str] | None:
    """What paints a tree without the server: its bytes, and the names; None if it is too large."""
    family = find_family(session, global_duns)
    if family is None or len(family) > MOST_PAINTED:
        return None
    shown = family.members.select(["name", "country"]).to_pylist()
    names = msgspec.json.encode([[one["name"], one["country"]] for one in shown]).decode()
    return {"content": b64encode(family.icicle.content).decode(), "names": names}


def file_of(address: str) -> str:
    """The file of a page, relative to the folder."""
    parts = urlsplit(address)
    page = dict(parse_qsl(parts.query)).get("page")
    return (parts.path.strip("/") or "index") + (f"-{page}" if page else "") + ".html"


def _relative(target: str, source: str) -> str:
    """A file as seen from another one, both relative to the folder."""
    path, mark, fragment = target.partition("#")
    return relpath(path, str(Path(source).parent)) + mark + fragment


def _page_at(path: str) -> tuple[Page, dict[str, Any]]:
    """The page at a path, and the parts of the path that vary."""
    for page in PAGES:
        pattern, _, kinds = compile_path(page.path)
        if found := pattern.match(path):
            places = {n: kinds[n].convert(text) for n, text in found.groupdict().items()}
            return page, places
    raise LookupError(path)


def _trees(session: Session) -> list[str]:
    if "global_duns" not in session.columns(FAMILIES):
        return []
    rows = session.rows(f"SELECT global_duns FROM {FAMILIES} ORDER BY global_duns", [FAMILIES])
    return [row["global_duns"] for row in rows]


def _assets(folder: Traversable, before: str = "") -> Iterator[tuple[str, bytes]]:
    """The files that pages load, without what only works with the server."""
    for entry in folder.iterdir():
        if entry.is_dir():
            if entry.name != "vendor":
                yield from _assets(entry, f"{before}{entry.name}/")
        else:
            yield before + entry.name, entry.read_bytes()
