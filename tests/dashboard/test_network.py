"""The Network page: incidents with what is on record of them, the posts that speak of one, complaints by place."""

from tests.dashboard.test_views import html, opened, posts_shown, words


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
    assert "No place is known of posts that tell of faults." in words(opened("network"))
