"""Cases of the contract suite: social networks."""

from __future__ import annotations

import base64
from datetime import datetime

from tests.support.cases_forums import JSON, LATER, SECRET, Tokens, moment, says
from tests.support.fake_meta import PAGE, FakeMeta
from tests.support.fake_youtube import FakeYouTube, comment
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
        self.tokens = Tokens()
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
        place = token and self.tokens.take(token)
        if (token and place is None) or place in self.ends or not 10 <= int(asked.query["max_results"]) <= 100:
            return Says(status=400, headers=JSON, body=b'{"title":"Invalid Request"}')
        before = int(place or asked.query.get("until_id", 1 << 63))
        found = [post for post in self.posts.values() if post["created_at"] >= asked.query.get("start_time", "")]
        found = sorted(found, key=lambda post: int(post["id"]), reverse=True)
        rest = [post for post in found if int(post["id"]) < before or self.repeats]
        return says(self.page(rest, int(asked.query["max_results"])))

    def page(self, rest, size):
        meta = {"result_count": len(rest[:size])}
        if rest:
            meta |= {"newest_id": rest[0]["id"], "oldest_id": rest[:size][-1]["id"]}
        if len(rest) > size:
            meta["next_token"] = self.tokens.give(meta["oldest_id"])
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

    def expire(self):
        self.fake.tokens.expire()

    def number_of(self, post):
        return int(post.native_id) & (1 << 22) - 1


AGENT = "linux:earshot.example:0.1 (by /u/listener)"


def reddit_comment(number, **changes):
    """Return a comment as Reddit tells it."""
    data = {
        "id": f"{number:x}",
        "name": f"t1_{number:x}",
        "subreddit": "ukmobile",
        "author": "ann",
        "author_fullname": "t2_7",
        "body": f"No signal, day {number}",
        "body_html": f'<div class="md"><p>No signal, day {number}</p>\n</div>',
        "created_utc": float(int(datetime.fromisoformat(moment(number)).timestamp())),
        "edited": False,
        "score": 4,
        "score_hidden": False,
        "parent_id": "t3_1abc",
        "link_id": "t3_1abc",
        "link_title": "Outage?",
        "permalink": f"/r/ukmobile/comments/1abc/outage/{number:x}/",
    }
    return {"kind": "t1", "data": data | changes}


def reddit_post(number, **changes):
    """Return a submission as Reddit tells it."""
    data = {
        "id": f"{number:x}",
        "name": f"t3_{number:x}",
        "subreddit": "ukmobile",
        "author": "ann",
        "author_fullname": "t2_7",
        "title": "Outage?",
        "selftext": f"No signal, day {number}",
        "selftext_html": f"<!-- SC_OFF --><div><p>No signal, day {number}</p></div><!-- SC_ON -->",
        "is_self": True,
        "created_utc": float(int(datetime.fromisoformat(moment(number)).timestamp())),
        "edited": False,
        "score": 4,
        "num_comments": 2,
        "permalink": f"/r/ukmobile/comments/{number:x}/outage/",
        "url": f"https://www.reddit.com/r/ukmobile/comments/{number:x}/outage/",
        "removed_by_category": None,
    }
    return {"kind": "t3", "data": data | changes}


class FakeReddit:
    """Two listings a subreddit, newest first, 1,000 items at most; a cursor whose item is gone shows nothing."""

    def __init__(self, server):
        self.things = {}
        self.closed = {}
        self.forgets = False
        self.repeats = False
        self.shown = base64.b64encode(f"app7:{SECRET}".encode()).decode()
        server.answer = self.answer

    def add(self, *things):
        self.things |= {thing["data"]["name"]: thing for thing in things}

    def answer(self, asked):
        if asked.headers.get("user-agent") != AGENT:
            return Says(status=429, headers=JSON, body=b"{}")
        if asked.path == "/api/v1/access_token":
            welcome = (asked.headers.get("authorization"), asked.form) == (
                f"Basic {self.shown}",
                {"grant_type": "client_credentials"},
            )
            return says(
                {"access_token": "t0ken", "token_type": "bearer", "expires_in": 86400} if welcome else {"error": 401}
            )
        if asked.headers.get("authorization") != "Bearer t0ken":
            return Says(status=401, headers=JSON, body=b"{}")
        if asked.path == "/api/info":
            return self.listing([self.things[name] for name in asked.query["id"].split(",") if name in self.things])
        _, _, name, listing = asked.path.split("/")
        if name in self.closed:
            return self.closed[name]
        kind = "t1" if listing == "comments" else "t3"
        return self.page(
            [one for one in self.things.values() if (one["data"]["subreddit"], one["kind"]) == (name, kind)], asked
        )

    def page(self, things, asked):
        found = sorted(
            things,
            key=lambda thing: thing["data"]["created_utc"],
            reverse=True,
        )[:1000]
        names = [thing["data"]["name"] for thing in found]
        after, size = asked.query.get("after"), min(int(asked.query.get("limit", 25)), 100)
        start = 0 if after is None or self.repeats else names.index(after) + 1 if after in names else len(names)
        if after and self.forgets:
            # The item was removed in between: nothing is behind it.
            start, self.forgets = len(names), False
        page = found[start : start + size]
        return self.listing(
            page, page[-1]["data"]["name"] if found[start + size :] or (page and self.repeats) else None
        )

    def listing(self, things, after=None):
        return says({"kind": "Listing", "data": {"after": after, "before": None, "children": things}})


class RedditCase:
    """Six subreddits: a thousand comments in the first, a thousand posts, comments in the second, and so on."""

    kind = "reddit"
    other = ("subreddits", ["another"])
    names = ("ukmobile", "leeds", "york", "hull", "bath", "kent")
    can_edit = can_repeat = can_fail = True

    def __init__(self, folder, server):
        self.server = server
        self.fake = FakeReddit(server)
        self.shown = self.fake.shown
        self.settings = {
            "subreddits": self.names,
            "client_id": "app7",
            "user_agent": AGENT,
            "contract": "R-2026-7",
            "api": server.url,
            "login": server.url,
            "since_days": 4,
            "allow_private": True,
        }
        self.environ = {"EARSHOT_SOURCE_LISTEN_CLIENT_SECRET": SECRET}

    def add(self, *numbers):
        for number in numbers:
            place, post = divmod(number // 1000, 2)
            self.fake.add((reddit_post if post else reddit_comment)(number, subreddit=self.names[place]))

    def add_broken(self):
        self.fake.add(reddit_comment(99, body_html=None, body=None))

    def edit(self, number, text):
        name, part = ("t3", "selftext") if number // 1000 % 2 else ("t1", "body")
        edited = datetime.fromisoformat(LATER).timestamp()
        self.fake.things[f"{name}_{number:x}"]["data"] |= {f"{part}_html": f"<p>{text}</p>", "edited": edited}

    def repeat_cursor(self):
        self.fake.repeats = True

    def expire(self):
        self.fake.forgets = True

    def number_of(self, post):
        return int(post.native_id.partition("_")[2], 16)


class YouTubeCase:
    """A channel with three videos; of ten comments one is a reply."""

    kind = "youtube"
    other = ("channels", ["UCsouth"])
    can_edit = can_repeat = can_fail = True

    def __init__(self, folder, server):
        self.server = server
        self.fake = FakeYouTube(server)
        for number in range(3):
            self.fake.add_video(f"v{number}")
        self.settings = {"api": server.url, "channels": ["UCnorth"], "searches_per_day": 0, "allow_private": True}
        self.settings["overlap_hours"] = 3
        self.environ = {"EARSHOT_SOURCE_LISTEN_KEY": SECRET}

    def add(self, *numbers):
        for number in numbers:
            video, parent = f"v{number // 4000}", f"Ug{number - 1}"
            if number % 10 == 9 and parent in self.fake.comments[video]:
                self.fake.reply(parent, comment(number))
            else:
                self.fake.add(video, comment(number))

    def add_broken(self):
        self.fake.add("v0", comment(99, textDisplay=None))

    def edit(self, number, text):
        known = [*self.fake.comments.values(), *self.fake.replies.values()]
        [told] = [all_[f"Ug{number}"] for all_ in known if f"Ug{number}" in all_]
        told["snippet"] |= {"textDisplay": text, "updatedAt": LATER}

    def repeat_cursor(self):
        self.fake.repeats = True

    def expire(self):
        self.fake.expire()

    def number_of(self, post):
        return int(post.native_id.removeprefix("Ug"))


def bluesky_uri(number):
    """Return the address of a post in the network."""
    return f"at://did:plc:abc/app.bsky.feed.post/3k{number}"


def bluesky_view(number, **record):
    """Return a post as the search of Bluesky shows it."""
    told = {
        "$type": "app.bsky.feed.post",
        "text": f"No signal, day {number}",
        "createdAt": moment(number),
        "langs": ["en"],
    }
    return {
        "uri": bluesky_uri(number),
        "cid": "bafy",
        "indexedAt": moment(number),
        "author": {"did": "did:plc:abc", "handle": "ann.example", "displayName": "Ann", "labels": []},
        "record": told | record,
        "replyCount": 1,
        "repostCount": 2,
        "likeCount": 3,
        "quoteCount": 4,
        "labels": [],
    }


class FakeBluesky:
    """Where one signs in, and the account's own server: a search with offsets for cursors, and look-ups."""

    def __init__(self, server):
        self.server = server
        self.views = {}
        self.good = 0
        self.renewals = True
        self.tokens = Tokens()
        self.repeats = False
        server.answer = self.answer

    def add(self, *views):
        self.views |= {view["uri"]: view for view in views}

    def answer(self, asked):
        name, shown = asked.path.rpartition("/xrpc/")[2], asked.headers.get("authorization")
        if name == "com.atproto.server.createSession":
            signed = asked.document == {"identifier": "north.example", "password": SECRET}
            return self.session() if signed else Says(status=401, headers=JSON, body=b"{}")
        if name == "com.atproto.server.refreshSession":
            renewed = self.renewals and shown == f"Bearer renewal-{self.good}"
            return self.session() if renewed else says_error("ExpiredToken")
        if not asked.path.startswith("/pds/") or shown != f"Bearer access-{self.good}":
            return says_error("ExpiredToken")
        if name == "app.bsky.feed.getPosts":
            return says({"posts": [self.views[one] for _, one in asked.pairs if one in self.views]})
        return self.search(asked.query)

    def session(self):
        self.good += 1
        home = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": f"{self.server.url}/pds"}
        tokens = {"accessJwt": f"access-{self.good}", "refreshJwt": f"renewal-{self.good}"}
        return says({"did": "did:plc:north", "handle": "north.example", "didDoc": {"service": [home]}} | tokens)

    def search(self, query):
        found = [view for view in self.views.values() if view["indexedAt"] >= query["since"]]
        found = sorted(found, key=lambda view: view["indexedAt"], reverse=True)
        place = self.tokens.take(query["cursor"]) if "cursor" in query else "0"
        if place is None:
            return says_error("InvalidRequest")
        start, size = 0 if self.repeats else int(place), int(query["limit"])
        more = {"cursor": self.tokens.give(start + size)} if found[start + size :] else {}
        return says({"posts": found[start : start + size], **more})


def says_error(name):
    """Return an error of the network's interfaces."""
    return Says(status=400, headers=JSON, body=f'{{"error": "{name}", "message": "no"}}'.encode())


class BlueskyCase:
    """A search of Bluesky."""

    kind = "bluesky_search"
    other = ("query", "other")
    can_edit = can_repeat = can_fail = True

    def __init__(self, folder, server):
        self.server = server
        self.fake = FakeBluesky(server)
        self.settings = {"server": server.url, "account": "north.example", "query": "north", "allow_private": True}
        self.environ = {"EARSHOT_SOURCE_LISTEN_PASSWORD": SECRET}

    def add(self, *numbers):
        self.fake.add(*map(bluesky_view, numbers))

    def add_broken(self):
        self.fake.add(bluesky_view(99, text=None))

    def edit(self, number, text):
        self.fake.add(bluesky_view(number, text=text))

    def repeat_cursor(self):
        self.fake.repeats = True

    def expire(self):
        """Let the session expire too."""
        self.fake.tokens.expire()
        self.fake.good += 1

    def number_of(self, post):
        return int(post.native_id.rpartition("/3k")[2])


class MetaCase:
    """A page with 16 posts without words, and a thousand comments under each."""

    kind = "meta"
    other = ("page", "12")
    can_edit = can_repeat = can_fail = True

    def __init__(self, folder, server):
        self.server = server
        self.fake = FakeMeta(server)
        for number in range(16):
            self.fake.add_post(number)
        self.settings = {"api": server.url, "page": PAGE, "overlap_hours": 3, "allow_private": True}
        self.environ = {"EARSHOT_SOURCE_LISTEN_TOKEN": SECRET}

    def add(self, *numbers):
        for number in numbers:
            self.fake.add(number, post=number // 1000)

    def add_broken(self):
        self.fake.add(99, message=5)

    def edit(self, number, text):
        self.fake.add(number, post=number // 1000, message=text)

    def repeat_cursor(self):
        self.fake.repeats = True

    def expire(self):
        self.fake.tokens.expire()

    def number_of(self, post):
        return int(post.native_id.rpartition("_")[2])
