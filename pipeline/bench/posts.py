"""Made-up stored documents in any number, for measuring stores: the same for the same seed, a page at a time.

Each page is drawn from its own seed, so a run that was stopped goes on at any page without making the
ones before. No model reads them: labels, places, copies and embeddings are drawn. Authors and words
have heavy tails, copies come in groups, one post in ten is a ticket with its messages.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, cast, get_args

import numpy as np

from domain.customer import Consent, Customer, CustomerLink
from domain.documents import instant, to_document
from domain.enrichment import (
    Aspect,
    AspectCode,
    Copy,
    Emotion,
    EmotionLabel,
    Enrichment,
    Intent,
    IntentLabel,
    Language,
    MentionedPlace,
    Model,
    Sentiment,
    SentimentLabel,
    SentimentToward,
    Trait,
)
from domain.event import Event
from domain.identity import handle_pseudonym
from domain.post import Author, Metrics, Post
from domain.stored import post_document, post_fingerprint
from linking.events import event_document
from textquery.words import searchable, whole

if TYPE_CHECKING:
    from domain.documents import Document

PAGE: Final = 500
KEY: Final = b"a key for measuring"
MODEL: Final = Model("bench", "1")
FIRST: Final = datetime(2025, 1, 1, tzinfo=UTC)
DAYS: Final = 365
BRANDS: Final = tuple(f"brand{i}" for i in range(8))
PLACES: Final = tuple(f"Town {i}" for i in range(300))
TOPICS: Final = tuple(f"topic-{i}" for i in range(80))
SOURCES: Final = ("mastodon", "bluesky", "reddit", "reviews", "youtube")
TICKETS: Final = "tickets"
LANGUAGES: Final = ("en", "de", "fr", "es", "ar")
_SENTIMENTS: Final[tuple[SentimentLabel, ...]] = get_args(SentimentLabel)
_EMOTIONS: Final[tuple[EmotionLabel, ...]] = get_args(EmotionLabel)
_INTENTS: Final[tuple[IntentLabel, ...]] = get_args(IntentLabel)
_ASPECTS: Final[tuple[AspectCode, ...]] = get_args(AspectCode)
_TELECOM: Final = ("signal", "data", "network", "outage", "bill", "price", "router", "wifi", "roaming", "slow", "shop")
_DIMS: Final = 384
_TICKET_EVERY: Final = 10
_MESSAGES: Final = 4
_COPIED: Final = 0.15
_LINKED_AUTHORS: Final = 0.1
NETWORK_EVERY: Final = 200
_CUSTOMER_EVENTS: Final = ("ticket", "call", "bill", "visit", "service_change")


@dataclass(frozen=True, kw_only=True)
class MadeUpPosts:
    """Documents of every kind in step: as many customers and events as posts, a tenth as many corrections.

    Pages are lists of `PAGE` documents; the last may be shorter.
    """

    posts: int
    seed: int = 0

    @property
    def authors(self) -> int:
        """How many different authors there can be."""
        return max(10, self.posts // 4)

    def pages(self, count: int) -> int:
        """Return how many pages a number of documents fills."""
        return -(-count // PAGE)

    def post_page(self, number: int) -> list[Document]:
        """Return a page of stored posts."""
        posts, enrichments, links = self.read_page(number)
        documents = []
        for post, enrichment, link in zip(posts, enrichments, links, strict=True):
            author = handle_pseudonym(KEY, post.source, str(post.author.handle)) if post.author else None
            words = searchable(whole(post.title, post.text))
            documents.append(post_document(post, enrichment, link, words=words, models=(MODEL,), author_key=author))
        chance = self._chance("links", number)
        topics, linked = chance.random(len(documents)), chance.random(len(documents))
        for document, topic, event in zip(documents, topics, linked, strict=True):
            if topic < 0.7:
                model = {"name": "topics", "revision": "1"}
                place = int(len(TOPICS) * (topic / 0.7) ** 2)
                document["topic"] = {"id": TOPICS[place], "probability": 0.5, "model": model}
            if event < 0.05:
                key = event_key(NETWORK_EVERY * int(event / 0.05 * self.posts / NETWORK_EVERY))
                document["events"] = [{"id": key, "score": 3.0, "reason": "5 posts about it in these hours"}]
        return documents

    def read_page(self, number: int) -> tuple[list[Post], list[Enrichment], list[CustomerLink | None]]:
        """Return a page of posts as they were collected, what was read off each, and whose they are."""
        draws = self._drawn(number)
        posts = self._posts(number, draws)
        # Vectors of unit length around one of twenty directions each, as embeddings of texts lie.
        chance = self._chance("vectors", number)
        middles = np.random.default_rng(7).standard_normal((20, _DIMS))
        rows = middles[chance.integers(0, 20, len(posts))] + 0.8 * chance.standard_normal((len(posts), _DIMS))
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        vectors: list[list[float]] = np.round(rows, 4).tolist()
        enrichments = [_enrichment(post, draws.units[i], vectors[i]) for i, post in enumerate(posts)]
        links: list[CustomerLink | None] = []
        for who in draws.authors:
            link = CustomerLink(id=customer_key(who), reason="declared the handle", consent_given_at=FIRST)
            links.append(link if who < self.authors * _LINKED_AUTHORS else None)
        return posts, enrichments, links

    def customer_page(self, number: int) -> list[Document]:
        """Return a page of customers; the first ones declared the handles of the authors who write most."""
        customers = []
        for i in range(number * PAGE, min(self.posts, (number + 1) * PAGE)):
            customer = Customer(
                id=customer_key(i),
                handles=(handle_pseudonym(KEY, SOURCES[i % len(SOURCES)], f"author{i}"),),
                linked_with=Consent(purpose="link posts", given_at=FIRST),
                region=f"Region {i % 20}",
                place=PLACES[i % len(PLACES)],
                segment=("consumer", "business")[i % 2],
                since=FIRST - timedelta(days=i % 3000),
                monthly_value=float(10 + i % 60),
                attributes={"plan": f"plan {i % 12}"},
            )
            customers.append(to_document(customer))
        return customers

    def event_page(self, number: int) -> list[Document]:
        """Return a page of events: most are of one customer, one in `NETWORK_EVERY` is of the network."""
        documents = []
        for i in range(number * PAGE, min(self.posts, (number + 1) * PAGE)):
            key, start = event_key(i), FIRST + timedelta(hours=i * 24 * DAYS // max(1, self.posts))
            if i % NETWORK_EVERY:
                kind = cast("Any", _CUSTOMER_EVENTS[i % len(_CUSTOMER_EVENTS)])
                customer = customer_key(i // 4)
                event = Event(id=key, kind=kind, title=f"{kind} {i}", started_at=start, customer=customer)
            else:
                event = Event(
                    id=key,
                    kind="outage",
                    title=f"outage {i}",
                    started_at=start,
                    ended_at=start + timedelta(hours=6),
                    place=PLACES[i // NETWORK_EVERY % len(PLACES)],
                    region=f"Region {i % 20}",
                    subject="mobile_data",
                    severity="major",
                )
            documents.append(event_document(event))
        return documents

    def correction_page(self, number: int) -> list[Document]:
        """Return a page of corrections, of every tenth post of ten pages."""
        pages = range(10 * number, min(10 * number + 10, self.pages(self.posts)))
        posts = [post for page in pages for post in self._posts(page, self._drawn(page))[::10]]
        corrections = []
        for i, post in enumerate(posts):
            correction = {
                "id": f"{post.id}:reader{i % 5}",
                "post_id": post.id,
                "fingerprint": post_fingerprint(post, (MODEL,)),
                "at": instant(FIRST + timedelta(days=DAYS)),
                "by": f"reader{i % 5}",
                "models": ["bench@1"],
                "sentiment": _SENTIMENTS[i % 3],
            }
            corrections.append(correction)
        return corrections

    def _chance(self, what: str, number: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, len(what), number])

    def _drawn(self, number: int) -> _Draws:
        chance = self._chance("posts", number)
        size = min(PAGE, self.posts - number * PAGE)
        authors = (self.authors * chance.random(size) ** 3).astype(int).tolist()
        units = chance.random((size, 12)).tolist()
        lengths = chance.integers(6, 40, size)
        ranks = (len(self._vocabulary) * chance.random(int(lengths.sum())) ** 3).astype(int)
        words = [self._vocabulary[rank] for rank in ranks.tolist()]
        ends = np.cumsum(lengths).tolist()
        texts = [" ".join(words[end - length : end]) for end, length in zip(ends, lengths.tolist(), strict=True)]
        return _Draws(authors, units, texts)

    def _posts(self, number: int, draws: _Draws) -> list[Post]:
        posts = []
        for i, (who, unit) in enumerate(zip(draws.authors, draws.units, strict=True)):
            serial = number * PAGE + i
            ticket = serial - serial % _MESSAGES if serial // _MESSAGES % _TICKET_EVERY == 0 else None
            source = SOURCES[who % len(SOURCES)] if ticket is None else TICKETS
            # Posts come nearly in the order in which they were made.
            share = (serial + 2000 * unit[0]) / (self.posts + 2000)
            post = Post(
                source=source,
                instance="here" if source == "mastodon" else "",
                native_id=str(serial),
                text=draws.words[i],
                created_at=FIRST + timedelta(seconds=int(share * DAYS * 86_400)),
                url=f"https://posts.invalid/{source}/{serial}",
                title="About my line" if unit[1] < 0.1 else None,
                author=Author(
                    id=f"a{who}", handle=f"author{who}", name=f"Author {who}", followers=100_000 // (who + 1)
                ),
                parent_id=str(ticket) if ticket is not None and ticket != serial else None,
                mentions=(f"author{who * 7 % self.authors}",) if unit[2] < 0.2 else (),
                lang=LANGUAGES[int(5 * unit[3] ** 3)],
                place=PLACES[int(300 * unit[4] ** 2 / 0.25)] if unit[4] < 0.5 else None,
                metrics=Metrics(
                    likes=int(1 / (unit[5] + 1e-4)), replies=int(3 * unit[6]), shares=int(5 * unit[7] ** 4)
                ),
                observed_at=FIRST + timedelta(days=DAYS),
            )
            posts.append(post)
        return posts

    @cached_property
    def _vocabulary(self) -> list[str]:
        chance = np.random.default_rng(self.seed)
        syllables = [a + b for a in "bcdfgklmnprst" for b in ("a", "e", "i", "o", "u", "an", "er")]
        drawn = chance.integers(0, len(syllables), (20_000, 3)).tolist()
        return [*_TELECOM, *("".join(syllables[i] for i in three) for three in drawn)]


@dataclass(frozen=True)
class _Draws:
    """What was drawn for a page, an entry for each post; `units` are twelve numbers from 0 to 1."""

    authors: list[int]
    units: list[list[float]]
    words: list[str]


def _enrichment(post: Post, unit: list[float], vector: list[float]) -> Enrichment:
    label = _SENTIMENTS[int(3 * unit[8])]
    brand = int((len(BRANDS) - 1) * unit[9] ** 2)
    intents = (_INTENTS[int(6 * unit[10])],) if unit[10] < 0.9 else (_INTENTS[0], _INTENTS[4])
    first = unit[11] >= _COPIED
    copied = f"copy-{int(unit[11] * 1000)}" if not first else f"copy-{post.native_id}"
    mentioned = MentionedPlace(
        name="Leeds", country="GB", lat=53.8, lon=-1.5, text="Leeds", probability=0.9, model=MODEL
    )
    return Enrichment(
        language=Language(code=post.lang or "en", probability=0.99, model=MODEL),
        sentiment=Sentiment(label=label, score=0.6, probabilities=_shares(_SENTIMENTS, label), model=MODEL),
        brands=() if unit[9] > 0.9 else (BRANDS[brand],) if unit[9] < 0.7 else (BRANDS[brand], BRANDS[-1]),
        copy=Copy(key=copied, first=first),
        speaker="brand" if unit[7] > 0.98 else "public",
        emotion=Emotion(
            label=(chosen := _EMOTIONS[int(5 * unit[6])]), probabilities=_shares(_EMOTIONS, chosen), model=MODEL
        ),
        intent=Intent(labels=intents, probabilities=_shares(_INTENTS, intents[0]), model=MODEL),
        aspects=_aspects(unit, label),
        irony=Trait(holds=unit[5] < 0.05, probability=0.5, model=MODEL),
        offensive=Trait(holds=unit[4] < 0.05, probability=0.5, model=MODEL),
        spam=Trait(holds=unit[3] > 0.95, probability=0.5, model=MODEL, reasons=("a link",) if unit[3] > 0.95 else ()),
        urgency=Trait(holds=unit[2] > 0.9, probability=0.5, model=MODEL),
        telecom=Trait(holds=True, probability=0.9, model=MODEL),
        places=(mentioned,) if unit[1] > 0.9 else (),
        embedding=tuple(vector),
    )


def _aspects(unit: list[float], label: SentimentLabel) -> tuple[Aspect, ...]:
    if unit[0] < 0.4:
        return ()
    first = int(len(_ASPECTS) * (unit[0] - 0.4) / 0.6)
    found = {_ASPECTS[first]: label}
    if unit[1] < 0.3:
        found[_ASPECTS[(first + 3) % len(_ASPECTS)]] = _SENTIMENTS[int(3 * unit[1] / 0.3)]
    return tuple(
        Aspect(aspect=aspect, probability=0.7, sentiment=SentimentToward(label=toward, score=0.5), model=MODEL)
        for aspect, toward in found.items()
    )


def _shares(labels: tuple[str, ...], chosen: str) -> dict[str, float]:
    rest = round(0.2 / (len(labels) - 1), 4)
    return {label: 0.8 if label == chosen else rest for label in labels}


def customer_key(i: int) -> str:
    """Return the id of a made-up customer."""
    return f"customer-{i:08}"


def event_key(i: int) -> str:
    """Return the id of a made-up event."""
    return f"event-{i:08}"
