"""A model from a local folder or the model hub in place of the bundled head of a task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

from domain.enrichment import Model
from domain.errors import ModelError
from nlp.encoder import batches_by_length

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from nlp.tasks.task import Task

_ALIASES: Final[Mapping[str, Mapping[str, str]]] = {
    "sentiment": {
        "neg": "negative", "neu": "neutral", "pos": "positive",
        "label_0": "negative", "label_1": "neutral", "label_2": "positive",
    },
    "irony": {"ironic": "irony", "sarcasm": "irony", "sarcastic": "irony", "label_1": "irony"},
    "offensive": {"offense": "offensive", "toxic": "offensive", "hate": "offensive", "label_1": "offensive"},
    "urgency": {"urgent": "urgent", "label_1": "urgent"},
    "spam": {"label_1": "spam"},
}  # fmt: skip
"""What other models call our labels."""


class HubTask:
    """Any classifier that transformers can load, for one task; `NAME` or `NAME@REVISION`.

    Its labels must carry our names (or well-known others for them). A task in which labels hold
    each for itself takes the sigmoid of a multi-label model and the softmax of any other; labels
    that the model does not know have probability 0.
    """

    def __init__(self, task: Task, name: str) -> None:
        path, _, revision = name.partition("@")
        revision = revision or "main"
        try:
            config = AutoConfig.from_pretrained(path, revision=revision)
            self._columns = _columns(task, name, dict(config.id2label))
            self._tokenizer = AutoTokenizer.from_pretrained(path, revision=revision)
            network = AutoModelForSequenceClassification.from_pretrained(path, revision=revision, use_safetensors=True)
        except (OSError, ValueError) as error:
            raise ModelError(f"the {task.name} model {name} cannot be loaded: {str(error).splitlines()[0]}") from error
        self._task = task
        self._several = config.problem_type == "multi_label_classification"
        self._network = network.eval()
        self.model = Model(path, revision)

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the probability of each label of the task per text, shape (n, labels)."""
        rows = np.zeros((len(texts), len(self._task.labels)), dtype=np.float32)
        encoded = self._tokenizer(list(texts), truncation=True, max_length=128)
        lengths = np.array([len(ids) for ids in encoded["input_ids"]], dtype=np.int64)
        ours, theirs = list(self._columns), list(self._columns.values())
        for batch in batches_by_length(lengths):
            picked = {key: [values[i] for i in batch] for key, values in encoded.items()}
            tensors = self._tokenizer.pad(picked, return_tensors="pt")
            with torch.inference_mode():
                logits = self._network(**tensors).logits
            scores = torch.sigmoid(logits) if self._several else torch.softmax(logits, -1)
            rows[np.ix_(batch, ours)] = scores[:, theirs].numpy()
        return rows


def _columns(task: Task, name: str, labels: Mapping[int, str]) -> dict[int, int]:
    """Return which of our labels stands in which of the model's columns."""
    aliases = _ALIASES.get(task.name, {})
    columns = {}
    for column, label in labels.items():
        ours = aliases.get(label.lower(), label.lower())
        if ours in task.labels:
            columns[task.labels.index(ours)] = int(column)
    complete = len(columns) == len(task.labels) == len(labels) if task.name == "sentiment" else bool(columns)
    if not complete:
        raise ModelError(f"the {task.name} model {name} must have the labels {_listed(task.labels)}")
    return columns


def _listed(labels: Sequence[str]) -> str:
    return " and ".join((", ".join(labels[:-1]), labels[-1])) if len(labels) > 1 else labels[0]
