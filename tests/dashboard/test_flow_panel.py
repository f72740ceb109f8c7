"""What precedes complaints, calls and leaving, on the Customer page."""

from datetime import timedelta

from dashboard.session import open_session
from domain.documents import instant
from tests.dashboard.sample import START
from tests.dashboard.test_views import html, opened, words


def test_what_precedes_is_read_only_when_asked_for_and_nothing_found_is_a_sentence(small_store):
    page = opened("customer")
    assert "Choose what follows" in words(page)
    asked = opened("customer", leading_to="call")
    assert "No sequence of steps precedes it more often than chance explains." in words(asked)
    assert not asked.exception


def test_an_address_that_asks_for_what_nothing_leads_to_shows_the_choice(small_store):
    page = opened("customer", leading_to="joy")
    assert "Choose what follows" in words(page)
    assert not page.exception


def test_sequences_that_precede_are_drawn_with_a_table_and_never_called_causes(small_store):
    store = open_session().store
    people = [f"caller{number}" for number in range(120)]
    store.upsert("customers", [{"id": one, "place": "Ashford"} for one in people])
    kinds = [("visit", 1, people[:60]), ("call", 2, people[:40]), ("call", 5, people[60:63])]
    store.upsert(
        "events",
        [
            {"id": f"{kind}-{one}", "kind": kind, "title": kind, "customer": one}
            | {"started_at": instant(START + timedelta(days=day))}
            for kind, day, some_people in kinds
            for one in some_people
        ],
    )
    page = opened("customer", leading_to="call")
    assert not page.exception
    assert "precedes, as wide as it has customers" in words(page)
    assert "cause" not in words(page).replace("says nothing of causes", "")
    table = html(page, "earshot-table")
    assert "<td>Visit</td><td>60</td><td>60</td><td>40</td>" in table
    assert len(page.get("vega_lite_chart")) == 2
