"""A post coincides with an event when there are more such posts there and then than on other days."""

from datetime import timedelta

import pytest

from domain.event import Event
from linking.events import event_document, event_links, events_met
from tests.support.stored_posts import START, stored_post

EVENTS = ("E1", "E2")
DAY = 7
"""The day of the event, in days from START; the store covers 15."""


@pytest.fixture
def ordinary(store):
    """One post a day at nine, about something else."""
    store.upsert("posts", [stored_post(day=day) for day in range(15)])


@pytest.fixture
def outage(store):
    def keep(**changes):
        values = {
            "id": "E1",
            "kind": "outage",
            "title": "Dark",
            "started_at": START + timedelta(days=DAY),
            "ended_at": START + timedelta(days=DAY, hours=4),
            "place": "Port Hill",
            "region": "North Shire",
            "subject": "mobile_data",
        }
        store.upsert("events", [event_document(Event(**(values | changes)))])

    return keep


def complaints(store, count=4, *, text="No mobile data in Port Hill", hour=1, day=DAY, **fields):
    posts = [stored_post(text, day=day, hour=hour, **fields) for _ in range(count)]
    store.upsert("posts", posts)
    return [post["id"] for post in posts]


def linked(store):
    """Make the amendments, and return which posts have which events now."""
    while store.patch("posts", event_links(store, EVENTS)).conflicts:
        pass  # two events of one post: the second is read again
    assert list(event_links(store, EVENTS)) == []
    found = store.scan("posts", fields=("id", "events"))
    links = {post["id"]: [event["id"] for event in post["events"]] for post in found if post.get("events")}
    assert {event for events in links.values() for event in events} <= events_met(store, list(store.scan("posts")))
    return links


def test_a_burst_is_linked_with_both_numbers(store, ordinary, outage):
    outage()
    ids = complaints(store, 6)
    usual = complaints(store, 1, day=3) + complaints(store, 1, day=12)
    changes = {change["id"]: change["events"] for change in event_links(store, EVENTS)}
    assert set(changes) == set(ids)
    [link] = changes[ids[0]]
    assert link["reason"] == (
        "6 different posts about mobile data in Port Hill in these hours, "
        "where 0 or 1 are usual (the same hours of 14 other days)"
    )
    assert link["score"] == pytest.approx(6.5 / (2 / 14 + 0.5), abs=0.01)
    assert not set(usual) & set(linked(store))


def test_no_more_than_usual_is_no_link(store, ordinary, outage):
    outage()
    for day in range(15):
        complaints(store, 4, day=day)
    assert linked(store) == {}


@pytest.mark.parametrize(
    "complaint",
    [
        {"text": "No mobile data in Elsewhere"},
        {"text": "Lovely shoes in Port Hill"},
        {"hour": 7},
        {"hour": -1},
        {"count": 2},
        {"brands": ("rival",)},
    ],
    ids=["another place", "another subject", "after the grace", "before", "too few", "about another brand"],
)
def test_what_does_not_fit_is_not_linked(store, ordinary, outage, complaint):
    outage(brand="north")
    complaints(store, **complaint)
    assert linked(store) == {}


@pytest.mark.parametrize(
    "complaint",
    [
        {"text": "Keine mobilen Daten in PORT-HILL!"},
        {"text": "plus de données mobiles #PortHill"},
        {"text": "sin datos en North Shire"},
        {"text": "البيانات مقطوعة في بورت هيل"},
        {"text": "No data since nine", "place": "Port Hill"},
        {"hour": 5},
        {"brands": ()},
    ],
    ids=["German", "hashtag", "the region", "Arabic name", "declared place", "in the grace", "no brand named"],
)
def test_what_fits_is_linked(store, ordinary, outage, complaint):
    outage(brand="north", attributes={"place_names": "بورت هيل"})
    ids = complaints(store, **complaint)
    assert set(linked(store)) == set(ids)


def test_what_was_said_before_anybody_wrote_it_down_and_for_long_after_is_linked(store, ordinary, outage):
    """An alarm that came two hours late, and a fault that people spoke of for five hours more."""
    outage()
    spoken = [complaints(store, 3, hour=hour) for hour in (-2, -1, 0, 1, 5, 6, 7, 8)]
    complaints(store, 3, hour=-5)
    complaints(store, 3, hour=11)
    assert set(linked(store)) == {key for ids in spoken for key in ids}


def test_nobody_is_taken_for_early_or_late_by_one_post(store, ordinary, outage):
    outage()
    ids = complaints(store, 4, hour=0) + complaints(store, 1, hour=5)
    complaints(store, 1, hour=-1)
    complaints(store, 1, hour=6)
    assert set(linked(store)) == set(ids)


def test_a_link_is_as_likely_as_the_posts_of_its_hour_are_more_than_usual(store, ordinary, outage):
    outage()
    for day in range(15):
        complaints(store, 2, hour=2, day=day) if day != DAY else None
    many, few = complaints(store, 10, hour=1), complaints(store, 5, hour=2)
    usual = complaints(store, 2, hour=3)
    for day in (1, 2, 3, 12):
        complaints(store, 7, hour=3, day=day)
    probable = {change["id"]: link["probability"] for change in event_links(store, EVENTS) for link in change["events"]}
    # Seventeen of them, where four are usual: 18 to 5.
    assert {probable[key] for key in many} == {round(1 - (0 + 5 / 18) / 11, 2)}
    assert {probable[key] for key in few} == {round(1 - (2 + 5 / 18) / 6, 2)}
    assert not set(usual) & probable.keys()


def test_an_alarm_that_came_when_most_had_been_said_is_linked_all_the_same(store, ordinary, outage):
    outage()
    early, late = complaints(store, 5, hour=-2) + complaints(store, 5, hour=-1), complaints(store, 1, hour=0)
    assert set(linked(store)) == {*early, *late}


@pytest.mark.parametrize(
    "complaint",
    [
        {"text": "Nothing works in Port Hill", "felt": (("data", "negative"),)},
        {"text": "Nothing works here", "felt": (("network", "negative"),), "place": "Port Hill"},
        {"text": "Plus rien à Colline", "felt": (("calls", "negative"),), "places": ("Port Hill",)},
        {"text": "Plus de données à Colline", "places": ("Port Hill",)},
    ],
    ids=["heard by a model", "declared place", "another name of the place", "by a word"],
)
def test_a_model_hears_what_a_post_is_about_and_which_place_it_means(store, ordinary, outage, complaint):
    outage()
    places = complaint.pop("places", ())
    posts = [stored_post(day=DAY, hour=1, **complaint) for _ in range(4)]
    named = {"places": [{"name": name} for name in places], "whereabouts": list(places)} if places else {}
    store.upsert("posts", [post | named for post in posts])
    assert set(linked(store)) == {post["id"] for post in posts}


def test_who_names_no_place_speaks_of_what_is_felt_where_it_is_named(store, ordinary, outage):
    outage(brand="north")
    here = complaints(store, 4, hour=1)
    nowhere = complaints(store, 6, text="No mobile data since an hour", hour=1)
    unnamed = complaints(store, 2, text="No mobile data, is it only me?", hour=1, brands=())
    complaints(store, 1, text="No mobile data in Southbury", hour=1, place="Southbury")
    assert set(linked(store)) == {*here, *nowhere}
    told = store.get("posts", [*here[:1], *nowhere[:1], *unnamed])
    assert told[here[0]]["events"][0]["probability"] > told[nowhere[0]]["events"][0]["probability"] > 0.5
    assert "80% are about Port Hill" in told[nowhere[0]]["events"][0]["reason"]


def test_who_names_no_place_when_two_places_are_dark_speaks_of_neither(store, ordinary, outage):
    outage(brand="north")
    here = complaints(store, 4, hour=1)
    complaints(store, 6, text="No mobile data since an hour", hour=1)
    complaints(store, 5, text="No mobile data in Southbury", hour=1, place="Southbury")
    assert set(linked(store)) == set(here)


def test_who_names_no_place_as_often_as_ever_speaks_of_nothing_new(store, ordinary, outage):
    outage(brand="north")
    here = complaints(store, 4, hour=1)
    for day in range(15):
        complaints(store, 6, text="No mobile data since an hour", hour=1, day=day)
    assert set(linked(store)) == set(here)


@pytest.mark.parametrize(
    ("severity", "is_linked"), [("warning", False), ("Minor", False), ("major", True), (None, True)]
)
def test_an_alarm_that_says_that_no_service_is_affected_is_linked_with_nothing(
    store, ordinary, outage, severity, is_linked
):
    outage(kind="alarm", severity=severity)
    complaints(store, 4)
    assert bool(linked(store)) == is_linked


def test_what_began_long_after_an_event_while_all_were_awake_is_something_else(store, outage):
    store.upsert("posts", [stored_post(day=day, hour=hour) for day in range(15) for hour in range(12)])
    outage(ended_at=START + timedelta(days=DAY, hours=9))
    complaints(store, 6, hour=6)
    assert linked(store) == {}


def test_what_began_in_the_morning_after_an_event_of_the_night_is_linked(store, outage):
    store.upsert("posts", [stored_post(day=day, hour=hour) for day in range(15) for hour in range(6, 12)])
    outage(ended_at=START + timedelta(days=DAY, hours=9))
    assert set(complaints(store, 6, hour=6)) == set(linked(store))


def test_a_second_rise_after_the_end_is_something_else(store, ordinary, outage):
    outage()
    first = complaints(store, 4, hour=1) + complaints(store, 3, hour=6) + complaints(store, 3, hour=7)
    complaints(store, 9, hour=8)
    assert set(linked(store)) == set(first)


def test_a_text_that_is_passed_on_and_names_no_place_is_no_sign(store, ordinary, outage):
    outage(brand="north")
    here = complaints(store, 4)
    complaints(store, 9, text="No mobile data, share this", copy="joke", first=False)
    assert set(linked(store)) == set(here)


def test_copies_are_linked_and_counted_once(store, ordinary, outage):
    outage()
    complaints(store, 1)
    # Five that say the same, whose first lies elsewhere: one text of those hours.
    complaints(store, 5, copy="shared", first=False)
    assert linked(store) == {}
    complaints(store, 1)
    assert len(linked(store)) == 7


def test_an_event_without_place_subject_or_days_to_compare_links_nothing(store, outage):
    complaints(store)
    outage()
    assert linked(store) == {}
    store.upsert("posts", [stored_post(day=day) for day in range(15)])
    outage(place=None, region=None)
    assert linked(store) == {}
    outage(subject="the weather")
    assert linked(store) == {}


def test_events_of_customers_and_campaigns_link_nothing(store, ordinary, outage):
    outage(kind="campaign")
    complaints(store)
    assert linked(store) == {}


def test_links_go_when_the_event_goes(store, ordinary, outage):
    outage()
    ids = complaints(store)
    assert set(linked(store)) == set(ids)
    store.delete("events", ["E1"])
    assert linked(store) == {}


def test_the_strongest_event_comes_first(store, ordinary, outage):
    outage(id="E1", ended_at=START + timedelta(days=DAY, hours=1))
    outage(id="E2", kind="alarm", place="Port Hill", ended_at=START + timedelta(days=DAY, hours=4))
    early = complaints(store, 4, hour=1)
    complaints(store, 4, hour=5)
    assert linked(store)[early[0]] == ["E2", "E1"]


def test_an_event_that_lasts_days_is_not_compared_with_itself(store, ordinary, outage):
    outage(ended_at=START + timedelta(days=DAY + 2))
    complaints(store, 3)
    complaints(store, 3, day=DAY + 1)
    [reason] = {link["reason"] for change in event_links(store, EVENTS) for link in change["events"]}
    assert reason.startswith("6 different posts")
    assert "where none is usual" in reason


def test_an_event_whose_end_nobody_recorded_is_over_after_a_day(store, ordinary, outage):
    outage(ended_at=None)
    ids = complaints(store, 4, hour=25)
    complaints(store, 4, day=DAY + 1, hour=3)
    complaints(store, 4, day=DAY + 5)
    assert set(linked(store)) == set(ids)
