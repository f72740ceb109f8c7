"""What is known of an incident, as a page that needs nothing else: for who decides, and for a regulator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from insights.detection.wording import LOOKS_LIKE, ON_RECORD
from insights.wording import many
from reports import charts, wording
from reports.area_map import area_map
from reports.page import Card, drawing, look, templates

if TYPE_CHECKING:
    from insights.detection.evidence import Evidence, Notice

SPARED: Final = """\
how many more of those who were told would have turned to us, had they done as others of the same places did, with its \
95% interval; a difference between people is no proof that the notice was the cause"""
TERMS: Final = (
    ("Incident", "more people speak of a fault at once than chance explains, held against the same hour of four weeks"),
    ("People", "authors of public posts; copies, spam and accounts of the operator are left out"),
    (
        "Events that fit",
        "events on record at that time and place, of what people speak of; fitting is no proof of a cause",
    ),
    ("Turned to us", "called, opened a ticket, had a visit, or wrote a post that is linked with them by their consent"),
    ("Spared", SPARED),
    ("What is left out", "words of posts, and names and numbers of people"),
)


def render_html(evidence: Evidence) -> str:
    """Return one self-contained page: charts inline, no scripts, nothing loaded from elsewhere."""
    drawings = {"hours": drawing(charts.volume(evidence.by_hour, brands=(), events=evidence.events), events=True)}
    if any(area.latitude is not None for area in evidence.areas):
        drawings["map"] = drawing(area_map(evidence.areas), events=False)
    notice = evidence.notice
    groups = (
        [("told", notice.told, notice.told_in_contact), ("not told", notice.others, notice.others_in_contact)]
        if notice
        else []
    )
    return (
        templates()
        .get_template("incident.html.jinja")
        .render(
            report=evidence,
            cards=_cards(evidence),
            charts=drawings,
            groups=groups,
            saved=_saved(notice) if notice else "",
            terms=TERMS,
            not_known=wording.NOT_KNOWN,
            css=look(),
        )
    )


def _cards(evidence: Evidence) -> list[Card]:
    incident = evidence.incident
    wrote = f"in {many(evidence.posts, 'post')}; known customers among them: {wording.count(evidence.linked)}"
    took = round((incident.detected_at - incident.started_at).total_seconds() / 60)
    cards = [
        Card("People who spoke of it", wording.count(evidence.authors), wrote),
        Card("Noticed", f"{took} min", f"after the first post; it looks like this: {LOOKS_LIKE[incident.nature]}"),
    ]
    if evidence.affected is not None:
        cards.append(Card("Customers affected", wording.count(evidence.affected), "as the network's events say"))
    else:
        cards.append(Card("Customers affected", wording.NOT_KNOWN, ON_RECORD[incident.kind]))
    if evidence.customers:
        beside = f"of {wording.count(evidence.customers)} customers on record in these places"
        cards.append(Card("Turned to us", wording.count(evidence.in_contact), beside))
    return cards


def _saved(notice: Notice) -> str:
    """Return in a sentence what the notice was worth."""
    if notice.saved is None:
        return "All customers of these places were told, or none of those who were is left to compare."
    estimate, interval = notice.saved
    between = f"{wording.count(round(interval.low))} to {wording.count(round(interval.high))}"
    spared = f"{wording.count(round(estimate))} contacts spared (95% interval {between})"
    if interval.low > 0:
        return f"Those who were told turned to us less often than others: {spared}."
    if interval.high < 0:
        return f"Those who were told turned to us more often than others: {spared}."
    return f"Whether the notice spared contacts cannot be said: {spared}."
