"""Weights measured and compared, whole, on a handful of made-up rows."""

import gzip
import json

import numpy as np
import pytest

from domain.config import NlpSettings
from nlp.card import page
from nlp.encoder.encoder import Encoder, Readings
from nlp.encoder.shipped import WEIGHTS, card_of
from nlp.tasks import TASKS
from nlp.training.compare import compare
from nlp.training.measure import LANGUAGES, Heard, measure
from nlp.training.mixture import TrainingRows
from nlp.training.probes import OPERATORS
from nlp.training.rounding import beside_float
from nlp.training.rows import Row, sentitel_row, written_row
from nlp.training.run import headline, keep_card

pytestmark = pytest.mark.model

MOODS = {
    "negative": ["no signal again", "the bill is wrong", "awful service today", "data is so slow"],
    "neutral": ["the shop opens at nine", "new plan from monday", "the tower is tall", "office in the city"],
    "positive": ["great service today", "love the new phone", "fast and friendly", "thanks for the help"],
}
WHOLE = {
    "sentiment": "negative",
    "emotion": "anger",
    "intents": ["complaint"],
    "aspects": {"network": "negative"},
    "irony": False,
    "offensive": False,
    "spam": False,
    "urgent": True,
}


def sentiment(origin, lang="en"):
    return [Row(text, lang, {"sentiment": (k,)}, origin) for k, texts in enumerate(MOODS.values()) for text in texts]


def opinion(text, aspect, polarity):
    line = {"extra": {"opinions": [{"target": "x", "aspect": aspect, "polarity": polarity}]}}
    return Row(text, "en", sentitel_row(line), "sentitel_ug")


@pytest.fixture(scope="module")
def corpus():
    opinions = [opinion(f"the {kind} again and again", kind, "negative") for kind in ("Data", "Network")]
    return TrainingRows(
        train=sentiment("semeval2017_4a") + opinions,
        holdout=[],
        dev={
            "tweeteval_sentiment": sentiment("tweeteval"),
            "umsab": sentiment("umsab") + sentiment("umsab", "de"),
            "sentitel": opinions,
            "written": [Row("no signal and my alarm is dead", "en", written_row(WHOLE), "written")],
        },
        used={"semeval2017_4a/all.jsonl.gz": 14, "written": 3},
        dropped={"semeval2017_4a/all.jsonl.gz": 2, "written": 0},
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    posts = [
        {"text": f"{text} {brand}", "label": mood, "extra": {"brand": brand}}
        for brand in ("Northwind", "Southwind", "Eastwind")
        for mood, texts in MOODS.items()
        for text in texts
    ]
    written(folder / OPERATORS, posts)
    spoken = {"en": "The tower behind the house is broken again", "de": "Der Mast hinter dem Haus ist wieder kaputt"}
    lines = [{"text": text, "lang": lang, "split": "test"} for lang, text in spoken.items()]
    written(folder / LANGUAGES, [*lines, {"text": "?", "lang": "fr", "split": "train"}])
    return folder


def written(path, lines):
    path.parent.mkdir(parents=True)
    with gzip.open(path, "wt") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)


@pytest.fixture(scope="module")
def dev(corpus, data):
    return measure(WEIGHTS, data, corpus, lambda _said: None)


def test_every_set_that_is_there_has_its_figures(dev):
    figures = dev["figures"]
    assert {"tweeteval_sentiment", "umsab", "sentitel_aspects", "uk_operators", "language"} <= set(figures)
    assert "tweeteval_irony" not in figures
    assert figures["tweeteval_sentiment"]["rows"] == 12
    assert figures["sentitel_aspect_sentiment"]["rows"] == 2
    assert figures["written_aspect_sentiment"]["by_aspect"]["network"]["rows"] == 1
    assert set(figures["umsab"]["by_language"]) == {"de", "en"}
    assert figures["uk_operators"]["rows"] == 36
    assert figures["language"]["rows"] == 2
    assert set(dev["cuts"]["intent"]) == {"complaint", "suggestion", "question", "praise", "churn_threat", "other"}
    assert dev["hard"]["rows"] >= 60


def test_what_int8_costs_is_measured_on_the_same_rows(dev):
    found = dev["in_float"]
    assert set(found["figures"]) == set(dev["figures"]) - {"uk_operators", "language"}
    assert set(found["agree"]) == {task.name for task in TASKS}
    assert 0.9 <= np.mean(list(found["agree"].values())) <= 1


def test_labels_agree_by_what_is_said_and_not_by_probability():
    def readings(**given):
        empty = Readings.empty(2, 4)
        return Readings(
            {**empty.probabilities, **{name: np.array(rows) for name, rows in given.items()}}, empty.embeddings
        )

    quick = readings(sentiment=[[0.5, 0.3, 0.2], [0.1, 0.5, 0.4]], irony=[[0.4], [0.6]])
    exact = readings(sentiment=[[0.9, 0.1, 0.0], [0.1, 0.4, 0.5]], irony=[[0.1], [0.7]])
    cuts = {task.name: [0.5] * len(task.labels) for task in TASKS}
    found = beside_float(quick, exact, cuts)
    assert (found["sentiment"], found["irony"], found["intent"]) == (0.5, 1.0, 1.0)


def test_the_headlines_are_those_with_a_goal(dev):
    noted = headline(dev)
    assert noted["umsab"] == dev["figures"]["umsab"]["value"]
    assert noted["calibration"] == dev["figures"]["tweeteval_sentiment"]["calibration"]
    assert "afrisenti" not in noted


def test_what_is_missing_is_said_and_left_out(corpus, tmp_path):
    few = TrainingRows(train=[], holdout=[], dev={"tweeteval_sentiment": corpus.dev["tweeteval_sentiment"]})
    said = []
    found = measure(WEIGHTS, tmp_path, few, said.append)
    assert list(found["figures"]) == ["tweeteval_sentiment"]
    assert sum("is left out" in line for line in said) == 2


def test_each_text_is_read_once():
    encoder, read = Encoder.open(NlpSettings()), []

    class Counting:
        def read(self, texts, names):
            read.extend(texts)
            return encoder.read(texts, names)

        cuts = staticmethod(encoder.cuts)

    found = Heard.by(Counting(), ["a b", "c d", "a b"], lambda _said: None, {})
    assert read == ["a b", "c d"]
    again = found.at(["c d", "a b", "c d"])
    assert (again.embeddings[0] == again.embeddings[2]).all()
    assert len(again.embeddings) == 3


def test_plainer_ways_are_measured_on_the_same_rows(corpus):
    said = []
    compared = compare(WEIGHTS, corpus, said.append)
    assert set(compared) == {"tweeteval_sentiment", "umsab", "sentitel_aspects"}
    ways = compared["tweeteval_sentiment"]["ways"]
    assert set(ways) == {
        "VADER",
        "TextBlob",
        "regression on the base embedding",
        "regression on the shared embedding",
    }
    assert set(compared["sentitel_aspects"]["ways"]) == {name for name in ways if "regression" in name}
    # They were taught these very rows.
    assert ways["regression on the base embedding"]["value"] == 1
    assert ways["VADER"]["value"] > 1 / 3


def test_a_run_is_kept_with_those_before_it_and_the_card_tells_of_all(corpus, dev, tmp_path):
    path = tmp_path / "made-up.safetensors"
    card = {
        "name": "made-up",
        "revision": "first",
        "base": {"name": "a/base", "revision": "1"},
        "start": None,
        "recipe": {"seed": 7},
        "minutes": 3,
        "data": corpus.used,
        "seen": 14,
        "dropped": corpus.dropped,
        "dev": dev,
        "compared": {},
    }
    keep_card(path, card)
    keep_card(path, {**card, "revision": "second", "start": "first", "minutes": 5})
    kept = card_of(path)
    assert [run["revision"] for run in kept["runs"]] == ["first", "second"]
    assert kept["stages"] == ["first", "second"]
    assert kept["runs"][1]["dev"] == headline(dev)
    told = page(kept)
    assert "| `first` | the base | 7 | 14 | 3 |" in told
    assert "| `second` | `first` | 7 | 14 | 5 |" in told
