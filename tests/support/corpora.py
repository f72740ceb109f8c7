"""Random posts and random questions about them, from vocabularies small enough that they meet."""

from datetime import timedelta
from math import prod

from hypothesis import strategies as st

from domain.questions import DIMENSIONS, Filters, Page
from tests.support.handmade import FIRST, SENTIMENTS, direction, post

BRANDS = ("o2", "three", "Ünïted Mobile")
LANGUAGES = ("en", "de", "und")
SOURCES = ("file", "mastodon")
TOPICS = ("t1", "t2")
EMOTIONS = ("anger", "none")
INTENTS = ("complaint", "churn_threat", "other")
ASPECTS = ("network", "price")
AUTHORS = ("ann", "Bob", "émile")
PLACES = ("Leeds", "leeds", "São Paulo")
CUSTOMERS = ("c1", "c2")
EVENTS = ("e1", "e2", "e3")
COPIES = ("k1", "k2", "k3")
SPEAKERS = ("public", "brand")
PLAIN_WORDS = ("signal", "signals", "down", "outage", "cant", "can't", "CAFÉ", "café", "5g-mast", "𝐎2")
WORDS = (*PLAIN_WORDS, "信号", "信", "إشارة", "😡")


def _maybe(values):
    return st.none() | st.sampled_from(values)


# Whole hours and their edges, where buckets and half-open bounds could go wrong.
EDGES = (timedelta(0), timedelta(milliseconds=-1), timedelta(minutes=30))
TIMES = st.builds(
    lambda hours, edge: FIRST + timedelta(hours=hours) + edge, st.integers(0, 288), st.sampled_from(EDGES)
)


def _choices():
    pairs = [(), *((value,) for value in BRANDS), BRANDS[:2], BRANDS[::-1]]
    # No aspect, each alone, and both with every pair of sentiments.
    felt = [(), *(((aspect, label),) for aspect in ASPECTS for label in SENTIMENTS)]
    toward = [
        (),
        *(((brand, label),) for brand in BRANDS for label in SENTIMENTS),
        tuple(zip(BRANDS, SENTIMENTS, strict=True)),
    ]
    felt += [(("price", one), ("network", other)) for one in SENTIMENTS for other in SENTIMENTS]
    return {
        "at": [FIRST + timedelta(hours=hour) + edge for hour in range(0, 288, 7) for edge in EDGES],
        "source": SOURCES,
        "author": (None, *AUTHORS),
        "place": (None, *PLACES),
        "mentioned": ((), *(((place, 50.0, -1.0),) for place in PLACES), (("Leeds", 53.8, -1.5), ("York", 54.0, -1.1))),
        "likes": (None, 0, 1, 2, 500),
        "language": (None, *LANGUAGES),
        "sentiment": (None, *SENTIMENTS),
        "emotion": (None, *EMOTIONS),
        "intents": ((), INTENTS[2:], INTENTS[:1], INTENTS[:2]),
        "felt": felt,
        "toward": toward,
        "urgent": (None, True, False),
        "ironic": (None, True, False),
        "spam": (None, True, False),
        "brands": pairs,
        "copy": (None, *((key, first) for key in COPIES for first in (True, False))),
        "topic": (None, *TOPICS),
        "customer": (None, *CUSTOMERS),
        "speaker": (None, *SPEAKERS),
        "events": ((), EVENTS[:1], EVENTS[1:], EVENTS[::-1]),
        "embedding": ((), *(direction(axis) for axis in range(3))),
        **{str(place): ("", *WORDS) for place in range(8)},
    }


CHOICES = _choices()


def _random_post(native_id, number):
    """Return the post that a number stands for: one draw instead of twenty, and 0 is the plainest."""
    chosen = {}
    for name, options in CHOICES.items():
        number, place = divmod(number, len(options))
        chosen[name] = options[place]
    text = " ".join(word for word in (chosen.pop(str(place)) for place in range(8)) if word)
    return post(str(native_id), text, **chosen)


def corpora():
    """Return a strategy of lists of stored posts with different ids; a list of none would answer nothing."""
    numbers = st.integers(0, prod(len(options) for options in CHOICES.values()) - 1)
    return st.lists(numbers, min_size=4, max_size=12).map(
        lambda drawn: [_random_post(native_id, number) for native_id, number in enumerate(drawn)]
    )


_TERMS = st.one_of(
    st.sampled_from([word for word in WORDS if word != "😡"]),
    st.sampled_from(["sig*", "signal*", "ca*", "信*", '"down sig*"', "إش*"]),
    st.lists(st.sampled_from(["signal", "down", "cant", "café", "信号"]), min_size=2, max_size=3).map(
        lambda words: f'"{" ".join(words)}"'
    ),
    st.builds('"signal {}"~{}'.format, st.sampled_from(["down", "outage", "café"]), st.integers(0, 4)),
    st.builds(
        '"signal down" NEAR/{} {}'.format, st.integers(0, 3), st.sampled_from(["down", "cant", "o2", '"信号 down"'])
    ),
    st.builds('("signal down" OR outage) NEAR/{} (down OR cant)'.format, st.integers(0, 3)),
)


def text_queries():
    """Return a strategy of text queries that are right."""
    return st.recursive(
        _TERMS,
        lambda parts: st.one_of(
            st.builds("({} AND {})".format, parts, parts),
            st.builds("({} OR {})".format, parts, parts),
            st.builds("({} {})".format, parts, parts),
            st.builds("NOT {}".format, parts),
        ),
        max_leaves=5,
    )


def filters():
    """Return a strategy of filters with at most three fields set, so that most let some posts through."""

    def chosen(values):
        return st.lists(_maybe(values), min_size=1, max_size=2).map(tuple)

    fields = {
        "start": TIMES,
        "end": TIMES,
        "brands": chosen(BRANDS),
        "languages": chosen(LANGUAGES),
        "sources": chosen(SOURCES),
        "sentiments": chosen(SENTIMENTS),
        "emotions": chosen(EMOTIONS),
        "intents": chosen(INTENTS),
        "aspects": chosen(ASPECTS),
        "aspect_sentiments": chosen([f"{aspect}:{label}" for aspect in ASPECTS for label in SENTIMENTS]),
        "brand_sentiments": chosen([f"{brand}:{label}" for brand in BRANDS for label in SENTIMENTS]),
        "urgent": chosen((True, False)),
        "ironic": chosen((True, False)),
        "spam": chosen((True, False)),
        "topics": chosen(TOPICS),
        "authors": chosen(AUTHORS),
        "places": chosen(PLACES),
        "whereabouts": chosen((*PLACES, "York")),
        "customers": chosen(CUSTOMERS),
        "events": chosen(EVENTS),
        "copies": chosen(COPIES),
        "speakers": chosen(SPEAKERS),
        "text": text_queries(),
        "once": st.just(True),
    }
    # A text query is worth more than one share of the examples.
    names = st.sets(st.sampled_from([*fields, "text", "text", "text"]), max_size=3)
    some = names.flatmap(lambda names: st.fixed_dictionaries({name: fields[name] for name in sorted(names)}))
    return some.map(lambda values: Filters(**values))


def groupings():
    """Return a strategy of dimensions to group by."""
    return st.lists(st.sampled_from(list(DIMENSIONS)), max_size=3, unique=True).map(tuple)


def pages():
    """Return a strategy of pages."""
    return st.builds(Page, limit=st.integers(0, 8), offset=st.integers(0, 5))
