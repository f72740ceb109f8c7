"""The server below the pages: its address, its thread, and what it lets connections do."""

from __future__ import annotations

import logging
import socket
import time
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from uvicorn import Config, Server
from uvicorn.protocols.http.h11_impl import H11Protocol

from domain.errors import ConfigurationError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

    from starlette.types import ASGIApp

HEADERS_S: Final = 10.0
"""How long a connection may take until the headers of a request are whole."""
IDLE_S: Final = 30
"""How long a connection stays on which nothing is asked."""
MOST_CONNECTIONS: Final = 1_000
LONGEST_HEADERS: Final = 16_384
WAITING_CONNECTIONS: Final = 1_024
"""Connections that the system holds before they are taken up."""
LETTING_GO_S: Final = 5
_TOLD: Final = b'{"error":"too many connections; come back"}'
_FULL: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(_TOLD), _TOLD)
)
_LOGGER: Final = logging.getLogger(__name__)


class BoundedProtocol(H11Protocol):
    """HTTP/1.1 for so many connections, each of which has to say what it wants in a while."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, connection: asyncio.Transport) -> None:  # type: ignore[override]
        """Take up a connection, or say that there are too many."""
        super().connection_made(connection)
        if len(self.connections) > MOST_CONNECTIONS:
            connection.write(_FULL)
            connection.close()
        else:
            self._deadline = self.loop.call_later(HEADERS_S, connection.abort)

    def data_received(self, data: bytes) -> None:
        """Take what came; the time for headers runs while no request is under way and some of one has come."""
        super().data_received(data)
        # The library sets it with the first request only.
        cycle: Any = self.cycle
        if cycle is not None and not cycle.response_complete:
            self._let_be()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(HEADERS_S, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._let_be()
        super().connection_lost(exc)

    def _let_be(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def bound(host: str, port: int) -> socket.socket:
    """Return a socket that listens at an address.

    Raises:
        ConfigurationError: it is taken, or none of this machine's.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ConfigurationError(f"listener.host: {host} is no address of this machine: {error.strerror}") from None
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(WAITING_CONNECTIONS)
    except OSError as error:
        listening.close()
        raise ConfigurationError(f"listener.port: {host}:{port} cannot be served: {error.strerror}") from None
    return listening


@contextmanager
def listening_on(listening: socket.socket, app: ASGIApp) -> Iterator[Thread]:
    """Serve an application for the length of a block, in a thread that is lent; what is under way is then finished."""
    config = Config(
        app,
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=IDLE_S,
        timeout_graceful_shutdown=LETTING_GO_S,
        h11_max_incomplete_event_size=LONGEST_HEADERS,
    )
    server = Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [listening]}, name="listener", daemon=True)
    with listening:
        thread.start()
        while thread.is_alive() and not server.started:
            time.sleep(0.01)
        try:
            yield thread
        finally:
            server.should_exit = True
            thread.join(LETTING_GO_S * 2)
            if thread.is_alive():
                _LOGGER.warning("requests were cut off that did not end")
