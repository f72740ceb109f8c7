"""A reader corrects a label: the post shows it, the correction is kept, the rest stays as it was."""

from datetime import timedelta

import pytest

from actions.correct import correct, labels_now, undo
from actions.corrections import correction_rows, history_of
from actions.erase import forget
from domain.questions import Filters, Page
from stores.open import open_store
from tests.support.stored_posts import START, stored_post

MORNING, NOON = START, START + timedelta(hours=3)


@pytest.fixture
def store(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'posts.sqlite'}")
    yield store
    store.close()


@pytest.fixture
def post(store):
    document = stored_post("Love waiting on hold", sentiment="positive")
    store.upsert("posts", [document])
    return document


def shown(store, post):
    """The labels of a post as it is stored now."""
    return labels_now(store.get("posts", [post["id"]])[post["id"]])


def same(store, post, **given):
    """What the form hands in where only `given` was touched."""
    return shown(store, post) | given


def test_a_corrected_label_is_shown_and_says_who_gave_it(store, post):
    before = store.version()
    assert correct(store, post, same(store, post, sentiment="negative", irony=True), by="care", at=NOON) == "kept"
    (found,) = store.search(Filters(sentiments=("negative",)), order="newest", page=Page()).documents
    assert found["sentiment"]["score"] == -1
    assert found["sentiment"]["model"] == {"name": "correction", "revision": "2026-03-02T12:00:00.000Z"}
    assert found["irony"]["holds"] is True
    assert "urgency" not in found
    assert found["language"] == post["language"]
    assert store.version() != before


def test_what_is_kept_is_what_was_changed(store, post):
    correct(store, post, same(store, post, aspects=("calls:negative",)), by=" Ann ", at=NOON)
    (kept,) = store.scan("corrections")
    assert kept["id"] == f"{post['id']}:ann"
    assert (kept["by"], kept["aspects"], kept["at"]) == ("Ann", ["calls:negative"], "2026-03-02T12:00:00.000Z")
    assert not {"sentiment", "intents", "irony", "spam", "urgency"} & kept.keys()
    assert "text" not in kept


def test_the_model_that_was_wrong_is_named(store, post):
    correct(store, post, same(store, post, sentiment="negative"), by="", at=NOON)
    (kept,) = store.scan("corrections")
    assert kept["models"] == ["hand@1"]


def test_nothing_changed_is_nothing_kept(store, post):
    assert correct(store, post, shown(store, post), by="", at=NOON) == "nothing changed"
    assert list(store.scan("corrections")) == []


def test_thinking_again_replaces_and_keeps_what_else_was_said(store, post):
    correct(store, post, same(store, post, sentiment="negative", spam=True), by="Ann", at=MORNING)
    again = store.get("posts", [post["id"]])[post["id"]]
    correct(store, again, same(store, post, sentiment="neutral"), by="ann", at=NOON)
    (kept,) = store.scan("corrections")
    assert (kept["sentiment"], kept["spam"], kept["models"]) == ("neutral", True, ["hand@1"])
    assert shown(store, post) | {"sentiment": "neutral", "spam": True} == shown(store, post)


def test_taking_all_aspects_away_is_something_said(store, post):
    correct(store, post, same(store, post, aspects=("calls:negative", "price:neutral")), by="", at=MORNING)
    again = store.get("posts", [post["id"]])[post["id"]]
    assert again["aspects"][0]["sentiment"] == {"label": "negative", "score": -1}
    correct(store, again, same(store, post, aspects=()), by="", at=NOON)
    (kept,) = store.scan("corrections")
    assert kept["aspects"] == []
    assert not {"aspects", "aspect_sentiments"} & store.get("posts", [post["id"]])[post["id"]].keys()


def test_what_a_reader_says_of_a_post_is_said_of_the_brands_that_it_names_until_it_is_undone(store):
    named = stored_post("Left North", sentiment="positive", toward=(("north", "positive"),))
    store.upsert("posts", [named])
    correct(store, named, {**shown(store, named), "sentiment": "negative"}, by="ann", at=NOON)
    assert not {"toward", "brand_sentiments"} & store.get("posts", [named["id"]])[named["id"]].keys()
    undo(store, named["id"], by="ann", at=NOON)
    assert store.get("posts", [named["id"]])[named["id"]]["brand_sentiments"] == ["north:positive"]


def test_who_flags_spam_does_not_turn_back_what_another_said_of_the_sentiment(store, post):
    correct(store, post, same(store, post, sentiment="negative"), by="ann", at=START)
    later = store.get("posts", [post["id"]])[post["id"]]
    correct(store, later, same(store, post, sentiment="neutral"), by="bea", at=START + timedelta(hours=1))
    later = store.get("posts", [post["id"]])[post["id"]]
    correct(store, later, same(store, post, spam=True), by="ann", at=START + timedelta(hours=2))
    found = store.get("posts", [post["id"]])[post["id"]]
    assert (found["sentiment"]["label"], found["spam"]["holds"]) == ("neutral", True)
    assert found["sentiment"]["model"]["revision"] == "2026-03-02T10:00:00.000Z"
    assert found["spam"]["model"]["revision"] == "2026-03-02T11:00:00.000Z"


def test_a_post_that_was_erased_meanwhile_stays_away_with_what_is_said_of_it(store, post):
    store.delete("posts", [post["id"]])
    assert correct(store, post, {"sentiment": "negative"}, by="ann", at=NOON) == "gone"
    assert list(store.scan("posts")) == list(store.scan("corrections")) == list(store.scan("audit")) == []


def test_other_words_than_those_that_were_read_are_not_corrected(store, post):
    store.patch("posts", [{"id": post["id"], "text": "Love the shop"}])
    assert correct(store, post, {"sentiment": "negative"}, by="ann", at=NOON) == "other words"
    assert shown(store, post)["sentiment"] == "positive"
    assert len(list(store.scan("corrections"))) == 1


def test_it_is_written_down_who_changed_what(store, post):
    correct(store, post, {"sentiment": "negative", "spam": True}, by="ann", at=NOON)
    (line,) = store.scan("audit")
    del line["id"]
    assert line == {
        "at": "2026-03-02T12:00:00.000Z",
        "actor": "ann",
        "action": "correct",
        "target": post["id"],
        "what": ["sentiment", "spam"],
    }


def test_undoing_gives_back_what_stood_before_and_leaves_nothing_to_learn_from(store, post):
    correct(store, post, {"sentiment": "negative", "aspects": ("calls:negative",), "irony": True}, by="ann", at=MORNING)
    assert undo(store, post["id"], by="bea", at=NOON) == "undone"
    after = store.get("posts", [post["id"]])[post["id"]]
    kept = post.keys() - {"words"}  # stores keep these and do not give them
    assert {name: after[name] for name in kept} == {name: post[name] for name in kept}
    assert not {"aspects", "aspect_sentiments", "irony"} & after.keys()
    assert list(correction_rows(store)) == []
    assert undo(store, post["id"], by="bea", at=NOON) == "nothing changed"
    assert shown(store, post)["sentiment"] == "positive"


@pytest.mark.parametrize("given", [{"irony": True}, {"aspects": ("calls:negative",)}, {"intents": ("complaint",)}])
def test_undoing_a_label_where_there_was_none_leaves_none(store, post, given):
    correct(store, post, given, by="", at=MORNING)
    assert undo(store, post["id"], by="", at=NOON) == "undone"
    after = store.get("posts", [post["id"]])[post["id"]]
    assert after.keys() == post.keys() - {"words"}


def test_undoing_takes_back_the_last_correction_and_what_the_same_reader_said_before_stands_again(store, post):
    correct(store, post, {"sentiment": "neutral", "spam": True}, by="ann", at=START)
    again = store.get("posts", [post["id"]])[post["id"]]
    correct(store, again, {"sentiment": "negative"}, by="ann", at=MORNING + timedelta(hours=1))
    assert undo(store, post["id"], by="ann", at=NOON) == "undone"
    assert (shown(store, post)["sentiment"], shown(store, post)["spam"]) == ("neutral", True)
    (row,) = correction_rows(store)
    assert (row["sentiment"], row["spam"]) == ("neutral", True)


def test_undoing_leaves_what_another_reader_said_since(store, post):
    correct(store, post, {"sentiment": "negative", "spam": True}, by="ann", at=MORNING)
    later = store.get("posts", [post["id"]])[post["id"]]
    correct(store, later, {"sentiment": "neutral"}, by="bea", at=MORNING + timedelta(minutes=1))
    # The one that is undone is the last one, whoever gave it.
    assert undo(store, post["id"], by="ann", at=NOON) == "undone"
    assert (shown(store, post)["sentiment"], shown(store, post)["spam"]) == ("negative", True)
    assert undo(store, post["id"], by="ann", at=NOON) == "undone"
    assert (shown(store, post)["sentiment"], shown(store, post)["spam"]) == ("positive", False)


def test_undoing_on_an_edited_or_an_erased_post_brings_nothing_back(store, post):
    correct(store, post, {"sentiment": "negative"}, by="ann", at=MORNING)
    store.patch("posts", [{"id": post["id"], "text": "Other words"}])
    assert undo(store, post["id"], by="ann", at=NOON) == "other words"
    correct(store, store.get("posts", [post["id"]])[post["id"]], {"sentiment": "neutral"}, by="ann", at=NOON)
    store.delete("posts", [post["id"]])
    assert undo(store, post["id"], by="ann", at=NOON) == "gone"
    assert list(store.scan("posts")) == list(store.scan("corrections")) == []


def test_history_has_who_when_and_from_what_to_what_of_all_readers_latest_first(store, post):
    correct(store, post, {"sentiment": "negative", "intents": ("complaint",)}, by="ann", at=MORNING)
    later = store.get("posts", [post["id"]])[post["id"]]
    correct(store, later, {"sentiment": "neutral"}, by="bea", at=MORNING + timedelta(hours=1))
    undo(store, post["id"], by="cy", at=NOON)
    assert [
        (line["at"][11:16], line["by"], line["label"], line["before"], line["after"])
        for line in history_of(store, post["id"])
    ] == [
        ("12:00", "cy", "sentiment", "neutral", "negative"),
        ("10:00", "bea", "sentiment", "negative", "neutral"),
        ("09:00", "ann", "sentiment", "positive", "negative"),
        ("09:00", "ann", "intents", [], ["complaint"]),
    ]
    actions = sorted((line["action"], line["actor"]) for line in store.scan("audit"))
    assert actions == [("correct", "ann"), ("correct", "bea"), ("undo correction", "cy")]


def test_history_goes_with_the_post(store, post):
    correct(store, post, {"sentiment": "negative"}, by="ann", at=MORNING)
    undo(store, post["id"], by="ann", at=NOON)
    forget(store, [post["id"]])
    assert history_of(store, post["id"]) == []
    assert list(store.scan("corrections")) == []
