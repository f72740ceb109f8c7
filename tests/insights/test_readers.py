from insights.readers import readers
from tests.support.stored_posts import stored_post


def test_every_label_names_the_model_that_gave_it():
    post = stored_post(
        emotion="joy", intents=("praise",), felt=(("price", "positive"), ("app", "neutral")), urgent=False
    )
    tasks = ("language", "sentiment", "emotion", "intent", "aspects", "urgency")
    assert list(readers(post)) == [(task, "hand", "1") for task in tasks]


def test_what_people_corrected_is_one_reader_whenever_they_did():
    model = {"name": "correction", "revision": "2026-03-02T09:00:00.000Z"}
    corrected = {"id": "1", "sentiment": {"label": "negative", "model": model}, "spam": {"holds": True, "model": model}}
    assert list(readers(corrected)) == [("sentiment", "correction", "by hand"), ("spam", "correction", "by hand")]
    assert list(readers({"id": "1"})) == []
