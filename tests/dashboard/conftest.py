"""The pages over the small store: configured for this process, and served by a process of its own."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import streamlit as st

from stores.open import open_store
from tests.dashboard.sample import CONFIG, build
from tests.support.tree import ROOT

CHROMIUM = ("/usr/bin/chromium", "/usr/bin/google-chrome")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HOW_TO_GET_ONE = "no Chromium: `apt-get install chromium`, or `playwright install chromium`, or set PLAYWRIGHT_CHROMIUM"
PATIENCE_S = 60


@pytest.fixture(scope="session")
def filled(tmp_path_factory):
    """The environment that points at the small store."""
    return filled_in(tmp_path_factory.mktemp("filled"))[1]


def filled_in(folder):
    """Fill a small store in a folder; return its address and the environment that points at it."""
    url = f"sqlite:///{folder / 'posts.sqlite'}"
    build(url)
    file = folder / "earshot.toml"
    file.write_text(CONFIG.format(store=url))
    return url, {"EARSHOT_CONFIG": str(file), "EARSHOT_HOME": str(folder)}


@pytest.fixture
def own_store(tmp_path, monkeypatch):
    """This process works on a small store that the test may change; its address."""
    url, environ = filled_in(tmp_path)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    yield url
    forget()


@pytest.fixture
def small_store(filled, monkeypatch):
    """This process works on the small store, with nothing remembered from another test."""
    for name, value in filled.items():
        monkeypatch.setenv(name, value)
    yield
    forget()


@pytest.fixture
def store_of(tmp_path, monkeypatch):
    """This process works on a store of the posts that it is called with; the brands are those of the small store."""

    def opened(posts):
        url = f"sqlite:///{tmp_path / 'posts.sqlite'}"
        store = open_store(url)
        store.upsert("posts", list(posts))
        store.close()
        file = tmp_path / "earshot.toml"
        file.write_text(CONFIG.format(store=url))
        monkeypatch.setenv("EARSHOT_CONFIG", str(file))
        monkeypatch.setenv("EARSHOT_HOME", str(tmp_path))

    yield opened
    forget()


@pytest.fixture
def empty_store(tmp_path, monkeypatch):
    """This process works on a store without posts."""
    monkeypatch.setenv("EARSHOT_STORE", f"sqlite:///{tmp_path / 'empty.sqlite'}")
    monkeypatch.setenv("EARSHOT_HOME", str(tmp_path))
    yield
    forget()


def forget():
    """Close the stores that pages opened and drop what they remember."""
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture(scope="session")
def served(filled, tmp_path_factory):
    """The address of the real app, started as a user starts it, from a folder that is not the repository."""
    with serving(["-m", "dashboard"], filled, tmp_path_factory.mktemp("served")) as address:
        yield address


@pytest.fixture(scope="session")
def overheard(filled, tmp_path_factory):
    """The address of the app, and the file that says line by line what its pages work out."""
    folder = tmp_path_factory.mktemp("overheard")
    said = folder / "asked"
    script = Path(__file__).with_name("overheard.py")
    with serving([str(script)], filled | {"OVERHEARD": str(said), "PYTHONPATH": str(ROOT)}, folder) as address:
        yield address, said


@contextmanager
def serving(program, environment, folder):
    """Yield the address of a dashboard that this program of Python is, until it is ended."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, *program, "--port", str(port), "--no-browser"]
    log = folder / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(command, cwd=folder, env=os.environ | environment, stdout=output, stderr=output)
    address = f"http://127.0.0.1:{port}"
    try:
        await_health(server, address, log)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE_S)


def await_health(server, address, log):
    """Return when the server answers; fail with its words when it ends or takes too long."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.1)
    pytest.fail(f"the dashboard did not start: {log.read_text()}")


@dataclass
class Watch:
    """What a page did that nobody asked for."""

    left_home: list = field(default_factory=list)
    errors: list = field(default_factory=list)

    def request(self, request):
        """Keep the address of a request that leaves the machine."""
        address = urlsplit(request.url)
        if address.scheme not in {"data", "blob"} and address.hostname != "127.0.0.1":
            self.left_home.append(request.url)

    def console(self, message):
        """Keep an error of the console, and a warning: the chart library warns of scales that mean two things."""
        warned = message.type == "warning" and message.text.startswith("WARN")  # the library's; the browser's have none
        # Streamlit looks for its server below the page's own path first; it answers 404 there by design.
        if (message.type == "error" or warned) and "/_stcore/" not in message.location["url"]:
            self.errors.append(message.text)


@pytest.fixture(scope="session")
def chromium():
    """A running browser."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="no Playwright: `pip install playwright`")
    named = os.environ.get("PLAYWRIGHT_CHROMIUM")
    executable = named or next((path for path in CHROMIUM if Path(path).exists()), None)
    with sync_api.sync_playwright() as playwright:
        if executable is None and not Path(playwright.chromium.executable_path).exists():
            missing = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
            missing(HOW_TO_GET_ONE)
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def watch():
    """What the page of this test did that nobody asked for; held to nothing at the end."""
    seen = Watch()
    yield seen
    assert (seen.left_home, seen.errors) == ([], [])


SETTLED = """() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  return all("[data-test-script-state=notRunning] h1").length === 1
    && getComputedStyle(all(".stApp")[0]).getPropertyValue("--earshot-ink")
    && all("[data-stale=true]").length === 0
    && all(".stVegaLiteChart").every((chart) => chart.querySelector("svg"))
    && document.getAnimations().every((animation) => animation.playState !== "running");
}"""


def settled(page):
    """Return when a page is drawn whole, with its style and its charts, and nothing fades in or out."""
    page.wait_for_function(SETTLED)


@pytest.fixture
def page(chromium, watch):
    """A page far from UTC: times must not follow the reader's clock."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, timezone_id="America/New_York")
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.on("request", watch.request)
    page.on("console", watch.console)
    page.on("pageerror", lambda error: watch.errors.append(str(error)))
    yield page
    context.close()
