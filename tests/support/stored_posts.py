"""Posts in their stored form, made by hand: what collecting and reading would have left in a store."""

from datetime import UTC, datetime, timedelta
from itertools import count

from domain.enrichment import Copy, Emotion, Enrichment, Intent, Language, Model, Sentiment
from domain.post import Author, Metrics, Post
from domain.stored import post_document
from tests.support.handmade import aspects, toward_brands, trait
from textquery.words import searchable, whole

START = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday, week 2026-W10
MODEL = Model("hand", "1")
_serial = count(1)


def stored_post(
    text="The signal is fine today",
    *,
    native_id=None,
    day=0,
    hour=0,
    created_at=None,
    brands=("north",),
    sentiment="neutral",
    emotion=None,
    intents=(),
    felt=(),
    toward=(),
    urgent=None,
    spam=None,
    language="en",
    author=None,
    copy=None,
    first=True,
    topic=None,
    events=None,
    **fields,
):
    """Return a post document.

    `author` is an id or an `Author`; `copy` is the key of its group of texts; `felt` are pairs of an aspect and the
    sentiment toward it, `toward` of a brand and that toward it; `spam` are the signs of it, none of them where it is
    no spam.
    """
    native_id = native_id or f"{next(_serial):06d}"
    post = Post(
        source=fields.pop("source", "forum"),
        native_id=native_id,
        text=text,
        created_at=created_at or START + timedelta(days=day, hours=hour),
        author=Author(id=author, handle=author) if isinstance(author, str) else author,
        metrics=Metrics(likes=fields.pop("likes", None)),
        **fields,
    )
    probabilities = {label: 0.8 if label == sentiment else 0.1 for label in ("negative", "neutral", "positive")}
    enrichment = Enrichment(
        language=Language(code=language, probability=0.9, model=MODEL),
        sentiment=Sentiment(
            label=sentiment,
            score=probabilities["positive"] - probabilities["negative"],
            probabilities=probabilities,
            model=MODEL,
        ),
        brands=tuple(brands),
        copy=Copy(key=copy or f"copy-{native_id}", first=first),
        emotion=emotion and Emotion(label=emotion, probabilities={emotion: 0.8}, model=MODEL),
        intent=Intent(labels=intents, probabilities={}, model=MODEL) if intents else None,
        aspects=aspects(felt),
        toward=toward_brands(toward),
        urgency=trait(urgent),
        spam=None if spam is None else trait(bool(spam), *spam),
    )
    document = post_document(post, enrichment, words=searchable(whole(post.title, post.text)), models=[MODEL])
    if topic is not None:
        document["topic"] = {"id": topic, "probability": 0.9, "model": {"name": "hand", "revision": "1"}}
    if events is not None:
        document["events"] = [{"id": event, "score": 4.0, "reason": "by hand"} for event in events]
    return document
