"""Which network events a post coincides with: same place, same hours, same subject, more than chance.

A link says that things coincide, with both numbers; it never says that one caused the other. What coincides is told by
`linking/coincidence.py`; posts are read only where their links change.

An event says where and when it can be met (`meets`: a name of its place and a day, in one word), so
that a page of posts finds its events by one look-up, however many there are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from domain.conditions import among, equal
from domain.documents import REVISION, parse_instant, to_document
from domain.event import NETWORK_KINDS
from domain.hours import HOUR
from domain.pages import paged
from domain.questions import Filters
from linking.coincidence import DAY, coincidences, hours_of, midnight, place_names
from linking.subjects import names_of, subjects
from textquery.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from domain.documents import Document
    from domain.event import Event, EventLink
    from domain.ports import Store

UNFELT: Final = ("minor", "warning", "indeterminate", "cleared")
"""Severities of alarms about which no service is affected (ITU-T X.733, 8.1.2.3)."""
LONGEST: Final = 400
"""Days of an event on which posts find it by themselves; what is said later of a longer one is not linked."""
LONGEST_NAME: Final = 4
"""Words in the name of a place that a text can be seen to name."""

_PAGE: Final = 500
_MOST_ASKED: Final = 10_000
_MOST_FELT: Final = 500
"""Events around the days of a page that posts have links with."""


def event_document(event: Event) -> Document:
    """Return the stored form of an event, with where and when posts can meet it."""
    return with_keys(to_document(event))


def with_keys(event: Document) -> Document:
    """Return a stored event with where and when posts can meet it."""
    keys = meeting_keys(event)
    return {name: value for name, value in event.items() if name != "meets"} | ({"meets": keys} if keys else {})


def meeting_keys(event: Document) -> list[str]:
    """Return where and when posts can meet a stored event; nothing where it is nowhere, or about nothing we know."""
    placed = event.get("place") or event.get("region")
    if event["kind"] == "alarm" and str(event.get("severity")).lower() in UNFELT:
        return []
    if event["kind"] not in NETWORK_KINDS or event.get("subject") not in subjects() or not placed:
        return []
    days = sorted(hours_of(event).reach.days())[:LONGEST]
    return [f"{name}@{day.date()}" for day in days for name in place_names(event)]


def events_met(store: Store, posts: Sequence[Document]) -> set[str]:
    """Return the ids of stored events that these posts may coincide with, by place or words and by day."""
    asked: set[str] = set()
    for post in posts:
        text = words(f"{post.get('title') or ''} {post['text']}")
        # Names are written as runs of up to so many words.
        runs = (text[i : i + length] for length in range(1, LONGEST_NAME + 1) for i in range(len(text) - length + 1))
        known = names_of(post.get("place"), *(place["name"] for place in post.get("places", ())))
        asked.update(f"{name}@{post['created_at'][:10]}" for name in (*known, *map(" ".join, runs)))
    met = {
        event["id"]
        for page in paged(sorted(asked), _MOST_ASKED)
        for event in store.scan("events", where=[among("meets", page)], fields=("id",))
    }
    # What is felt already shares out the posts of nowhere, and every new one may change the parts.
    if days := {midnight(parse_instant(post["created_at"])) for post in posts}:
        around = Filters(start=min(days) - DAY, end=max(days) + DAY)
        felt = [key for key, _ in store.count_values("posts", "events.id", filters=around, limit=_MOST_FELT)]
        for key, event in store.get("events", felt, fields=("started_at", "ended_at")).items():
            if not days.isdisjoint(hours_of(event).reach.days()):
                met.add(key)
    return met


def event_links(store: Store, events: Iterable[str]) -> Iterator[Document]:
    """Yield amendments for stored posts whose links to these events are not right; those of an event that is gone go.

    Once they are made, the next call yields nothing.
    """
    for page in paged(events, _PAGE):
        stored = store.get("events", page)
        for key in page:
            yield from _wrong_links(store, key, stored.get(key))


def _wrong_links(store: Store, key: str, event: Document | None) -> Iterator[Document]:
    wanted: dict[str, EventLink] = {}
    posts: dict[str, Document] = {}
    for found in coincidences(store, event) if event is not None and meeting_keys(event) else ():
        start, end = min(found.by_hour), max(found.by_hour) + HOUR
        for filters in found.about:
            chosen = replace(filters, start=start, end=end)
            for post in store.scan("posts", filters=chosen, fields=("created_at", "events", REVISION)):
                if link := found.link(key, parse_instant(post["created_at"])):
                    posts[post["id"]] = post
                    wanted.setdefault(post["id"], link)
    linked = store.scan("posts", where=[equal("events.id", key)], fields=("events", REVISION))
    for post in ({post["id"]: post for post in linked} | posts).values():
        there: Sequence[Document] = post.get("events", ())
        right = [one for one in there if one["id"] != key]
        right += [to_document(wanted[post["id"]])] if post["id"] in wanted else []
        right.sort(key=lambda one: (-one["score"], one["id"]))
        if right != list(there):
            yield {"id": post["id"], REVISION: post[REVISION], "events": right or None}
