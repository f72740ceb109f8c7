"""Which part of a figure falls into an incident."""

import pytest

from domain.questions import Filters
from insights.coinciding import incidents_met, parts, parts_in_words
from tests.support.stored_posts import stored_post

HOURS = {"started_at": "2026-03-02T08:00:00.000Z", "ended_at": "2026-03-02T12:00:00.000Z"}
EVENTS = [
    {"id": "out", "kind": "outage", "title": "Outage in Hill", "place": "Hill", **HOURS},
    {"id": "bell", "kind": "alarm", "title": "Link down", "place": "Hill", **HOURS},
    {"id": "work", "kind": "planned_work", "title": "Works in Dale", "place": "Dale", **HOURS},
    {"id": "bill", "kind": "bill", "title": "Bill", "customer": "c1", **HOURS},
]


@pytest.fixture
def met(store):
    """Twelve posts of the outage, each meeting its alarm too, four of the works, one bill, and thirty of neither."""
    store.upsert("events", EVENTS)
    outage = [stored_post(f"Dark {n}", events=("out", "bell"), brands=("north",), topic="t1") for n in range(12)]
    works = [stored_post(f"Dust {n}", events=("work",), brands=("vela",)) for n in range(4)]
    rest = [stored_post(f"Fine {n}", brands=("north",) if n < 20 else ("vela",)) for n in range(30)]
    store.upsert("posts", [*outage, *works, *rest, stored_post("My bill", events=("bill",))])
    return store


def test_incidents_of_posts_are_named_after_what_leads_them_and_none_is_a_customers(met):
    assert [(one.title, one.events) for one in incidents_met(met, Filters())] == [
        ("Outage in Hill", ("out", "bell")),
        ("Works in Dale", ("work",)),
    ]


def test_posts_that_meet_an_outage_and_its_alarm_are_counted_once(met):
    found = parts(met, Filters(), incidents_met(met, Filters()))
    assert found[None].words == "12 of 47 posts fall into “Outage in Hill”"


def test_groups_say_so_where_it_is_worth_saying(met):
    """Four of fourteen are too few to speak of."""
    found = parts(met, Filters(), incidents_met(met, Filters()), "brand")
    assert {brand: (part.posts, part.of) for brand, part in found.items()} == {"north": (12, 33)}
    assert parts_in_words([("Northtel", found["north"]), ("Vela", found.get("vela"))]) == (
        "Posts that fall into “Outage in Hill”: Northtel 12 of 33.",
    )


def test_large_figure_of_which_little_falls_into_an_incident_says_nothing(met):
    met.upsert("posts", [stored_post(f"More {n}") for n in range(30)])
    assert parts(met, Filters(), incidents_met(met, Filters())) == {}


def test_view_of_one_incident_does_not_say_that_it_is_one(met):
    asked = Filters(events=("out",))
    assert parts(met, asked, incidents_met(met, asked)) == {}
