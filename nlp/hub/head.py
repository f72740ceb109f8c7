"""A model from a local folder or the model hub in place of the bundled head of a task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer
from transformers.utils import logging

from domain.enrichment import Model
from domain.errors import ModelError
from nlp.encoder.encoder import batches_by_length, once_each
from nlp.hub.snapshots import obtained

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from nlp.tasks.task import Task

MAX_TOKENS: Final = 128
_ALIASES: Final[Mapping[str, Mapping[str, str]]] = {
    "sentiment": {
        "neg": "negative", "neu": "neutral", "pos": "positive",
        "label_0": "negative", "label_1": "neutral", "label_2": "positive",
    },
    "emotion": {
        "annoyance": "anger", "disgust": "anger", "happiness": "joy", "love": "joy",
        "disappointment": "sadness", "fear": "sadness", "neutral": "none",
    },
    "intent": {"thanks": "praise", "churn": "churn_threat"},
    "irony": {"ironic": "irony", "sarcasm": "irony", "sarcastic": "irony", "label_1": "irony"},
    "offensive": {"offense": "offensive", "toxic": "offensive", "hate": "offensive", "label_1": "offensive"},
    "urgency": {"urgency": "urgent", "label_1": "urgent"},
    "spam": {"label_1": "spam"},
}  # fmt: skip
"""What other models call our labels, as `docs/labels.md` has them; several of theirs may be one of ours."""


class HubTask:
    """Any classifier that transformers can load, for one task; a folder, `NAME` or `NAME@REVISION`.

    Its labels must carry our names (or well-known others for them). Probabilities are the sigmoid
    of a multi-label or single-output model and the softmax of any other; those of several of its
    labels that are one of ours add up. Where one label holds, the known ones sum to 1. Labels that
    the model does not know have probability 0.
    """

    def __init__(self, task: Task, name: str, *, threads: int = 0) -> None:
        """Load the model, from this machine where it is here and else from the hub; 0 `threads`: torch's own choice.

        Raises:
            ModelError: it cannot be had, or its labels do not fit the task.
        """
        if threads:
            torch.set_num_threads(threads)
        snapshot = obtained(name)
        # What is fetched has its bar; loading takes a moment.
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            config = AutoConfig.from_pretrained(snapshot.folder, local_files_only=True)
            self._columns = _columns(task, name, dict(config.id2label))
            self._tokenizer = AutoTokenizer.from_pretrained(snapshot.folder, local_files_only=True)
            network = AutoModelForSequenceClassification.from_pretrained(
                snapshot.folder, local_files_only=True, use_safetensors=True
            )
        except (ImportError, KeyError, OSError, RuntimeError, SafetensorError, ValueError) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise ModelError(f"the {task.name} model {name} cannot be loaded: {reason}") from error
        if self._tokenizer.pad_token is None:
            raise ModelError(f"the {task.name} model {name} cannot read several texts at once: it has no padding token")
        self._task = task
        self._several = config.problem_type == "multi_label_classification" or len(config.id2label) == 1
        self._network = network.eval()
        self.model = Model(snapshot.name, snapshot.revision)

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the probability of each label of the task per text, shape (n, labels); equal texts are read once."""
        unique, place = once_each(texts)
        rows = np.zeros((len(unique), len(self._task.labels)), dtype=np.float32)
        if not unique:
            return rows
        longest = min(MAX_TOKENS, self._tokenizer.model_max_length)
        encoded = self._tokenizer(unique, truncation=True, max_length=longest)
        lengths = np.array([len(ids) for ids in encoded["input_ids"]], dtype=np.int64)
        for together in batches_by_length(np.maximum(lengths, 1)):
            batch = together[lengths[together] > 0]
            if not batch.size:
                break  # longest first: from here on there is nothing to read
            picked = {key: [values[i] for i in batch] for key, values in encoded.items()}
            tensors = self._tokenizer.pad(picked, return_tensors="pt")
            with torch.inference_mode():
                logits = self._network(**tensors).logits.float()
            scores = (torch.sigmoid(logits) if self._several else torch.softmax(logits, -1)).numpy()
            for ours, theirs in self._columns.items():
                rows[batch, ours] = np.minimum(1.0, scores[:, theirs].sum(1))
        if self._task.kind == "one":
            rows /= np.maximum(rows.sum(1, keepdims=True), np.finfo(np.float32).tiny)
        return rows[place]


def _columns(task: Task, name: str, labels: Mapping[int, str]) -> dict[int, list[int]]:
    """Return in which of the model's columns each of our labels stands."""
    aliases = _ALIASES.get(task.name, {})
    columns: dict[int, list[int]] = {}
    for column, label in labels.items():
        known = label.strip().lower().replace(" ", "_")
        ours = aliases.get(known, known)
        if ours in task.labels:
            columns.setdefault(task.labels.index(ours), []).append(int(column))
    mapped = sum(map(len, columns.values()))
    complete = len(columns) == len(task.labels) and mapped == len(labels)
    # A mood that the model does not know would never be given; what is left of other tasks is still of use.
    if not columns or (task.name == "sentiment" and not complete):
        *others, last = task.labels
        listed = f"{', '.join(others)} and {last}" if others else last
        raise ModelError(f"the {task.name} model {name} must have the labels {listed}")
    return columns
