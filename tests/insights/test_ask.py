import json

import pytest

from domain.documents import canonical_json
from domain.errors import InputError
from domain.questions import Filters, Page, Question
from insights.ask import answer
from tests.support.stored_posts import stored_post


@pytest.fixture
def posts(store):
    store.upsert("topics", [{"id": "t1", "name": "No signal indoors"}])
    store.upsert(
        "posts",
        [
            stored_post(
                "No signal",
                native_id="1",
                sentiment="negative",
                emotion="anger",
                intents=("complaint", "churn_threat"),
                felt=(("network", "negative"), ("price", "neutral")),
                urgent=True,
                spam=(),
                topic="t1",
                author="ann",
                likes=3,
                copy="c",
            ),
            stored_post("No signal", native_id="2", sentiment="negative", topic="t1", copy="c", first=False),
            stored_post("Both are fine", native_id="3", sentiment="positive", brands=("north", "vela"), day=1),
            stored_post("Vela is slow", native_id="4", sentiment="negative", brands=("vela",), day=1, language=None),
            stored_post("Nice weather", native_id="5", brands=(), day=2, topic="gone"),
        ],
    )
    return store


def records(store, measure, by=(), **filters):
    return answer(store, Question(measure=measure, by=by, filters=Filters(**filters))).records()


def test_volume_shows_copies_beside_texts_counted_once(posts):
    assert records(posts, "volume", ("day",)) == [
        {"day": "2026-03-02T00:00:00.000Z", "posts": 2, "once": 1},
        {"day": "2026-03-03T00:00:00.000Z", "posts": 2, "once": 2},
        {"day": "2026-03-04T00:00:00.000Z", "posts": 1, "once": 1},
    ]


def test_sentiment_has_net_and_interval_and_puts_the_unknown_last(posts):
    rows = records(posts, "sentiment", ("brand",), once=True)
    assert [row["brand"] for row in rows] == ["north", "vela", None]
    north = rows[0]
    assert (north["negative"], north["neutral"], north["positive"], north["net"]) == (1, 0, 1, 0.0)
    assert north["low"] == pytest.approx(-north["high"], abs=1e-4)
    assert -1 <= north["low"] < 0


def test_by_aspect_sentiment_is_toward_the_aspect_and_none_where_there_is_no_aspect(posts):
    figures = [
        (row["aspect"], row["posts"], row["negative"], row["net"]) for row in records(posts, "sentiment", ("aspect",))
    ]
    assert figures == [("network", 1, 1, -1.0), ("price", 1, 0, 0.0), (None, 4, 0, None)]


def test_without_posts_the_figures_are_unknown_and_not_zero(store):
    (row,) = records(store, "sentiment")
    assert row["posts"] == 0
    assert row["net"] is row["low"] is row["high"] is None
    assert records(store, "volume") == [{"posts": 0, "once": 0}]
    assert records(store, "sentiment", ("day",)) == []
    assert records(store, "share-of-voice") == []


def test_share_of_voice_is_among_posts_that_name_a_tracked_brand(posts):
    table = answer(posts, Question(measure="share-of-voice"))
    assert [(row["brand"], row["posts"], row["of"], row["share"]) for row in table.records()] == [
        ("north", 3, 4, 0.75),
        ("vela", 2, 4, 0.5),
    ]
    assert table.total == 4


def test_a_brands_share_of_voice_does_not_change_when_only_that_brand_is_asked_for(posts):
    every = records(posts, "share-of-voice", ("day",))
    vela = records(posts, "share-of-voice", ("day",), brands=("vela",))
    assert vela == [row for row in every if row["brand"] == "vela"]
    assert list(vela[0]) == ["day", "brand", "posts", "of", "share", "low", "high"]


def test_topics_have_names_and_shares_and_the_rest_is_not_assigned(posts):
    rows = records(posts, "topics", once=True)
    assert [(row["topic"], row["name"], row["posts"], row["share"]) for row in rows] == [
        ("gone", None, 1, 0.25),
        ("t1", "No signal indoors", 1, 0.25),
        (None, "not assigned", 2, 0.5),
    ]


def test_posts_come_with_what_is_known_of_each(posts):
    table = answer(posts, Question(measure="posts", order="oldest", page=Page(limit=1)))
    assert table.total == 5
    (post,) = table.records()
    assert post == {
        "id": post["id"],
        "created_at": "2026-03-02T09:00:00.000Z",
        "source": "forum",
        "author": "ann",
        "brands": "north",
        "language": "en",
        "sentiment": "negative",
        "score": -0.7,
        "probability": 0.8,
        "model": "hand@1",
        "emotion": "anger",
        "intents": "complaint, churn_threat",
        "aspects": "network:negative, price:neutral",
        "toward": None,
        "urgent": True,
        "ironic": None,
        "offensive": None,
        "spam": False,
        "spam_reasons": None,
        "corrected": False,
        "topic": "t1",
        "place": None,
        "mentioned_places": None,
        "reach": 3,
        "copies": 2,
        "text": "No signal",
        "url": None,
    }


def test_copies_are_all_counted_even_if_only_the_first_is_asked_for(posts):
    rows = records(posts, "posts", once=True, topics=("t1",))
    assert [row["copies"] for row in rows] == [2]


@pytest.mark.parametrize("measure", ["volume", "sentiment", "share-of-voice", "topics", "posts"])
def test_records_are_flat_json(posts, measure):
    rows = records(posts, measure)
    assert json.loads(json.dumps(rows)) == rows
    assert "-0.0" not in canonical_json(rows)
    assert all(not isinstance(value, list | dict) for row in rows for value in row.values())


def test_figures_are_rounded_once(posts):
    rows = records(posts, "topics", ("day",))
    assert all(value == round(value, 4) for row in rows for value in row.values() if isinstance(value, float))


def test_questions_that_do_not_go_together_are_refused(store):
    with pytest.raises(InputError, match="one by one"):
        answer(store, Question(measure="posts", by=("day",)))
    with pytest.raises(InputError, match="once"):
        answer(store, Question(measure="volume", by=("day", "day")))


@pytest.mark.parametrize("by", [(), ("brand",), ("day",), ("topic",)])
@pytest.mark.parametrize("sentiments", [("negative",), ("negative", "positive"), ("neutral", None)])
def test_net_sentiment_is_not_given_where_the_question_decides_it(posts, by, sentiments):
    rows = records(posts, "sentiment", by, sentiments=sentiments)
    assert rows
    assert {(row["net"], row["low"], row["high"]) for row in rows} == {(None, None, None)}
    assert sum(row["posts"] for row in records(posts, "sentiment", (), sentiments=sentiments)) > 0
    assert {row["net"] for row in records(posts, "topics", sentiments=sentiments)} == {None}


def test_net_sentiment_of_groups_that_are_made_by_it_is_not_given(posts):
    assert {row["net"] for row in records(posts, "sentiment", ("sentiment",))} == {None}
    assert {row["net"] for row in records(posts, "topics", ("sentiment",))} == {None}


def test_net_sentiment_is_given_where_the_question_leaves_it_open(posts):
    every = ("negative", "neutral", "positive")
    assert records(posts, "sentiment", sentiments=every)[0]["net"] == records(posts, "sentiment")[0]["net"] == -0.4
    # The sentiment of a post does not decide that toward what it speaks of; a question for the latter does.
    toward = {row["aspect"]: row["net"] for row in records(posts, "sentiment", ("aspect",), sentiments=("negative",))}
    assert toward == {"network": -1.0, "price": 0.0, None: None}
    asked = records(posts, "sentiment", ("aspect",), aspect_sentiments=("network:negative",))
    assert {row["net"] for row in asked} == {None}
