"""Starts the server of the browser UI, so that its first answer comes soon."""

import secrets
import socket
from collections.abc import Callable
from contextlib import suppress

from firmograph.errors import UsageError
from firmograph.project import Project
from firmograph.web.snapshots import Snapshots
from firmograph.web.view import Options

HOST = "127.0.0.1"
PORT = 8417


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
    with listen(port) as listener, suppress(KeyboardInterrupt):  # it is how the server is ended
        at, token = listener.getsockname()[1], secrets.token_urlsafe(24)
        snapshots = Snapshots(make_project, prepares=True)
        snapshots.open_ahead(options.snapshot_id)
        address = f"http://{HOST}:{at}/?token={token}"
        tell(address)
        if opens_browser:
            import webbrowser

            webbrowser.open(address)
        from firmograph.web.running import run  # while the snapshot is opened

        run(make_project, options, snapshots, listener, token)


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
