"""`earshot serve` and `earshot run inbox` as users start them: processes that are stopped, killed and started again."""

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
from contextlib import closing, contextmanager

import httpx
import pytest

from stores.open import open_store
from tests.support.pushed import TOKEN, at, inbox, outage, structured
from tests.support.tree import ROOT

PATIENCE_S = 90
COMMAND = "from cli.main import run; run()"


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Place:
    """A folder with a configuration, and processes that run in it."""

    def __init__(self, folder, **settings):
        self.folder = folder
        (folder / "earshot.toml").write_text(
            f'home = "{folder}"\n[brand.northwind]\nterms = ["northwind"]\n[listener]\nport = 0\n'
            'records = ["outage=events"]\n'
        )
        environ = {f"EARSHOT_LISTENER_{name.upper()}": value for name, value in settings.items()}
        file = str(folder / "earshot.toml")
        self.environ = {**os.environ, "EARSHOT_CONFIG": file, "EARSHOT_PSEUDONYM_KEY": "a key", **environ}

    @contextmanager
    def process(self, *words):
        with subprocess.Popen(
            [sys.executable, "-c", COMMAND, *words],
            cwd=ROOT,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    @contextmanager
    def listening(self):
        """Start a listener; give it and a client of it."""
        with self.process("serve") as process:
            ready, _, _ = select.select([process.stderr], [], [], PATIENCE_S)
            told = process.stderr.readline() if ready else ""
            address = re.search(r"listening on (http://\S+);", told)
            assert address, told + process.stderr.read()
            with httpx.Client(base_url=address[1], timeout=PATIENCE_S) as client:
                yield process, client

    def earshot(self, *words):
        with self.process(*words) as process:
            out, err = process.communicate(timeout=PATIENCE_S)
        return process.returncode, out, err

    @property
    def store(self):
        return closing(open_store(f"sqlite:///{self.folder}/earshot.sqlite"))

    def read(self):
        """Read the inbox; return the ids of all events."""
        code, _, err = self.earshot("run", "inbox", "--once")
        assert code == 0, err
        with self.store as store:
            return [one["id"] for one in store.scan("events")]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_well_when_it_is_told_to(tmp_path, how):
    with Place(tmp_path).listening() as (process, client):
        assert client.post("/events", **structured(outage(1))).status_code == 202
        process.send_signal(how)
        _, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, err.splitlines()[-1]) == (0, "stopped")


def test_what_was_taken_outlives_the_process_and_is_read_by_the_next(tmp_path):
    place = Place(tmp_path)
    with place.listening() as (process, client):
        for number in range(3):
            assert client.post("/events", **structured(outage(number))).status_code == 202
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE_S)
    with place.listening() as (_, client):
        assert client.post("/events", **structured(outage(2))).json() == {"accepted": 1, "repeats": 1}
        assert client.post("/events", **structured(outage(3))).json() == {"accepted": 1, "repeats": 0}
        assert place.read() == ["o0", "o1", "o2", "o3"]
        assert client.post("/events", **structured(outage(1))).json()["repeats"] == 1
        assert place.read() == ["o0", "o1", "o2", "o3"]
    with place.store as store:
        assert [one["state"] for one in inbox(store)] == ["done"] * 4


def test_an_alarm_that_a_hub_tells_of_becomes_an_event_and_ends(tmp_path):
    place = Place(tmp_path)
    alarm = {
        "id": "77",
        "alarmType": "equipmentAlarm",
        "perceivedSeverity": "major",
        "probableCause": "powerProblem",
        "alarmedObject": {"id": "site-7"},
        "sourceSystemId": "oss",
        "state": "raised",
        "alarmRaisedTime": at(1),
    }
    over = {**alarm, "state": "cleared", "alarmClearedTime": at(3), "alarmChangedTime": at(3)}
    told = {"eventId": "1", "eventType": "AlarmCreateEvent", "eventTime": at(1), "event": {"alarm": alarm}}
    ended = {"eventId": "2", "eventType": "AlarmStateChangeEvent", "eventTime": at(3), "event": {"alarm": over}}
    with place.listening() as (_, client):
        # The end comes first, and what is told of the beginning twice.
        for path, payload in (("alarmStateChangeEvent", ended), ("alarmCreateEvent", told), ("alarmCreateEvent", told)):
            assert client.post(f"/listener/{path}", json=payload).status_code == 201
        [event] = place.read()
    with place.store as store:
        stored = store.get("events", [event])[event]
    assert (stored["kind"], stored["started_at"], stored["ended_at"]) == ("alarm", at(1), at(3))


def test_a_reader_that_is_killed_in_the_middle_loses_nothing(tmp_path):
    place, many = Place(tmp_path), 400
    with place.listening() as (_, client):
        batch = [{**outage(1, hour=0, end=at(n % 24)), "id": f"n{n}"} for n in range(many)]
        batch.append({**outage(2), "id": "last"})
        headers = {"Content-Type": "application/cloudevents-batch+json"}
        assert client.post("/events", content=json.dumps(batch), headers=headers).json()["accepted"] == many + 1
        with place.process("run", "inbox", "--once") as process:
            while process.poll() is None:
                with place.store as store:
                    if any(one["state"] == "done" for one in inbox(store)):
                        break
            process.send_signal(signal.SIGKILL)
            process.wait(PATIENCE_S)
        with place.store as store:
            held = [one["id"] for one in store.scan("jobs") if "holder" in one]
            store.patch("jobs", [{"id": one, "held_until": "2026-01-01T00:00:00.000Z"} for one in held])
        assert place.read() == ["o1", "o2"]
    with place.store as store:
        assert [one["state"] for one in inbox(store)] == ["done"] * (many + 1)
        assert store.get("events", ["o1"])["o1"]["ended_at"] == at((many - 1) % 24)


def test_it_does_not_start_for_others_without_a_secret(tmp_path):
    code, out, err = Place(tmp_path, host="0.0.0.0").earshot("serve")
    assert (code, out) == (2, "")
    assert err == (
        "earshot: listener.host: 0.0.0.0 can be reached from other machines; set EARSHOT_LISTENER_TOKEN or "
        "EARSHOT_LISTENER_SECRET, or listen on 127.0.0.1\n"
    )


def test_with_a_token_it_does_and_nobody_reads_it_anywhere(tmp_path):
    with Place(tmp_path, host="0.0.0.0", token=TOKEN).listening() as (process, client):
        port = client.base_url.port
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S) as near:
            assert near.post("/events", **structured(outage(1))).status_code == 401
            near.headers["Authorization"] = f"Bearer {TOKEN}"
            assert near.post("/events", **structured(outage(1))).status_code == 202
            assert near.post("/events", content=b"secret words").status_code == 415
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=PATIENCE_S)
    assert "No signal" not in out + err
    assert "secret words" not in out + err
    assert TOKEN not in out + err


def test_a_mapping_that_is_not_there_is_said_at_the_start(tmp_path):
    code, _, err = Place(tmp_path, records="outage=events:nowhere").earshot("serve")
    assert (code, "there is no mapping 'nowhere'" in err) == (2, True)


@pytest.mark.parametrize("name", ["token", "secret"])
def test_a_secret_in_the_file_is_refused(tmp_path, name):
    place = Place(tmp_path)
    with (tmp_path / "earshot.toml").open("a") as file:
        file.write(f'{name} = "{TOKEN}"\n')
    code, _, err = place.earshot("serve")
    assert (code, f"set EARSHOT_LISTENER_{name.upper()} instead" in err) == (2, True)
    assert TOKEN not in err


def test_what_is_counted_can_be_measured(tmp_path):
    port = free_port()
    place = Place(tmp_path, metrics_port=str(port))
    with place.listening() as (_, client):
        client.post("/events", **structured(outage(1)))
        place.read()
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S) as metrics:
            told = metrics.get("/metrics").text
            assert metrics.get("/healthz").text == "well\n"
    assert 'earshot_listener_answers_total{path="events",status="202"} 1.0' in told
    assert 'earshot_in_total{source="",stage="inbox"} 1.0' in told
