"""Lets in this machine's own browser alone, and only with the token of this start.

A page of another site can make a browser ask 127.0.0.1, too, under a name of its own that it lets
point there (DNS rebinding): the ``Host`` tells. A page on another port of this machine has its
``SameSite=Strict`` cookies sent, so that a change needs ``Sec-Fetch-Site: same-origin``, too.
"""

import ipaddress
import re
import secrets
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "form-action 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # without it browsers send forms with `Origin: null`
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
STATIC = "/static/"
"""What lies below is the same for everyone and needs no token."""
_READS = ("GET", "HEAD")
_HOST = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([^\[\]:]+))(?::\d+)?")
_CLOSED = """\
This page needs the token of the running `firmograph ui`.

Open the address that it printed when it was started; a new start has a new token.
"""


@dataclass(frozen=True)
class Guard:
    """Stands before the application.

    Attributes:
        app: what it guards.
        token: of this start.
        port: of this server, which names the cookie.
        allows_changes: whether requests that change something are let through.
    """

    app: ASGIApp
    token: str
    port: int
    allows_changes: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, or answers it itself."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(POLICY)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        answer = self._refusal(scope) or self._entrance(scope)
        await (answer or self.app)(scope, receive, send_with_policy)

    def _refusal(self, scope: Scope) -> Response | None:
        """Why a request is refused, whoever sends it."""
        headers, method = Headers(scope=scope), scope["method"]
        host = headers.get("host", "")
        if not _is_this_machine(host):
            return _plain(f"the host {host!r} is not this machine", 421)
        if method in _READS:
            return None
        if method != "POST":
            return _plain(f"{method} is not allowed", 405)
        if not self.allows_changes:
            return _plain("changes are not allowed; start `firmograph ui --allow-changes`", 403)
        is_own = headers.get("sec-fetch-site") == "same-origin"
        if not is_own or headers.get("origin") != f"http://{host}":
            return _plain("a change must come from a page of this server", 403)
        return None

    def _entrance(self, scope: Scope) -> Response | None:
        """Sets the cookie if the address has the token; refuses if neither has it."""
        if scope["path"].startswith(STATIC):
            return None
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = dict(query).get("token")
        if given is not None and _equal(given, self.token):
            rest = urlencode([pair for pair in query if pair[0] != "token"])
            path = "/" + scope["path"].lstrip("/\\")  # else it could name another host
            answer = RedirectResponse(path + (f"?{rest}" if rest else ""), 303)
            answer.set_cookie(self._cookie, self.token, httponly=True, samesite="strict")
            return answer
        cookie = _cookies(scope).get(self._cookie)
        if cookie is None or not _equal(cookie, self.token):
            return _plain(_CLOSED, 403)
        return None

    @property
    def _cookie(self) -> str:
        return f"firmograph-{self.port}"


def _is_this_machine(host: str) -> bool:
    """Whether a ``Host`` names this machine by a loopback address or as ``localhost``."""
    found = _HOST.fullmatch(host)
    name = (found[1] or found[2]) if found else ""
    try:
        return name.lower() == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _cookies(scope: Scope) -> dict[str, str]:
    """The cookies, whatever those of other programs of this machine look like."""
    return cookie_parser("; ".join(Headers(scope=scope).getlist("cookie")))


def _equal(given: str, token: str) -> bool:
    return secrets.compare_digest(given.encode(), token.encode())


def _plain(text: str, status: int) -> Response:
    return Response(text.rstrip() + "\n", status, media_type="text/plain")
