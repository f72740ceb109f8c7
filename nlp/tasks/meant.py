"""The sentiment that is meant: what the words say, where other answers of the same pass say that they mean another.

"Thanks Northwind for the fourth outage" has glad words. Sentiment is read off words, irony and intent are read beside
it, and each of them alone is unsure: half of all short thanks are taken for irony. So in a text about an operator the
log probabilities of sentiment are moved by irony together with what intent, emotion and the sentiment toward the parts
of the service say, as was learned (`nlp/training/meant.py`). In texts about other things the sentiment stays as it is.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from nlp.tasks import aspects, emotion, intent, irony, sentiment, telecom

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

MEANT_WEIGHTS: Final = Path(__file__).parents[1] / "trained" / "earshot-meant.json"
READ: Final = tuple(task.TASK.name for task in (sentiment, irony, intent, emotion, telecom, aspects))
"""The tasks whose answers are looked at; all must be the encoder's own."""
_LEAST: Final = 1e-4


def meant(probabilities: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return the sentiment that is meant, shape (texts, 3), from what the encoder says of the texts by task."""
    weights = _weights()
    said = np.log(np.clip(probabilities[sentiment.TASK.name].astype(np.float64), _LEAST, 1))
    # One text at a time: a product of matrices may round a text differently in another batch.
    moved = [row + signs @ weights for row, signs in zip(said, signs_of(probabilities), strict=True)]
    powers = np.exp(np.array(moved).reshape(-1, len(sentiment.LABELS)))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def signs_of(probabilities: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float64]:
    """Return what moves the sentiment, shape (texts, signs)."""
    read = {
        name: found.astype(np.float64) for name, found in probabilities.items() if name in (*READ, aspects.SENTIMENT)
    }
    says, about = read[irony.TASK.name][:, 0], read[telecom.TASK.name][:, 0]
    wishes = {label: read[intent.TASK.name][:, i] for i, label in enumerate(intent.LABELS)}
    feels = {label: read[emotion.TASK.name][:, i] for i, label in enumerate(emotion.LABELS)}
    said, toward, parts = read[sentiment.TASK.name], read[aspects.SENTIMENT], read[aspects.TASK.name]
    against = (parts * _odds(toward[:, :, 0], toward[:, :, 2])).sum(axis=1) / np.maximum(parts.sum(axis=1), 1e-3)
    beside_irony = (
        np.ones(len(says)),
        _odds(wishes["complaint"], 1 - wishes["complaint"]),
        _odds(wishes["praise"], 1 - wishes["praise"]),
        _odds(said[:, 2], said[:, 1]),
        against,
        _odds(feels["anger"] + feels["sadness"], feels["joy"] + feels["optimism"]),
    )
    return np.stack([*(about * says * one for one in beside_irony), about * _odds(says, 1 - says)], axis=1)


def _odds(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return by how much one thing is likelier than another, as a logarithm."""
    return np.asarray(np.log(np.clip(one, _LEAST, 1)) - np.log(np.clip(other, _LEAST, 1)))


@cache
def _weights() -> NDArray[np.float64]:
    """Return how far each sign moves each sentiment, shape (signs, 3)."""
    return np.array(json.loads(MEANT_WEIGHTS.read_text(encoding="utf-8"))["weights"])
