"""An event at a cell and a post that names the town meet, whichever of them, or of the register, comes first."""

from datetime import timedelta

import pytest

from domain.event import Event
from domain.place import Place
from domain.service import Service
from linking.events import event_links
from pipeline.operator import keep_records
from stores.open import open_store
from tests.support.stored_posts import START, stored_post

CELL, SITE = "ncgi:234-15:0a1b2c3d4", "site:7"
NEAR_LEEDS = {"latitude": 53.80, "longitude": -1.55}
EDINBURGH_CELL_OF_H3 = "871972765ffffff"


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path}/earshot.sqlite")
    yield opened
    opened.close()


def degradation(**fields):
    values = {"places": (CELL,), "kind": "kpi_degradation", "subject": "mobile_data"} | fields
    start = START + timedelta(days=7)
    return Event(id="E1", title="Slow", started_at=start, ended_at=start + timedelta(hours=4), **values)


def cell(**fields):
    return Place(id=CELL, kind="cell", name="LS-0042-A", **fields)


def kept(store, *records):
    for record in records:
        keep_records(store, [record], START)
    return store.get("events", ["E1"])["E1"]


ORDERS = pytest.mark.parametrize("last", ["event", "register"])


@ORDERS
def test_a_cell_is_the_town_that_it_stands_in(store, last):
    records = (cell(**NEAR_LEEDS, h3=("c7",), region="Yorkshire", uncertainty_m=900), degradation())
    event = kept(store, *(records if last == "event" else reversed(records)))
    assert (event["place"], event["region"], event["h3"]) == ("Leeds", "Yorkshire", ["c7"])
    assert event["uncertainty_m"] == 900
    assert "leeds@2026-03-09" in event["meets"]


@ORDERS
def test_a_cell_without_a_point_is_where_its_site_is(store, last):
    site = Place(id=SITE, kind="site", name="Mast 42", **NEAR_LEEDS)
    records = (site, cell(parent=SITE), degradation())
    assert kept(store, *(records if last == "event" else reversed(records)))["place"] == "Leeds"


def test_the_register_that_comes_late_has_posts_find_the_event(store):
    store.upsert("posts", [stored_post(day=day) for day in range(15)])
    posts = [stored_post("No mobile data in Leeds", day=7, hour=1) for _ in range(5)]
    store.upsert("posts", posts)
    kept(store, degradation())
    assert list(event_links(store, ["E1"])) == []
    kept(store, cell(**NEAR_LEEDS))
    assert [one["id"] for one in store.scan("changes")]
    assert {change["id"] for change in event_links(store, ["E1"])} == {post["id"] for post in posts}


def test_an_area_of_the_register_is_called_as_it_is_there_and_as_the_town(store):
    area = Place(id="area:1", kind="area", name="Aire Valley", **NEAR_LEEDS)
    event = kept(store, area, cell(parent="area:1", **NEAR_LEEDS), degradation())
    assert (event["place"], event["attributes"]["place_names"]) == ("Aire Valley", "Leeds")


def test_an_event_that_has_a_point_alone_is_the_town_there(store):
    assert kept(store, degradation(places=(), h3=(EDINBURGH_CELL_OF_H3,)))["place"] == "Edinburgh"


@pytest.mark.parametrize(
    "event",
    [
        {"place": "Hill", "region": "North"},
        {"kind": "bill", "customer": "c1"},
        {"places": ("cell:unknown",)},
        {"places": (), "h3": ("no cell",)},
        {"places": ()},
    ],
    ids=["says so itself", "of a customer", "not in the register", "no cell of H3", "nowhere"],
)
def test_other_events_stay_as_they_are(store, event):
    told = kept(store, cell(**NEAR_LEEDS), degradation(**event))
    assert told.get("place") == event.get("place")
    assert told.get("region") == event.get("region")


def test_places_that_are_parts_of_each_other_end(store):
    ring = [Place(id=SITE, kind="site", parent=CELL), cell(parent=SITE), Service(id="s", kind="line")]
    assert "place" not in kept(store, *ring, degradation())
