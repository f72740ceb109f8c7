"""Figures of a classifier, against scikit-learn's."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, recall_score

from nlp.training.measure import bootstrap_interval, expected_calibration_error, macro_f1, macro_recall

ROWS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=6, max_size=60)
EVERY_LABEL = [(0, 0), (1, 1), (2, 2)]


@given(ROWS)
def test_as_scikit_learn_has_it(rows):
    truth, guess = np.array(rows + EVERY_LABEL).T
    assert np.isclose(macro_recall(truth, guess), recall_score(truth, guess, average="macro"))
    assert np.isclose(macro_f1(truth, guess), f1_score(truth, guess, average="macro"))


@given(ROWS)
def test_the_interval_holds_sensible_bounds(rows):
    truth, guess = np.array(rows + EVERY_LABEL * 5).T
    low, high = bootstrap_interval(truth, guess, macro_f1, draws=50)
    assert 0 <= low <= high <= 1


def test_calibration_of_the_sure_and_right_and_of_the_sure_and_wrong():
    sure = np.array([[0.0, 0.0, 1.0]] * 10, dtype=np.float32)
    assert expected_calibration_error(np.full(10, 2), sure) == 0
    assert expected_calibration_error(np.full(10, 0), sure) == 1
