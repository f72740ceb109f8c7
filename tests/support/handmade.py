"""Stored posts made by hand, every field at will: what collecting, reading and linking would have left."""

from datetime import UTC, datetime

from domain.customer import CustomerLink
from domain.enrichment import (
    Aspect,
    Copy,
    Emotion,
    Enrichment,
    Intent,
    Language,
    MentionedPlace,
    Model,
    Sentiment,
    SentimentToward,
    TowardBrand,
    Trait,
)
from domain.post import Author, Metrics, Post
from domain.stored import post_document
from textquery.words import searchable, whole

MODEL = Model("hand", "1")
DIMS = 384
FIRST = datetime(2019, 11, 22, tzinfo=UTC)
SENTIMENTS = ("negative", "neutral", "positive")


def direction(number, *, lean=0.0):
    """Return an embedding of unit length along one axis, leaning towards the next by the sine `lean`."""
    values = [0.0] * DIMS
    values[number % DIMS] = (1 - lean * lean) ** 0.5
    values[(number + 1) % DIMS] += lean
    return tuple(values)


def aspects(felt, model=MODEL):
    """Return aspects out of pairs of an aspect and the sentiment toward it."""
    return tuple(
        Aspect(aspect=aspect, probability=0.5, sentiment=SentimentToward(label=label, score=0.0), model=model)
        for aspect, label in dict(felt).items()
    )


def toward_brands(felt, model=MODEL):
    """Return what is felt toward brands out of pairs of a brand and the sentiment toward it."""
    return tuple(
        TowardBrand(
            brand=brand,
            sentiment=SentimentToward(label=label, score=0.0),
            switch="none",
            switch_probability=0.75,
            model=model,
        )
        for brand, label in dict(felt).items()
    )


def trait(holds, *reasons, model=MODEL):
    """Return a trait, or None where it was not read."""
    if holds is None:
        return None
    return Trait(holds=holds, probability=0.75 if holds else 0.25, reasons=reasons, model=model)


def post(
    native_id="1",
    text="no signal",
    *,
    at=FIRST,
    source="file",
    author=None,
    place=None,
    likes=None,
    language="en",
    sentiment="neutral",
    emotion=None,
    intents=(),
    felt=(),
    toward=(),
    urgent=None,
    ironic=None,
    spam=None,
    brands=(),
    copy=("k1", True),
    topic=None,
    customer=None,
    events=(),
    speaker="public",
    embedding=(),
    mentioned=(),
    **fields,
):
    """Return a stored post; None for sentiment, language, copy or speaker leaves it unread.

    `felt` are pairs of an aspect and the sentiment toward it, `toward` of a brand and that toward it, `mentioned`
    places with their degrees north and east.
    """
    probabilities = {label: 0.75 if label == sentiment else 0.125 for label in SENTIMENTS}
    enrichment = Enrichment(
        language=Language(code=language or "und", probability=0.5, model=MODEL),
        sentiment=Sentiment(label=sentiment or "neutral", score=0.0, probabilities=probabilities, model=MODEL),
        brands=tuple(brands),
        copy=Copy(key=copy[0] if copy else "", first=bool(copy and copy[1])),
        speaker=speaker or "public",
        emotion=emotion and Emotion(label=emotion, probabilities={emotion: 0.75}, model=MODEL),
        intent=Intent(labels=intents, probabilities={}, model=MODEL) if intents else None,
        aspects=aspects(felt),
        toward=toward_brands(toward),
        places=tuple(
            MentionedPlace(name=name, country="GB", lat=north, lon=east, text=name, probability=0.9, model=MODEL)
            for name, north, east in mentioned
        ),
        urgency=trait(urgent),
        irony=trait(ironic),
        spam=trait(spam, "a link"),
    )
    said = Post(
        source=source,
        native_id=native_id,
        text=text,
        created_at=at,
        author=author and Author(id=author, handle=author.lower()),
        place=place,
        metrics=Metrics(likes=likes),
        **fields,
    )
    link = customer and CustomerLink(id=customer, reason="declared handle", consent_given_at=FIRST)
    document = post_document(said, enrichment, link, words=searchable(whole(said.title, text)), models=[MODEL])
    if topic is not None:
        document["topic"] = {"id": topic, "probability": 0.5, "model": {"name": "hand", "revision": "1"}}
    if events:
        document["events"] = [{"id": event, "score": 2.0, "reason": "by hand"} for event in events]
    if embedding:
        document["embedding"] = list(embedding)
    unread = {"language": language, "sentiment": sentiment, "copy": copy, "speaker": speaker}
    return {key: value for key, value in document.items() if unread.get(key, True) is not None}
