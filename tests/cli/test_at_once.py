"""The same command twice at once, in processes of their own: nothing lost, nothing doubled, no traceback."""

import json
import os
import subprocess
import sys
from contextlib import closing
from threading import Thread

import pytest

from actions.report_redaction import alone_in, forget_quotes
from cli.report import write_weekly
from stores.open import open_store
from tests.support.example_week import WEEK, example_week
from tests.support.tree import ROOT

PATIENCE_S = 240
COMMAND = """
import sys
from pipeline import wiring
from tests.support.enrichers import KeywordEnricher
wiring.TextEnricher = lambda *_: KeywordEnricher()
from cli.main import run
run()
"""
SAID = ("the signal of the mast is down", "my bill went up again", "the router came broken")
POSTS = 700
"""More than a page of a file has."""


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("EARSHOT_HOME", str(tmp_path))
    monkeypatch.setenv("EARSHOT_STORE", f"sqlite:///{tmp_path / 'earshot.sqlite'}")
    monkeypatch.setenv("EARSHOT_PSEUDONYM_KEY", "a key")
    monkeypatch.delenv("EARSHOT_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "earshot.toml").write_text('[brand.northwind]\nterms = ["northwind"]\n')
    return tmp_path


def at_once(home, *words):
    """Run a command in two processes; return what each said and how it ended."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", COMMAND, *words],
            cwd=home,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(2)
    ]
    try:
        said = [process.communicate(timeout=PATIENCE_S)[0] for process in started]
    finally:
        for process in started:
            process.kill()
    assert not any("Traceback" in one for one in said), said
    assert [process.returncode for process in started] == [0, 0], said
    return said


def kept(home, kind):
    with closing(open_store(f"sqlite:///{home / 'earshot.sqlite'}")) as store:
        return list(store.scan(kind))


def test_ingesting_twice_at_once(home):
    lines = (
        json.dumps({"id": str(n), "text": f"{SAID[n % 3]} at the northwind {n}", "created_at": "2026-11-20T10:00:00Z"})
        for n in range(POSTS)
    )
    (home / "posts.jsonl").write_text("\n".join(lines))
    at_once(home, "ingest", "--no-refresh", "--path", "posts.jsonl")
    assert sorted(int(post["native_id"]) for post in kept(home, "posts")) == list(range(POSTS))


def test_the_report_twice_at_once(home):
    with closing(open_store(f"sqlite:///{home / 'earshot.sqlite'}")) as store:
        example_week(store)
    at_once(home, "report", "weekly", "--week", WEEK, "--output", "reports")
    assert sorted(file.name for file in (home / "reports").iterdir()) == [f"weekly-{WEEK}.html", f"weekly-{WEEK}.md"]
    assert [report["id"] for report in kept(home, "reports")] == [f"weekly-{WEEK}"]


def test_who_writes_reports_waits_for_who_takes_posts_out_of_them(home):
    with closing(open_store(f"sqlite:///{home / 'earshot.sqlite'}")) as store:
        example_week(store)
        (page,) = write_weekly(None, week=WEEK, forms=["md"], output=home / "reports")
        (report,) = store.scan("reports")
        before = page.read_text()
        one, two = report["quoted"][:2]
        with alone_in(page.parent):
            waiting = [Thread(target=forget_quotes, args=(store, [post])) for post in (one, two)]
            for thread in waiting:
                thread.start()
            waiting[0].join(timeout=0.2)
            assert page.read_text() == before
        for thread in waiting:
            thread.join()
    # Neither brought back what the other took out.
    assert page.read_text().count("<!--quote ") == before.count("<!--quote ") - 2
