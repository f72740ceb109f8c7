"""How long the dashboard takes to show itself, in a real browser."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

import httpx
from playwright import sync_api

from tests.dashboard.conftest import CHROMIUM, FLAGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playwright.sync_api import Browser

VISITS: Final = 5
PATIENCE_S: Final = 60


def first_paints(environ: Mapping[str, str], config: Path) -> dict[str, float]:
    """Return seconds from opening the address: the browser's first paint, first content, first chart drawn.

    `first_visitor` is the first after the server started, with nothing cached; the others are
    medians over later visitors, each with a cold browser. `filter` is from asking for a word to another headline.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "dashboard", "--port", str(port), "--no-browser", "--config", str(config)]
    with subprocess.Popen(command, env={**os.environ, **environ}, stdout=-3, stderr=-3) as server:
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(address)
            with sync_api.sync_playwright() as playwright:
                path = next((path for path in CHROMIUM if Path(path).exists()), None)
                browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
                visits = [_visit(browser, address) for _ in range(1 + VISITS)]
        finally:
            server.terminate()
    return {
        "first_visitor_paint": round(visits[0][0], 2),
        "first_visitor_content": round(visits[0][1], 2),
        "first_visitor_chart": round(visits[0][2], 2),
        "paint": round(median(visit[0] for visit in visits[1:]), 2),
        "content": round(median(visit[1] for visit in visits[1:]), 2),
        "chart": round(median(visit[2] for visit in visits[1:]), 2),
        "filter": round(median(visit[3] for visit in visits[1:]), 2),
    }


def _visit(browser: Browser, address: str) -> tuple[float, float, float, float]:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        started = time.monotonic()
        page.goto(address)
        page.wait_for_selector('[data-testid="stMetric"], h1', timeout=PATIENCE_S * 1000)
        content = time.monotonic() - started
        page.wait_for_selector('[data-testid="stVegaLiteChart"] canvas, [data-testid="stVegaLiteChart"] svg')
        chart = time.monotonic() - started
        paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        headline = page.get_by_test_id("stMetricValue").first
        before = headline.inner_text()
        search = page.get_by_role("textbox", name="Search the texts")
        search.fill("signal")
        started = time.monotonic()
        search.press("Enter")
        sync_api.expect(headline).not_to_have_text(before, timeout=PATIENCE_S * 1000)
        return paint / 1000, content, chart, time.monotonic() - started


def _wait_for(address: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            if httpx.get(f"{address}/_stcore/health").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    sys.exit("the dashboard did not start")
