"""The server is bounded: in requests, bytes, connections and time; nothing that it took is lost."""

import asyncio
import gzip
import json
import socket
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Thread

import pytest

from domain.errors import ConfigurationError, StoreRefused
from listener import app, bodies, server
from listener.bodies import Gate, Load
from listener.refusal import RequestRefused
from tests.support.pushed import inbox, listening, notification

PATIENCE_S = 60
MANY = 10_000
SENDERS = 40


class SlowStore:
    """A store that takes nothing until it is let."""

    def __init__(self, store):
        self._store = store
        self.asked, self.let = Event(), Event()

    def upsert(self, kind, documents):
        self.asked.set()
        assert self.let.wait(PATIENCE_S)
        return self._store.upsert(kind, documents)


class BrokenStore:
    """A store whose disk is full."""

    def upsert(self, *_):
        raise StoreRefused("the disk of example.sqlite is full")

    version = upsert


@contextmanager
def connection(client):
    with socket.create_connection((client.base_url.host, client.base_url.port), timeout=PATIENCE_S) as raw:
        yield raw


def said(raw):
    """Return all that comes until the other side closes."""
    parts = []
    while part := raw.recv(65_536):
        parts.append(part)
    return b"".join(parts)


def test_who_comes_when_it_is_full_is_told_when_to_come_back(store):
    slow, answers = SlowStore(store), []

    def send(client, number):
        answers.append(client.post("/listener", json=notification(str(number))).status_code)

    with listening(slow, at_once=2) as client:
        senders = [Thread(target=send, args=(client, number)) for number in range(2)]
        senders[0].start()
        assert slow.asked.wait(PATIENCE_S)
        senders[1].start()
        while (answer := client.post("/listener", content=b"{")).status_code != 503:
            assert answer.status_code == 415
        assert (answer.headers["retry-after"], answer.json()) == (
            "1",
            {"error": "too many requests at once; come back"},
        )
        slow.let.set()
        for sender in senders:
            sender.join(PATIENCE_S)
        assert client.post("/listener", json=notification("3")).status_code == 201
    assert answers == [201, 201]
    assert len(inbox(store)) == 3


def test_all_bodies_together_are_bounded():
    gate = Gate(at_once=9, bytes_at_once=10)
    with gate.entered() as first, gate.entered() as second:
        first.add(6)
        second.add(4)
        with pytest.raises(RequestRefused) as refused:
            second.add(1)
        assert (refused.value.status, refused.value.retry_after_s) == (503, 1)
    Load(gate).add(10)


def test_a_bomb_is_never_unpacked_whole():
    bomb = gzip.compress(b" " * 100_000_000)
    with Gate(at_once=1).entered() as load:
        tracemalloc.start()
        try:
            with pytest.raises(RequestRefused, match="longer than 1000 bytes"):
                bodies.unpacked(bomb, "gzip", 1_000, load)
            held = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert held < 2_000_000


def test_what_the_store_does_not_take_is_not_said_to_be_kept(caplog):
    with listening(BrokenStore()) as client:
        for answer in (client.post("/listener", json=notification("1")), client.get("/healthz")):
            assert (answer.status_code, answer.headers["retry-after"]) == (503, str(app.STORE_BUSY_S))
            assert "example.sqlite" not in answer.text
    assert "the disk of example.sqlite is full" in caplog.text


def test_a_sender_that_drips_is_let_go_and_others_are_heard(store, monkeypatch):
    monkeypatch.setattr(bodies, "BODY_S", 0.2)
    with listening(store) as client, connection(client) as raw:
        raw.sendall(
            b"POST /listener HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"
        )
        assert client.post("/listener", json=notification("1")).status_code == 201
        assert said(raw).startswith(b"HTTP/1.1 408 ")
    assert len(inbox(store)) == 1


@pytest.mark.parametrize(
    "first", [b"", b"POST /listener HTTP/1.1\r\nHost:", b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /h"]
)
def test_a_connection_that_says_nothing_whole_is_closed(store, monkeypatch, first):
    monkeypatch.setattr(server, "HEADERS_S", 0.2)
    monkeypatch.setattr(server, "IDLE_S", 0.2)
    with listening(store) as client, connection(client) as raw:
        raw.sendall(first)
        try:
            assert said(raw).count(b"HTTP/1.1 ") == first.count(b"\r\n\r\n")
        except ConnectionResetError:
            assert b"\r\n\r\n" not in first


def test_too_many_connections_are_told_so(store, monkeypatch):
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 1)
    with listening(store) as client, connection(client) as first:
        first.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        assert first.recv(15) == b"HTTP/1.1 200 OK"
        with connection(client) as second:
            answer = said(second)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"Retry-After: 1" in head
    assert f"Content-Length: {len(body)}".encode() in head
    assert json.loads(body) == {"error": "too many connections; come back"}


@pytest.mark.parametrize("header", [b"x: " + b"a" * 20_000, b"x: " + b"a" * 200_000])
def test_a_header_without_end_is_refused(store, header):
    with listening(store) as client, connection(client) as raw:
        try:
            raw.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n" + header)
            assert said(raw).startswith(b"HTTP/1.1 400 ")
        except (ConnectionResetError, BrokenPipeError):
            pass
        assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("raw_bytes", [b"\x00\x01\x02\r\n\r\n", b"GET / HTTP/9\r\n\r\n", b"\x16\x03\x01\x02\x00"])
def test_what_is_no_http_ends_its_connection_alone(store, caplog, raw_bytes):
    with listening(store) as client, connection(client) as raw:
        raw.sendall(raw_bytes)
        assert said(raw).startswith(b"HTTP/1.1 400 ")
        assert caplog.text == ""
        assert client.get("/healthz").status_code == 200


def test_a_port_that_is_taken_is_said(store):
    with (
        listening(store) as client,
        pytest.raises(ConfigurationError, match="cannot be served: Address already in use"),
    ):
        server.bound("127.0.0.1", client.base_url.port)
    with pytest.raises(ConfigurationError, match="no address of this machine"):
        server.bound("nowhere.invalid", 0)


def test_a_flood_is_taken_whole(store):
    """Ten thousand at once: some may be told to come back, none that was taken is lost."""

    async def sender(port, mine, taken):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in mine:
            body = json.dumps(notification(str(number))).encode()
            head = b"POST /listener HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: "
            writer.write(head + str(len(body)).encode() + b"\r\n\r\n" + body)
        for number in mine:
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 201 "), head
            await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]))
            taken.add(str(number))
        writer.close()

    async def flood(port):
        taken = set()
        await asyncio.gather(*(sender(port, range(first, MANY, SENDERS), taken) for first in range(SENDERS)))
        return taken

    # In a thread of its own: a browser of another test may have a loop running in this one.
    with listening(store) as client, ThreadPoolExecutor(1) as apart:
        taken = apart.submit(lambda: asyncio.run(flood(client.base_url.port))).result()
    assert {json.loads(one["body"])["eventId"] for one in store.scan("inbox")} == taken
    assert len(taken) == MANY
    orders = [one["order"] for one in inbox(store)]
    assert len(set(orders)) == MANY
