"""`earshot serve`: listens for what others push, and keeps it for `earshot run` to read."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Final

import typer

from cli.screen import say
from domain.errors import EarshotError
from pipeline.clock import SystemClock
from pipeline.metrics import serving
from pipeline.status import status
from pipeline.wiring import configured, inbox_of, opened

if TYPE_CHECKING:
    from threading import Thread

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
LOOK_S: Final = 1.0
"""How often it is seen whether the server still lives."""


def add_to(app: typer.Typer) -> None:
    """Add this command to the `earshot` command."""
    app.command("serve")(serve)


def serve(context: typer.Context) -> None:
    """Listen for what others push (TM Forum hubs, CloudEvents, webhooks) until stopped; `earshot run` reads it."""
    # Imported late: no other command needs a server.
    from prometheus_client import CollectorRegistry

    from listener.app import Listener, listener_app
    from listener.authentication import Authentication
    from listener.server import bound, listening_on

    config = configured(context.obj)
    authentication = Authentication(config.listener)
    registry, clock = CollectorRegistry(), SystemClock()
    with opened(config, synced=True) as store:
        # What is wrong with mappings is said now, and not when the first event is read.
        inbox_of(store, config)
        listening = bound(config.listener.host, config.listener.port)
        host, port = listening.getsockname()[:2]
        app = listener_app(Listener(config.listener, authentication, store, clock), registry)
        # Every thread that begins from here on leaves these signals to this one, which waits for them.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        with listening_on(listening, app) as thread:

            def ill() -> str | None:
                store.version("inbox")
                return None if thread.is_alive() else "it does not listen any more; start earshot serve again"

            with serving(
                config.listener.metrics_port,
                lambda: status(store, config, clock.now()),
                ill,
                setting="listener.metrics_port",
                registry=registry,
            ):
                say(f"listening on http://{f'[{host}]' if ':' in host else host}:{port}; stop with Ctrl-C")
                _wait_for_the_end(thread)
    say("stopped")


def _wait_for_the_end(thread: Thread) -> None:
    """Wait until this process is told to stop; a second signal ends it at once.

    Raises:
        EarshotError: the server ended by itself.
    """
    while signal.sigtimedwait(_SIGNALS, LOOK_S) is None:
        if not thread.is_alive():
            raise EarshotError("the listener ended by itself; what went wrong was logged")
    for one in _SIGNALS:
        signal.signal(one, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
