"""A proxy before a store, through which tests look at requests and spoil chosen ones."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

Fate = Literal["pass", "cut before", "cut after"] | int
"""What happens to a request: it passes; it is not made; it is made, but its answer is lost; or it
is not made, and answered by this status."""


class Request(NamedTuple):
    """A request as the store is asked.

    Attributes:
        number: from 1.
        method: such as PUT.
        path: with the query.
    """

    number: int
    method: str
    path: str


class Proxy(ThreadingHTTPServer):
    """Passes requests to a store unless `fate` says otherwise."""

    daemon_threads = True

    def __init__(self, store: str, fate: Callable[[Request], Fate]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.store, self.fate = urlsplit(store).netloc, fate
        self.requests: list[Request] = []
        self._turn = threading.Lock()

    @property
    def address(self) -> str:
        """What clients use instead of the store's address."""
        return f"http://127.0.0.1:{self.server_port}"

    def number(self, method: str, path: str) -> Request:
        """Numbers a request."""
        with self._turn:
            request = Request(len(self.requests) + 1, method, path)
            self.requests.append(request)
            return request


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections are kept, as a store keeps them

    def answer(self) -> None:
        assert isinstance(self.server, Proxy)
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fate = self.server.fate(self.server.number(self.command, self.path))
        if fate == "cut before":
            self.close_connection = True
        elif isinstance(fate, int):
            self._send(fate, {}, b"")
        else:
            store = HTTPConnection(self.server.store, timeout=60)
            # unchanged, since the signature covers them
            store.request(self.command, self.path, content, dict(self.headers.items()))
            answer = store.getresponse()
            found, headers = answer.read(), dict(answer.getheaders())
            store.close()
            if fate == "cut after":
                self.close_connection = True
            else:
                self._send(answer.status, headers, found)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer  # noqa: N815 - what http.server asks

    def _send(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in {"content-length", "transfer-encoding", "connection"}:
                self.send_header(name, value)
        length = headers.get("Content-Length", "0") if self.command == "HEAD" else len(content)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        """Says nothing."""


@contextmanager
def proxy(store: str, fate: Callable[[Request], Fate]) -> Iterator[Proxy]:
    """Runs a proxy before the store at an address."""
    with Proxy(store, fate) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
