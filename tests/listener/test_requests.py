"""What is pushed in any form is kept once, before it is answered; hostile input is refused in a sentence."""

import gzip
import json
import zlib
from base64 import b64decode
from contextlib import closing

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from stores.open import open_store
from tests.support.pushed import inbox, listening, notification, outage, structured

BATCH = {"Content-Type": "application/cloudevents-batch+json"}
BINARY = {"ce-specversion": "1.0", "ce-id": "n1", "ce-source": "/noc", "ce-type": "outage"}


def bodies(store):
    return [json.loads(one["body"]) for one in inbox(store)]


@pytest.mark.parametrize("path", ["/listener", "/listener/alarmCreateEvent"])
def test_a_notification_is_kept_before_it_is_answered(store, path):
    with listening(store) as client:
        answer = client.post(path, json=notification("1"))
        assert (answer.status_code, answer.json()) == (201, {"accepted": 1, "repeats": 0})
        assert bodies(store) == [notification("1")]
        [kept] = inbox(store)
        assert (kept["state"], kept["form"], kept["type"]) == ("waiting", "tmforum", "AlarmCreateEvent")


def test_the_path_names_an_event_that_does_not_name_itself(store):
    with listening(store) as client:
        client.post("/listener/alarmCreateEvent", json={"eventId": "1", "event": {}})
    assert bodies(store) == [{"eventId": "1", "eventType": "AlarmCreateEvent", "event": {}}]


def test_what_is_told_again_is_kept_once_whichever_way_it_comes(store):
    with listening(store) as client:
        answers = [client.post(path, json=notification("1")) for path in ("/listener", "/listener/alarmCreateEvent")]
        answers.append(client.post("/events", **structured(outage(1))))
        answers.append(client.post("/events", content=json.dumps([outage(2), outage(1), outage(2)]), headers=BATCH))
        data = json.dumps(outage(1)["data"])
        answers.append(client.post("/events", content=data, headers=BINARY | {"Content-Type": "application/json"}))
    assert [answer.json()["repeats"] for answer in answers] == [0, 1, 0, 2, 1]
    assert [answer.status_code for answer in answers] == [201, 201, 202, 202, 202]
    assert len(inbox(store)) == 3


@pytest.mark.parametrize(
    "other",
    [
        {"eventType": "TroubleTicketCreateEvent"},
        {"eventTime": "2026-11-20T00:00:01Z"},
        {"reportingSystem": {"id": "north"}},
    ],
    ids=["kind", "time", "system"],
)
def test_two_hubs_that_both_count_from_one_lose_nothing(store, other):
    with listening(store) as client:
        for payload in (notification("1"), notification("1", **other)):
            assert client.post("/listener", json=payload).json() == {"accepted": 1, "repeats": 0}


def test_events_that_nobody_named_are_named_by_what_they_say(store):
    with listening(store) as client:
        said = [client.post("/listener", json={"event": number}).json()["repeats"] for number in (1, 2, 1)]
    assert said == [0, 0, 1]


def test_every_mode_of_cloudevents_is_the_same_event(store):
    event = outage(1, hour=3)
    attributes = BINARY | {"ce-time": event["time"], "ce-subject": "Leeds%20%E2%82%AC"}
    with listening(store) as client:
        client.post(
            "/events", content=json.dumps(event["data"]), headers=attributes | {"Content-Type": "text/json+json"}
        )
    [kept] = bodies(store)
    assert kept["data"] == event["data"]
    assert (kept["id"], kept["time"], kept["subject"]) == ("n1", event["time"], "Leeds €")


def test_data_that_is_no_json_is_kept_as_it_came(store):
    with listening(store) as client:
        client.post("/events", content=b"\xff\x00", headers=BINARY | {"Content-Type": "image/png"})
    [kept] = bodies(store)
    assert b64decode(kept["data_base64"]) == b"\xff\x00"


@pytest.mark.parametrize(("sent", "kept"), [(b"plain \xc3\xa9", "plain é"), (b"\xff\xfe", "//4=")])
def test_what_a_source_pushes_is_kept_raw(store, sent, kept):
    with listening(store) as client:
        assert client.post("/webhooks/crm-2", content=sent).status_code == 202
        assert client.post("/webhooks/crm-2", content=sent).json()["repeats"] == 1
        assert client.post("/webhooks/crm-2", content=sent, headers={"webhook-id": "m1"}).json()["repeats"] == 0
    first = inbox(store)[0]
    assert (first["state"], first["source"], first["body"]) == ("raw", "crm-2", kept)


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress], ids=["gzip", "deflate"])
def test_packed_bodies_are_unpacked(store, pack):
    name = "gzip" if pack is gzip.compress else "deflate"
    headers = {"Content-Encoding": name, "Content-Type": "application/json"}
    with listening(store) as client:
        assert client.post(
            "/listener", content=pack(json.dumps(notification("1")).encode()), headers=headers
        ).is_success
    assert bodies(store) == [notification("1")]


JSON = {"Content-Type": "application/json"}
CE = {"Content-Type": "application/cloudevents+json"}
LIMIT = 100_000
HOSTILE = {
    "no JSON": (400, "/listener", b"{", JSON),
    "no UTF-8": (400, "/listener", b'{"eventId": "\xff"}', JSON),
    "no object": (400, "/listener", b"[1]", JSON),
    "nothing": (400, "/listener", b"", JSON),
    "deep": (400, "/listener", b'{"a":' * 70 + b"1" + b"}" * 70, JSON),
    "deeper than any stack": (400, "/listener", b"[" * 90_000, JSON),
    "a number that is none": (400, "/events", b'{"a": NaN}', CE),
    "a number without end": (400, "/listener", b"1" * 50_000, JSON),
    "as a form": (415, "/listener", b"a=b", {"Content-Type": "application/x-www-form-urlencoded"}),
    "no type": (415, "/listener", b"{}", {"Content-Type": ""}),
    "no name": (400, "/events", json.dumps(outage(1) | {"id": ""}).encode(), CE),
    "no source": (400, "/events", json.dumps(outage(1) | {"source": 7}).encode(), CE),
    "another version": (400, "/events", json.dumps(outage(1) | {"specversion": "0.3"}).encode(), CE),
    "one of a batch": (400, "/events", json.dumps([outage(1), {}]).encode(), BATCH),
    "no batch": (400, "/events", json.dumps(outage(1)).encode(), BATCH),
    "too large a batch": (413, "/events", b"[" + b"{}," * 1_000 + b"{}]", BATCH),
    "too long": (413, "/listener", b" " * (LIMIT + 1), JSON),
    "much too long": (413, "/webhooks/a", b" " * (LIMIT * 3), {}),
    "a bomb": (413, "/listener", gzip.compress(b" " * 50_000_000), JSON | {"Content-Encoding": "gzip"}),
    "bombs in a row": (400, "/webhooks/a", gzip.compress(b"1") * 2, {"Content-Encoding": "gzip"}),
    "half a gzip": (400, "/listener", gzip.compress(b"{}" * 99)[:-5], JSON | {"Content-Encoding": "gzip"}),
    "no gzip": (400, "/listener", b"{}", JSON | {"Content-Encoding": "gzip"}),
    "packed otherwise": (415, "/listener", b"{}", JSON | {"Content-Encoding": "br"}),
    "many headers": (431, "/listener", b"{}", JSON | {f"x-{number}": "1" for number in range(101)}),
    "a path of its own": (404, "/webhooks/..%2f..", b"{}", {}),
    "an event of its own": (404, "/listener/a-b", b"{}", JSON),
    "a long name": (404, f"/webhooks/{'a' * 65}", b"{}", {}),
}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A listener that takes short bodies alone, and the store behind it."""
    file = tmp_path_factory.mktemp("small") / "earshot.sqlite"
    with closing(open_store(f"sqlite:///{file}")) as store, listening(store, body_limit=LIMIT) as client:
        yield client, store


@pytest.mark.parametrize(("status", "path", "body", "headers"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_input_is_refused_in_a_sentence_and_the_next_is_heard(small, caplog, status, path, body, headers):
    client, store = small
    before = len(inbox(store))
    answer = client.post(path, content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert 5 < len(answer.json()["error"]) < 200
    assert len(inbox(store)) == before
    assert client.post("/listener", json=notification("1")).is_success
    assert caplog.text == ""


def test_a_name_that_cannot_be_written_is_kept_all_the_same(store):
    event = b'{"specversion": "1.0", "id": "\\ud800", "source": "\\ud800 a\\u0000", "type": "' + b"x" * 5_000 + b'"}'
    with listening(store) as client:
        assert client.post("/events", content=event, headers=CE).is_success
        assert client.post("/events", content=event, headers=CE).json()["repeats"] == 1
    assert bodies(store) == [json.loads(event)]


def test_how_it_is_and_what_is_answered_can_be_seen(store):
    registry = CollectorRegistry()
    with listening(store, registry) as client:
        assert (client.get("/healthz").status_code, client.get("/healthz").json()) == (200, {"status": "well"})
        assert client.get("/events").status_code == 405
        assert client.get("/secret").json() == {"error": "not found"}
        client.post("/listener", json=notification("1"))
        client.post("/listener/xEvent", content=b"{", headers=JSON)
    metrics = generate_latest(registry).decode()
    assert 'earshot_listener_answers_total{path="listener",status="201"} 1.0' in metrics
    assert 'earshot_listener_answers_total{path="listener",status="400"} 1.0' in metrics
    assert 'path="other",status="404"' in metrics
    assert "secret" not in metrics
