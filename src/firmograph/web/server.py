"""Starts and ends the server of the browser UI."""

import logging
import secrets
import socket
import webbrowser
from collections.abc import Callable
from contextlib import suppress

import uvicorn

from firmograph.errors import UsageError
from firmograph.project import Project
from firmograph.web.app import Options, create_app
from firmograph.web.guard import Guard
from firmograph.web.requests import Requests

HOST = "127.0.0.1"
PORT = 8417
SECONDS_TO_END = 2
"""How long answers under way may take once the server is told to end."""


def serve(
    make_project: Callable[[], Project],
    options: Options,
    tell: Callable[[str], None],
    *,
    port: int | None = None,
    opens_browser: bool = True,
) -> None:
    """Answers requests until the process is interrupted.

    Args:
        make_project: reads settings and contracts.
        options: how the UI was started.
        tell: told the address with its token, once requests can be sent to it.
        port: to listen at; None for `PORT`, or another one if that is taken.
        opens_browser: whether the address is opened in the browser.

    Raises:
        UsageError: if the port is taken or may not be used.
    """
    listener = listen(port)
    with listener:
        at, token = listener.getsockname()[1], secrets.token_urlsafe(24)
        app = create_app(make_project, options)
        config = uvicorn.Config(
            Guard(app, token, at, options.allows_changes),
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=SECONDS_TO_END,
        )
        address = f"http://{HOST}:{at}/?token={token}"
        tell(address)
        if opens_browser:
            webbrowser.open(address)
        with suppress(KeyboardInterrupt):  # it is how the server is ended
            _Server(config, app.state.requests).run(sockets=[listener])


class _Server(uvicorn.Server):
    """A server that stops the queries under way when it is told to end."""

    def __init__(self, config: uvicorn.Config, requests: Requests) -> None:
        super().__init__(config)
        self._requests = requests

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._requests.stop()
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # what is cut off is no fault
        await super().shutdown(sockets)


def listen(port: int | None) -> socket.socket:
    """A socket of this machine alone; see `serve`."""
    try:
        return socket.create_server((HOST, PORT if port is None else port))
    except OSError as error:
        if port is None:
            return socket.create_server((HOST, 0))
        raise UsageError(
            f"port {port} cannot be used: {error.strerror or error}",
            hint="choose another with --port; 0 for any that is free",
        ) from error
