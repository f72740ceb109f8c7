"""Meta's Graph API as the tests need it: a feed in an order of its own, comments newest first, errors by code."""

from __future__ import annotations

import json
from datetime import datetime
from urllib.parse import urlencode

from tests.support.cases_forums import JSON, SECRET, Tokens, moment, says
from tests.support.misbehaving import Says

PAGE = "11"


def page_post(number, **changes):
    """Return a post of the page, which has no words unless it is given some."""
    return {
        "id": f"{PAGE}_{number}",
        "created_time": facebook_time(moment(0)),
        "updated_time": facebook_time(moment(0)),
        "permalink_url": f"https://www.facebook.com/{PAGE}/posts/{number}",
        "from": {"id": PAGE, "name": "North Mobile"},
    } | changes


def comment(number, post=0, **changes):
    """Return a comment under a post of the page."""
    return {
        "id": f"{post}_{number}",
        "message": f"No signal, day {number}",
        "created_time": facebook_time(moment(number)),
        "from": {"id": "55", "name": "Ann"},
        "like_count": 1,
        "comment_count": 2,
    } | changes


def facebook_time(time):
    """Return a time as Facebook writes it, with a zone that standard libraries stumble over."""
    return datetime.fromisoformat(time).strftime("%Y-%m-%dT%H:%M:%S+0000")


def refusal(status, code, subcode=None):
    """Return an error."""
    error = {"message": "(#4) no", "type": "OAuthException", "code": code, "fbtrace_id": "A"}
    body = {"error": error | ({"error_subcode": subcode} if subcode else {})}
    return Says(status=status, headers=JSON, body=json.dumps(body).encode())


class FakeMeta:
    """`posts` of the page in its order, `comments` under each. `refuses` says what is answered instead for a path."""

    def __init__(self, server):
        self.server = server
        self.posts = {}
        self.comments = {}
        self.refuses = {}
        self.headers = {}
        self.feed_size = 5
        self.tokens = Tokens()
        self.repeats = False
        server.answer = self.answer

    def add_post(self, number, **changes):
        self.posts[f"{PAGE}_{number}"] = page_post(number, **changes)
        self.comments.setdefault(f"{PAGE}_{number}", {})

    def add(self, number, post=0, **changes):
        told = comment(number, post, **changes)
        self.comments[f"{PAGE}_{post}"][told["id"]] = told

    def answer(self, asked):
        if asked.headers.get("authorization") != f"Bearer {SECRET}":
            return refusal(400, 190)
        path = asked.path.removeprefix("/v25.0/")
        answer = self.refuses.get(path) or self.at(path, asked)
        return Says(status=answer.status, headers=answer.headers | self.headers, body=answer.body)

    def at(self, path, asked):
        thing, _, edge = path.partition("/")
        if edge == "feed":
            told = [self.summed(post) for post in self.posts.values() if post_time(post) >= int(asked.query["since"])]
            return self.page(told, self.feed_size, asked)
        if edge == "comments" and thing in self.comments:
            found = sorted(self.comments[thing].values(), key=lambda one: one["created_time"], reverse=True)
            return self.page(found, int(asked.query["limit"]), asked)
        known = {PAGE: {"id": PAGE}, **self.posts}
        for all_ in self.comments.values():
            known |= all_
        return says(known[thing]) if thing in known and not edge else refusal(400, 100, 33)

    def summed(self, post):
        count = len(self.comments[post["id"]])
        return post | {"comments": {"data": [], "summary": {"total_count": count}}}

    def page(self, found, size, asked):
        place = self.tokens.take(asked.query["after"]) if "after" in asked.query else "0"
        if place is None:
            return refusal(400, 100)
        start = 0 if self.repeats else int(place)
        told = {"data": found[start : start + size]}
        if found[start + size :]:
            after = self.tokens.give(start + size)
            query = urlencode({"access_token": SECRET, "limit": size, "after": after})
            told["paging"] = {"cursors": {"after": after}, "next": f"{self.server.url}{asked.path}?{query}"}
        return says(told)


def post_time(post):
    """Return when a post was made, in seconds since 1970."""
    return datetime.fromisoformat(post["created_time"]).timestamp()
