"""A web server on loopback that does what it is told, good or bad."""

from __future__ import annotations

import json
import threading
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

DROPS = 12


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request that arrived."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""
    pairs: tuple[tuple[str, str], ...] = ()
    """The query again, for names that come more than once."""

    @property
    def document(self):
        """The JSON that was posted."""
        return json.loads(self.body)

    @property
    def form(self):
        """The fields that were posted."""
        return dict(parse_qsl(self.body.decode()))


@dataclass(frozen=True, kw_only=True)
class Says:
    """An answer. With `cut`, the connection is closed after so many bytes of the body that was promised; with
    `drip`, the body comes in 12 pieces and this is called before each of them."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: int | None = None
    drip: Callable[[], None] | None = None

    def pieces(self):
        """Yield what is sent of the body."""
        sent = self.body[: self.cut]
        if self.drip is None:
            yield sent
            return
        size = -(-len(sent) // DROPS)
        for drop in range(DROPS):
            self.drip()
            yield sent[drop * size : (drop + 1) * size]


class Misbehaving:
    """What the server is told: `answer` for all requests, `trouble` for the next ones before that."""

    def __init__(self, url):
        self.url = url
        self.asked = []
        self.trouble = deque()
        self.answer = lambda asked: Says(status=404)

    def say(self, asked):
        self.asked.append(asked)
        return self.trouble.popleft() if self.trouble else self.answer(asked)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        pairs = tuple(parse_qsl(parts.query))
        asked = Asked(path=parts.path, query=dict(pairs), headers=headers, body=body, pairs=pairs)
        says = self.server.told.say(asked)
        self.send_response_only(says.status)
        for name, value in says.headers.items():
            self.send_header(name, value)
        if says.status != 304:
            self.send_header("Content-Length", str(len(says.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        for piece in says.pieces() if says.status != 304 else ():
            self.wfile.write(piece)
        self.close_connection = True

    do_POST = do_GET  # noqa: N815 - named by the standard library

    def log_message(self, *args):
        """Say nothing on standard error."""


@contextmanager
def misbehaving_server():
    """Run a server on a free loopback port; yield what tells it how to answer."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.told = Misbehaving(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
