"""A reader corrects a label: the post shows it, the correction is kept, the rest stays as it was."""

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.session import open_session
from tests.dashboard.conftest import forget
from tests.dashboard.sample import CONFIG, build
from tests.dashboard.test_views import PATIENCE_S, SCRIPT, posts_shown


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
    session = open_session()
    (kept,) = session.store.scan("corrections")
    assert (kept["intents"], kept["urgency"], kept["by"]) == (["complaint"], True, "social team")
    corrected = session.store.get("posts", [kept["post_id"]])[kept["post_id"]]
    assert corrected["intent"]["labels"] == ["complaint"]
    assert "corrected by a reader" in posts_shown(page)


def test_saving_what_is_there_says_that_nothing_changed(page):
    widget(page, "button", "correct-save").click().run()
    assert "Nothing was changed." in [info.value for info in page.info]
    assert list(open_session().store.scan("corrections")) == []
