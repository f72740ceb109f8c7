"""What is known of an incident afterwards: when, where, whom it touched, and what telling people was worth."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.documents import to_document
from domain.event import Event
from domain.incident import Incident
from insights.detection.evidence import Notice, evidence_of
from reports.incident import render_html
from tests.support.bursts import AT, said

INCIDENT = Incident(
    id="i1",
    brand="north",
    subject="mobile network",
    places=("Leeds",),
    kind="confirmed",
    started_at=AT,
    detected_at=AT + timedelta(minutes=7),
    seen_at=AT + timedelta(minutes=50),
    peak_at=AT + timedelta(minutes=30),
    ended_at=AT + timedelta(minutes=50),
    people=9,
    expected=0.5,
    odds=1e-9,
    events=("e1",),
)


def event(key, kind, minutes, **fields):
    return to_document(Event(id=key, kind=kind, title=key, started_at=AT + timedelta(minutes=minutes), **fields))


def gathered(store, incident=INCIDENT):
    return evidence_of(store, incident, brand_name="North", zone="Europe/London")


@pytest.fixture
def stored(store):
    """Ten customers in Leeds and two in Hull; an outage, and who of them was told and who called, and when."""
    towns = {f"c{n}": "Leeds" if n < 10 else "Hull" for n in range(12)}
    store.upsert("customers", [{"id": key, "place": place} for key, place in towns.items()])
    known_at = AT + timedelta(minutes=20)
    down = event("e1", "outage", -10, place="Leeds", affected=4_000, reported_at=known_at, subject="voice")
    told = [event(f"n{n}", "notice", 25, customer=f"c{n}") for n in (0, 1, 2, 3, 10)]
    called = [event(f"k{n}", "call", minutes, customer=f"c{n}") for n, minutes in ((0, 10), (1, 40), (5, 45), (6, 50))]
    aside = [event("k7", "call", 60 * 24, customer="c7"), event("k11", "call", 40, customer="c11")]
    store.upsert("events", [down, *told, *called, *aside])
    posts = [said(n, AT + timedelta(minutes=n), place="Leeds") for n in range(3)]
    posts += [said("own", AT + timedelta(minutes=30), place="Leeds", customer="c8", text="No signal of mine")]
    store.upsert("posts", [*posts, said("hull", AT, place="Hull")])
    return store


def test_the_time_line_says_who_knew_what_when(stored):
    steps = [(step.at - AT, step.what) for step in gathered(stored).steps]
    assert [(at.total_seconds() / 60, what) for at, what in steps] == [
        (-10, "e1: began"),
        (0, "the first post that speaks of it"),
        (7, "noticed from posts"),
        (20, "e1: known to the network"),
        (25, "the first of 4 customers who were told"),
        (30, "it stood out most: 9 people, where 0.5 are usual"),
        (50, "people speak of it no more than usual"),
    ]


def test_figures_are_those_of_the_places_of_the_incident(stored):
    found = gathered(stored)
    assert (found.posts, found.authors, found.linked, found.affected) == (4, 4, 1, 4_000)
    assert (found.customers, found.in_contact) == (10, 5)
    everywhere = gathered(stored, replace(INCIDENT, places=()))
    assert (everywhere.posts, everywhere.customers, everywhere.in_contact) == (5, 12, 6)


def test_who_was_told_is_compared_with_others_of_the_same_places_from_then_on(stored):
    notice = gathered(stored).notice
    assert notice.since == AT + timedelta(minutes=25)
    # Who had called before anybody was told is in neither group.
    assert (notice.told, notice.told_in_contact) == (3, 1)
    assert (notice.others, notice.others_in_contact) == (6, 3)
    estimate, interval = notice.saved
    assert estimate == pytest.approx(3 * (3 / 6 - 1 / 3))
    assert interval.low < 0 < estimate < interval.high


def test_a_notice_that_spared_many_contacts_is_told_with_its_interval():
    at = {"since": AT, "told": 1_000, "others": 1_000}
    estimate, interval = Notice(told_in_contact=20, others_in_contact=100, **at).saved
    # Newcombe's interval of 0.1 - 0.02, by hand.
    assert estimate == pytest.approx(80)
    assert (round(interval.low), round(interval.high)) == (60, 101)
    assert Notice(since=AT, told=5, told_in_contact=1, others=0, others_in_contact=0).saved is None


def test_the_page_says_it_and_nothing_of_what_anybody_wrote(stored):
    page = render_html(gathered(stored))
    assert "North, mobile network: 9 people in Leeds" in page
    assert "e1: known to the network" in page
    assert "Whether the notice spared contacts cannot be said" in page
    assert "No signal" not in page
    assert ">c8<" not in page
    assert "<script" not in page


def test_what_is_not_known_is_said_so(store):
    page = render_html(gathered(store, replace(INCIDENT, events=(), kind="posts", ended_at=None)))
    assert "No place is known of these posts." in page
    assert "No notice to a customer of these places is on record." in page
    assert "it goes on" in page
    assert "not known" in page
