"""What stands before the pages: who is answered, and what a browser may do with the answer.

Streamlit takes connections from every port of this machine, and for an address that it does not know it asks a server
elsewhere which one is its own. Here all of that ends before it begins.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOSTS: Final = ("localhost", "127.0.0.1")
"""The names that the dashboard answers to."""

# Streamlit's first page has a script in it, and Vega makes functions of its expressions.
POLICY: Final = (
    "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self'; connect-src 'self' data: blob:; "
    "worker-src 'self' blob:; frame-src 'self' data: blob:; manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing is loaded from elsewhere or sent there, whatever stands in a post."""

HEADERS: Final = (
    ("Content-Security-Policy", POLICY),
    ("X-Frame-Options", "DENY"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)

SOON: Final = ("Html", "purify.es", "remark-emoji")
"""Scripts of Streamlit's that the figures at the top of every page need; it asks for them when all else is drawn."""


@cache
def preloaded() -> str:
    """Return the header that has a browser fetch `SOON` with the page; their names end in what they contain."""
    scripts = resources.files("streamlit") / "static" / "static" / "js"
    names = sorted(one.name for one in scripts.iterdir() if one.name.rsplit(".", 2)[0] in SOON)
    return ", ".join(f"</static/js/{name}>; rel=modulepreload; crossorigin" for name in names)


class Guard:
    """An ASGI application around another: refuses strangers, and puts `HEADERS` on what is answered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS:
                    headers[name] = value
                if headers.get("content-type", "").startswith("text/html") and preloaded():
                    headers["Link"] = preloaded()
            await send(message)

        if scope["type"] == "websocket" and not is_ours(Headers(scope=scope), origin_needed=True):
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] == "http" and not is_ours(Headers(scope=scope), origin_needed=False):
            refusal = PlainTextResponse("The dashboard answers to its own pages on this machine alone.\n", 403)
            await refusal(scope, receive, guarded)
        else:
            await self._app(scope, receive, guarded)


def is_ours(headers: Headers, *, origin_needed: bool) -> bool:
    """Tell whether a request is to this machine by one of its names, and from a page of this very server if any."""
    host, origin = headers.get("host", ""), headers.get("origin")
    try:
        is_named = urlsplit(f"//{host}").hostname in HOSTS
    except ValueError:
        return False
    return is_named and (not origin_needed if origin is None else origin == f"http://{host}")
