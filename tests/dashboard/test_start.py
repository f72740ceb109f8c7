"""The server is started closed to the outside, and the pages stay light."""

import subprocess
import sys

import pytest

from dashboard.__main__ import main
from dashboard.start import command
from tests.support.tree import ROOT

HEAVY = ("torch", "transformers", "bertopic", "nlp", "collectors", "pipeline", "linking")


def test_server_listens_on_the_loopback_and_tells_nobody():
    line = command(port=8612, browser=False)
    for option in (
        "--server.address=127.0.0.1",
        "--server.port=8612",
        "--server.headless=true",
        "--server.allowedHosts=127.0.0.1",
        "--browser.gatherUsageStats=false",
        "--server.fileWatcherType=none",
    ):
        assert option in line


def test_browser_is_opened_where_asked_for():
    assert "--server.headless=false" in command(port=1, browser=True)


def test_wrong_port_is_said_in_one_line(capsys):
    with pytest.raises(SystemExit):
        main(["--port", "many"])
    assert "--port" in capsys.readouterr().err


def test_no_page_loads_a_model():
    """Every page and all that it imports late, in a process of its own."""
    script = f"""
import sys
from dashboard.views import about, brand, customer, voices, weekly
import insights.influence, insights.journey, insights.weekly, reports.weekly
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


def test_first_screen_does_not_wait_for_what_other_pages_need():
    script = """
import sys
from dashboard.views import about, brand, customer, voices, weekly
print([name for name in ("networkx", "jinja2.environment", "vl_convert", "elasticsearch") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
