"""Cases of the contract suite: reviews. Each fake keeps the order, the pages and the check of its own interface."""

from __future__ import annotations

from datetime import datetime

from tests.support.cases_forums import JSON, LATER, SECRET, moment, says
from tests.support.misbehaving import Says


def second(time):
    """Return a time in seconds since 1970."""
    return int(datetime.fromisoformat(time).timestamp())


def refuses(status):
    """Return an answer with an error."""
    return Says(status=status, headers=JSON, body=b'{"error": "no"}')


class FakeTrustpilot:
    """A list sorted by creation with page numbers, and one in no order with page tokens."""

    def __init__(self, server):
        self.reviews = {}
        self.repeats = False
        self.forgets = False
        server.answer = self.answer

    def add(self, number, **changes):
        """Add a review or change it."""
        self.reviews[str(number)] = {
            "id": str(number),
            "stars": 1,
            "title": "Poor",
            "text": f"No signal, day {number}",
            "language": "en",
            "createdAt": moment(number),
            "updatedAt": None,
            "experiencedAt": "2026-11-18T00:00:00Z",
            "consumer": {"id": "c1", "displayName": "Ann", "displayLocation": "Leeds, UK", "numberOfReviews": 2},
            "companyReply": None,
            "numberOfLikes": 0,
            "status": "active",
            "isVerified": True,
        } | changes

    def answer(self, asked):
        if asked.headers.get("apikey") != SECRET:
            return refuses(401)
        if asked.path.startswith("/reviews/"):
            review = self.reviews.get(asked.path.removeprefix("/reviews/"))
            return says(review) if review else refuses(404)
        size = int(asked.query["perPage"])
        if asked.path == "/business-units/u1/reviews":
            newest = sorted(self.reviews.values(), key=lambda one: one["createdAt"], reverse=True)
            start = 0 if self.repeats else (int(asked.query["page"]) - 1) * size
            return says({"links": [], "reviews": newest[start : start + size]})
        if asked.path == "/business-units/u1/all-reviews":
            return self.by_token(asked.query.get("pageToken"), size)
        return refuses(404)

    def by_token(self, token, size):
        if token and self.forgets:
            return refuses(400)
        start = int(token or 0)
        found = list(self.reviews.values())[start : start + size]
        following = str(start + size) if start + size < len(self.reviews) else None
        return says({"reviews": found, "nextPageToken": "same" if self.repeats else following})


class TrustpilotCase:
    """The reviews of a company."""

    kind = "trustpilot"
    other = ("unit", "other")
    can_edit = can_repeat = can_fail = True

    def __init__(self, folder, server):
        self.server = server
        self.fake = FakeTrustpilot(server)
        self.settings = {"unit": "u1", "api": server.url, "allow_private": True}
        self.environ = {"EARSHOT_SOURCE_LISTEN_API_KEY": SECRET}

    def add(self, *numbers):
        for number in numbers:
            self.fake.add(number)

    def add_broken(self):
        self.fake.add(99, stars=6)

    def edit(self, number, text):
        self.fake.add(number, text=text, updatedAt=LATER)

    def repeat_cursor(self):
        self.fake.repeats = True

    def number_of(self, post):
        return int(post.native_id)
