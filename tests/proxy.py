"""A proxy before a store: counts requests, delays them, and lets some of them fail."""

import http.client
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import urlsplit


class Request(NamedTuple):
    """A request that came to the proxy.

    Attributes:
        number: from 1, in the order of arrival.
        kind: ``GET``, ``HEAD``, ``PUT``, ``COPY``, ``LIST`` or ``DELETE``, as they are billed.
        key: bucket and object.
    """

    number: int
    kind: str
    key: str


class Fault(NamedTuple):
    """What becomes of a request.

    Attributes:
        status: of the answer; None to close the connection without one.
        reaches_store: whether the store gets the request nevertheless.
        code: in the answer; None for the usual one of the status.
    """

    status: int | None = None
    reaches_store: bool = False
    code: str | None = None


NOT_SENT = Fault()
ANSWER_LOST = Fault(reaches_store=True)
Rule = Callable[[Request], Fault | None]


class Proxy(ThreadingHTTPServer):
    """Passes requests on to a store.

    Args:
        store: its url.
        delay: how long each request takes at least, in seconds.

    Attributes:
        rule: which requests fail, and how.
        dropped: headers that are not passed on, in small letters.
        answered: headers of answers that are replaced, in small letters.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, store: str, delay: float = 0.0) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.store = urlsplit(store)
        self.delay = delay
        self.rule: Rule = lambda _: None
        self.dropped: tuple[str, ...] = ()
        self.answered: dict[str, str] = {}
        self.requests: list[Request] = []
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """Its own."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def counts(self) -> Counter[str]:
        """How many requests of each kind have come."""
        return Counter(request.kind for request in self.requests)

    def note(self, kind: str, key: str) -> Request:
        """Adds a request."""
        with self._lock:
            request = Request(len(self.requests) + 1, kind, key)
            self.requests.append(request)
        return request

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing: clients that are killed close their connections."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Proxy
    upstream: http.client.HTTPConnection | None = None

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        key, _, query = self.path.partition("?")
        request = self.server.note(_kind(self.command, self.headers, query), key)
        fault = self.server.rule(request)
        if fault is not None and not fault.reaches_store:
            self._fail(fault)
            return
        time.sleep(self.server.delay)
        status, headers, content = self._ask(body)
        if fault is not None:
            self._fail(fault)
            return
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in ("transfer-encoding", "connection"):
                self.send_header(name, self.server.answered.get(name.lower(), value))
        if not any(name.lower() == "content-length" for name, _ in headers):
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        if self.upstream is None:
            where = self.server.store
            self.upstream = http.client.HTTPConnection(str(where.hostname), where.port)
        dropped = ("connection", *self.server.dropped)
        headers = {n: v for n, v in self.headers.items() if n.lower() not in dropped}
        self.upstream.request(self.command, self.path, body, headers)
        answer = self.upstream.getresponse()
        return answer.status, answer.getheaders(), answer.read()

    def finish(self) -> None:
        """Closes both connections."""
        super().finish()
        if self.upstream is not None:
            self.upstream.close()

    def _fail(self, fault: Fault) -> None:
        self.close_connection = True
        if fault.status is not None:
            usual = {
                403: "AccessDenied",
                409: "OperationAborted",
                412: "PreconditionFailed",
                501: "NotImplemented",
                503: "SlowDown",
            }
            # real stores repeat the access key, too
            key = re.search(r"Credential=(\w+)", self.headers.get("Authorization") or "")
            content = (
                f"<Error><Code>{fault.code or usual[fault.status]}</Code>"
                f"<AWSAccessKeyId>{key[1] if key else ''}</AWSAccessKeyId></Error>"
            ).encode()
            self.send_response_only(fault.status)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Connection", "close")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _pass_on  # noqa: N815 - names of the library

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


def _kind(method: str, headers: Any, query: str) -> str:
    if method == "GET" and ("list-type" in query or "prefix=" in query):
        return "LIST"
    if method == "PUT" and (headers.get("x-amz-copy-source") or headers.get("x-goog-copy-source")):
        return "COPY"
    if method == "POST":
        return "DELETE" if query.startswith("delete") else "PUT"
    return method


@contextmanager
def proxied(store: str, delay: float = 0.0) -> Iterator[Proxy]:
    """Runs a proxy in a thread."""
    with Proxy(store, delay) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()
