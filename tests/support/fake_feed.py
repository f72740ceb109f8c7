"""A feed of our own making, as a server tells it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape

from tests.support.misbehaving import Says

START = datetime(2026, 11, 20, 10, tzinfo=UTC)


def item(number, text=None):
    """Return an item of RSS 2.0; below 15,000 each is of a time of its own that has passed."""
    date = format_datetime(START + timedelta(seconds=10 * number), usegmt=True)
    body = escape(f"<p>No signal, day {number}</p>" if text is None else text)
    return (
        f"<item><guid isPermaLink='false'>tag:news.example,2026:{number}</guid><link>https://news.example/{number}</link>"
        f"<title>Day {number}</title><description>{body}</description><pubDate>{date}</pubDate></item>"
    )


def rss(*items):
    """Return a document of RSS 2.0 with these items."""
    channel = (
        "<title>News</title><link>https://news.example/</link><description>d</description><language>en-GB</language>"
    )
    document = (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{channel}{"".join(items)}</channel></rss>'
    )
    return document.encode()


class FakeFeed:
    """Holds items by number and shows the newest `most`; answers 304 where it `validates` and nothing changed."""

    def __init__(self, server):
        self.items = {}
        self.validates = True
        self.most = 10_000
        server.answer = self.answer

    def add(self, *numbers, text=None):
        """Add (or replace) items."""
        self.items |= {number: item(number, text) for number in numbers}

    def answer(self, asked):
        """Answer as the server does."""
        body = rss(*(self.items[number] for number in sorted(self.items, reverse=True)[: self.most]))
        etag = f'"{hashlib.sha256(body).hexdigest()[:8]}"'
        if self.validates and asked.headers.get("if-none-match") == etag:
            return Says(status=304, headers={"ETag": etag})
        headers = {"Content-Type": "application/rss+xml; charset=utf-8"} | ({"ETag": etag} if self.validates else {})
        return Says(headers=headers, body=body)
