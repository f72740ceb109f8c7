"""The one implementation of questions: a store's tallies and listings as tables of figures.

Near-identical texts are all counted unless `Filters.once` asks otherwise. Times are ISO text: of posts in UTC, of
hours, days and weeks with the offset of the question's zone (`Z` for UTC). Floats have `DIGITS` digits, what is not
known is None.

| measure | columns after the dimensions asked for |
|---|---|
| volume | posts, once (near-identical texts counted once) |
| sentiment | posts, negative, neutral, positive, net, low, high |
| share-of-voice | brand, posts, of (posts that name a tracked brand), share, low, high |
| topics | topic, name, posts, share, negative, neutral, positive, net, low, high |
| posts | see `POST_COLUMNS`; `page` and `order` are for this measure alone |

Volume and sentiment over time have a last column `heard` (0 to 1) where it is on record which hours
sources were heard in (`insights/coverage.py`); a time without posts that was not wholly heard has a
row of its own in a volume by time alone, its posts not known.

By aspect, sentiment is that toward the aspect, and by brand or of one brand alone that toward the brand
(`insights/felt.py`). In a list of posts several values of one column are joined by commas (aspects as
`network:negative`, what is felt toward brands as `northwind:negative`), reasons by semicolons.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from domain.correction import is_corrected
from domain.documents import zoned_instant
from domain.errors import InputError
from domain.questions import TIME_DIMENSIONS, Answer, Column, Count, Filters
from insights.coverage import heard_shares, keyed
from insights.felt import count_felt
from insights.statistics.intervals import bounds, net, net_interval, share, share_interval
from insights.totals import count_posts
from textquery.parser import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from domain.ports import Store
    from domain.questions import ColumnType, Dimension, Measure, Question

DIGITS: Final = 4
NOT_ASSIGNED: Final = "not assigned"

_MOOD_COLUMNS: Final = (
    Column("negative", "integer"),
    Column("neutral", "integer"),
    Column("positive", "integer"),
    Column("net", "number"),
    Column("low", "number"),
    Column("high", "number"),
)
POST_COLUMNS: Final = (
    Column("id", "text"),
    Column("created_at", "time"),
    Column("source", "text"),
    Column("author", "text"),
    Column("brands", "text"),
    Column("language", "text"),
    Column("sentiment", "text"),
    Column("score", "number"),
    Column("probability", "number"),
    Column("model", "text"),
    Column("emotion", "text"),
    Column("intents", "text"),
    Column("aspects", "text"),
    Column("toward", "text"),
    Column("urgent", "boolean"),
    Column("ironic", "boolean"),
    Column("offensive", "boolean"),
    Column("spam", "boolean"),
    Column("spam_reasons", "text"),
    Column("corrected", "boolean"),
    Column("topic", "text"),
    Column("place", "text"),
    Column("mentioned_places", "text"),
    Column("reach", "integer"),
    Column("copies", "integer"),
    Column("text", "text"),
    Column("url", "text"),
)


def answer(store: Store, question: Question) -> Answer:
    """Answer a question from a store; the same from every store.

    Raises:
        InputError: the question does not go together, or its text query is broken.
        StoreError: the store did not do its part.
    """
    if question.measure == "posts" and question.by:
        raise InputError("posts are listed one by one; they cannot be grouped")
    if len(set(question.by)) < len(question.by):
        raise InputError("each dimension can be asked for once")
    return replace(_ANSWERS[question.measure](store, question), zone=question.zone)


def check_text(text: str) -> None:
    """Return where `Filters.text` may be this; a blank text asks for nothing.

    Raises:
        QueryError: what is wrong with it.
    """
    if text.strip():
        parse(text)


def _volume(store: Store, question: Question) -> Answer:
    every = _or_none(store.count_by(question.filters, question.by, zone=question.zone), question)
    first_only = replace(question.filters, once=True)
    first = {t.keys: t.total for t in store.count_by(first_only, question.by, zone=question.zone)}
    rows = [(*t.keys, t.total, first.get(t.keys, 0)) for t in every]
    columns = [*_dimensions(question.by), Column("posts", "integer"), Column("once", "integer")]
    heard = _heard(store, question)
    if heard and keyed(question.by) == [0]:
        # Where nobody listened all the time, nothing is not zero: such a time has a row of its own, of nobody.
        silent = {at for (at,), share in heard.items() if share < 1} - {t.keys[0] for t in every}
        nobody = (None,) * (len(question.by) - 1)
        rows = sorted([*rows, *((at, *nobody, None, None) for at in silent)], key=lambda row: row[0])
    return _series(question, heard, columns, rows, total=count_posts(store, question.filters))


def _sentiment(store: Store, question: Question) -> Answer:
    # By aspect the sentiment is that toward it, and of a brand that toward the brand (`insights.felt`).
    decided = question.filters.decides_feelings if "aspect" in question.by else _is_decided(question)
    tallies = _or_none(count_felt(store, question.filters, question.by, zone=question.zone), question)
    rows = [(*t.keys, t.total, *_mood(t, decided=decided)) for t in tallies]
    columns = [*_dimensions(question.by), Column("posts", "integer"), *_MOOD_COLUMNS]
    return _series(question, _heard(store, question), columns, rows, total=count_posts(store, question.filters))


def _heard(store: Store, question: Question) -> Mapping[tuple[Any, ...], float]:
    """Return which share of the time each group was listened to; empty where not asked by time."""
    over_time = any(dimension in TIME_DIMENSIONS for dimension in question.by)
    return heard_shares(store, question.filters, question.by, question.zone) if over_time else {}


def _series(
    question: Question,
    heard: Mapping[tuple[Any, ...], float],
    columns: Sequence[Column],
    rows: Sequence[Sequence[Any]],
    *,
    total: int,
) -> Answer:
    """Return a table, with the column `heard` where anything is on record of the time."""
    if not heard:
        return _table(columns, rows, total=total)
    places = keyed(question.by)
    marked = [(*row, heard.get(tuple(row[place] for place in places))) for row in rows]
    return _table([*columns, Column("heard", "number")], marked, total=total)


def _share_of_voice(store: Store, question: Question) -> Answer:
    others = tuple(dimension for dimension in question.by if dimension != "brand")
    # A brand's share is among all tracked brands, also where only that brand is asked for.
    everyone = replace(question.filters, brands=())
    tallies = [t for t in store.count_by(everyone, (*others, "brand"), zone=question.zone) if t.keys[-1] is not None]
    tracked = tuple(sorted({t.keys[-1] for t in tallies}))
    if not tracked:
        return _table(_voice_columns(others), [], total=0)
    everyone = replace(everyone, brands=tracked)
    of = {t.keys: t.total for t in store.count_by(everyone, others, zone=question.zone)}
    asked = question.filters.brands or tracked
    rows = []
    for tally in tallies:
        if tally.keys[-1] in asked:
            posts, among = tally.total, of[tally.keys[:-1]]
            rows.append((*tally.keys, posts, among, share(posts, among), *bounds(share_interval(posts, among))))
    return _table(_voice_columns(others), rows, total=count_posts(store, everyone))


def _voice_columns(others: Sequence[Dimension]) -> list[Column]:
    figures = (Column("posts", "integer"), Column("of", "integer"))
    shares = (Column("share", "number"), Column("low", "number"), Column("high", "number"))
    return [*_dimensions((*others, "brand")), *figures, *shares]


def _topics(store: Store, question: Question) -> Answer:
    others = tuple(dimension for dimension in question.by if dimension != "topic")
    tallies = store.count_by(question.filters, (*others, "topic"), zone=question.zone)
    of = {t.keys: t.total for t in store.count_by(question.filters, others, zone=question.zone)}
    names = topic_names(store, {t.keys[-1] for t in tallies})
    decided = _is_decided(question)
    rows = [
        (*t.keys, names.get(t.keys[-1]), t.total, share(t.total, of[t.keys[:-1]]), *_mood(t, decided=decided))
        for t in tallies
    ]
    figures = (Column("name", "text"), Column("posts", "integer"), Column("share", "number"))
    columns = [*_dimensions((*others, "topic")), *figures, *_MOOD_COLUMNS]
    return _table(columns, rows, total=count_posts(store, question.filters))


def topic_names(store: Store, topics: Iterable[str | None]) -> dict[str | None, str]:
    """Return the names of topics by id; posts without one are under None."""
    documents = store.get("topics", sorted(topic for topic in topics if topic is not None))
    return {None: NOT_ASSIGNED, **{topic: document["name"] for topic, document in documents.items()}}


def _posts(store: Store, question: Question) -> Answer:
    listing = store.search(question.filters, order=question.order, page=question.page)
    keys = tuple(sorted({post["copy"]["key"] for post in listing.documents if "copy" in post}))
    copies = {t.keys[0]: t.total for t in store.count_by(Filters(copies=keys), ("copy",))} if keys else {}
    rows = []
    for post in listing.documents:
        author, sentiment = post.get("author", {}), post.get("sentiment", {})
        model = sentiment.get("model")
        row = (
            post["id"],
            post["created_at"],
            post["source"],
            author.get("handle") or author.get("id"),
            _joined(sorted(post.get("brands", ()))),
            post.get("language", {}).get("code"),
            sentiment.get("label"),
            sentiment.get("score"),
            sentiment.get("probabilities", {}).get(sentiment.get("label")),
            f"{model['name']}@{model['revision']}" if model else None,
            post.get("emotion", {}).get("label"),
            _joined(post.get("intent", {}).get("labels", ())),
            _joined(post.get("aspect_sentiments", ())),
            _joined(post.get("brand_sentiments", ())),
            *(post.get(trait, {}).get("holds") for trait in ("urgency", "irony", "offensive", "spam")),
            "; ".join(post.get("spam", {}).get("reasons", ())) or None,
            is_corrected(post),
            post.get("topic", {}).get("id"),
            post.get("place"),
            _joined(place["name"] for place in post.get("places", ())),
            post["reach"] if "metrics" in post else None,
            copies.get(post.get("copy", {}).get("key", ""), 1),
            post["text"],
            post.get("url"),
        )
        rows.append(row)
    return _table(POST_COLUMNS, rows, total=listing.total)


def _joined(values: Iterable[str]) -> str | None:
    return ", ".join(values) or None


def _or_none(tallies: list[Count], question: Question) -> list[Count]:
    """Return tallies; all posts taken together are a group also where there are none."""
    return tallies or ([] if question.by else [Count((), 0, 0, 0, 0)])


def _is_decided(question: Question) -> bool:
    """Tell whether posts are asked for by their sentiment, so that net sentiment would only give it back."""
    return question.filters.decides_sentiment or "sentiment" in question.by


def _mood(tally: Count, *, decided: bool) -> tuple[Any, ...]:
    """Return how many posts have each sentiment, and the net one with its range unless the question decides it."""
    counts = (tally.negative, tally.neutral, tally.positive)
    if decided:
        return (*counts, None, None, None)
    return (*counts, net(*counts), *bounds(net_interval(*counts)))


def _dimensions(by: Sequence[Dimension]) -> list[Column]:
    types: dict[bool, ColumnType] = {True: "time", False: "text"}
    return [Column(name, types[name in TIME_DIMENSIONS]) for name in by]


def _table(columns: Sequence[Column], rows: Sequence[Sequence[Any]], *, total: int) -> Answer:
    return Answer(columns=tuple(columns), rows=tuple(tuple(map(_cell, row)) for row in rows), total=total)


def _cell(value: Any) -> Any:
    """Return a value as records show it: the one place where figures are rounded."""
    if isinstance(value, float):
        return round(value, DIGITS) + 0.0  # adding zero turns -0.0 into 0.0
    if isinstance(value, datetime):
        return zoned_instant(value)
    return value


_ANSWERS: Final[Mapping[Measure, Callable[[Store, Question], Answer]]] = {
    "volume": _volume,
    "sentiment": _sentiment,
    "share-of-voice": _share_of_voice,
    "topics": _topics,
    "posts": _posts,
}
