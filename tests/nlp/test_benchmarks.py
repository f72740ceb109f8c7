"""What is measured, on rows and probabilities made by hand."""

import numpy as np
import pytest

from nlp.training.benchmarks import BENCHMARKS
from nlp.training.mixture import DEV, OWN_DEV
from nlp.training.probes import across_operators, predicted
from nlp.training.rows import Row

BY_NAME = {benchmark.name: benchmark for benchmark in BENCHMARKS}


def rows_of(task, *targets, lang="en"):
    return [Row(f"text {i}", lang, {task: target}) for i, target in enumerate(targets)]


def figures(name, rows, probabilities, cuts=()):
    return BY_NAME[name].figures(rows, np.array(probabilities, dtype=np.float32), cuts)


def test_every_set_is_measured():
    assert {benchmark.rows for benchmark in BENCHMARKS} == {*DEV, OWN_DEV}


def test_none_is_no_emotion_of_tweeteval_but_is_told_apart_as_a_second_figure():
    rows = rows_of("emotion", (0,), (1,))
    found = figures("tweeteval_emotion", rows, [[0.3, 0.1, 0.1, 0.1, 0.4], [0.1, 0.6, 0.1, 0.1, 0.1]])
    assert found["value"] == 1
    assert found["also"]["value"] == 0.5
    assert found["confusion"]["labels"] == ["anger", "joy", "optimism", "sadness"]


def test_yes_holds_from_its_cut():
    rows = rows_of("irony", (1,), (1,), (0,), (0,))
    probabilities = [[0.3], [0.1], [0.25], [0.1]]
    assert figures("tweeteval_irony", rows, probabilities, [0.2])["value"] == 0.5
    found = figures("tweeteval_irony", rows, probabilities, [0.28])
    assert found["value"] == pytest.approx(2 / 3, abs=1e-4)
    assert found["confusion"] == {"labels": ["no", "yes"], "counts": [[2, 0], [1, 1]]}
    assert found["by_label"]["no"] == {"rows": 2, "precision": 0.6667, "recall": 1.0, "f1": 0.8}


def test_umsab_is_the_mean_over_its_languages():
    rows = rows_of("sentiment", (0,), (2,), lang="de") + rows_of("sentiment", *[(0,)] * 10, lang="fr")
    right, wrong = [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]
    found = figures("umsab", rows, [right, [0.0, 0.0, 1.0], *[wrong] * 10])
    assert found["value"] == 0.5
    assert found["by_language"] == {"fr": {"rows": 10, "value": 0.0}}
    assert found["calibration"] == pytest.approx(10 / 12, abs=1e-4)


def test_only_the_aspects_that_sentitel_labels_count():
    benchmark = BY_NAME["sentitel_aspects"]
    target = [-1] * 12
    for column in benchmark.columns:
        target[column] = int(column == benchmark.columns[0])
    probabilities = np.zeros((1, 12))
    probabilities[0, benchmark.columns[0]] = 0.9
    probabilities[0, 3] = 0.9
    assert 3 not in benchmark.columns
    found = figures("sentitel_aspects", rows_of("aspects", tuple(target)), probabilities, [0.5] * 12)
    assert (found["value"], list(found["by_label"])) == (1, [benchmark.labels[0]])
    assert found["confusion"]["counts_by_label"][benchmark.labels[0]] == [[0, 0], [0, 1]]


def test_other_is_intended_where_nothing_else_is():
    rows = rows_of("intent", (0, 0, 0, 0, 0, 1), (1, 0, 0, 0, 0, 0))
    quiet, loud = [0.1, 0.1, 0.1, 0.1, 0.1, 0.1], [0.9, 0.1, 0.1, 0.1, 0.1, 0.9]
    found = figures("written_intent", rows, [quiet, loud], [0.5] * 6)
    assert found["value"] == 1


def test_rows_that_do_not_say_are_left_out():
    silent = [
        Row("a", "en", {}),
        Row("b", "en", {"aspects": (-1,) * 12}),
        Row("c", "en", {"aspects": (0,) * 12}),
    ]
    assert [row.text for row in BY_NAME["written_aspects"].known(silent)] == ["c"]


def test_a_probe_is_measured_on_the_operator_that_it_never_saw():
    rng = np.random.default_rng(0)
    subjects = ["bill", "shop"] * 30
    operators = ["a"] * 20 + ["b"] * 20 + ["c"] * 20
    side = np.array([1.0 if subject == "bill" else -1.0 for subject in subjects])
    apart = np.stack([side, rng.normal(0, 0.1, 60)], 1).astype(np.float32)
    assert across_operators(apart, subjects, operators)["value"] == 1
    # Where each operator says it its own way, what was learned on the others is of no use.
    turned = apart * np.array([[1.0]] * 40 + [[-1.0]] * 20, dtype=np.float32)
    found = across_operators(turned, subjects, operators)
    assert found["by_operator"]["c"]["value"] == 0
    assert found["value"] < 1
    assert found["rows"] == 60


def test_a_probe_answers_each_question_of_several():
    embeddings = np.array([[1, 0], [0, 1], [1, 1], [0, 0]] * 5, dtype=np.float32)
    truth = np.concatenate([embeddings, np.zeros((20, 1))], 1).astype(np.int64)
    assert (predicted(embeddings, truth, embeddings[:4]) == truth[:4]).all()
