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


class FakeBazaarvoice:
    """A list with filters, sorting and offsets that says what went wrong in the body."""

    def __init__(self, server):
        self.reviews = {}
        self.repeats = False
        self.asked = server.asked
        server.answer = self.answer

    def add(self, number, **changes):
        """Add a review or change it."""
        self.reviews[str(number)] = {
            "Id": str(number),
            "ProductId": "P1",
            "AuthorId": "a1",
            "UserNickname": "Ann",
            "UserLocation": "Leeds",
            "Rating": 2,
            "RatingRange": 5,
            "Title": "Router",
            "ReviewText": f"No signal, day {number}",
            "SubmissionTime": moment(number),
            "LastModificationTime": moment(number),
            "ContentLocale": "en_GB",
            "ModerationStatus": "APPROVED",
            "IsSyndicated": False,
            "SourceClient": "shop",
            "IsRatingsOnly": False,
            "TotalPositiveFeedbackCount": 3,
            "TotalCommentCount": 0,
            "ClientResponses": [],
        } | changes

    def answer(self, asked):
        query = asked.query
        if query.get("passkey") != SECRET:
            return self.error("ERROR_PARAM_INVALID_API_KEY", "The passkey provided is invalid.")
        if int(query["Limit"]) > 100 or query["apiversion"] != "5.4":
            return self.error("ERROR_BAD_REQUEST", "limit")
        # The last filter wins in the parsed query; what the tests filter by stands in it.
        field, operator, value = query["Filter"].split(":", 2)
        found = [one for one in self.reviews.values() if self.holds(one, field, operator, value)]
        if "Sort" in query:
            by = query["Sort"].partition(":")[0]
            found = sorted(found, key=lambda one: (one[by], int(one["Id"])))
        start = 0 if self.repeats else int(query.get("Offset", 0))
        page = found[start : start + int(query["Limit"])]
        return says({"TotalResults": len(found), "HasErrors": False, "Results": page, "Includes": {}})

    def holds(self, review, field, operator, value):
        if operator == "eq":
            return review[field] in value.split(",")
        return self.repeats or second(review[field]) >= int(value)

    def error(self, code, message):
        """Return an error as the interface does: with status 200."""
        return says({"HasErrors": True, "Errors": [{"Message": message, "Code": code}], "Results": []})


class BazaarvoiceCase:
    """The reviews of a client."""

    kind = "bazaarvoice"
    other = ("client", "other")
    can_edit = can_repeat = can_fail = True

    def __init__(self, folder, server):
        self.server = server
        self.fake = FakeBazaarvoice(server)
        self.settings = {"client": "shop", "api": server.url, "allow_private": True}
        self.environ = {"EARSHOT_SOURCE_LISTEN_PASSKEY": SECRET}

    def add(self, *numbers):
        for number in numbers:
            self.fake.add(number)

    def add_broken(self):
        self.fake.add(99, Rating=None)

    def edit(self, number, text):
        self.fake.add(number, ReviewText=text, LastModificationTime=LATER)

    def repeat_cursor(self):
        self.fake.repeats = True

    def number_of(self, post):
        return int(post.native_id)
