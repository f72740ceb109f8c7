"""Cases of the contract suite: forums."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from tests.support.misbehaving import Says

SECRET = "s3cr3t-k3y"
JSON = {"Content-Type": "application/json; charset=utf-8"}


def says(document):
    """Return an answer with a JSON document."""
    return Says(headers=JSON, body=json.dumps(document).encode())


def moment(number):
    """Return a time of its own for each number below 15,000: the higher, the later."""
    time = datetime(2026, 11, 20, 10, tzinfo=UTC) + timedelta(seconds=10 * number)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


LATER = "2026-11-22T11:00:00.000Z"
"""After all of them."""


class Tokens:
    """Gives tokens for places; those given before they `expire` are good no more."""

    def __init__(self):
        self._mark = ""

    def expire(self):
        """Let all tokens that were given expire."""
        self._mark += "~"

    def give(self, place):
        """Return a token."""
        return f"{place}{self._mark}"

    def take(self, token):
        """Return the place of a token (a text), None where it is none of ours or expired."""
        place = str(token).rstrip("~")
        return place if self.give(place) == token else None


class DiscourseCase:
    """A forum with 20 posts a page."""

    kind = "discourse"
    other = ("forum", "other.example")
    can_edit = can_repeat = can_fail = True

    def __init__(self, folder, server):
        self.server = server
        self.posts = {}
        self.repeats = False
        self.settings = {"forum": server.url, "api_user": "listener", "everything": True, "allow_private": True}
        self.environ = {"EARSHOT_SOURCE_LISTEN_API_KEY": SECRET}
        server.answer = self.answer

    def answer(self, asked):
        if asked.path.startswith("/posts/"):
            post = self.posts.get(int(asked.path.removeprefix("/posts/").removesuffix(".json")))
            return says(post) if post else Says(status=404, headers=JSON, body=b"{}")
        before = int(asked.query.get("before", 10**9))
        ids = sorted((number for number in self.posts if number < before or self.repeats), reverse=True)
        return says({"latest_posts": [self.posts[number] for number in ids[:20]]})

    def add(self, *numbers):
        for number in numbers:
            self.posts[number] = {
                "id": number,
                "topic_id": 8,
                "topic_title": "Signal",
                "post_number": number,
                "username": "ann",
                "created_at": moment(number),
                "updated_at": moment(number),
                "cooked": f"<p>No signal, day {number}</p>",
                "version": 1,
            }

    def add_broken(self):
        self.posts[99] = {"id": 99, "cooked": None}

    def edit(self, number, text):
        self.posts[number] |= {"cooked": text, "version": 2, "updated_at": LATER}

    def repeat_cursor(self):
        self.repeats = True

    def number_of(self, post):
        return int(post.native_id)
