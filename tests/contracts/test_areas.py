"""Both stores tell where people complain, beside what is on record there, and where that is."""

from dataclasses import replace
from datetime import timedelta

import h3

from domain.documents import to_document
from domain.event import Event
from domain.place import Place
from insights.detection.areas import Area, areas
from insights.detection.bursts import SERVICE, complaints
from tests.support.bursts import AT, said

LEEDS, YORK, LONDON, ONTARIO = (
    ("Leeds", 53.8, -1.55),
    ("York", 53.96, -1.08),
    ("London", 51.5, -0.12),
    ("London", 42.98, -81.25),
)
HULL = h3.latlng_to_cell(53.74, -0.33, 7)
FAULTS = replace(complaints("north", SERVICE), start=AT, end=AT + timedelta(days=1))


def outage(key, place, **fields):
    happened = {"kind": "outage", "title": "Down", "started_at": AT + timedelta(hours=1)} | fields
    return to_document(Event(id=key, place=place, **happened))


def told(number, **fields):
    return said(number, AT + timedelta(minutes=number), **fields)


def test_places_with_complaints_and_places_with_events_are_told_with_where_they_are(store):
    posts = [told(n, place="Leeds", mentioned=(LEEDS,)) for n in range(3)]
    posts += [told(3, mentioned=(YORK, LEEDS)), told(4, place="Nowhere"), told(5)]
    store.upsert("posts", posts)
    store.upsert("places", [to_document(Place(id="s1", kind="site", name="Leeds", latitude=53.79, longitude=-1.54))])
    own = outage("e4", "Leeds", customer="c1")
    before = outage("e5", "Leeds", started_at=AT - timedelta(days=2), ended_at=AT - timedelta(days=1))
    into = outage("e6", "York", started_at=AT - timedelta(days=2), ended_at=AT + timedelta(hours=1))
    store.upsert(
        "events", [outage("e1", "Leeds"), outage("e2", "Hull", h3=(HULL,)), outage("e3", None), own, before, into]
    )
    found = {area.place: area for area in areas(store, FAULTS)}
    assert list(found) == ["Leeds", "York", "Nowhere", "Hull"]
    # What the operator's register says of a place goes before what the gazetteer says.
    assert found["Leeds"] == Area(place="Leeds", complaints=4, events=1, latitude=53.79, longitude=-1.54)
    assert found["York"] == Area(place="York", complaints=1, events=1, latitude=53.96, longitude=-1.08)
    assert found["Nowhere"] == Area(place="Nowhere", complaints=1, events=0)
    assert (found["Hull"].complaints, found["Hull"].events) == (0, 1)
    assert abs(found["Hull"].latitude - 53.74) + abs(found["Hull"].longitude + 0.33) < 0.05


def test_of_places_with_one_name_the_one_is_meant_that_most_posts_mean(store):
    store.upsert("posts", [told(n, mentioned=(ONTARIO if n == 0 else LONDON,)) for n in range(4)])
    [area] = areas(store, FAULTS)
    assert (area.complaints, area.latitude) == (4, 51.5)
