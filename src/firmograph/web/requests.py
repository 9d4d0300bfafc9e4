"""The requests under way: their queries end when the browser goes away, or the server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import Message, Receive

from firmograph.engine.duckdb.stop import Stop


class Requests:
    """The requests under way; used in the thread of the server alone."""

    def __init__(self) -> None:
        self._stops: set[Stop] = set()

    @asynccontextmanager
    async def watched(self, receive: Receive) -> AsyncIterator[tuple[Stop, Receive]]:
        """What stops the queries of a request once its browser is gone.

        Args:
            receive: the messages of the request, whose body was read.

        Yields:
            The stop, and the messages that remain for its response.
        """
        stop, is_gone = Stop(), asyncio.Event()

        async def watch() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            stop.set()
            is_gone.set()

        async def rest() -> Message:
            await is_gone.wait()
            return {"type": "http.disconnect"}

        self._stops.add(stop)
        watcher = asyncio.create_task(watch())
        try:
            yield stop, rest
        finally:
            watcher.cancel()
            self._stops.discard(stop)

    def stop(self) -> None:
        """Ends the queries of all."""
        for stop in self._stops:
            stop.set()
