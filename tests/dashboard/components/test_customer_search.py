"""A person looks a customer up by what the customer declared, where the setting allows it; nothing of it stays."""

from contextlib import closing
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from domain.customer import Customer
from domain.identity import customer_pseudonym, party_pseudonym
from domain.party import Party
from pipeline.operator import keep_records
from stores.open import open_store
from tests.dashboard.sample import CUSTOMER, START
from tests.dashboard.test_views import PATIENCE_S, SCRIPT

KEY = "a key for pages"
ANN, SHOP = (customer_pseudonym(KEY.encode(), number) for number in ("K-1", "K-2"))
PERSON = party_pseudonym(KEY.encode(), "P-1")


@pytest.fixture
def store(own_store, monkeypatch):
    """The store of a dashboard that allows the search, with two more customers of one person."""
    monkeypatch.setenv("EARSHOT_PSEUDONYM_KEY", KEY)
    monkeypatch.setenv("EARSHOT_LINKING_SEARCH_IDENTIFIERS", "true")
    monkeypatch.setenv("EARSHOT_LISTENER_REGION", "GB")
    with closing(open_store(own_store)) as opened:
        records = [Party(id=PERSON), Customer(id=ANN, parties=(PERSON,)), Customer(id=SHOP, parties=(PERSON,))]
        keep_records(opened, records, START - timedelta(days=9))
        yield opened


@pytest.fixture
def page(store):
    """The page, as it opens."""
    return AppTest.from_string(SCRIPT.format(view="customer"), default_timeout=PATIENCE_S).run()


def searched(page, typed, by="carol"):
    """The page after a search."""
    page.text_input(key="identifier").set_value(typed)
    page.text_input(key="identifier-by").set_value(by)
    page.button(key="identifier-search-button").click().run()
    assert not page.exception
    return page


def test_the_customer_that_is_found_is_shown_and_the_address_has_the_pseudonym_alone(page, store):
    assert page.selectbox(key="customer").value == CUSTOMER
    searched(page, "K-1")
    assert page.selectbox(key="customer").value == ANN
    assert page.query_params["customer"] in (ANN, [ANN])
    assert list(page.query_params) == ["customer"]
    [line] = store.scan("audit")
    assert (line["actor"], line["action"]) == ("carol", "search by identifier")
    # Other customers can still be chosen afterwards, and the one that was found stays on the list.
    page.selectbox(key="customer").set_value(CUSTOMER).run()
    assert ANN in page.selectbox(key="customer").options


def test_nobody_found_is_said_and_the_page_stays_where_it_was(page):
    searched(page, "K-9")
    assert [one.value for one in page.warning] == ["No customer here declared that."]
    assert page.selectbox(key="customer").value == CUSTOMER


def test_of_several_a_person_chooses(page):
    searched(page, "P-1")
    assert f"That belongs to 2 customers: choose one of {', '.join(sorted((ANN, SHOP)))}." in page.info[0].value
    assert page.selectbox(key="customer").value is None
    page.selectbox(key="customer").set_value(SHOP).run()
    assert page.query_params["customer"] in (SHOP, [SHOP])


def test_who_searches_is_asked_for(page, store):
    searched(page, "K-1", by=" ")
    assert page.warning[0].value.startswith("Say who searches")
    assert page.selectbox(key="customer").value == CUSTOMER
    assert list(store.scan("audit")) == []


def test_without_the_setting_there_is_no_search(small_store):
    page = AppTest.from_string(SCRIPT.format(view="customer"), default_timeout=PATIENCE_S).run()
    assert "identifier" not in [one.key for one in page.text_input]
    assert "switched off" in page.selectbox(key="customer").help
