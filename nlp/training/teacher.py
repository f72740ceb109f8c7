"""A larger encoder that learns the tasks with few rows, and says what it thinks of all rows.

It does not ship: it reads only while we train, and what it says is written down as `SoftLabels`. Any
encoder in the form of the model hub can be it. The one behind the weights that ship is named in
the model card. It learns several tasks at once, a small head per task on the mean over tokens;
its embeddings and lowest layers stay as published.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from transformers import AutoModel, AutoTokenizer

from domain.errors import ModelError
from nlp.encoder.encoder import batches_by_length
from nlp.encoder.heads import pooled
from nlp.encoder.tokens import padded
from nlp.hub.snapshots import obtained
from nlp.tasks import TASK
from nlp.training.scores import macro_f1
from nlp.training.soft_labels import SoftLabels
from nlp.training.steps import keep, planned, taken_up, warmed_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from nlp.training.mixture import TrainingRows
    from nlp.training.rows import Row

TAUGHT: Final[Mapping[str, tuple[float, ...]]] = {
    "emotion": (1.0, 1.2, 2.0, 1.0, 0.8),
    "irony": (1.0, 1.0),
    "offensive": (1.0, 1.5),
}
"""The tasks that a teacher learns, and how much each of their classes counts (no and yes, where one may hold)."""
SEEN: Final[Mapping[str, int]] = {"emotion": 4, "irony": 4, "offensive": 1}
"""How often it sees a row of a task, at most."""
MAX_TOKENS: Final = 64
"""Posts that are longer are rare; what comes after is not read."""
OPINIONS_ON: Final = 12_000
"""Rows of the largest set that it is asked about: the others are asked about whole."""
_EVEN: Final = 0.5
LANGUAGE: Final = "en"
"""What the teacher reads."""


@dataclass(frozen=True, kw_only=True)
class TeacherRecipe:
    """Everything that decides what a teacher learns, beside base and data."""

    seed: int = 0
    batch_tokens: int = 900
    learning_rate: float = 4e-5
    heads_learning_rate: float = 3e-4
    warmup_share: float = 0.06
    weight_decay: float = 0.01
    label_smoothing: float = 0.05
    dropout: float = 0.05
    frozen_layers: int = 2
    checkpoint_every: int = 200


@dataclass(frozen=True)
class TeacherLesson:
    """One row for one task: the tokens, and which class is right."""

    task: str
    tokens: list[int]
    label: int


class Teacher(nn.Module):
    """An encoder of the hub with a head per task."""

    def __init__(self, name: str, recipe: TeacherRecipe) -> None:
        """Load the encoder from a folder or the hub.

        Raises:
            ModelError: it cannot be had.
        """
        super().__init__()
        snapshot = obtained(name)
        try:
            self.network = AutoModel.from_pretrained(snapshot.folder, local_files_only=True, use_safetensors=True)
            self._tokenizer = AutoTokenizer.from_pretrained(snapshot.folder, local_files_only=True)
        except (OSError, ValueError) as error:
            raise ModelError(f"the encoder {name} cannot be loaded: {str(error).splitlines()[0]}") from error
        self.about = f"{snapshot.name}@{snapshot.revision}"
        width = self.network.config.hidden_size
        self.heads = nn.ModuleDict(
            {
                task: nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Linear(width, len(weights)))
                for task, weights in TAUGHT.items()
            }
        )
        self.network.embeddings.requires_grad_(requires_grad=False)
        for layer in self.network.encoder.layer[: recipe.frozen_layers]:
            layer.requires_grad_(requires_grad=False)
        for module in self.network.modules():
            if isinstance(module, nn.Dropout):
                module.p = recipe.dropout

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token ids of texts."""
        encoded: dict[str, Any] = self._tokenizer(list(texts), truncation=True, max_length=MAX_TOKENS)
        return list(encoded["input_ids"])

    def forward(self, rows: Sequence[Sequence[int]]) -> dict[str, torch.Tensor]:
        """Return the logits of each task, shape (rows, classes)."""
        ids, mask = map(torch.from_numpy, padded(rows, self._tokenizer.pad_token_id))
        states = self.network(input_ids=ids, attention_mask=mask).last_hidden_state
        _, mean = pooled(states, mask)
        return {task: head(mean) for task, head in self.heads.items()}

    def probabilities(self, texts: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Return the probabilities of each task, shape (texts, labels)."""
        self.eval()
        rows = self.tokens(texts)
        found = {task: np.zeros((len(rows), len(weights)), np.float32) for task, weights in TAUGHT.items()}
        for batch in batches_by_length(map(len, rows)):
            with torch.inference_mode():
                for task, logits in self([rows[i] for i in batch]).items():
                    found[task][batch] = logits.softmax(-1).numpy()
        return {task: rows if TASK[task].kind == "one" else rows[:, 1:] for task, rows in found.items()}


def soft_labels_of(
    name: str, corpus: TrainingRows, work: Path, recipe: TeacherRecipe, say: Callable[[str], None]
) -> SoftLabels:
    """Teach an encoder and return what it says of the rows; a run that was cut off goes on in `work`.

    Raises:
        ModelError: the encoder cannot be had.
    """
    torch.manual_seed(recipe.seed)
    teacher = Teacher(name, recipe)
    lessons = list(_lessons(teacher, corpus.train))
    _teach(teacher, lessons, work, recipe, say)
    for task in TAUGHT:
        rows = corpus.dev.get(f"tweeteval_{task}")
        if not rows:
            continue
        truth = np.array([row.targets[task][0] for row in rows])
        said = teacher.probabilities([row.text for row in rows])[task]
        if TASK[task].kind == "one":
            occurring = np.unique(truth)
            guess = occurring[said[:, occurring].argmax(1)]
        else:
            guess = (said[:, 0] > _EVEN).astype(np.int64)
        say(f"the teacher's {task} on the development rows: {100 * macro_f1(truth, guess):.1f}")
    texts = list(_asked_about(corpus.train))
    say(f"asking it about {len(texts):,} texts")
    return SoftLabels.about(texts, teacher.probabilities(texts), by=teacher.about)


def _lessons(teacher: Teacher, rows: Sequence[Row]) -> Iterator[TeacherLesson]:
    seen: Counter[tuple[str, str]] = Counter()
    chosen = []
    for row in rows:
        for task, most in SEEN.items():
            if row.lang != LANGUAGE or task not in row.targets:
                continue
            seen[task, row.text] += 1
            if seen[task, row.text] <= most:
                chosen.append((task, row))
    tokens = teacher.tokens([row.text for _, row in chosen])
    for (task, row), ids in zip(chosen, tokens, strict=True):
        yield TeacherLesson(task, ids, row.targets[task][0])


def _teach(
    teacher: Teacher, lessons: Sequence[TeacherLesson], work: Path, recipe: TeacherRecipe, say: Callable[[str], None]
) -> None:
    batches = planned(
        [lesson.tokens for lesson in lessons], batch_tokens=recipe.batch_tokens, window=2_048, seed=recipe.seed
    )
    groups = [
        {"params": [p for p in teacher.network.parameters() if p.requires_grad], "lr": recipe.learning_rate},
        {"params": list(teacher.heads.parameters()), "lr": recipe.heads_learning_rate},
    ]
    optimiser = torch.optim.AdamW(groups, weight_decay=recipe.weight_decay, fused=True)
    steps, kept = len(batches), work / "teacher.pt"
    schedule = warmed_up(optimiser, steps=steps, share=recipe.warmup_share)
    parts: dict[str, Any] = {"teacher": teacher, "optimiser": optimiser, "schedule": schedule}
    first, began = taken_up(parts, kept), time.monotonic()
    if first:
        say(f"the teacher goes on at step {first}")
    teacher.train()
    for step in range(first, steps):
        loss = _loss(teacher, [lessons[i] for i in batches[step]], recipe)
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(teacher.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if (step + 1) % recipe.checkpoint_every == 0 or step + 1 == steps:
            keep(parts, step + 1, kept)
            left_s = (time.monotonic() - began) / (step + 1 - first) * (steps - step - 1)
            say(f"teacher: step {step + 1}/{steps} loss {loss.item():.3f} about {left_s / 60:.0f} min left")


def _loss(teacher: Teacher, batch: Sequence[TeacherLesson], recipe: TeacherRecipe) -> torch.Tensor:
    logits = teacher([lesson.tokens for lesson in batch])
    total = torch.zeros(())
    for task, weights in TAUGHT.items():
        rows = [i for i, lesson in enumerate(batch) if lesson.task == task]
        if rows:
            truth = torch.tensor([batch[i].label for i in rows])
            loss = functional.cross_entropy(
                logits[task][rows], truth, torch.tensor(weights), label_smoothing=recipe.label_smoothing
            )
            total = total + len(rows) / len(batch) * loss
    return total


def _asked_about(rows: Sequence[Row]) -> dict[str, None]:
    """Return the texts to ask about, each once: of the largest set only the first ones."""
    english = [row for row in rows if row.lang == LANGUAGE and "subject" not in row.targets]
    largest = Counter(row.origin for row in english if "sentiment" in row.targets).most_common(1)
    left = OPINIONS_ON
    texts: dict[str, None] = {}
    for row in english:
        if largest and row.origin == largest[0][0]:
            left -= 1
            if left < 0:
                continue
        texts[row.text] = None
    return texts
