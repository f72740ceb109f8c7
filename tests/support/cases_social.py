"""Cases of the contract suite: social networks."""

from __future__ import annotations

from datetime import datetime

from tests.support.cases_forums import JSON, LATER, SECRET, moment, says
from tests.support.misbehaving import Says

EPOCH_MS = 1_288_834_974_657
NOT_FOUND = "https://api.x.example/2/problems/resource-not-found"


def x_id(number, time=None):
    """Return the id that X would give a post: its time in milliseconds, and what tells it from others."""
    posted = datetime.fromisoformat(time or moment(number))
    return str(int(posted.timestamp() * 1000) - EPOCH_MS << 22 | number)


def x_post(number, **changes):
    """Return a post as the interface of X tells it."""
    return {
        "id": x_id(number),
        "text": f"No signal, day {number}",
        "author_id": "7",
        "created_at": moment(number),
        "lang": "en",
        "conversation_id": x_id(number),
        "edit_history_tweet_ids": [x_id(number)],
        "public_metrics": {
            "retweet_count": 1,
            "reply_count": 2,
            "like_count": 3,
            "quote_count": 4,
            "bookmark_count": 5,
            "impression_count": 60,
        },
    } | changes


class FakeX:
    """The search and the look-up of X: newest first, tokens that may end, 10 to 100 posts a page."""

    def __init__(self, server):
        self.posts = {}
        self.ends = set()
        self.repeats = False
        server.answer = self.answer

    def add(self, *posts):
        self.posts |= {post["id"]: post for post in posts}

    def answer(self, asked):
        if asked.headers.get("authorization") != f"Bearer {SECRET}":
            return Says(status=401, headers=JSON, body=b"{}")
        if asked.path == "/2/tweets":
            return self.look_up(asked.query["ids"].split(","))
        token = asked.query.get("next_token")
        if token in self.ends or not 10 <= int(asked.query["max_results"]) <= 100:
            return Says(status=400, headers=JSON, body=b'{"title":"Invalid Request"}')
        before = int(token or asked.query.get("until_id", 1 << 63))
        found = [post for post in self.posts.values() if post["created_at"] >= asked.query.get("start_time", "")]
        found = sorted(found, key=lambda post: int(post["id"]), reverse=True)
        rest = [post for post in found if int(post["id"]) < before or self.repeats]
        return says(self.page(rest, int(asked.query["max_results"])))

    def page(self, rest, size):
        meta = {"result_count": len(rest[:size])}
        if rest:
            meta |= {"newest_id": rest[0]["id"], "oldest_id": rest[:size][-1]["id"]}
        if len(rest) > size:
            meta["next_token"] = meta["oldest_id"]
        user = {"id": "7", "username": "ann", "name": "Ann", "public_metrics": {"followers_count": 120}}
        data = {"data": rest[:size], "includes": {"users": [user]}} if rest else {}
        return data | {"meta": meta}

    def look_up(self, ids):
        gone = [
            {"value": one, "resource_id": one, "resource_type": "tweet", "parameter": "ids", "type": NOT_FOUND}
            for one in ids
            if one not in self.posts
        ]
        data = [self.posts[one] for one in ids if one in self.posts]
        return says(({"data": data} if data else {}) | ({"errors": gone} if gone else {}))


class XCase:
    """A search of X."""

    kind = "x"
    other = ("query", "other")
    can_edit = can_repeat = can_fail = True

    def __init__(self, folder, server):
        self.server = server
        self.fake = FakeX(server)
        self.settings = {"api": server.url, "query": "north mobile", "allow_private": True}
        self.settings["most_posts_per_day"] = 100_000
        self.environ = {"EARSHOT_SOURCE_LISTEN_TOKEN": SECRET}

    def add(self, *numbers):
        self.fake.add(*map(x_post, numbers))

    def add_broken(self):
        self.fake.add(x_post(99, text=None))

    def edit(self, number, text):
        versions = [x_id(number), x_id(number, LATER)]
        del self.fake.posts[versions[0]]
        changes = {"id": versions[1], "text": text, "created_at": LATER, "edit_history_tweet_ids": versions}
        self.fake.add(x_post(number, **changes))

    def repeat_cursor(self):
        self.fake.repeats = True

    def number_of(self, post):
        return int(post.native_id) & (1 << 22) - 1
