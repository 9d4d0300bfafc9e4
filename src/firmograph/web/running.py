"""Runs the application of the browser UI on a socket, with uvicorn."""

import logging
import socket
from collections.abc import Callable

import uvicorn

from firmograph.project import Project
from firmograph.web.app import create_app
from firmograph.web.guard import Guard
from firmograph.web.requests import Requests
from firmograph.web.snapshots import Snapshots
from firmograph.web.view import Options

SECONDS_TO_END = 2
"""How long answers under way may take once the server is told to end."""


def run(
    make_project: Callable[[], Project],
    options: Options,
    snapshots: Snapshots,
    listener: socket.socket,
    token: str,
) -> None:
    """Answers requests until the process is interrupted.

    Args:
        make_project: reads settings and contracts.
        options: how the UI was started.
        snapshots: closed at the end.
        listener: where requests come in.
        token: that requests must have.
    """
    app = create_app(make_project, options, snapshots)
    config = uvicorn.Config(
        Guard(app, token, listener.getsockname()[1], options.allows_changes),
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=SECONDS_TO_END,
    )
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
