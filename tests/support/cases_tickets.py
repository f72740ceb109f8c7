"""Cases of the contract suite: helpdesks. Each fake keeps the order, the pages and the check of its own interface."""

from __future__ import annotations

import base64
import itertools
import json
from datetime import datetime

from tests.support.cases_forums import JSON, LATER, SECRET, Tokens, moment, says
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
        self.tokens = Tokens()
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
        place = self.tokens.take(query["cursor"]) if "cursor" in query else "0"
        if place is None or ("cursor" in query and self.forgets):
            return refuses(400)
        after = 0 if self.repeats else int(place)
        behind = sorted((number for number in self.tickets if self.changed[number] > after), key=self.changed.get)
        if "start_time" in query:
            since = int(query["start_time"])
            behind = [number for number in behind if second(self.tickets[number]["updated_at"]) >= since]
        page = behind[: min(int(query["per_page"]), 40)]
        cursor = self.tokens.give(self.changed[page[-1]] if page else after)
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

    def expire(self):
        self.fake.tokens.expire()

    def number_of(self, post):
        return int(post.native_id)


class FakeIntercom:
    """A search that goes on behind a place, 40 a page at most; details one by one; a list of what was deleted."""

    def __init__(self, server):
        self.conversations = {}
        self.deleted = []
        self.repeats = False
        self.forgets = False
        self.tokens = Tokens()
        server.answer = self.answer

    def add(self, number, *parts, **changes):
        """Add a conversation or change it."""
        at = second(moment(number))
        known = self.conversations.get(number, {"created_at": at, "updated_at": at, "parts": []})
        self.conversations[number] = {
            "type": "conversation",
            "id": str(number),
            "title": None,
            "state": "open",
            "source": {
                "type": "email",
                "id": "1",
                "delivered_as": "customer_initiated",
                "subject": "<p>Signal</p>",
                "body": f"No signal, day {number}",
                "author": {"type": "user", "id": "u9", "name": "Ann", "email": "ann@mail.example"},
                "redacted": False,
            },
            "tags": {"type": "tag.list", "tags": [{"type": "tag", "id": "1", "name": "outage"}]},
            "conversation_rating": None,
            **known,
            "parts": [*known["parts"], *parts],
        } | changes

    def part(self, number, at, **changes):
        """Return a part that an agent wrote."""
        return {
            "type": "conversation_part",
            "id": str(number),
            "part_type": "comment",
            "body": "Is it plugged in?",
            "created_at": second(moment(at)),
            "author": {"type": "admin", "id": "4", "name": "Bob"},
            "redacted": False,
        } | changes

    def answer(self, asked):
        if asked.headers.get("authorization") != f"Bearer {SECRET}" or asked.headers["intercom-version"] != "2.16":
            return refuses(401)
        if asked.path == "/conversations/search":
            return self.search(asked.document)
        if asked.path == "/conversations/deleted":
            return self.list_deleted(int(asked.query["page"]), int(asked.query["per_page"]))
        found = self.conversations.get(int(asked.path.removeprefix("/conversations/")))
        return says(self.detail(found)) if found else refuses(404)

    def detail(self, conversation):
        parts = {"type": "conversation_part.list", "conversation_parts": conversation["parts"][-500:]}
        return {key: value for key, value in conversation.items() if key != "parts"} | {"conversation_parts": parts}

    def search(self, document):
        [wanted] = document["query"]["value"]
        after = document["pagination"].get("starting_after")
        place = after and self.tokens.take(after)
        if after and (place is None or self.forgets):
            return refuses(400)
        ordered = sorted((one["updated_at"], int(one["id"])) for one in self.conversations.values())
        behind = [one for one in ordered if one[0] > wanted["value"]]
        if after and not self.repeats:
            behind = [one for one in behind if list(one) > json.loads(place)]
        page = behind[: min(document["pagination"]["per_page"], 40)]
        found = [{key: value for key, value in self.conversations[one].items() if key != "parts"} for _, one in page]
        more = len(page) < len(behind) or self.repeats
        pages = {"type": "pages", "next": {"starting_after": self.tokens.give(json.dumps(page[-1]))} if more else None}
        return says({"type": "conversation.list", "conversations": found, "pages": pages})

    def list_deleted(self, number, size):
        gone = sorted(self.deleted, key=lambda one: -one["deleted_at"])
        pages = {"type": "pages", "page": number, "total_pages": -(-len(gone) // size)}
        return says({"conversations": gone[(number - 1) * size : number * size], "pages": pages})


class IntercomCase:
    """A workspace whose conversations have no parts but the one they begin with."""

    kind = "intercom"
    other = ("workspace", "other")
    can_edit = can_repeat = can_fail = True

    def __init__(self, folder, server):
        self.server = server
        self.fake = FakeIntercom(server)
        self.settings = {"workspace": "w1", "api": server.url, "allow_private": True}
        self.environ = {"EARSHOT_SOURCE_LISTEN_TOKEN": SECRET}

    def add(self, *numbers):
        for number in numbers:
            self.fake.add(number)

    def add_broken(self):
        self.fake.add(99, source={"body": "No signal"})

    def edit(self, number, text):
        source = self.fake.conversations[number]["source"] | {"body": text}
        self.fake.add(number, source=source, updated_at=second(LATER))

    def repeat_cursor(self):
        self.fake.repeats = True

    def expire(self):
        self.fake.tokens.expire()

    def number_of(self, post):
        return int(post.native_id)


class FakeFreshdesk:
    """Lists of tickets by page number, conversations of a ticket, and a list of what was deleted."""

    def __init__(self, server):
        self.tickets = {}
        self.conversations = {}
        self.repeats = False
        self.shown = f"Basic {basic(SECRET, 'X')}"
        server.answer = self.answer

    def add(self, number, *conversations, **changes):
        """Add a ticket or change it."""
        known = self.tickets.get(number, {"created_at": moment(number), "updated_at": moment(number)})
        self.tickets[number] = {
            "id": number,
            "subject": "Signal",
            "description": f"<p>No signal, day {number}</p>",
            "description_text": f"No signal, day {number}",
            "status": 2,
            "priority": 3,
            "source": 1,
            "requester_id": 9,
            "responder_id": 4,
            "tags": ["outage"],
            **known,
        } | changes
        self.conversations.setdefault(number, []).extend(conversations)

    def conversation(self, number, at, **changes):
        """Return a message of an agent."""
        return {
            "id": number,
            "user_id": 4,
            "body": "<p>Is it plugged in?</p>",
            "body_text": "Is it plugged in?",
            "incoming": False,
            "private": False,
            "source": 0,
            "created_at": moment(at),
            "updated_at": moment(at),
        } | changes

    def answer(self, asked):
        if asked.headers.get("authorization") != self.shown:
            return refuses(401)
        page, size = int(asked.query["page"]), int(asked.query["per_page"])
        if page > 300:
            return refuses(400)
        start = 0 if self.repeats else (page - 1) * size
        if asked.path == "/api/v2/tickets":
            return says(self.listed(asked.query)[start : start + size])
        number = int(asked.path.split("/")[4])
        if number not in self.tickets or self.tickets[number].get("deleted"):
            return refuses(404)
        return says(self.conversations[number][start : start + size])

    def listed(self, query):
        deleted = query.get("filter") == "deleted"
        since = 0 if self.repeats else second(query["updated_since"])
        found = [one for one in self.tickets.values() if bool(one.get("deleted")) is deleted]
        found = [one for one in found if second(one["updated_at"]) >= since]
        return sorted(found, key=lambda one: (one["updated_at"], one["id"]), reverse=query["order_type"] == "desc")


class FreshdeskCase:
    """A helpdesk whose tickets have nothing but their descriptions."""

    kind = "freshdesk"
    other = ("site", "other.example")
    can_edit = can_repeat = can_fail = True

    def __init__(self, folder, server):
        self.server = server
        self.fake = FakeFreshdesk(server)
        self.shown = self.fake.shown
        self.settings = {"site": server.url, "allow_private": True}
        self.environ = {"EARSHOT_SOURCE_LISTEN_API_KEY": SECRET}

    def add(self, *numbers):
        for number in numbers:
            self.fake.add(number)

    def add_broken(self):
        self.fake.add(99, requester_id=9, description_text=5)

    def edit(self, number, text):
        self.fake.add(number, description_text=text, updated_at=LATER)

    def repeat_cursor(self):
        self.fake.repeats = True

    def number_of(self, post):
        return int(post.native_id)
