"""What can be read off embeddings by a linear layer: a measure of them, and the plain way that is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from sklearn.linear_model import LogisticRegression

from nlp.clean import model_text
from nlp.training.rows import lines_of
from nlp.training.scores import by_label, confusion, figure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from nlp.training.scores import Whole

OPERATORS: Final = "uk_operator_tweets/labelled_o2_three_vodafone.jsonl.gz"


def predicted(
    embeddings: NDArray[np.float32], truth: Whole, asked: NDArray[np.float32], *, balanced: bool = True
) -> Whole:
    """Fit a logistic regression (C = 1) on embeddings (rows, width); return its labels for those asked.

    `truth` of shape (rows, labels) is one question a column.
    """
    if truth.ndim == 2:
        columns = [predicted(embeddings, truth[:, k], asked, balanced=balanced) for k in range(truth.shape[1])]
        return np.stack(columns, 1)
    if len(np.unique(truth)) == 1:
        return np.full(len(asked), truth[0])
    regression = LogisticRegression(C=1.0, class_weight="balanced" if balanced else None, max_iter=1_000)
    labels: Whole = regression.fit(embeddings, truth).predict(asked)
    return labels


def operator_rows(path: Path) -> list[tuple[str, str, str]]:
    """Return text as the encoder reads it, subject and operator of each row.

    Raises:
        OSError: the file cannot be read.
    """
    rows = ((model_text(line["text"]), line["label"], line["extra"]["brand"]) for line in lines_of(path))
    return [row for row in rows if row[0]]


def across_operators(
    embeddings: NDArray[np.float32], subjects: Sequence[str], operators: Sequence[str]
) -> dict[str, Any]:
    """Return how well a probe finds the subject on an operator that it was not trained on.

    The macro F1 is taken on each operator by a probe trained on the others, and averaged.
    The probe is thrown away.
    """
    names = sorted(set(subjects))
    truth = np.array([names.index(subject) for subject in subjects])
    operator = np.asarray(operators)
    guess = np.zeros_like(truth)
    for held_out in sorted(set(operators)):
        asked = operator == held_out
        guess[asked] = predicted(embeddings[~asked], truth[~asked], embeddings[asked])
    return figure("macro F1", truth, guess, operators) | {
        "task": "subject",
        "by_label": by_label(names, truth, guess),
        "by_operator": {
            name: figure("macro F1", truth[operator == name], guess[operator == name])
            for name in sorted(set(operators))
        },
        "confusion": {"labels": names, "counts": confusion(truth, guess, len(names))},
    }
