"""Figures of a classifier on labelled rows: recall, F1, calibration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nlp.tasks.sentiment import LABELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def macro_recall(truth: NDArray[np.int64], guess: NDArray[np.int64]) -> float:
    """Return the mean recall over the labels that occur: TweetEval's measure for sentiment."""
    return float(np.mean([np.mean(guess[truth == k] == k) for k in np.unique(truth)]))


def macro_f1(truth: NDArray[np.int64], guess: NDArray[np.int64]) -> float:
    """Return the mean F1 over the labels: UMSAB's measure."""
    scores = []
    for k in range(len(LABELS)):
        hits = int(np.sum((truth == k) & (guess == k)))
        claimed_or_true = int(np.sum(truth == k) + np.sum(guess == k))
        scores.append(2 * hits / claimed_or_true if claimed_or_true else 0.0)
    return float(np.mean(scores))


def expected_calibration_error(truth: NDArray[np.int64], probabilities: NDArray[np.float32], bins: int = 15) -> float:
    """Return the mean gap between confidence and accuracy over equal-width bins (Guo et al. 2017)."""
    confidence = probabilities.max(1)
    correct = probabilities.argmax(1) == truth
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        np.mean(index == b) * abs(np.mean(correct[index == b]) - np.mean(confidence[index == b]))
        for b in range(bins)
        if np.any(index == b)
    ]
    return float(sum(gaps))


def bootstrap_interval(
    truth: NDArray[np.int64], guess: NDArray[np.int64], measure: Any = macro_recall, *, draws: int = 500, seed: int = 0
) -> tuple[float, float]:
    """Return the 95 % percentile interval of a measure over resampled rows."""
    rng = np.random.default_rng(seed)
    picks = rng.integers(0, len(truth), size=(draws, len(truth)))
    values = [measure(truth[pick], guess[pick]) for pick in picks]
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def report(truth: Sequence[int], langs: Sequence[str], probabilities: NDArray[np.float32]) -> dict[str, Any]:
    """Return all figures of one development set, overall and per language."""
    true = np.asarray(truth)
    guess = probabilities.argmax(1)
    lang = np.asarray(langs)
    by_language = {code: macro_f1(true[lang == code], guess[lang == code]) for code in sorted(set(langs))}
    low, high = bootstrap_interval(true, guess)
    return {
        "rows": len(true),
        "macro_recall": macro_recall(true, guess),
        "macro_recall_interval": [low, high],
        "macro_f1": macro_f1(true, guess),
        "macro_f1_by_language": by_language,
        "macro_f1_over_languages": float(np.mean(list(by_language.values()))),
        "expected_calibration_error": expected_calibration_error(true, probabilities),
        "recall_by_label": {LABELS[k]: float(np.mean(guess[true == k] == k)) for k in np.unique(true)},
    }
