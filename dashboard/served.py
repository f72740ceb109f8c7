"""The application that `streamlit run` finds here and serves: the pages behind their guard."""

from __future__ import annotations

import os
import socket
import threading
import time
import webbrowser
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from starlette.middleware import Middleware
from streamlit.starlette import App

from dashboard.guard import Guard
from dashboard.start import OPENED

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PATIENCE_S: Final = 30
PAUSE_S: Final = 0.1


@asynccontextmanager
async def opening(_app: App) -> AsyncIterator[dict[str, Any] | None]:
    """Open a browser, where one is asked for, as soon as the server answers: it does only after this has begun."""
    if address := os.environ.get(OPENED):
        threading.Thread(target=open_browser, args=(address,), daemon=True).start()
    yield None


def open_browser(address: str) -> None:
    """Open a browser at an address once somebody listens there; where nobody does in half a minute, none."""
    wanted = urlsplit(address)
    for _ in range(int(PATIENCE_S / PAUSE_S)):
        with closing(socket.socket()) as probe:
            if probe.connect_ex((wanted.hostname, wanted.port)) == 0:
                webbrowser.open(address)
                return
        time.sleep(PAUSE_S)


app = App(Path(__file__).with_name("app.py"), lifespan=opening, middleware=[Middleware(Guard)])
