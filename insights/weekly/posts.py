"""What a week's posts show one by one: incidents that they coincide with, texts that they repeat, examples.

They are read in a single pass; memory is flat in posts.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from domain.documents import parse_instant
from domain.questions import Page
from insights.felt import count_felt
from insights.incidents import incidents
from insights.masking import excerpt
from insights.readers import TASKS, readers
from insights.totals import count_posts
from insights.weekly.findings import CopiedText, Example, Incident, ModelUse, Mood
from insights.wording import in_words, many

if TYPE_CHECKING:
    from collections.abc import Collection

    from domain.ports import Store
    from domain.questions import Filters

MIN_COPIES: Final = 5
MAX_TEXTS: Final = 10
EXAMPLES: Final = 3
LISTED: Final = 10
"""Incidents of a report."""
_LOOK_AHEAD: Final = 4


@dataclass
class WeekPosts:
    """What was counted in one pass: posts by event, their highest scores, repeats by copy key, models."""

    by_event: Counter[str] = field(default_factory=Counter)
    scores: dict[str, float] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    repeats: Counter[str] = field(default_factory=Counter)
    models: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def model_uses(self) -> tuple[ModelUse, ...]:
        """Return the models at work, by task and name."""
        return tuple(
            ModelUse(task=task, name=name, revision=revision, posts=posts)
            for (task, name, revision), posts in sorted(self.models.items())
        )


def read_posts(store: Store, filters: Filters) -> WeekPosts:
    """Read the posts of a week once."""
    found = WeekPosts()
    for post in store.scan("posts", filters=filters, fields=("id", "events", "copy", *TASKS)):
        for link in post.get("events", ()):
            found.by_event[link["id"]] += 1
            found.scores[link["id"]] = max(link["score"], found.scores.get(link["id"], 0.0))
            found.reasons[link["id"]] = link["reason"]
        # Only repeats are remembered: most texts are written once.
        if "copy" in post and not post["copy"]["first"]:
            found.repeats[post["copy"]["key"]] += 1
        found.models.update(readers(post))
    return found


def incidents_of_week(store: Store, filters: Filters, found: WeekPosts) -> tuple[Incident, ...]:
    """Return the incidents that posts of the week coincide with, most posts first. No text is quoted twice.

    Events of one customer stay out: a report is passed on.
    """
    events = store.get("events", sorted(found.by_event))
    shared = incidents(event for event in events.values() if "customer" not in event)
    shared.sort(key=lambda incident: -max(found.by_event[event["id"]] for event in incident))
    listed: list[Incident] = []
    for event, *signs in shared[:LISTED]:
        keys = (event["id"], *(sign["id"] for sign in signs))
        chosen = replace(filters, events=keys, once=True)
        posts = count_posts(store, replace(filters, events=keys))
        tallies = count_felt(store, chosen, ())
        incident = Incident(
            event=event["id"],
            events=keys,
            signs=tuple(f"{in_words(sign['kind'])} “{sign['title']}”" for sign in signs),
            kind=event["kind"],
            title=event["title"],
            place=event.get("place") or event.get("region"),
            started_at=parse_instant(event["started_at"]),
            ended_at=parse_instant(event["ended_at"]) if "ended_at" in event else None,
            posts=posts,
            score=max(found.scores[key] for key in keys),
            mood=Mood.counted(
                sum(tally.negative for tally in tallies),
                sum(tally.neutral for tally in tallies),
                sum(tally.positive for tally in tallies),
            ),
            words=f"{many(posts, 'post')} that coincide with it: {found.reasons[event['id']]}",
            examples=examples(store, chosen, quoted=[one for other in listed for one in other.examples]),
        )
        listed.append(incident)
    return tuple(sorted(listed, key=lambda incident: (-incident.posts, incident.started_at, incident.event)))


def copied_texts(store: Store, filters: Filters, repeats: Counter[str]) -> tuple[CopiedText, ...]:
    """Return the texts with at least `MIN_COPIES` posts among those of `filters`, most posts first."""
    # The first post of a text may lie outside: so one repeat less is enough to look.
    likely = sorted(key for key, count in repeats.items() if count >= MIN_COPIES - 1)
    sizes = {key: count_posts(store, _of(filters, key)) for key in likely}
    large = sorted((key for key in likely if sizes[key] >= MIN_COPIES), key=lambda key: (-sizes[key], key))
    return tuple(_copied_text(store, _of(filters, key), key) for key in large[:MAX_TEXTS])


def _of(filters: Filters, key: str) -> Filters:
    return replace(filters, copies=(key,))


def _copied_text(store: Store, filters: Filters, key: str) -> CopiedText:
    totals = Counter({"copies": 0, "without_author": 0})
    reactions: list[int] = []
    authors, sources, brands = set(), set(), set()
    for post in store.scan("posts", filters=filters, fields=("id", "author", "source", "brands", "reach", "metrics")):
        totals.update(copies=1, without_author="author" not in post)
        reactions += [post["reach"]] if "metrics" in post else []
        sources.add(post["source"])
        brands.update(post.get("brands", ()))
        if "author" in post:
            authors.add((post["source"], post["author"]["id"]))
    (earliest,) = store.search(filters, order="oldest", page=Page(limit=1)).documents
    (latest,) = store.search(filters, order="newest", page=Page(limit=1)).documents
    return CopiedText(
        copy=key,
        **totals,
        reach=sum(reactions) if reactions else None,
        authors=len(authors),
        sources=tuple(sorted(sources)),
        brands=tuple(sorted(brands)),
        first_at=parse_instant(earliest["created_at"]),
        last_at=parse_instant(latest["created_at"]),
        post_id=earliest["id"],
        text=excerpt(earliest["text"]),
    )


def examples(
    store: Store, filters: Filters, *, limit: int = EXAMPLES, quoted: Collection[Example] = ()
) -> tuple[Example, ...]:
    """Return posts with most reactions, masked, no two of which read alike, nor like what is quoted already."""
    listing = store.search(filters, order="reach", page=Page(limit=_LOOK_AHEAD * limit + len(quoted)))
    # Names and numbers set texts apart that read alike once these are masked.
    known = {example.text for example in quoted}
    different: dict[str, Example] = {}
    for post in listing.documents:
        example = Example(
            post_id=post["id"],
            created_at=parse_instant(post["created_at"]),
            source=post["source"],
            language=post.get("language", {}).get("code"),
            sentiment=post.get("sentiment", {}).get("label"),
            brands=tuple(sorted(post.get("brands", ()))),
            text=excerpt(post["text"]),
        )
        if example.text not in known:
            different.setdefault(example.text, example)
    return tuple(different.values())[:limit]
