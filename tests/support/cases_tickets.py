"""Cases of the contract suite: helpdesks. Each fake keeps the order, the pages and the check of its own interface."""

from __future__ import annotations

import base64
import itertools
from datetime import datetime

from tests.support.cases_forums import JSON, LATER, SECRET, moment, says
from tests.support.misbehaving import Says


def second(time):
    """Return a time in seconds since 1970."""
    return int(datetime.fromisoformat(time).timestamp())


def basic(user, password):
    """Return what a request with user and password shows."""
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def refuses(status):
    """Return an answer with an error."""
    return Says(status=status, headers=JSON, body=b'{"error": "no"}')


class FakeZendesk:
    """An export that remembers how often its tickets changed, 40 a page at most, and comments two a page."""

    def __init__(self, server):
        self.tickets = {}
        self.comments = {}
        self.changed = {}
        self.changes = itertools.count(1)
        self.repeats = False
        self.forgets = False
        self.shown = f"Basic {basic('agent@north.example/token', SECRET)}"
        server.answer = self.answer

    def add(self, number, *comments, **changes):
        """Add a ticket or change it; it is then the last of the export."""
        known = self.tickets.get(number, {"id": number, "created_at": moment(number), "updated_at": moment(number)})
        self.tickets[number] = {
            **known,
            "subject": "Signal",
            "description": f"No signal, day {number}",
            "status": "open",
            "priority": "high",
            "requester_id": 9,
            "via": {"channel": "email"},
            "tags": ["outage", "north"],
            "satisfaction_rating": {"score": "unoffered"},
        } | changes
        self.comments.setdefault(number, [self.comment(number * 1000, number)]).extend(comments)
        self.changed[number] = next(self.changes)

    def comment(self, number, at, **changes):
        """Return a comment of the customer."""
        return {
            "id": number,
            "type": "Comment",
            "author_id": 9,
            "html_body": f"<div>No signal, day {at}</div>",
            "body": f"No signal, day {at}",
            "public": True,
            "via": {"channel": "email"},
            "created_at": moment(at),
        } | changes

    def answer(self, asked):
        if asked.headers.get("authorization") != self.shown:
            return refuses(401)
        if asked.path == "/api/v2/incremental/tickets/cursor.json":
            return self.export(asked.query)
        number = int(asked.path.split("/")[4])
        if number not in self.comments:
            return refuses(404)
        return self.page_of_comments(self.comments[number], int(asked.query.get("page[after]", 0)))

    def export(self, query):
        if "cursor" in query and self.forgets:
            return refuses(400)
        after = 0 if self.repeats else int(query.get("cursor", 0))
        behind = sorted((number for number in self.tickets if self.changed[number] > after), key=self.changed.get)
        if "start_time" in query:
            since = int(query["start_time"])
            behind = [number for number in behind if second(self.tickets[number]["updated_at"]) >= since]
        page = behind[: min(int(query["per_page"]), 40)]
        cursor = str(self.changed[page[-1]] if page else after)
        ends = len(page) == len(behind) and not self.repeats
        return says({"tickets": [self.tickets[one] for one in page], "after_cursor": cursor, "end_of_stream": ends})

    def page_of_comments(self, comments, after):
        page = comments[after : after + 2]
        users = [{"id": 9, "role": "end-user"}, {"id": 4, "role": "agent"}, {"id": 7, "role": "end-user"}]
        meta = {"has_more": after + 2 < len(comments), "after_cursor": str(after + 2)}
        return says({"comments": page, "users": users, "meta": meta})


class ZendeskCase:
    """A helpdesk whose tickets have one comment each."""

    kind = "zendesk"
    other = ("site", "other.example")
    can_edit = can_repeat = can_fail = True

    def __init__(self, folder, server):
        self.server = server
        self.fake = FakeZendesk(server)
        self.shown = self.fake.shown
        self.settings = {"site": server.url, "email": "agent@north.example", "allow_private": True}
        self.environ = {"EARSHOT_SOURCE_LISTEN_TOKEN": SECRET}

    def add(self, *numbers):
        for number in numbers:
            self.fake.add(number)

    def add_broken(self):
        self.fake.add(99, status=None)
        self.fake.comments[99][0] |= {"html_body": None, "body": None}

    def edit(self, number, text):
        self.fake.comments[number][0] |= {"html_body": f"<div>{text}</div>"}
        self.fake.add(number, updated_at=LATER)

    def repeat_cursor(self):
        self.fake.repeats = True

    def number_of(self, post):
        return int(post.native_id)
