"""The findings do not depend on where the documents are kept."""

import pytest

from domain.documents import canonical_json
from domain.questions import Filters, Page, Question
from insights.ask import answer
from insights.influence.ranking import voices
from insights.weekly.report import weekly_report
from tests.support.example_week import BRANDS, example_week
from tests.support.stored_posts import stored_post

QUESTIONS = [
    Question(measure="volume", by=("day", "source")),
    Question(measure="sentiment", by=("week", "brand"), filters=Filters(once=True)),
    Question(measure="sentiment", by=("language",), filters=Filters(text="signal OR queue")),
    Question(measure="share-of-voice", by=("day",), filters=Filters(brands=("north",))),
    Question(measure="topics"),
    Question(measure="posts", order="reach", page=Page(limit=20, offset=5)),
]


@pytest.mark.elastic
def test_answers_voices_and_the_weekly_report_are_the_same_from_both_stores(store, elastic_store):
    for each in (store, elastic_store):
        example_week(each)
        each.upsert(
            "posts", [stored_post(native_id=f"call-{n}", author=f"caller{n}", mentions=("fan1",)) for n in range(3)]
        )
    for question in QUESTIONS:
        assert answer(elastic_store, question) == answer(store, question)
    found = [voices(each, Filters(), limit=10, brands=BRANDS) for each in (store, elastic_store)]
    assert found[0] == found[1]
    assert found[0].people[0].author_id == "fan1"
    reports = [canonical_json(weekly_report(each, week=None, brands=BRANDS)) for each in (store, elastic_store)]
    assert reports[0] == reports[1]
