"""How good labels are: recall, F1, accuracy, calibration, and within which bounds.

Labels come in two forms. `truth` and `guess` of shape (rows,) are indices of the one label that
holds (0 and 1 where the question is yes or no). Of shape (rows, labels) they tell of each label
whether it holds: 1, 0, or -1 where nobody said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Whole: TypeAlias = NDArray[np.int64]
    Measure: TypeAlias = Callable[[Whole, Whole], float]

DRAWS: Final = 500
FEWEST: Final = 10
"""Rows that a language must have to be listed by itself."""
DIGITS: Final = 4


def macro_recall(truth: Whole, guess: Whole) -> float:
    """Return the mean recall over the labels that occur: TweetEval's measure for sentiment."""
    return float(np.mean([np.mean(guess[truth == k] == k) for k in np.unique(truth)]))


def macro_f1(truth: Whole, guess: Whole) -> float:
    """Return the mean F1 over the labels that occur or are claimed: UMSAB's measure."""
    return float(np.mean([_f1(truth == k, guess == k) for k in np.union1d(truth, guess)]))


def macro_f1_of_true(truth: Whole, guess: Whole) -> float:
    """Return the mean F1 over the labels that occur; claims of another label only cost recall."""
    return float(np.mean([_f1(truth == k, guess == k) for k in np.unique(truth)]))


def f1_of_yes(truth: Whole, guess: Whole) -> float:
    """Return the F1 of yes, 0 where yes neither occurs nor is claimed."""
    return _f1(truth == 1, guess == 1)


def accuracy(truth: Whole, guess: Whole) -> float:
    """Return the share of rows that are right."""
    return float(np.mean(truth == guess))


def macro_f1_of_several(truth: Whole, guess: Whole) -> float:
    """Return the mean F1 over the columns in which a label occurs or is claimed."""
    said = truth >= 0
    hits = ((truth == 1) & (guess == 1)).sum(0)
    claimed_or_true = (truth == 1).sum(0) + ((guess == 1) & said).sum(0)
    seen = claimed_or_true > 0
    return float(np.mean(2 * hits[seen] / claimed_or_true[seen])) if seen.any() else 0.0


MEASURES: Final[Mapping[str, Measure]] = {
    "macro recall": macro_recall,
    "macro F1": macro_f1,
    "macro F1 of the true labels": macro_f1_of_true,
    "macro F1 over labels": macro_f1_of_several,
    "F1": f1_of_yes,
    "accuracy": accuracy,
}
"""Every measure by the name that it has in the results file."""


def _f1(truth: NDArray[np.bool_], guess: NDArray[np.bool_]) -> float:
    claimed_or_true = int(truth.sum() + guess.sum())
    return 2 * int((truth & guess).sum()) / claimed_or_true if claimed_or_true else 0.0


def figure(name: str, truth: Whole, guess: Whole, groups: Sequence[str] | None = None) -> dict[str, Any]:
    """Return a measure with its 95 % bootstrap interval.

    Args:
        name: one of `MEASURES`.
        truth: what holds, see the top of this file.
        guess: what was said, of the same shape.
        groups: one name a row, where the measure is taken in each group and averaged over groups;
            rows are then drawn again within their group.
    """
    places = _places(groups, len(truth))
    measure = MEASURES[name]

    def value(picks: Sequence[Whole]) -> float:
        return float(np.mean([measure(truth[pick], guess[pick]) for pick in picks]))

    rng = np.random.default_rng(0)
    drawn = [value([rng.choice(place, len(place)) for place in places]) for _ in range(DRAWS)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return {
        "measure": name,
        "rows": len(truth),
        "value": rounded(value(places)),
        "interval": [rounded(low), rounded(high)],
    }


def _places(groups: Sequence[str] | None, rows: int) -> list[Whole]:
    if groups is None:
        return [np.arange(rows)]
    named = np.asarray(groups)
    return [np.flatnonzero(named == group) for group in sorted(set(groups))]


def by_group(name: str, truth: Whole, guess: Whole, groups: Sequence[str], fewest: int = FEWEST) -> dict[str, Any]:
    """Return rows and the measure of each group that has at least `fewest` rows."""
    found = {}
    for group, place in zip(sorted(set(groups)), _places(groups, len(truth)), strict=True):
        if len(place) >= fewest:
            found[group] = {"rows": len(place), "value": rounded(MEASURES[name](truth[place], guess[place]))}
    return found


def confusion(truth: Whole, guess: Whole, labels: int) -> list[list[int]]:
    """Return how many rows of each true label (row) were given each label (column)."""
    table: Whole = np.bincount(truth * labels + guess, minlength=labels * labels).reshape(labels, labels)
    return table.tolist()  # type: ignore[no-any-return]


def by_label(labels: Sequence[str], truth: Whole, guess: Whole) -> dict[str, dict[str, Any]]:
    """Return rows, precision, recall and F1 of each label that occurs or is claimed.

    Truth and guess may have either form; columns whose truth is -1 are left out.
    """
    found = {}
    for k, label in enumerate(labels):
        true, claimed = (truth == k, guess == k) if truth.ndim == 1 else (truth[:, k] == 1, guess[:, k] == 1)
        said = truth >= 0 if truth.ndim == 1 else truth[:, k] >= 0
        claimed &= said
        if true.any() or claimed.any():
            hits = int((true & claimed).sum())
            found[label] = {
                "rows": int(true.sum()),
                "precision": rounded(hits / max(1, int(claimed.sum()))),
                "recall": rounded(hits / max(1, int(true.sum()))),
                "f1": rounded(_f1(true, claimed)),
            }
    return found


def expected_calibration_error(truth: Whole, probabilities: NDArray[np.float32], bins: int = 15) -> float:
    """Return the mean gap between confidence and accuracy over equal-width bins (Guo et al. 2017).

    `probabilities` has shape (rows, labels).
    """
    return _gap(probabilities.argmax(1) == truth, probabilities.max(1), bins)


def yes_calibration_error(truth: Whole, probability: NDArray[np.float32], bins: int = 15) -> float:
    """Return the mean gap between the probability of yes, shape (rows,), and how often it is yes."""
    return _gap(truth == 1, probability, bins)


def _gap(happened: NDArray[np.bool_], probability: NDArray[np.float32], bins: int) -> float:
    index = np.minimum((probability * bins).astype(int), bins - 1)
    gaps = [
        np.mean(index == b) * abs(np.mean(happened[index == b]) - np.mean(probability[index == b]))
        for b in range(bins)
        if np.any(index == b)
    ]
    return float(sum(gaps))


def rounded(value: Any) -> float:
    """Return a figure as it is written down."""
    return round(float(value), DIGITS)
