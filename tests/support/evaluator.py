"""What the answers of a store should be, worked out in the plainest way from a list of documents."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from domain.documents import parse_instant
from domain.questions import ASKED, DIMENSIONS, Count, Filters
from textquery.parser import parse
from textquery.tree import And, Near, Not, Or, Phrase, Prefix


def values(document, name):
    """Return the different values under a dotted name, [None] where there are none."""
    found = [document]
    for part in name.split("."):
        found = [item[part] for item in found if part in item]
        found = [item for value in found for item in (value if isinstance(value, list) else [value])]
    return list(dict.fromkeys(found)) or [None]


def chosen(documents, filters):
    """Return the posts that take part: with `once`, of each group the marked first, else the earliest."""
    there = [document for document in documents if passes(document, filters)]
    if not filters.once:
        return there
    if replace(filters, once=False) == Filters():
        return [one for one in there if is_first(one)]  # of every group one is marked
    of_key = {}
    for one in sorted(there, key=lambda one: (not is_first(one), one["created_at"], one["id"])):
        of_key.setdefault(one.get("copy", {}).get("key", one["id"]), one["id"])
    return [one for one in there if is_first(one) or one["id"] in of_key.values()]


def is_first(document):
    """Tell whether a post is the first that says what it says."""
    return document.get("copy", {}).get("first", True)


def passes(document, filters):
    """Tell whether a post takes part, copies apart."""
    at = parse_instant(document["created_at"])
    if filters.start is not None and at < filters.start:
        return False
    if filters.end is not None and at >= filters.end:
        return False
    for field, name in ((one.filter, one.path) for one in ASKED):
        wanted = getattr(filters, field)
        if wanted and not set(wanted) & set(values(document, name)):
            return False
    return not filters.text or matches(document.get("words", "").split(), parse(filters.text))


def matches(words, query):
    """Tell whether words in order satisfy a text query."""
    if isinstance(query, And):
        return all(matches(words, part) for part in query.parts)
    if isinstance(query, Or):
        return any(matches(words, part) for part in query.parts)
    if isinstance(query, Not):
        return not matches(words, query.part)
    if isinstance(query, Phrase):
        return bool(places(words, query.words))
    if isinstance(query, Prefix):
        *whole, last = query.words
        ends = [at + len(whole) for at in places(words, whole)]
        return any(words[end].startswith(last) for end in ends if end < len(words))
    if isinstance(query, Near):
        left = [(at, at + len(query.left)) for at in places(words, query.left)]
        right = [(at, at + len(query.right)) for at in places(words, query.right)]
        return any(gap(one, other) <= query.distance for one in left for other in right)
    raise AssertionError(query)


def places(words, phrase):
    """Return where a phrase begins; an empty one begins everywhere, at the end too."""
    size = len(phrase)
    return [at for at in range(len(words) - size + 1) if words[at : at + size] == list(phrase)]


def gap(one, other):
    """Return how many words lie between two spans, less than 0 where they overlap."""
    first, second = sorted([one, other])
    return second[0] - first[1]


def count_by(documents, filters, by, *, zone="UTC"):
    """Count as the port says."""
    totals, labels = Counter(), Counter()
    for document in chosen(documents, filters):
        for keys in combinations([group_values(document, dimension, zone) for dimension in by]):
            totals[keys] += 1
            labels[keys, label(document, keys, by)] += 1
    order = sorted(totals, key=lambda keys: [(key is None, key or "") for key in keys])
    return [
        Count(keys, totals[keys], *(labels[keys, name] for name in ("negative", "neutral", "positive")))
        for keys in order
    ]


def label(document, keys, by):
    """Return the sentiment that a post counts with in a group: by aspect, that toward the aspect."""
    if "aspect" not in by:
        return document.get("sentiment", {}).get("label")
    toward = {one["aspect"]: one["sentiment"]["label"] for one in document.get("aspects", ())}
    return toward.get(keys[by.index("aspect")])


def group_values(document, dimension, zone="UTC"):
    """Return the groups of a post in one dimension."""
    if dimension in {"hour", "day", "week"}:
        return [beginning(parse_instant(document["created_at"]), dimension, ZoneInfo(zone))]
    return values(document, "aspects.aspect" if dimension == "aspect" else DIMENSIONS[dimension])


def beginning(at, dimension, zone):
    """Return where an hour, day or week begins: walk back for as long as clocks show the same day or week."""
    if dimension == "hour":  # not where clocks go by half an hour
        ahead = timedelta(minutes=at.astimezone(zone).utcoffset() // timedelta(minutes=1) % 60)
        return (at + ahead).replace(minute=0, second=0, microsecond=0) - ahead

    def shown(moment):
        local = moment.astimezone(zone)
        return local.date() if dimension == "day" else local.isocalendar()[:2]

    start = at.replace(second=0, microsecond=0)
    for step in (timedelta(hours=1), timedelta(minutes=1)):
        while shown(start - step) == shown(at):
            start -= step
    return start


def combinations(options):
    """Return all tuples with one value of each list."""
    made = [()]
    for option in options:
        made = [(*keys, value) for keys in made for value in option]
    return made


def find_ids(documents, filters, order):
    """Return the ids of the posts that take part, in an order other than by relevance."""
    there = sorted(chosen(documents, filters), key=lambda one: one["id"])
    keys = {
        "newest": lambda one: -seconds(parse_instant(one["created_at"])),
        "oldest": lambda one: seconds(parse_instant(one["created_at"])),
        "reach": lambda one: -one["reach"],
    }
    return [document["id"] for document in sorted(there, key=keys[order])]


def seconds(at: datetime) -> float:
    """Return a time as a number."""
    return at.timestamp()
