"""Cases of the contract suite: what is open to everybody."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import unquote

from tests.support.cases_forums import LATER, SECRET, moment, says
from tests.support.misbehaving import Says


def second(number):
    """Return a time of its own for each number, in seconds since 1970."""
    return int(datetime.fromisoformat(moment(number)).timestamp())


class FakeHackerNews:
    """The search, which shows hits newest first and never more than 1,000, and the site's own items."""

    def __init__(self, server):
        self.hits = {}
        self.items = {}
        self.repeats = False
        server.answer = self.answer

    def add(self, *hits):
        self.hits |= {hit["objectID"]: hit for hit in hits}

    def answer(self, asked):
        if asked.path.startswith("/v0/item/"):
            return says(self.items.get(asked.path.rpartition("/")[2].removesuffix(".json")))
        if asked.path != "/api/v1/search_by_date":
            return Says(status=404)
        found = sorted(self.hits.values(), key=lambda hit: hit["created_at_i"], reverse=True)
        if not self.repeats:
            found = [hit for hit in found if self._wanted(hit, asked.query["numericFilters"])]
        size = min(int(asked.query.get("hitsPerPage", 20)), 1000)
        return says({"hits": found[:size], "nbHits": len(found), "page": 0, "hitsPerPage": size})

    def _wanted(self, hit, filters):
        limits = re.findall(r"created_at_i(>=|<=)(\d+)", filters)
        at = hit["created_at_i"]
        return all(at >= int(limit) if sign == ">=" else at <= int(limit) for sign, limit in limits)


def hit(number, **changes):
    """Return a comment as the search tells it."""
    return {
        "objectID": str(number),
        "author": "ann",
        "created_at_i": second(number),
        "created_at": moment(number),
        "comment_text": f"No signal, day {number}",
        "story_id": 40,
        "parent_id": 40,
        "title": None,
        "url": None,
        "points": None,
        "num_comments": None,
        "_tags": ["comment"],
    } | changes


class HackerNewsCase:
    """A search of Hacker News."""

    kind = "hackernews"
    other = ("query", "other")
    can_edit = can_repeat = can_fail = True

    def __init__(self, folder, server):
        self.server = server
        self.fake = FakeHackerNews(server)
        self.settings = {"search": server.url, "items": server.url, "query": "north mobile", "allow_private": True}
        self.settings["contact"] = SECRET
        self.environ = {}

    def add(self, *numbers):
        self.fake.add(*map(hit, numbers))

    def add_broken(self):
        self.fake.add(hit(99, author=None))

    def edit(self, number, text):
        self.fake.add(hit(number, comment_text=text))

    def repeat_cursor(self):
        self.fake.repeats = True

    def number_of(self, post):
        return int(post.native_id)


class FakeStackExchange:
    """The search of questions, those that moved last first; always compressed, errors always with 400."""

    def __init__(self, server):
        self.questions = {}
        self.repeats = False
        self.wrapper = {}
        server.answer = self.answer

    def add(self, *questions):
        self.questions |= {question["question_id"]: question for question in questions}

    def answer(self, asked):
        query = asked.query
        if "site" not in query:
            return compressed({"error_id": 400, "error_name": "bad_parameter"}, status=400)
        if asked.path.startswith("/2.3/questions/"):
            ids = map(int, unquote(asked.path.rpartition("/")[2]).split(";"))
            return compressed({"items": [self.questions[one] for one in ids if one in self.questions]} | self.wrapper)
        if asked.path != "/2.3/search/advanced" or query["sort"] != "activity":
            return compressed({"error_id": 404, "error_name": "no_method"}, status=400)
        most = int(query.get("max", 10**10)) if not self.repeats else 10**10
        found = [one for one in self.questions.values() if int(query["min"]) <= one["last_activity_date"] <= most]
        found.sort(key=lambda one: one["last_activity_date"], reverse=True)
        size = min(int(query["pagesize"]), 100)
        return compressed({"items": found[:size], "has_more": len(found) > size, "quota_remaining": 299} | self.wrapper)


def compressed(document, *, status=200):
    """Return an answer with a JSON document, compressed."""
    plain = says(document)
    return Says(status=status, headers=plain.headers | {"Content-Encoding": "gzip"}, body=gzip.compress(plain.body))


def question(number, **changes):
    """Return a question as the search tells it."""
    return {
        "question_id": number,
        "title": "Signal",
        "body": f"<p>No signal, day {number}</p>",
        "creation_date": second(number),
        "last_activity_date": second(number),
        "score": 1,
        "answer_count": 0,
        "view_count": 12,
        "tags": ["4g", "apn"],
        "owner": {"user_id": 7, "display_name": "Ann", "link": "https://superuser.example/users/7/ann"},
        "link": f"https://superuser.example/questions/{number}/signal",
        "content_license": "CC BY-SA 4.0",
    } | changes


class StackExchangeCase:
    """A search of a site of the Stack Exchange network."""

    kind = "stackexchange"
    other = ("site", "serverfault")
    can_edit = can_repeat = can_fail = True

    def __init__(self, folder, server):
        self.server = server
        self.fake = FakeStackExchange(server)
        self.settings = {"api": server.url, "site": "superuser", "query": "north mobile", "allow_private": True}
        self.environ = {"EARSHOT_SOURCE_LISTEN_KEY": SECRET}

    def add(self, *numbers):
        self.fake.add(*map(question, numbers))

    def add_broken(self):
        self.fake.add(question(99, body=None))

    def edit(self, number, text):
        edited = int(datetime.fromisoformat(LATER).timestamp())
        self.fake.add(question(number, body=text, last_edit_date=edited, last_activity_date=edited))

    def repeat_cursor(self):
        self.fake.repeats = True

    def number_of(self, post):
        return int(post.native_id)


class FakeGdelt:
    """The list of articles, which never shows more than 250, and says in words what it does not like."""

    def __init__(self, server):
        self.articles = {}
        self.most = 250
        server.answer = self.answer

    def add(self, *articles):
        self.articles |= {article["url"]: article for article in articles}

    def answer(self, asked):
        query = asked.query
        if asked.path != "/api/v2/doc/doc" or (query["mode"], query["format"]) != ("artlist", "json"):
            return Says(status=404)
        if len(query["query"]) < 3:
            return words("Your query was too short or too long.")
        start, end = (f"{query[edge][:8]}T{query[edge][8:]}Z" for edge in ("startdatetime", "enddatetime"))
        found = [article for article in self.articles.values() if start <= article["seendate"] <= end]
        found.sort(key=lambda article: article["seendate"], reverse=True)
        size = min(int(query["maxrecords"]), self.most)
        return says({"articles": found[:size]} if found else {})


def words(text, *, kind="text/html; charset=utf-8"):
    """Return an answer in plain words, with status 200 nevertheless."""
    return Says(headers={"Content-Type": kind}, body=text.encode())


def article(number, **changes):
    """Return an article as the index tells it."""
    seen = datetime.fromtimestamp(second(number), tz=UTC)
    return {
        "url": f"https://www.news.example/{number}?utm_source=x",
        "url_mobile": "",
        "title": f"No signal, day {number}",
        "seendate": f"{seen:%Y%m%dT%H%M%SZ}",
        "socialimage": "",
        "domain": "news.example",
        "language": "English",
        "sourcecountry": "United Kingdom",
    } | changes


class GdeltCase:
    """A search of GDELT's index of news."""

    kind = "gdelt"
    other = ("query", "other")
    can_edit, can_repeat, can_fail = True, False, True

    def __init__(self, folder, server):
        self.server = server
        self.fake = FakeGdelt(server)
        self.settings = {"api": server.url, "query": "north mobile", "allow_private": True, "contact": SECRET}
        self.settings["overlap_hours"] = 3
        self.environ = {}

    def add(self, *numbers):
        self.fake.add(*map(article, numbers))

    def add_broken(self):
        self.fake.add(article(99, title=""))

    def edit(self, number, text):
        self.fake.add(article(number, title=text))

    def number_of(self, post):
        return int(post.native_id.rpartition("/")[2])


class FakeAppStoreFeed:
    """The feed: 50 reviews a page, 10 pages, a single one not in a list and none not at all."""

    def __init__(self, server):
        self.reviews = {}
        self.app = None
        server.answer = self.answer

    def add(self, *reviews, country="gb"):
        self.reviews |= {(country, review["id"]["label"]): review for review in reviews}

    def answer(self, asked):
        told = re.fullmatch(r"/(\w\w)/rss/customerreviews/page=(\d+)/id=(\d+)/sortBy=mostRecent/json", asked.path)
        if told is None or int(told[2]) > 10:
            return Says(status=400, body=b"CustomerReviews RSS page depth is limited to 10")
        ours = [review for (country, _), review in self.reviews.items() if country == told[1]]
        ours.sort(key=lambda review: review.get("updated", {}).get("label", ""), reverse=True)
        shown = ours[50 * (int(told[2]) - 1) : 50 * int(told[2])]
        shown = [self.app, *shown] if self.app and shown else shown
        entry = {"entry": shown[0] if len(shown) == 1 else shown} if shown else {}
        return Says(headers={"Content-Type": "text/javascript; charset=utf-8"}, body=says({"feed": entry}).body)


def labelled(**values):
    """Return values as the feed tells them."""
    return {key.replace("_", ":"): {"label": value} for key, value in values.items()}


def app_review(number, **changes):
    """Return a review as the feed tells it."""
    updated = datetime.fromtimestamp(second(number), tz=UTC).astimezone(timezone(-timedelta(hours=7)))
    return (
        labelled(id=str(9000 + number), title="Bad", im_rating="1", im_version="7.2", im_voteSum="2", im_voteCount="3")
        | {"author": labelled(uri="https://itunes.example/gb/reviews/id77", name="ann") | {"label": ""}}
        | {"content": {"label": f"No signal, day {number}", "attributes": {"type": "text"}}}
        | {"updated": {"label": updated.isoformat()}}
        | {key.replace("_", ":"): value for key, value in changes.items()}
    )


class AppStoreFeedCase:
    """The reviews of an app in one country."""

    kind = "appstore_feed"
    window = 500
    other = ("countries", ["de"])
    can_edit, can_repeat, can_fail = True, False, True

    def __init__(self, folder, server):
        self.server = server
        self.fake = FakeAppStoreFeed(server)
        self.settings = {"app_id": "389801252", "countries": ["gb"], "api": server.url, "allow_private": True}
        self.settings["contact"] = SECRET
        self.environ = {}

    def add(self, *numbers):
        self.fake.add(*map(app_review, numbers))

    def add_broken(self):
        self.fake.add(app_review(99, im_rating={"label": "9"}))

    def edit(self, number, text):
        self.fake.add(app_review(number, content={"label": text}, updated={"label": LATER}))

    def number_of(self, post):
        return int(post.native_id) - 9000
