"""A sentiment model from a local folder or the model hub in place of the bundled head."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

from domain.enrichment import Model
from domain.errors import ModelError
from nlp.encoder import batches_by_length
from nlp.sentiment import LABELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_KNOWN: Final = {
    "negative": 0, "neg": 0, "label_0": 0,
    "neutral": 1, "neu": 1, "label_1": 1,
    "positive": 2, "pos": 2, "label_2": 2,
}  # fmt: skip


class HubSentiment:
    """Any three-class sentiment classifier that transformers can load; `NAME` or `NAME@REVISION`."""

    def __init__(self, name: str) -> None:
        path, _, revision = name.partition("@")
        revision = revision or "main"
        try:
            config = AutoConfig.from_pretrained(path, revision=revision)
            self._order = _columns(name, dict(config.id2label))
            self._tokenizer = AutoTokenizer.from_pretrained(path, revision=revision)
            network = AutoModelForSequenceClassification.from_pretrained(path, revision=revision, use_safetensors=True)
        except (OSError, ValueError) as error:
            raise ModelError(f"the sentiment model {name} cannot be loaded: {str(error).splitlines()[0]}") from error
        self._network = network.eval()
        self.model = Model(path, revision)

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return negative, neutral and positive per text, shape (n, 3)."""
        rows = np.zeros((len(texts), len(LABELS)), dtype=np.float32)
        encoded = self._tokenizer(list(texts), truncation=True, max_length=128)
        lengths = np.array([len(ids) for ids in encoded["input_ids"]], dtype=np.int64)
        for batch in batches_by_length(lengths):
            picked = {key: [values[i] for i in batch] for key, values in encoded.items()}
            tensors = self._tokenizer.pad(picked, return_tensors="pt")
            with torch.inference_mode():
                scores = torch.softmax(self._network(**tensors).logits, -1)
            rows[batch] = scores[:, self._order].numpy()
        return rows


def _columns(name: str, labels: dict[int, str]) -> list[int]:
    """Return which column of the model is negative, neutral, positive."""
    places = {_KNOWN.get(label.lower()): int(column) for column, label in labels.items()}
    if len(labels) != len(LABELS) or None in places:
        raise ModelError(f"the sentiment model {name} must have the labels negative, neutral and positive")
    return [places[i] for i in range(len(LABELS))]
