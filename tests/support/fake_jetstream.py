"""A Jetstream server of our own making on loopback, both wires, with the bad habits such streams have."""

from __future__ import annotations

import json
import logging
import threading
from collections import deque
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Response
from websockets.sync.server import serve

from tests.support.misbehaving import Asked

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
"""What a new FakeClock shows."""
DID = "did:plc:mouse"
POSTS = "app.bsky.feed.post"
LEXICON = "network.bsky.jetstream.subscribeEvents"


def micros(time):
    """Return a time in microseconds since 1970."""
    return (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def written(time_us):
    """Return microseconds since 1970 as v2 writes them."""
    time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time_us)
    return time.isoformat(timespec="microseconds").replace("+00:00", "Z")


def record(text, **more):
    """Return the record of a post."""
    return {"$type": POSTS, "createdAt": "2026-11-22T11:59:50.000Z", "langs": ["en"], "text": text} | more


def commit(time_us, rkey, text=None, *, did=DID, operation="create", collection=POSTS, **more):
    """Return a commit; without a text it deletes."""
    told = {"did": did, "time_us": time_us, "kind": "commit", "rkey": rkey, "collection": collection}
    told |= {"operation": operation if text is not None else "delete", "rev": f"3r{time_us}"}
    return told | ({"record": record(text, **more), "cid": "bafyreia"} if text is not None else {})


def account(time_us, *, did=DID, active=True, status=None):
    """Return what becomes of an account."""
    body = {"active": active, "did": did, "seq": 1, "time": written(time_us)} | ({"status": status} if status else {})
    return {"did": did, "time_us": time_us, "kind": "account", "account": body}


def as_v1(told, seq=1):
    """Return an event as v1 writes it, in the order of its keys."""
    envelope = {"did": told["did"], "time_us": told["time_us"], "cursor": seq, "kind": told["kind"]}
    if told["kind"] == "commit":
        inner = ("rev", "operation", "collection", "rkey", "record", "cid")
        envelope["commit"] = {key: told[key] for key in inner if key in told}
    else:
        envelope[told["kind"]] = told.get(told["kind"], {})
    raw = json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))
    return raw.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def as_v2(told, seq=1):
    """Return an event as v2 writes it."""
    payload = {"$type": f"{LEXICON}#{told['kind']}", "seq": seq, "did": told["did"], "time": written(told["time_us"])}
    keys = ("rev", "operation", "collection", "rkey", "record", "cid", "account", "identity")
    payload |= {key: told[key] for key in keys if key in told}
    return framed(payload)


def framed(payload):
    """Return a message of v2."""
    return json.dumps({"$type": "message", "payload": payload}, ensure_ascii=False, separators=(",", ":"))


class FakeJetstream:
    """Holds events; what it does beside telling them is set by attributes.

    `trouble` are answers instead of a stream, `first` frames sent before all others, `leaves_after` numbers of
    frames after which a connection ends (one for each that comes), `floor_us` the oldest it tells, `between` is
    called after each frame, `tells` reorders events, `mangles` spoils the frame at a place, `before` is called at
    each request. At its end it tells the time, unless `tip_us` is None.
    """

    def __init__(self):
        self.events = []
        self.asked = []
        self.trouble = deque()
        self.floor_us = 0
        self.tip_us = micros(NOW)
        self.before = lambda: None
        self.calm()
        logger = logging.getLogger("tests.fake_jetstream")
        logger.setLevel(logging.CRITICAL + 1)
        self._server = serve(self._talk, "127.0.0.1", 0, process_request=self._answer, logger=logger, compression=None)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.socket.getsockname()[1]}"

    def calm(self):
        """Tell events as they are."""
        self.first = []
        self.leaves_after = deque()
        self.between = lambda: None
        self.tells = lambda events: events
        self.mangles = lambda place, frame: frame

    def add(self, *events):
        """Add events."""
        self.events += events

    def close(self):
        """Stop."""
        self._server.shutdown()
        self._thread.join()

    def _answer(self, connection, request):
        parts = urlsplit(request.path)
        query = {key: ",".join(values) for key, values in parse_qs(parts.query).items()}
        headers = {name.lower(): value for name, value in request.headers.raw_items()}
        self.asked.append(Asked(path=parts.path, query=query, headers=headers))
        self.before()
        if not self.trouble:
            return None
        says = self.trouble.popleft()
        headers = Headers({"Content-Length": str(len(says.body)), **says.headers})
        return Response(says.status, "Trouble", headers, says.body)

    def _talk(self, connection):
        asked = self.asked[-1]
        frames = self._frames(asked, int(asked.query.get("cursor", self.tip_us or 0)))
        left = self.leaves_after.popleft() if self.leaves_after else None
        try:
            for place, frame in enumerate(frames):
                if place == left:
                    return
                connection.send(self.mangles(place, frame))
                self.between()
            for _ in connection:
                pass
        except ConnectionClosed:
            pass

    def _frames(self, asked, from_us):
        write = as_v2 if asked.path.startswith("/xrpc/") else as_v1
        yield from self.first
        if write is as_v2 and from_us < self.floor_us:
            yield framed({"$type": f"{LEXICON}#info", "name": "OutdatedCursor", "message": "clamped"})
        wanted = [told for told in self.events if told["time_us"] >= max(from_us, self.floor_us)]
        for seq, told in enumerate(self.tells(sorted(wanted, key=lambda told: told["time_us"])), start=1):
            yield told if isinstance(told, str | bytes) else write(told, seq)
        if self.tip_us is not None:
            yield write(account(self.tip_us, did="did:plc:tip"), 10**6)
