"""The server is started closed to the outside, and the pages stay light."""

import os
import signal
import socket
import subprocess
import sys

import pytest

from dashboard.__main__ import main
from dashboard.served import open_browser
from dashboard.start import command
from tests.dashboard.conftest import PATIENCE_S, await_health
from tests.support.tree import ROOT

HEAVY = ("torch", "transformers", "bertopic", "nlp", "collectors", "pipeline", "linking")


def test_server_listens_on_the_loopback_and_tells_nobody():
    line = command(port=8612)
    for option in (
        "--server.address=127.0.0.1",
        "--server.port=8612",
        "--server.headless=true",
        "--server.allowedHosts=127.0.0.1",
        "--browser.gatherUsageStats=false",
        "--server.fileWatcherType=none",
    ):
        assert option in line


def test_scheme_of_the_readers_browser_is_followed():
    """A base would fix one theme for everybody."""
    said = " ".join(command(port=1))
    assert "--theme.light.backgroundColor=#ffffff" in said
    assert "--theme.dark.backgroundColor=#12181f" in said
    assert "--theme.base=" not in said


def test_browser_is_opened_once_the_server_answers(monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        monkeypatch.setattr("time.sleep", lambda _: server.listen())
        open_browser(address)
    assert opened == [address]


def test_no_browser_is_opened_where_nobody_ever_answers(monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr("time.sleep", lambda _: None)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        open_browser(f"http://127.0.0.1:{silent.getsockname()[1]}")
    assert opened == []


def test_streamlit_offers_nothing_to_install():
    """Its popup for developers lay over our pages, and its button wrote into the folder of the one who clicked."""
    assert "--logger.hideWelcomeMessage=true" in command(port=1)
    assert "--server.enableAgentApi=false" in command(port=1)


def test_wrong_port_is_said_in_one_line(capsys):
    with pytest.raises(SystemExit):
        main(["--port", "many"])
    assert "--port" in capsys.readouterr().err


def test_who_ends_the_command_ends_the_server(tmp_path):
    """`earshot dashboard` becomes the server: no process stays behind, and the port is free."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "cli", "dashboard", "--port", str(port), "--no-browser"]
    log = tmp_path / "server.log"
    environ = os.environ | {"EARSHOT_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    with (
        log.open("w") as said,
        subprocess.Popen(
            command, cwd=tmp_path, env=environ, stdout=said, stderr=said, start_new_session=True
        ) as server,
    ):
        try:
            await_health(server, f"http://127.0.0.1:{port}", log)
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=PATIENCE_S)
            with pytest.raises(ProcessLookupError):
                os.killpg(server.pid, 0)
            with socket.socket() as again:
                again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                again.bind(("127.0.0.1", port))
        finally:
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGKILL)


def test_no_page_loads_a_model():
    """Every page and all that it imports late, in a process of its own."""
    script = f"""
import sys
from dashboard.views import about, brand, customer, network, voices, weekly
import insights.influence.ranking, insights.customers.journey, insights.weekly.report, reports.weekly
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


def test_first_screen_does_not_wait_for_what_other_pages_need():
    script = """
import sys
from dashboard.views import about, brand, customer, network, voices, weekly
print([name for name in ("scipy", "jinja2.environment", "vl_convert", "elasticsearch") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
