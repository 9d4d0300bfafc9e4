"""The application: each page at its address, as HTML, JSON and CSV."""

import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from firmograph.engine.duckdb.stop import Stop
from firmograph.errors import (
    FirmographError,
    LakeBusy,
    LakeError,
    NoLakeError,
    QueryError,
    UsageError,
)
from firmograph.project import Project
from firmograph.web import rendering
from firmograph.web.pages import PAGES, SECTIONS, Page
from firmograph.web.requests import Requests
from firmograph.web.snapshots import Snapshots
from firmograph.web.view import Answer, Links, Missing, Options, View, whole

STATIC = Path(__file__).parent / "static"
FORMATS = ("json", "csv")
FOREVER = "private, max-age=31536000, immutable"
_STATUSES: tuple[tuple[type[Exception], int], ...] = (
    (Missing, 404),
    (UsageError, 400),
    (QueryError, 400),
    (LakeBusy, 409),
    (LakeError, 503),
)
_FIELDS_BYTES = 1_000_000
_OLDER = "a vacuum deletes what only older snapshots need; look at the newest one"


class _CachedFiles(StaticFiles):
    """Files of the package, whose addresses change with their content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = FOREVER
        return response


@dataclass(frozen=True)
class Endpoint:
    """Answers one page, in one format."""

    page: Page
    form: str
    snapshots: Snapshots
    project: Project
    options: Options
    requests: Requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request; what it has open stays so until the response was sent."""
        request, held = Request(scope, receive), ExitStack()
        fields = await _fields(request) if request.method == "POST" else {}
        async with self.requests.watched(receive) as (stop, rest):
            try:
                response = await run_in_threadpool(self._respond, request, fields, stop, held)
                await response(scope, rest, send)
            except FirmographError:
                stop.set()  # the response has begun: that it has no end tells that rows are missing
            finally:
                await run_in_threadpool(held.close)

    def _respond(
        self, request: Request, fields: Mapping[str, list[str]], stop: Stop, held: ExitStack
    ) -> Response:
        query = {name: value for name, value in request.query_params.items() if name != "at"}
        view = None
        try:
            at = whole(request.query_params, "at", -1, 0)
            wanted = at if at >= 0 else self.options.snapshot_id
            view = View(
                held.enter_context(self.snapshots.session(wanted)),
                self.snapshots,
                self.project,
                Links(at if at >= 0 else None),
                _bare(request.scope["path"]),
                query,
                request.path_params,
                self.form,
                self.options.allows_changes,
                fields,
                stop,
                held,
            )
            return self._write(self.page.handle(view), view)
        except FirmographError as error:
            return self._failure(_explained(error, view))

    def _write(self, answer: Answer, view: View) -> Response:
        if self.form == "json":
            return _json(answer.data, answer.status)
        if self.form == "csv":
            lines = rendering.csv_lines(answer.rows or [], answer.columns)
            name = view.path.strip("/").replace("/", "-") or "overview"
            disposition = {"Content-Disposition": f'attachment; filename="{_safe(name)}.csv"'}
            return StreamingResponse(lines, media_type="text/csv", headers=disposition)
        if answer.content is not None:
            headers = {"Cache-Control": FOREVER} if answer.is_lasting else None
            return Response(answer.content, answer.status, headers, answer.media_type)
        names = {**answer.data, "view": view, "link": view.links, "page": self.page}
        html = rendering.page(answer.template, names | {"sections": SECTIONS})
        return Response(html, answer.status, media_type="text/html")

    def _failure(self, error: FirmographError) -> Response:
        status = next((code for kind, code in _STATUSES if isinstance(error, kind)), 500)
        told = {"status": "failed", "message": error.message, "hint": error.hint}
        if self.form == "json":
            return _json(told, status)
        if self.form == "csv":
            return Response(f"{error}\n", status, media_type="text/plain")
        if isinstance(error, NoLakeError):
            return _told("no_lake.html", status, self.page, message=error.message)
        return _failure_page(status, error.message, error.hint, self.page)


def create_app(
    make_project: Callable[[], Project], options: Options, snapshots: Snapshots | None = None
) -> Starlette:
    """The application over the lake of a project.

    Args:
        make_project: reads settings and contracts.
        options: how the UI was started.
        snapshots: those that are open already; None for none.
    """
    snapshots = snapshots or Snapshots(make_project, prepares=True)
    project, requests = make_project(), Requests()

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        snapshots.close()

    def endpoint(page: Page, form: str) -> Endpoint:
        return Endpoint(page, form, snapshots, project, options, requests)

    routes: list[Route | Mount] = [Mount("/static", _CachedFiles(directory=STATIC))]
    for page in PAGES:
        routes += [
            Route(f"{page.named_path}.{form}", endpoint(page, form))
            for form in FORMATS
            if form == "json" or page.has_csv
        ]
        methods = ["GET", "POST"] if page.takes_changes else ["GET"]
        routes.append(Route(page.path, endpoint(page, "html"), methods=methods))
    app = Starlette(
        routes=routes, lifespan=lifespan, exception_handlers={404: _no_page, 500: _broken}
    )
    app.state.requests = requests
    return app


def _no_page(request: Request, _error: Exception) -> Response:
    return _failure_page(404, f"there is no page {request.scope['path']}", "follow a link above")


def _broken(_request: Request, error: Exception) -> Response:
    where = "the terminal in which `firmograph ui` runs shows where; please report it"
    return _failure_page(500, f"this page has a fault: {type(error).__name__}", where)


def _failure_page(
    status: int, message: str, hint: str | None, page: Page | None = None
) -> Response:
    return _told("failed.html", status, page, code=status, message=message, hint=hint)


def _told(template: str, status: int, page: Page | None, **names: Any) -> Response:
    """A page that shows nothing of a snapshot."""
    common = {"link": Links(), "page": page, "view": None, "sections": SECTIONS}
    return Response(rendering.page(template, common | names), status, media_type="text/html")


def _explained(error: FirmographError, view: View | None) -> FirmographError:
    """An error; that files of an older snapshot are missing is no damage of the lake."""
    if isinstance(error, LakeError) and view is not None:
        with suppress(FirmographError):  # the newest snapshot cannot be read either
            if view.newer:
                return LakeError(error.message, hint=_OLDER)
    return error


def _json(value: Any, status: int) -> Response:
    return Response(rendering.as_json(value), status, media_type="application/json")


async def _fields(request: Request) -> dict[str, list[str]]:
    """The fields of a form."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _FIELDS_BYTES:
            return {}
    return parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)


def _bare(path: str) -> str:
    """The path of a page, without the ending of a format."""
    found = re.fullmatch(r"(.*)\.(?:json|csv)", path)
    bare = found[1] if found else path
    return "/" if bare == "/overview" else bare


def _safe(name: str) -> str:
    return re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)
