"""The pages over a small store, without a browser."""

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.picks import PICK, Pick
from dashboard.state import Desk, open_desk
from insights.ask import answer
from stores.open import open_store
from tests.dashboard.sample import DAYS, HOSTILE, START
from tests.support.tree import ROOT

APP = str(ROOT / "dashboard" / "app.py")
PAGES = ("brand", "customer", "voices", "weekly", "about")
EVERYTHING = 4 * DAYS + 1


def opened(view, **query):
    """A page, drawn once."""
    script = f"from dashboard.state import one_sentence\nfrom dashboard.views.{view} import show\nwith one_sentence():\n    show()\n"
    page = AppTest.from_string(script, default_timeout=60)
    for name, value in query.items():
        page.query_params[name] = value
    return page.run()


def words(page):
    """All that a page says in headings, captions and plain text."""
    kinds = ("title", "subheader", "caption", "text", "markdown", "info", "error")
    return "\n".join(str(element.value) for kind in kinds for element in page.get(kind))


def posts_shown(page):
    return next(element.proto.body for element in page.get("html") if "earshot-posts" in element.proto.body)


@pytest.mark.parametrize("view", PAGES)
def test_page_draws_itself(small_store, view):
    page = opened(view)
    assert not page.exception
    assert not page.error


def test_app_opens_with_the_brand_page(small_store):
    app = AppTest.from_file(APP, default_timeout=60).run()
    assert app.title[0].value == "Brand"
    assert not app.exception


@pytest.mark.parametrize("view", PAGES)
def test_empty_store_is_said_in_a_sentence(empty_store, view):
    page = opened(view)
    assert not page.exception
    assert "no " in page.info[0].value


@pytest.mark.parametrize("view", PAGES)
def test_store_that_is_down_is_said_in_a_sentence(tmp_path, monkeypatch, view):
    monkeypatch.setenv("EARSHOT_HOME", str(tmp_path))
    monkeypatch.setenv("EARSHOT_STORE", "elasticsearch://127.0.0.1:9")
    page = opened(view)
    assert not page.exception
    assert len(page.error) == 1
    assert "127.0.0.1:9" in words(page)


def test_broken_setting_is_said_in_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("EARSHOT_CONFIG", str(tmp_path / "none.toml"))
    page = opened("brand")
    assert not page.exception
    assert "none.toml" in words(page)


def test_broken_search_is_said_in_a_sentence(small_store):
    page = opened("brand")
    page.text_input(key="text").set_value("(bill OR").run()
    assert not page.exception
    assert len(page.error) == 1


def test_search_narrows_the_posts(small_store):
    page = opened("brand")
    assert f"{EVERYTHING} posts" in words(page)
    page.text_input(key="text").set_value("refund").run()
    assert f"{DAYS} posts" in words(page)
    assert "where is my refund" in posts_shown(page)


def test_filters_narrow_the_posts(small_store):
    page = opened("brand")
    page.multiselect(key="brand").set_value(["vela"]).run()
    page.multiselect(key="sentiment").set_value(["negative"]).run()
    assert f"{DAYS} posts" in words(page)
    page.multiselect(key="topic").set_value([None]).run()
    assert "No posts match" in words(page)


def test_shared_address_brings_the_filters_along(small_store):
    page = opened("brand", text="refund", sentiment="negative", step="week")
    assert f"{DAYS} posts" in words(page)
    assert page.text_input(key="text").value == "refund"
    assert page.multiselect(key="sentiment").value == ["negative"]


def test_address_with_nonsense_is_ignored(small_store):
    page = opened("brand", brand="nobody", days="never", step="month")
    assert not page.exception
    assert f"{EVERYTHING} posts" in words(page)


def test_picked_mark_shows_its_posts_and_the_way_back(small_store):
    page = opened("brand")
    page.session_state[PICK] = Pick("net", {"day": START, "brand": "vela"})
    page.run()
    assert "1 post" in words(page)
    assert "Vela · Mon 18 Nov 2019" in words(page)
    page.button(key="show-all").click().run()
    assert f"{EVERYTHING} posts" in words(page)


def test_hostile_text_is_escaped_and_never_given_to_markdown(small_store):
    page = opened("brand")
    assert "&lt;script&gt;" in posts_shown(page)
    assert HOSTILE not in posts_shown(page)
    assert HOSTILE not in words(page)


def test_second_page_of_posts_goes_on_where_the_first_ends(small_store):
    page = opened("brand")
    first = posts_shown(page)
    page.selectbox(key="order").set_value("oldest").run()
    assert posts_shown(page) != first
    assert "day 0," in posts_shown(page)


def test_week_can_be_chosen_and_taken_along(small_store):
    page = opened("weekly")
    page.selectbox(key="week").set_value("2019-W47").run()
    assert not page.exception
    assert len(page.get("download_button")) == 2


def test_what_is_asked_once_is_not_asked_again(small_store, monkeypatch):
    asked = []
    monkeypatch.setattr("dashboard.state.open_store", lambda url: Counting(open_store(url), asked))
    page = opened("brand")
    first = len(asked)
    page.run()
    assert 0 < first <= 50
    assert len(asked) == first


class Counting:
    """A store that keeps a list of what it counted."""

    def __init__(self, store, asked):
        self._store = store
        self._asked = asked

    def tally(self, filters, by):
        self._asked.append((filters, by))
        return self._store.tally(filters, by)

    def __getattr__(self, name):
        return getattr(self._store, name)


def test_new_posts_are_seen_at_the_next_rerun(small_store):
    desk = open_desk()
    question = pytest.importorskip("domain.questions").Question(measure="volume")
    assert desk.ask(question).rows[0][0] == EVERYTHING
    later = Desk(desk.config, desk.store, "another version")
    assert later.ask(question) == answer(desk.store, question)
    assert st.cache_data is not None
