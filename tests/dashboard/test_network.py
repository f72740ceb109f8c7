"""The Network page: incidents with what is on record of them, the posts that speak of one, complaints by place."""

from contextlib import closing
from datetime import timedelta

import pytest

from dashboard.components.chart_selection import PICK, Pick
from stores.open import open_store
from tests.dashboard.sample import START
from tests.dashboard.test_views import drawn, html, opened, posts_shown, words
from tests.support.handmade import post

PLACES = (("Ashford", 51.15, 0.87), ("Dover", 51.13, 1.31), ("Ashford", 51.15, 0.87))


@pytest.fixture
def complaining(own_store):
    """Three who speak of the incident from ten past seven on, one every half hour, and name where they are."""
    at = START + timedelta(days=8, hours=7, minutes=10)
    with closing(open_store(own_store)) as store:
        store.upsert(
            "posts",
            [
                post(
                    f"named-{n}",
                    f"Nothing works in {place[0]}, call {n}",
                    at=at + timedelta(minutes=30 * n),
                    author=f"resident{n}",
                    brands=("nimbus",),
                    felt=(("network", "negative"),),
                    copy=(f"named-{n}", True),
                    mentioned=(place,),
                )
                for n, place in enumerate(PLACES)
            ],
        )


def test_the_latest_incident_is_told_with_the_event_that_fits_and_its_posts(small_store):
    page = opened("network")
    facts = html(page, "earshot-table")
    assert "9, where 0.4 are usual" in facts
    assert "an event of the network fits" in facts
    assert "it goes on" in facts
    assert "No signal from Nimbus in Ashford" in posts_shown(page)
    assert "solved it within the hour" not in posts_shown(page)
    figures = html(page, "earshot-figures")
    assert [figures.split("</dd>")[n].rpartition(">")[2] for n in (0, 2, 4, 6)] == ["2", "1", "1", "1"]


def test_an_address_opens_its_incident_and_what_it_looks_like(small_store):
    page = opened("network", incident="joke")
    assert "one text that is passed on" in html(page, "earshot-table")
    assert page.query_params["incident"] in ("joke", ["joke"])


def test_an_incident_that_is_not_there_opens_the_latest(small_store):
    page = opened("network", incident="gone")
    assert page.query_params["incident"] in ("dark", ["dark"])
    assert not page.error


def test_where_no_place_is_known_it_says_so(small_store):
    page = opened("network", incident="dark")
    assert "Ashford" in page.dataframe[0].value.to_string()
    assert drawn(page, "where") is None


def test_the_events_that_fit_are_drawn_with_the_complaints_of_their_hours(small_store):
    page = opened("network")
    assert {row["posts"] for row in drawn(page, "hours")} == {1}
    assert [button.label for button in page.button if button.key.startswith("event-hours")] == [
        "1. Power failure in Ashford (outage, Tue 26 Nov 2019, 06:00 to 18:00)"
    ]


def test_what_is_known_of_an_incident_can_be_saved(small_store):
    [button] = [one for one in opened("network").get("download_button") if one.label == "Save what is known of it"]
    assert button.proto.deferred_file_id


def test_a_place_on_the_map_opens_its_posts(complaining):
    page = opened("network")
    assert {row["name"]: row["complaints"] for row in drawn(page, "where")} == {"Ashford": 2, "Dover": 1}
    page.session_state[PICK] = Pick("where", {"whereabouts": "Dover"})
    page.run()
    assert "call 1" in posts_shown(page)
    assert "call 0" not in posts_shown(page)
    assert "1 post" in words(page)


def test_an_incident_is_shown_on_the_map_as_it_grew(complaining):
    page = opened("network")
    page.segmented_control(key="shown on the map").set_value("incident").run()
    assert {row["name"]: row["complaints"] for row in drawn(page, "where")} == {"Ashford": 2, "Dover": 1}
    slider = page.select_slider(key="until dark")
    assert "noticed Tue 26 Nov 2019, 07:05" in slider.label
    slider.set_value(START + timedelta(days=8, hours=7, minutes=30)).run()
    assert {row["name"]: row["complaints"] for row in drawn(page, "where")} == {"Ashford": 1}
    slider = page.select_slider(key="until dark")
    slider.set_value(START + timedelta(days=8, hours=7, minutes=15)).run()
    assert not page.exception
    page.selectbox(key="incident").set_value("joke").run()
    assert not page.exception
