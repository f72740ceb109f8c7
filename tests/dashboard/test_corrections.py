"""A reader corrects a label: the post shows it, the correction is kept, the rest stays as it was."""

from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.corrections import labels_now, record
from dashboard.state import open_desk
from domain.questions import Filters, Page
from stores.open import open_store
from tests.dashboard.conftest import forget
from tests.dashboard.sample import CONFIG, START, build
from tests.dashboard.test_views import PATIENCE_S, SCRIPT, posts_shown
from tests.support.stored_posts import stored_post

MORNING, NOON = START, START + timedelta(hours=3)


@pytest.fixture
def store(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'posts.sqlite'}")
    yield store
    store.close()


@pytest.fixture
def post(store):
    document = stored_post("Love waiting on hold", sentiment="positive")
    store.keep("posts", [document])
    return document


def shown(store, post):
    """The labels of a post as it is stored now."""
    return labels_now(store.get("posts", [post["id"]])[post["id"]])


def same(store, post, **given):
    """What the form hands in where only `given` was touched."""
    return shown(store, post) | given


def test_a_corrected_label_is_shown_and_says_who_gave_it(store, post):
    before = store.version()
    assert record(store, post, same(store, post, sentiment="negative", irony=True), by="care", at=NOON)
    (found,) = store.find(Filters(sentiments=("negative",)), order="newest", page=Page()).documents
    assert found["sentiment"]["score"] == -1
    assert found["sentiment"]["model"] == {"name": "correction", "revision": "2019-11-18T03:00:00.000Z"}
    assert found["irony"]["holds"] is True
    assert "urgency" not in found
    assert found["language"] == post["language"]
    assert store.version() != before


def test_what_is_kept_is_what_was_changed(store, post):
    record(store, post, same(store, post, aspects=("calls:negative",)), by=" Ann ", at=NOON)
    (kept,) = store.scan("corrections")
    assert kept["id"] == f"{post['id']}:ann"
    assert (kept["by"], kept["aspects"], kept["at"]) == ("Ann", ["calls:negative"], "2019-11-18T03:00:00.000Z")
    assert not {"sentiment", "intents", "irony", "spam", "urgency"} & kept.keys()
    assert "text" not in kept


def test_the_model_that_was_wrong_is_named(store, post):
    record(store, post, same(store, post, sentiment="negative"), by="", at=NOON)
    (kept,) = store.scan("corrections")
    assert kept["models"] == ["hand@1"]


def test_nothing_changed_is_nothing_kept(store, post):
    assert not record(store, post, shown(store, post), by="", at=NOON)
    assert list(store.scan("corrections")) == []


def test_thinking_again_replaces_and_keeps_what_else_was_said(store, post):
    record(store, post, same(store, post, sentiment="negative", spam=True), by="Ann", at=MORNING)
    again = store.get("posts", [post["id"]])[post["id"]]
    record(store, again, same(store, post, sentiment="neutral"), by="ann", at=NOON)
    (kept,) = store.scan("corrections")
    assert (kept["sentiment"], kept["spam"], kept["models"]) == ("neutral", True, ["hand@1"])
    assert shown(store, post) | {"sentiment": "neutral", "spam": True} == shown(store, post)


def test_taking_all_aspects_away_is_something_said(store, post):
    record(store, post, same(store, post, aspects=("calls:negative", "price:neutral")), by="", at=MORNING)
    again = store.get("posts", [post["id"]])[post["id"]]
    assert again["aspects"][0]["sentiment"] == {"label": "negative", "score": -1}
    record(store, again, same(store, post, aspects=()), by="", at=NOON)
    (kept,) = store.scan("corrections")
    assert kept["aspects"] == []
    assert not {"aspects", "aspect_sentiments"} & store.get("posts", [post["id"]])[post["id"]].keys()


@pytest.fixture
def page(tmp_path, monkeypatch):
    """The brand page over a small store of its own, with the box open."""
    url = f"sqlite:///{tmp_path / 'posts.sqlite'}"
    build(url)
    file = tmp_path / "earshot.toml"
    file.write_text(CONFIG.format(store=url))
    monkeypatch.setenv("EARSHOT_CONFIG", str(file))
    monkeypatch.setenv("EARSHOT_HOME", str(tmp_path))
    page = AppTest.from_string(SCRIPT.format(view="brand"), default_timeout=PATIENCE_S)
    page.session_state["correct"] = True
    yield page.run()
    forget()


def widget(page, kind, start):
    """The widget whose key begins so."""
    return next(one for one in page.get(kind) if (one.key or "").startswith(start))


def test_the_list_shows_what_the_form_was_given(page):
    assert not page.exception
    page.selectbox(key="correct-post").select_index(1).run()
    widget(page, "multiselect", "correct-intents").set_value(["complaint", "other"])
    widget(page, "checkbox", "correct-urgency").check()
    page.text_input(key="correct-by").set_value("social team")
    widget(page, "button", "correct-save").click().run()
    assert not page.exception
    desk = open_desk()
    (kept,) = desk.store.scan("corrections")
    assert (kept["intents"], kept["urgency"], kept["by"]) == (["complaint"], True, "social team")
    corrected = desk.store.get("posts", [kept["post_id"]])[kept["post_id"]]
    assert corrected["intent"]["labels"] == ["complaint"]
    assert "corrected by a reader" in posts_shown(page)


def test_saving_what_is_there_says_that_nothing_changed(page):
    widget(page, "button", "correct-save").click().run()
    assert "Nothing was changed." in [info.value for info in page.info]
    assert list(open_desk().store.scan("corrections")) == []
