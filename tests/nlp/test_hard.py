"""Hard posts: what is expected of them, and how failures are told."""

import json

import numpy as np

from nlp.encoder.encoder import Readings
from nlp.tasks import TASK, TASKS
from nlp.tasks.aspects import LABELS as ASPECTS
from nlp.tasks.intent import LABELS as INTENTS
from nlp.tasks.sentiment import LABELS as SENTIMENTS
from nlp.training.data import NearDuplicates
from nlp.training.hard import HARD, hard_rows, told
from nlp.training.mixture import HERE, WRITTEN
from nlp.training.rows import lines_of

CUTS = {task.name: [0.5] * len(task.labels) for task in TASKS}


def post(tmp_path, **labels):
    path = tmp_path / "hard.jsonl"
    path.write_text(json.dumps({"text": "Lovely, no signal", "lang": "en", "why": "irony", **labels}) + "\n")
    return hard_rows(path)


def heard(sentiment="neutral", aspect="", **yes):
    readings = Readings.empty(1, 4)
    readings.probabilities["sentiment"][0, SENTIMENTS.index(sentiment)] = 1
    readings.probabilities["aspect_sentiment"][0, :, 0] = 1
    for task in yes:
        readings.probabilities[task][0, 0] = 1
    if aspect:
        readings.probabilities["aspects"][0, ASPECTS.index(aspect)] = 1
    return readings


def test_only_what_is_asked_of_a_post_counts(tmp_path):
    rows = post(tmp_path, sentiment="negative", irony=True)
    found = told(rows, heard("negative", irony=True, spam=True, aspect="calls"), CUTS)
    assert found == {"rows": 1, "right": 1, "labels": 2, "labels_right": 2, "wrong": []}


def test_a_post_that_is_heard_wrong_is_told_with_what_was_heard(tmp_path):
    rows = post(tmp_path, sentiment="negative", irony=True, aspects={"network": "negative"}, intents=["complaint"])
    found = told(rows, heard("positive", aspect="network"), CUTS)
    assert (found["right"], found["labels_right"]) == (0, 1)
    assert found["wrong"] == [
        {
            "text": "Lovely, no signal",
            "lang": "en",
            "why": "irony",
            "expected": {"sentiment": "negative", "intent": "complaint", "irony": "yes"},
            "heard": {"sentiment": "positive", "intent": "other", "irony": "no"},
        }
    ]


def test_the_posts_are_many_in_many_languages_and_labelled_in_our_words():
    lines = list(lines_of(HARD))
    assert len(lines) >= 60
    assert len({line["lang"] for line in lines}) >= 10
    for line in lines:
        assert line["why"]
        assert line.get("sentiment", "neutral") in SENTIMENTS
        assert line.get("emotion", "none") in TASK["emotion"].labels
        assert set(line.get("intents", ())) <= set(INTENTS)
        assert set(line.get("aspects", {})) <= set(ASPECTS)
        assert set(line.get("aspects", {}).values()) <= set(SENTIMENTS)
    assert all(row.expected for row in hard_rows())


def test_no_hard_post_is_among_those_that_train():
    written = NearDuplicates(line["text"] for name in WRITTEN for line in lines_of(HERE / name))
    assert [row.text for row in hard_rows() if row.text in written] == []


def test_readings_of_every_post_are_looked_at(tmp_path):
    rows = post(tmp_path, sentiment="neutral") * 2
    both = heard("neutral").at(np.array([0, 0]))
    assert told(rows, both, CUTS)["right"] == 2
