"""The pages that others push to. Each request is let in, read, named, kept and answered; nothing is worked out."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Final

from prometheus_client import Counter
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Route

from domain.errors import StoreError
from listener.bodies import Gate, check_headers, read_body, unpacked
from listener.keeping import Keeper
from listener.messages import cloud_events, notification, webhook
from listener.refusal import RequestRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from prometheus_client import CollectorRegistry
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from domain.config import ListenerSettings
    from domain.ports import Clock, Store
    from domain.received import Received
    from listener.authentication import Authentication

STORE_BUSY_S: Final = 5
"""When a sender is to come back whose request the store did not take."""
PATHS: Final = ("listener", "events", "webhooks", "healthz")
_SOURCE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_EVENT_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{0,127}")
_LOGGER: Final = logging.getLogger(__name__)


class Listener:
    """What is done with a request on each path."""

    def __init__(self, settings: ListenerSettings, authentication: Authentication, store: Store, clock: Clock) -> None:
        self._settings = settings
        self._authentication = authentication
        self._store = store
        self._keeper = Keeper(store, clock)
        self._gate = Gate(settings.at_once)

    async def notifications(self, request: Request) -> Response:
        """Take a notification of a hub, with or without its name in the path."""
        name = request.path_params.get("event_name", "")
        if name and not _EVENT_NAME.fullmatch(name):
            raise RequestRefused(404, "there is no such event")
        return await self._take(request, lambda headers, body: [notification(headers, body, name)], status=201)

    async def events(self, request: Request) -> Response:
        """Take CloudEvents."""
        return await self._take(request, cloud_events, status=202)

    async def webhooks(self, request: Request) -> Response:
        """Take anything from a source that pushes."""
        source = request.path_params["source"]
        if not _SOURCE.fullmatch(source):
            raise RequestRefused(404, "sources are called by small letters, digits, - and _")
        return await self._take(request, lambda headers, body: [webhook(headers, body, source)], status=202)

    async def health(self, _request: Request) -> Response:
        """Say whether what comes can be kept."""
        from starlette.concurrency import run_in_threadpool

        with self._gate.entered():
            await run_in_threadpool(self._store.version, "inbox")
        return JSONResponse({"status": "well"})

    async def _take(
        self, request: Request, named: Callable[[Mapping[str, str], bytes], Sequence[Received]], *, status: int
    ) -> Response:
        with self._gate.entered() as load:
            check_headers(request)
            headers, limit = request.headers, self._settings.body_limit
            is_proven = self._authentication.admit(headers)
            sent = await read_body(request, limit, load)
            if not is_proven:
                self._authentication.verify(headers, sent)
            received = named(headers, unpacked(sent, headers.get("content-encoding", ""), limit, load))
            repeats = await self._keeper.keep(received)
            return JSONResponse({"accepted": len(received), "repeats": repeats}, status_code=status)


def listener_app(pages: Listener, registry: CollectorRegistry) -> ASGIApp:
    """Return the application; what it answers is counted in the registry of metrics."""

    def refused(_request: Request, error: Exception) -> Response:
        if isinstance(error, RequestRefused):
            return JSONResponse({"error": str(error)}, status_code=error.status, headers=error.headers)
        if isinstance(error, StoreError):
            _LOGGER.error("what was sent is not kept: %s", error)
            headers = {"Retry-After": str(STORE_BUSY_S)}
            return JSONResponse({"error": "the store does not take it now; come back"}, 503, headers)
        if isinstance(error, HTTPException):
            return JSONResponse({"error": error.detail.lower()}, error.status_code, error.headers)
        return JSONResponse({"error": "a fault of ours; it was logged"}, 500)

    app = Starlette(
        routes=[
            Route("/listener", pages.notifications, methods=["POST"]),
            Route("/listener/{event_name}", pages.notifications, methods=["POST"]),
            Route("/events", pages.events, methods=["POST"]),
            Route("/webhooks/{source}", pages.webhooks, methods=["POST"]),
            Route("/healthz", pages.health, methods=["GET"]),
        ],
        exception_handlers=dict.fromkeys((RequestRefused, StoreError, HTTPException, Exception), refused),
    )
    answered = Counter("earshot_listener_answers", "Requests by path and status", ("path", "status"), registry=registry)
    return _Counted(app, answered)


class _Counted:
    """Counts answers by the first word of the path, where that is one of ours, and by status."""

    def __init__(self, app: ASGIApp, answered: Counter) -> None:
        self._app = app
        self._answered = answered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                first = scope["path"].strip("/").partition("/")[0]
                self._answered.labels(first if first in PATHS else "other", str(message["status"])).inc()
            await send(message)

        await self._app(scope, receive, counting)
