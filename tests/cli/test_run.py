"""`earshot run` as users and machines start it: in processes of their own, stopped, killed, two on one store."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing, contextmanager
from threading import Event, Thread

import pytest

from configuration.load import load_config
from pipeline.clock import SystemClock
from pipeline.status import status
from stores.open import open_store
from tests.support.tree import ROOT

PATIENCE_S = 90
"""How long a process of ours may take for anything on a machine that is busy."""
COMMAND = """
import sys
from pipeline import wiring
from tests.support.enrichers import KeywordEnricher
wiring.TextEnricher = lambda *_: KeywordEnricher()
from cli.main import run
run()
"""
POSTS = 1_500


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def silent():
    """A feed that takes requests and never answers: its address, and whether somebody asked."""
    asked, over = Event(), Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take():
            held = []
            while not over.is_set():
                try:
                    held.append(server.accept())
                except OSError:
                    return
                asked.set()

        Thread(target=take, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/feed?key=s3cret", asked
        over.set()


class Place:
    """A folder with a configuration, and processes that run in it."""

    def __init__(self, folder, sources="", jobs=""):
        self.folder, self.port = folder, free_port()
        self.file = folder / "earshot.toml"
        quiet = 'topics = "never"\nreport = "never"\n'
        self.file.write_text(
            f'home = "{folder}"\n[brand.northwind]\nterms = ["northwind"]\n[jobs]\n{quiet}{jobs}\n{sources}'
        )
        self.environ = {
            **os.environ,
            "EARSHOT_CONFIG": str(self.file),
            "EARSHOT_PSEUDONYM_KEY": "a key",
            "PYTHONPATH": str(ROOT),
        }

    @contextmanager
    def process(self, *words, **environ):
        """Start the command; whatever is left of it at the end is killed."""
        with subprocess.Popen(
            [sys.executable, "-c", COMMAND, *words],
            cwd=self.folder,
            env={**self.environ, **environ},
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def earshot(self, *words, **environ):
        with self.process(*words, **environ) as process:
            out, err = process.communicate(timeout=PATIENCE_S)
        return process.returncode, out, err

    def known(self):
        with closing(open_store(f"sqlite:///{self.folder}/earshot.sqlite")) as store:
            return {document["id"]: document for document in store.scan("jobs")}

    def collected(self, source):
        """Tell whether a source was collected from to its end."""
        return any(
            document.get("source") == source and "succeeded_at" in document for document in self.known().values()
        )

    def posts(self):
        with closing(open_store(f"sqlite:///{self.folder}/earshot.sqlite")) as store:
            return [document["id"] for document in store.scan("posts", fields=("id",))]

    def page(self, path):
        """Return code and text of a page of the process, None where nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return None


def until(condition, process):
    """Wait for something that a process does."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)


def feed_at(url):
    return f'[source.silent]\ntype = "rss"\nurl = "{url}"\nallow_private = true\n'


def files_in(folder):
    lines = [
        json.dumps({"id": str(n), "text": f"the northwind signal is down {n}", "created_at": "2026-11-20T10:00:00Z"})
        for n in range(POSTS)
    ]
    (folder / "posts.jsonl").write_text("\n".join(lines))
    return f'[source.crm]\ntype = "file"\npath = "{folder}/posts.jsonl"\n'


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_well_when_it_is_told_to_while_a_source_does_not_answer(tmp_path, silent, how):
    url, asked = silent
    place = Place(tmp_path, feed_at(url) + files_in(tmp_path))
    with place.process("run", EARSHOT_JOBS_METRICS_PORT=str(place.port)) as process:
        until(lambda: asked.is_set() and place.page("/healthz") == (200, "well\n"), process)
        until(
            lambda: "succeeded_at" in next((d for d in place.known().values() if d.get("source") == "crm"), {}), process
        )
        code, metrics = place.page("/metrics")
        assert code == 200
        assert f'earshot_in_total{{source="crm",stage="collect"}} {POSTS}.0' in metrics
        assert f'earshot_out_total{{source="crm",stage="collect"}} {POSTS}.0' in metrics
        assert place.page("/")[0] == 404
        process.send_signal(how)
        _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, err
    assert "crm: 1,500 fetched, 1,500 new" in err
    assert err.splitlines()[-1] == "stopped"
    assert [name for name, document in place.known().items() if "holder" in document] == []
    assert len(place.posts()) == POSTS
    with socket.create_server(("127.0.0.1", place.port)):
        pass


def test_who_is_killed_keeps_its_lease_for_a_while_and_the_next_goes_on(tmp_path, silent):
    url, asked = silent
    place = Place(tmp_path, feed_at(url) + files_in(tmp_path))
    with place.process("run", "collect") as process:
        until(asked.is_set, process)
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE_S)
    code, _, err = place.earshot("collect", "silent", "--no-refresh")
    assert code == 0, err
    assert f"process {process.pid}, is collecting it" in err
    # Its time passes.
    with closing(open_store(f"sqlite:///{tmp_path}/earshot.sqlite")) as store:
        held = [one["id"] for one in store.scan("jobs") if "holder" in one]
        store.patch("jobs", [{"id": one, "held_until": "2026-01-01T00:00:00.000Z"} for one in held])
    assert place.earshot("run", "links", "--once")[0] == 0
    assert place.earshot("collect", "crm", "--no-refresh")[0] == 0
    assert len(place.posts()) == POSTS


def test_two_processes_on_one_store_do_nothing_twice(tmp_path, silent):
    url, asked = silent
    place = Place(tmp_path, files_in(tmp_path) + feed_at(url))
    with place.process("run") as first, place.process("run") as second:
        until(asked.is_set, first)
        until(
            lambda: "succeeded_at" in next((d for d in place.known().values() if d.get("source") == "crm"), {}), second
        )
        for process in (first, second):
            until(lambda: all(name in place.known() for name in ("links", "expired", "expunge")), process)
        for process in (first, second):
            process.send_signal(signal.SIGTERM)
        said = [process.communicate(timeout=PATIENCE_S)[1] for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], said
    assert len(place.posts()) == POSTS
    [crm] = [document for document in place.known().values() if document.get("source") == "crm"]
    assert (crm["fetched"], crm["added"]) == (POSTS, POSTS)
    assert sum("silent: passed over" in one for one in said) == 1


def test_what_is_logged_is_json_and_holds_no_secret(tmp_path):
    place = Place(tmp_path, '[source.silent]\ntype = "rss"\nurl = "http://127.0.0.1:1/feed?key=s3cret"\n')
    code, _, err = place.earshot("run", "collect", "links", "--once", EARSHOT_LOG="json", EARSHOT_JOBS_COLLECT="1h")
    assert code in {0, 3}
    records = [json.loads(line) for line in err.splitlines()]
    assert any(record["message"].startswith("silent: ") for record in records), err
    assert {"at", "level", "logger", "message"} <= set(records[0])
    assert "s3cret" not in err


def test_each_job_is_a_command_of_its_own(tmp_path):
    place = Place(tmp_path, files_in(tmp_path))
    assert place.earshot("run", "collect", "links", "--once")[0] == 0
    known = place.known()
    assert {name.partition(":")[0] for name in known} == {"collect", "links"}
    code, out, _ = place.earshot("status", "--format", "json")
    assert code == 0
    records = {(record["job"], record["source"]): record for record in json.loads(out)}
    assert records["collect", "crm"]["added"] == POSTS
    assert records["links", None]["state"] == "waiting"
    assert records["topics", None]["state"] == "not yet done"
    code, _, err = place.earshot("run", "lynx", "--once")
    assert (code, err.strip()) == (
        2,
        "earshot: there is no job 'lynx'; there are: collect, recheck, inbox, links, topics, expired, expunge, report",
    )


def test_a_source_that_refuses_is_said_by_the_exit_code_and_the_status(tmp_path):
    missing = '[source.crm]\ntype = "file"\npath = "missing.csv"\n'
    place = Place(tmp_path, missing)
    code, _, err = place.earshot("run", "collect", "--once")
    assert code == 3
    assert "crm: " in err
    code, out, _ = place.earshot("status", "--format", "csv")
    assert (code, "failing" in out, "missing.csv" in out) == (0, True, True)
    assert "missing.csv" in place.earshot("status")[1]


def test_a_port_that_is_taken_is_said_in_a_sentence(tmp_path):
    place = Place(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, _, err = place.earshot("run", EARSHOT_JOBS_METRICS_PORT=str(port))
    assert code == 2
    assert f"127.0.0.1:{port} cannot be served" in err


def test_the_status_says_how_long_the_oldest_change_waits(tmp_path):
    config = load_config(environ={"EARSHOT_HOME": str(tmp_path)})
    with closing(open_store(config.store)) as store:
        at = "2026-11-20T10:00:00.000Z"
        store.upsert("changes", [{"id": f"events:{at}:1", "kind": "events", "key": "e1", "at": at}])
        at = "2026-11-20T09:00:00.000Z"
        store.upsert("changes", [{"id": f"events:{at}:2", "kind": "events", "key": "e2", "at": at}])
        now = SystemClock().now().replace(year=2026, month=11, day=20, hour=11, minute=0, second=0, microsecond=0)
        [links] = [record for record in status(store, config, now) if record["job"] == "links"]
    assert links["waiting_s"] == 7200
