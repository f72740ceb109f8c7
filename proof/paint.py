"""How long the dashboard takes to show itself, in a real browser."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

import httpx
from playwright import sync_api

from tests.dashboard.conftest import CHROMIUM, FLAGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from playwright.sync_api import Browser

VISITS: Final = 5
PATIENCE_S: Final = 60
PORT: Final = "PORT"
HEADLINE: Final = '.earshot-figures .value, [data-testid="stMetricValue"]'
"""The first figure of a page, as it is marked today, and as it was."""


def first_paints(environ: Mapping[str, str], config: Path) -> dict[str, float]:
    """Return seconds from opening the address: the browser's first paint, first content, first chart drawn.

    `first_visitor` is the first after the server started, with nothing cached; the others are
    medians over later visitors, each with a cold browser. `content` is the first figure. `filter` is from asking for a
    word to another first figure.
    """
    command = (sys.executable, "-m", "dashboard", "--port", PORT, "--no-browser", "--config", str(config))
    with served(command, Path.cwd(), environ) as address, chromium() as browser:
        visits = [visit(browser, address) for _ in range(1 + VISITS)]
    first, later = visits[0], visits[1:]
    return {
        **{f"first_visitor_{name}": round(first[name], 2) for name in ("paint", "content", "chart")},
        **{name: round(median(one[name] for one in later), 2) for name in first},
    }


@contextmanager
def served(command: Sequence[str], folder: Path, environ: Mapping[str, str] | None = None) -> Iterator[str]:
    """Yield the address of a server that a command starts in a folder, at the `PORT` that stands in it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = [str(port) if part == PORT else part for part in command]
    with subprocess.Popen(started, cwd=folder, env={**os.environ, **(environ or {})}, stdout=-3, stderr=-3) as server:
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(address)
            yield address
        finally:
            server.terminate()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield a browser without a screen."""
    with sync_api.sync_playwright() as playwright:
        path = next((path for path in CHROMIUM if Path(path).exists()), None)
        yield playwright.chromium.launch(executable_path=path, args=list(FLAGS))


def visit(browser: Browser, address: str) -> dict[str, float]:
    """Return seconds from opening the first page to what is seen of it, and from another question to its answer."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        started = time.monotonic()
        page.goto(address)
        headline = page.locator(HEADLINE).first
        headline.wait_for(timeout=PATIENCE_S * 1000)
        content = time.monotonic() - started
        page.wait_for_selector('[data-testid="stVegaLiteChart"] canvas, [data-testid="stVegaLiteChart"] svg')
        chart = time.monotonic() - started
        paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime") / 1000
        before = headline.inner_text()
        search = page.get_by_role("textbox", name="Search the texts")
        search.fill("signal")
        started = time.monotonic()
        search.press("Enter")
        sync_api.expect(headline).not_to_have_text(before, timeout=PATIENCE_S * 1000)
        return {"paint": paint, "content": content, "chart": chart, "filter": time.monotonic() - started}


def _wait_for(address: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            if httpx.get(f"{address}/_stcore/health").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    sys.exit("the dashboard did not start")
