"""Stored posts made by hand, every field at will: what collecting, reading and linking would have left."""

from datetime import UTC, datetime

from domain.customer import CustomerLink
from domain.enrichment import Copy, Enrichment, Language, Model, Sentiment
from domain.post import Author, Metrics, Post
from domain.stored import post_document

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
    brands=(),
    copy=("k1", True),
    topic=None,
    customer=None,
    events=(),
    speaker="public",
    embedding=(),
    **fields,
):
    """Return a stored post; None for sentiment, language, copy or speaker leaves it unread."""
    probabilities = {label: 0.75 if label == sentiment else 0.125 for label in SENTIMENTS}
    enrichment = Enrichment(
        language=Language(code=language or "und", probability=0.5, model=MODEL),
        sentiment=Sentiment(label=sentiment or "neutral", score=0.0, probabilities=probabilities, model=MODEL),
        brands=tuple(brands),
        copy=Copy(key=copy[0] if copy else "", first=bool(copy and copy[1])),
        speaker=speaker or "public",
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
    document = post_document(said, enrichment, link, models=[MODEL])
    if topic is not None:
        document["topic"] = {"id": topic, "probability": 0.5, "model": {"name": "hand", "revision": "1"}}
    if events:
        document["events"] = [{"id": event, "score": 2.0, "reason": "by hand"} for event in events]
    if embedding:
        document["embedding"] = list(embedding)
    unread = {"language": language, "sentiment": sentiment, "copy": copy, "speaker": speaker}
    return {key: value for key, value in document.items() if unread.get(key, True) is not None}
