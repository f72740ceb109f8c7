"""Figures of labels, by hand and against scikit-learn's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, recall_score

from nlp.training.scores import (
    accuracy,
    by_group,
    by_label,
    confusion,
    expected_calibration_error,
    f1_of_yes,
    figure,
    macro_f1,
    macro_f1_of_several,
    macro_f1_of_true,
    macro_recall,
    yes_calibration_error,
)

ROWS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=60)

# Three rows of label 0 (two found), two of label 1 (one found), one of label 2 (missed).
TRUTH = np.array([0, 0, 0, 1, 1, 2])
GUESS = np.array([0, 0, 1, 1, 0, 1])


@settings(deadline=None)
@given(ROWS)
def test_as_scikit_learn_has_it(rows):
    truth, guess = np.array(rows).T
    everything = [*rows, (0, 0), (1, 1), (2, 2)]
    assert np.isclose(macro_f1(truth, guess), f1_score(truth, guess, average="macro", zero_division=0))
    truth, guess = np.array(everything).T
    assert np.isclose(macro_recall(truth, guess), recall_score(truth, guess, average="macro"))


def test_measures_by_hand():
    assert macro_recall(TRUTH, GUESS) == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)
    # F1: label 0 has 2 hits of 3 and 3, label 1 has 1 hit of 2 and 3, label 2 none.
    assert macro_f1(TRUTH, GUESS) == pytest.approx((4 / 6 + 2 / 5 + 0) / 3)
    assert accuracy(TRUTH, GUESS) == pytest.approx(3 / 6)
    assert f1_of_yes(np.array([1, 1, 0, 0]), np.array([1, 0, 1, 0])) == pytest.approx(0.5)
    assert f1_of_yes(np.array([0, 0]), np.array([0, 0])) == 0


def test_a_label_that_never_occurs_costs_recall_alone():
    truth, guess = np.array([0, 0, 1]), np.array([0, 4, 1])
    assert macro_f1_of_true(truth, guess) == pytest.approx((2 / 3 + 1) / 2)
    assert macro_f1(truth, guess) == pytest.approx((2 / 3 + 1 + 0) / 3)


def test_several_labels_by_hand():
    truth = np.array([[1, 0, -1], [1, 1, 0], [0, 1, -1]])
    guess = np.array([[1, 1, 1], [0, 1, 0], [0, 1, 1]])
    # First column: 1 hit, 2 true, 1 claimed. Second: 2 hits, 2 true, 3 claimed. Of the third, the two claims
    # are where nobody said, so the label neither occurs nor is claimed and does not count.
    assert macro_f1_of_several(truth, guess) == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert by_label("abc", truth, guess) == {
        "a": {"rows": 2, "precision": 1.0, "recall": 0.5, "f1": 0.6667},
        "b": {"rows": 2, "precision": 0.6667, "recall": 1.0, "f1": 0.8},
    }


def test_labels_and_confusion_by_hand():
    assert confusion(TRUTH, GUESS, 3) == [[2, 1, 0], [1, 1, 0], [0, 1, 0]]
    assert by_label("abc", TRUTH, GUESS)["b"] == {"rows": 2, "precision": 0.3333, "recall": 0.5, "f1": 0.4}


@settings(deadline=None, max_examples=20)
@given(ROWS)
def test_the_interval_surrounds_what_is_drawn(rows):
    truth, guess = np.array(rows).T
    found = figure("accuracy", truth, guess)
    low, high = found["interval"]
    assert 0 <= low <= found["value"] + 1e-4
    assert found["value"] - 1e-4 <= high <= 1
    assert found["rows"] == len(rows)


def test_the_interval_narrows_with_rows_and_stays_the_same():
    truth, guess = np.tile(TRUTH, 5), np.tile(GUESS, 5)
    few, many = figure("macro F1", truth, guess), figure("macro F1", np.tile(truth, 50), np.tile(guess, 50))
    assert many["interval"][1] - many["interval"][0] < (few["interval"][1] - few["interval"][0]) / 3
    assert figure("macro F1", truth, guess) == few


def test_languages_count_the_same_however_many_rows_they_have():
    truth, guess = np.array([0] * 12 + [0, 1]), np.array([0] * 12 + [1, 0])
    langs = ["en"] * 12 + ["fr"] * 2
    assert figure("accuracy", truth, guess, langs)["value"] == 0.5
    assert figure("accuracy", truth, guess)["value"] == pytest.approx(12 / 14, abs=1e-4)
    assert by_group("accuracy", truth, guess, langs) == {"en": {"rows": 12, "value": 1.0}}
    assert by_group("accuracy", truth, guess, langs, fewest=1)["fr"] == {"rows": 2, "value": 0.0}


def test_calibration_of_the_sure_and_right_and_of_the_sure_and_wrong():
    sure = np.array([[0.0, 0.0, 1.0]] * 10, dtype=np.float32)
    assert expected_calibration_error(np.full(10, 2), sure) == 0
    assert expected_calibration_error(np.full(10, 0), sure) == 1


def test_calibration_of_yes_by_hand():
    # Four rows at 0.25 of which one is yes are well calibrated; at 0.75 they would be half a share off.
    truth = np.array([1, 0, 0, 0])
    assert yes_calibration_error(truth, np.full(4, 0.25, dtype=np.float32)) == pytest.approx(0)
    assert yes_calibration_error(truth, np.full(4, 0.75, dtype=np.float32)) == pytest.approx(0.5)
    half = np.array([0.25, 0.25, 1.0, 1.0], dtype=np.float32)
    assert yes_calibration_error(np.array([1, 0, 1, 0]), half) == pytest.approx(0.25 / 2 + 0.5 / 2)
