"""A reader corrects a label beside the post: it shows at once, is said, can be undone, and is remembered."""

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.components.post_panel import PER_PAGE
from dashboard.session import open_session
from domain.questions import Question
from tests.dashboard.test_views import PATIENCE_S, SCRIPT, posts_shown


@pytest.fixture
def page(own_store):
    """The brand page over a small store of its own."""
    return AppTest.from_string(SCRIPT.format(view="brand"), default_timeout=PATIENCE_S).run()


def widget(page, kind, start):
    """The widget whose key begins so."""
    return next(one for one in page.get(kind) if (one.key or "").startswith(start))


def listed(page, place):
    """The id of the post at a place of the list."""
    rows = open_session().ask(Question(measure="posts")).records()
    return rows[place]["id"]


def opened(page, place=1):
    """The page with the box of a post open; the post's id."""
    post_id, rounds = listed(page, place), 0
    if "correction round" in page.session_state:
        rounds = page.session_state["correction round"]
    page.session_state[f"correct-{post_id}-{rounds}"] = True
    page.run()
    return post_id


def stored(post_id):
    return open_session().store.get("posts", [post_id])[post_id]


def said(page):
    return [text.value for text in page.text]


def corrected(page, tone="positive", by="social team"):
    """A post whose sentiment was corrected."""
    post_id = opened(page)
    widget(page, "button_group", "correct-sentiment").set_value(tone)
    widget(page, "text_input", "correct-by").set_value(by)
    widget(page, "button", "correct-save").click().run()
    assert not page.exception
    return post_id


def test_each_post_has_its_own_button_and_only_the_open_one_its_form(page):
    assert not page.exception
    assert posts_shown(page).count("<article>") == PER_PAGE
    assert len(page.get("form")) == 0
    opened(page)
    assert len(page.get("form")) == 1


def test_the_list_shows_what_the_form_was_given(page):
    post_id = opened(page)
    widget(page, "multiselect", "correct-intents").set_value(["complaint", "other"])
    widget(page, "checkbox", "correct-urgency").check()
    widget(page, "text_input", "correct-by").set_value("social team")
    widget(page, "button", "correct-save").click().run()
    assert not page.exception
    (kept,) = open_session().store.scan("corrections")
    assert (kept["post_id"], kept["by"], kept["urgency"]) == (post_id, "social team", True)
    assert stored(post_id)["intent"]["labels"] == ["complaint"]
    assert "corrected by a reader" in posts_shown(page)


def test_saving_is_said_and_undone_with_one_click(page):
    before = stored(listed(page, 1))
    post_id = corrected(page)
    assert stored(post_id)["sentiment"]["label"] == "positive" != before["sentiment"]["label"]
    assert f"Saved. Sentiment: {before['sentiment']['label']} → positive." in said(page)
    assert len(page.get("form")) == 0
    page.button(key="correction-undo").click().run()
    assert not page.exception
    assert stored(post_id)["sentiment"] == before["sentiment"]
    assert any(text.startswith("Undone") for text in said(page))
    assert "corrected by a reader" not in posts_shown(page)
    page.button(key="correction-close").click().run()
    assert not any(text.startswith("Undone") for text in said(page))


def test_it_is_said_and_can_be_undone_where_the_filter_hides_the_post_by_then(page):
    label = stored(listed(page, 1))["sentiment"]["label"]
    page.multiselect(key="sentiment").set_value([label]).run()
    post_id = opened(page)
    tone = next(tone for tone in ("negative", "neutral", "positive") if tone != label)
    widget(page, "button_group", "correct-sentiment").set_value(tone)
    widget(page, "button", "correct-save").click().run()
    assert f"Saved. Sentiment: {label} → {tone}." in said(page)
    page.button(key="correction-undo").click().run()
    assert stored(post_id)["sentiment"]["label"] == label


def test_history_says_who_changed_what_and_when(page):
    label = stored(listed(page, 1))["sentiment"]["label"]
    corrected(page, by="*Ann*")
    opened(page)
    (line,) = [text for text in said(page) if "*Ann*: " in text]
    assert line.endswith(f", *Ann*: sentiment: {label} → positive")
    widget(page, "button", "correct-undo").click().run()
    opened(page)
    lines = [text for text in said(page) if " → " in text]
    assert [line.split(": ", 1)[1] for line in lines] == [
        f"sentiment: positive → {label}",
        f"sentiment: {label} → positive",
    ]


def test_two_open_boxes_do_not_get_in_each_others_way(page):
    """A browser may tell of the second before it tells that the first is closed."""
    first, second = (opened(page, place) for place in (0, 1))
    assert first != second
    assert not page.exception
    assert len(page.get("form")) == 2


def test_name_is_given_once(page):
    corrected(page, by="social team")
    opened(page, 2)
    assert widget(page, "text_input", "correct-by").value == "social team"


def test_saving_what_is_there_says_that_nothing_changed(page):
    opened(page)
    widget(page, "button", "correct-save").click().run()
    assert "Nothing was changed." in [info.value for info in page.info]
    assert list(open_session().store.scan("corrections")) == []
