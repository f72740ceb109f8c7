"""A Mastodon server of our own making: as much of it as a collector meets, with its bad habits."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from tests.support.misbehaving import Says

JSON = {"Content-Type": "application/json; charset=utf-8"}
START = datetime(2026, 11, 20, 10, tzinfo=UTC)


APART = timedelta(seconds=10)


def native_id(number):
    """Return the id of the status of a number: as Mastodon makes them, they begin with the time."""
    return str(int((START + number * APART).timestamp() * 1000) << 16)


def number_of(native_id):
    """Return the number of the status with an id."""
    return round(((int(native_id) >> 16) / 1000 - START.timestamp()) / APART.total_seconds())


def status(number, content=None, **changes):
    """Return a status as the server tells it."""
    made = {
        "id": native_id(number),
        "uri": f"https://social.example/users/mouse/statuses/{number}",
        "url": f"https://social.example/@mouse/{number}",
        "created_at": (START + number * APART).isoformat().replace("+00:00", ".000Z"),
        "edited_at": None,
        "content": f"<p>No signal, day {number}</p>" if content is None else content,
        "spoiler_text": "",
        "visibility": "public",
        "language": "en",
        "in_reply_to_id": None,
        "reblog": None,
        "replies_count": 1,
        "reblogs_count": 0,
        "favourites_count": 2,
        "account": {
            "id": "7",
            "acct": "mouse",
            "display_name": "Field Mouse",
            "bot": False,
            "followers_count": 120,
            "noindex": False,
        },
        "tags": [{"name": "northmobile"}],
        "mentions": [],
    }
    return made | changes


def frame(event, data):
    """Return an event of the stream: of a status, or of an id or something else as it is."""
    told = json.dumps(data) if isinstance(data, dict) else data
    return f"event: {event}\ndata: {told}\n\n".encode()


THUMP = b":thump\n"


class FakeMastodon:
    """Holds statuses by number; `repeats` and `shuffles` are its bad habits.

    To those who show a token it streams: `stream` is called when somebody listens and returns what is said until
    the stream ends. `streaming` is the address that it gives for that.
    """

    def __init__(self, server):
        self.server = server
        self.statuses = {}
        self.repeats = False
        self.shuffles = False
        self.access = None
        self.hides_single = False
        self.stream = lambda: THUMP
        self.streaming = None
        server.answer = self.answer

    def add(self, *numbers, **changes):
        """Add (or replace) statuses."""
        self.statuses |= {native_id(number): status(number, **changes) for number in numbers}

    def remove(self, number):
        """Delete a status."""
        del self.statuses[native_id(number)]

    def answer(self, asked):
        """Answer as the server does."""
        if asked.path.startswith("/api/v1/timelines/tag/"):
            return self._timeline(asked)
        if asked.path.startswith("/api/v1/statuses/"):
            return self._single(asked.path.rpartition("/")[2])
        if asked.path == "/api/v1/streaming/hashtag":
            return self._listened(asked)
        if asked.path == "/api/v2/instance" and (self.access or self.streaming):
            feeds = {"local": self.access, "remote": self.access} if self.access else {}
            configuration = {"timelines_access": {"hashtag_feeds": feeds}, "urls": {"streaming": self.streaming}}
            return _says({"configuration": configuration})
        return _says({"error": "Record not found"}, status=404)

    def _listened(self, asked):
        if "authorization" not in asked.headers:
            return _says({"error": "Missing access token"}, status=401)
        return Says(headers={"Content-Type": "text/event-stream"}, body=self.stream())

    def _timeline(self, asked):
        query, limit = asked.query, int(asked.query.get("limit", 20))
        ids = sorted(self.statuses, key=int)
        if "min_id" in query and not self.repeats:
            ids = [key for key in ids if int(key) > int(query["min_id"])][:limit]
        if "max_id" in query and not self.repeats:
            ids = [key for key in ids if int(key) < int(query["max_id"])]
        ids = ids[-limit:][::-1]
        headers = dict(JSON)
        if ids:
            base = f"{self.server.url}{asked.path}?limit={limit}"
            headers["Link"] = f'<{base}&max_id={ids[-1]}>; rel="next", <{base}&min_id={ids[0]}>; rel="prev"'
        if self.shuffles:
            ids = ids[1::2] + ids[::2] + ids[:3]
        return _says([self.statuses[key] for key in ids], headers=headers)

    def _single(self, key):
        if self.hides_single:
            return _says({"error": "This method requires an authenticated user"}, status=401)
        return _says(self.statuses[key]) if key in self.statuses else _says({"error": "Record not found"}, status=404)


def _says(value, *, status=200, headers=None):
    return Says(status=status, headers=headers or JSON, body=json.dumps(value).encode())
