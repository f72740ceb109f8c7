"""Who the dashboard answers, what a browser may do with it, and that it never turns to anybody else."""

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from dashboard.guard import HEADERS, SOON, Guard
from tests.dashboard.conftest import PATIENCE_S, await_health
from tests.support.tree import ROOT

# Python imports it by itself at the start of every process that has its folder on the path.
WATCHES = """
import json, os, sys

def watch(event, given, file=os.environ["WATCHED"]):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg"):
        asked = given[1] if event in ("socket.connect", "socket.sendto", "socket.sendmsg") else given[0]
        with open(file, "a") as target:
            target.write(json.dumps([event, str(asked)]) + "\\n")

sys.addaudithook(watch)
"""
HOME = ("127.0.0.1", "localhost", "::1", "None", "b'127.0.0.1'", "b'localhost'")


def is_home(asked):
    """Tell whether what was asked for lies on this machine."""
    return asked in HOME or asked.startswith(("('127.0.0.1'", "('::1'", "/"))


@contextmanager
def watched(filled, folder):
    """Run the real app in a process whose connects are written down; yield its port and what returns these."""
    (folder / "sitecustomize.py").write_text(WATCHES)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    file, log = folder / "connects.jsonl", folder / "server.log"
    command = [sys.executable, "-m", "dashboard", "--port", str(port), "--no-browser"]
    environ = os.environ | filled | {"WATCHED": str(file), "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
    with log.open("w") as said:
        server = subprocess.Popen(command, cwd=folder, env=environ, stdout=said, stderr=said)
    try:
        await_health(server, f"http://127.0.0.1:{port}", log)
        yield port, lambda: [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE_S)


@pytest.fixture(scope="module")
def watched_server(filled, tmp_path_factory):
    with watched(filled, tmp_path_factory.mktemp("watched")) as server:
        yield server


def stream(port, origin, **more):
    return connect(f"ws://127.0.0.1:{port}/_stcore/stream", origin=origin, subprotocols=["streamlit"], **more)


def refused(port, origin):
    try:
        with stream(port, origin):
            return False
    except InvalidStatus as error:
        return error.response.status_code == 403


def draw(port, page):
    """Have a page drawn as a browser does; return how that ended."""
    with stream(port, f"http://127.0.0.1:{port}", max_size=None) as opened:
        asked = BackMsg()
        asked.rerun_script.page_name = page
        asked.rerun_script.query_string = ""
        opened.send(asked.SerializeToString())
        while True:
            told = ForwardMsg.FromString(opened.recv(timeout=PATIENCE_S))
            if told.WhichOneof("type") == "script_finished":
                return told.script_finished


def test_it_turns_to_nobody_whoever_asks_and_whatever_is_drawn(watched_server):
    port, connects = watched_server
    for origin in ("http://evil.example", "https://192.0.2.7", "http://printer.local:8501", "null"):
        assert refused(port, origin)
    for page in ("", "network", "customer", "voices", "weekly", "about"):
        assert draw(port, page) == ForwardMsg.FINISHED_SUCCESSFULLY
    assert [asked for _, asked in connects() if not is_home(asked)] == []


def test_the_watch_sees_a_look_up_and_a_connect(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(WATCHES)
    script = "import socket\ntry: socket.create_connection(('nowhere.invalid', 1), 1)\nexcept OSError: pass"
    environ = os.environ | {"WATCHED": str(tmp_path / "seen"), "PYTHONPATH": str(tmp_path)}
    subprocess.run([sys.executable, "-c", script], env=environ, check=True)
    assert "nowhere.invalid" in (tmp_path / "seen").read_text()
    assert not is_home("nowhere.invalid")
    assert not is_home("('192.0.2.7', 80)")


@pytest.mark.parametrize("other", ["http://127.0.0.1:1", "http://localhost:3000", "https://127.0.0.1", None])
def test_pages_of_other_servers_on_this_machine_are_not_ours(watched_server, other):
    assert refused(watched_server[0], other)


def test_scripts_of_the_first_figures_come_with_the_page(watched_server):
    """They are asked for as they are called in the Streamlit that runs."""
    address = f"http://127.0.0.1:{watched_server[0]}"
    with urllib.request.urlopen(f"{address}/voices", timeout=PATIENCE_S) as answer:
        links = re.findall(r"<(/static/js/[^>]+)>; rel=modulepreload", answer.headers["Link"])
    assert len(links) == len(SOON)
    for link in links:
        with urllib.request.urlopen(address + link, timeout=PATIENCE_S) as script:
            assert "javascript" in script.headers["Content-Type"]
            assert script.headers["Link"] is None


def test_a_page_of_this_server_gets_its_stream(watched_server):
    assert not refused(watched_server[0], f"http://127.0.0.1:{watched_server[0]}")


@pytest.mark.parametrize("path", ["/", "/voices", "/_stcore/health", "/nowhere"])
def test_every_answer_says_what_a_browser_may_do(watched_server, path):
    port, _ = watched_server
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE_S) as answer:
            headers = answer.headers
    except urllib.error.HTTPError as missing:
        headers = missing.headers
        missing.close()
    assert {name: headers[name] for name, _ in HEADERS} == dict(HEADERS)
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "http" not in headers["Content-Security-Policy"]


def test_another_name_for_this_machine_is_not_answered(watched_server):
    """A stranger's page whose name is made to point here reads nothing."""
    port, _ = watched_server
    request = urllib.request.Request(f"http://127.0.0.1:{port}/_stcore/health", headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError, match="403") as turned_away:
        urllib.request.urlopen(request, timeout=PATIENCE_S)
    assert turned_away.value.headers["X-Frame-Options"] == "DENY"
    turned_away.value.close()


@pytest.mark.parametrize("host", ["[", "", "127.0.0.1.evil.example", "127.0.0.1@evil.example", "evil.example:8501"])
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_odd_hosts_are_refused(host, kind):
    sent = []

    async def never(scope, receive, send):
        raise AssertionError("it was let through")

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    headers = [(b"host", host.encode()), (b"origin", f"http://{host}".encode())]
    scope = {"type": kind, "method": "GET", "path": "/", "headers": headers}
    # In a thread of its own: where a browser was driven before, this one's loop goes on for good.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, Guard(never)(scope, receive, send)).result()
    assert sent[0].get("status") == 403 or sent[0] == {"type": "websocket.close", "code": 1008}
