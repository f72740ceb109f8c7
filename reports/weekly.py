"""The weekly report as a page that needs nothing else, and as Markdown."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from domain.config import Brand
from domain.documents import instant
from domain.hours import HOUR
from insights.coinciding import parts_in_words
from insights.weekly.topics_and_aspects import MOVED
from reports import charts, wording
from reports.page import Card, drawing, look, templates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from insights.weekly.findings import Movement, TopicWeek, WeeklyReport

_CHANGES: Final = {"up": "▲ better", "down": "▼ worse", "unclear": "no clear change", "no data": wording.NO_DATA}
_MOVEMENTS: Final[Mapping[Movement, str]] = {
    "appeared": "▲ appeared",
    "rose": "▲ rose",
    "fell": "▼ fell",
    "steady": "no clear change",
    "no data": wording.NO_DATA,
}
_HEADINGS: Final[tuple[tuple[str, tuple[Movement, ...]], ...]] = (
    ("Appeared", ("appeared",)),
    ("Rose", ("rose",)),
    ("Fell", ("fell",)),
    ("The largest without a clear change", ("steady",)),
    ("The largest, nothing to compare them with", ("no data",)),
)
_UNKNOWN: Final = ("author", "place", "language", "sentiment", "brand", "topic")
_NAMES_EVENTS: Final = "sentiment"
"""The chart that the events are named under: the others have the same numbers."""


def render_html(report: WeeklyReport) -> str:
    """Return one self-contained page: charts inline, no scripts, nothing loaded from elsewhere."""
    drawings = {name: drawing(spec, events=name == _NAMES_EVENTS) for name, spec in _charts(report).items()}
    template = templates().get_template("weekly.html.jinja")
    return template.render(_context(report), cards=_cards(report), charts=drawings, css=look())


def render_markdown(report: WeeklyReport) -> str:
    """Return the report as Markdown, without charts."""
    return templates().get_template("weekly.md.jinja").render(_context(report))


def _context(report: WeeklyReport) -> dict[str, Any]:
    within: dict[str | None, list[TopicWeek]] = {incident.event: [] for incident in report.incidents}
    for topic in report.topics:
        within.setdefault(topic.incident, []).append(topic)
    return {
        "report": report,
        "last_day": report.end - HOUR,
        "movements": [(heading, _topics(report, *movements)) for heading, movements in _HEADINGS],
        "unknown": [(name, getattr(report.coverage, f"without_{name}")) for name in _UNKNOWN],
        "within": within,
        "brand_parts": parts_in_words((brand.name, brand.part) for brand in report.brands),
        "aspect_parts": parts_in_words((wording.aspect(about.aspect), about.part) for about in report.aspects),
        "changes": _CHANGES,
        "moved": _MOVEMENTS,
        "not_known": wording.NOT_KNOWN,
        "no_data": wording.NO_DATA,
    }


def _charts(report: WeeklyReport) -> Mapping[str, charts.Spec]:
    brands = [Brand(key=brand.brand, name=brand.name, terms=(), own=brand.own) for brand in report.brands]
    events = []
    for incident in report.incidents:
        ended = {} if incident.ended_at is None else {"ended_at": instant(incident.ended_at)}
        named = {"id": incident.event, "kind": incident.kind, "title": incident.title}
        events.append({**named, "started_at": instant(incident.started_at), **ended})
    return {
        "sentiment": charts.net_sentiment(report.sentiment_by_day, brands=brands, events=events),
        "volume": charts.volume(report.volume_by_day, brands=brands, events=events),
        "voice": charts.share_of_voice(report.share_of_voice, brands=brands),
        "languages": charts.breakdown(report.languages),
        "sources": charts.breakdown(report.sources),
    }


def _cards(report: WeeklyReport) -> list[Card]:
    heard = [brand for brand in report.brands if brand.mood.net is not None]
    own = next((brand for brand in heard if brand.own), heard[0] if heard else None)
    cards = [
        Card("Posts heard", wording.count(report.posts), f"{wording.count(report.once)} if repeated texts count once")
    ]
    if own is not None:
        reach = f"{own.name}; 95% range {wording.points(own.mood.low)} to {wording.points(own.mood.high)}"
        among = f"{own.name}, among posts that name a tracked brand"
        cards += [
            Card("Net sentiment", wording.points(own.mood.net), reach),
            Card("Share of voice", wording.percent(own.share), among),
        ]
    if not _topics(report, "steady", *MOVED):
        return [*cards, Card("Topics that moved", "–", "no data for the week before")]
    moved = Counter(topic.movement for topic in _topics(report, *MOVED))
    ways = ", ".join(f"{moved[movement]} {movement}" for movement in MOVED if moved[movement])
    return [*cards, Card("Topics that moved", wording.count(moved.total()), ways or "no clear change")]


def _topics(report: WeeklyReport, *movements: Movement) -> list[TopicWeek]:
    """Return the topics of their own that moved so; those of an incident are told with it."""
    return [topic for topic in report.topics if topic.movement in movements and topic.incident is None]
