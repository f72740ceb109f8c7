"""Train the encoder's layers and every head together, in one run over the whole mixture.

All layers move, the word embeddings stay as published. Each row teaches the tasks it has labels
for: cross-entropy where one label holds (classes balanced, labels smoothed), binary cross-entropy
where several may. A further loss keeps the shared embedding where the base model had it (cosine to
the base's mean-pooled, centred embedding), so that one pass serves every task, topics and search.
Another one follows a larger model's soft labels, where there are any (`nlp/training/soft_labels.py`).

A run goes on from its last checkpoint. It is deterministic by seed up to the order of
floating-point sums.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from torch.nn import functional

from nlp.encoder.base import Base, packed_base
from nlp.encoder.heads import Heads
from nlp.tasks import TASK, toward
from nlp.tasks.aspects import SENTIMENT as ASPECT_SENTIMENT
from nlp.training.anchor import Anchor
from nlp.training.calibrate import target_table
from nlp.training.rows import SUBJECT_COUNT, SUBJECTS, UNKNOWN, Row, slots
from nlp.training.soft_labels import soft_label_loss
from nlp.training.steps import fastest, keep, names_in, planned, taken_up, to_fastest, warmed_up

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from nlp.encoder.tokens import NamedTokens
    from nlp.encoder.weights import Trained
    from nlp.training.soft_labels import SoftLabels


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything that decides the result of a run, beside the data. `most_steps` 0: one pass over it.

    A run that goes on from trained weights ends in the mean of what it learned and what it began with,
    `kept_of_start` of the latter (Wortsman et al. 2022, Robust fine-tuning): a further run forgets less.
    """

    seed: int = 0
    batch_tokens: int = 1_408
    learning_rate: float = 1e-4
    heads_learning_rate: float = 5e-4
    warmup_share: float = 0.04
    weight_decay: float = 0.01
    balance_power: float = 0.6
    label_smoothing: float = 0.05
    embedding_weight: float = 0.5
    probe_weight: float = 0.6
    soft_label_weight: float = 1.0
    dropout: float = 0.1
    most_steps: int = 0
    kept_of_start: float = 0.5
    checkpoint_every: int = 200


TASK_WEIGHTS: Final[Mapping[str, float]] = {"telecom": 0.3, "intent": 0.8, "spam": 0.5, "urgency": 0.5}
"""How much a row's loss on a task counts; 1 where nothing is said."""
SEVERAL: Final = (ASPECT_SENTIMENT, toward.SENTIMENT, toward.SWITCH)
"""What has several answers, each one of three: for each aspect or brand one."""
BALANCED: Final[Mapping[str, float]] = {"emotion": 0.3}
"""A power of its own to which the classes of a task are balanced: with the common one, optimism was said three
times as often as it was true."""
PROBED: Final[Mapping[str, int]] = {
    "aspects": len(TASK["aspects"].labels),
    "intent": len(TASK["intent"].labels),
    SUBJECTS: SUBJECT_COUNT,
}
"""What must also be readable from the shared embedding by a linear layer (and how many labels it has), so that
topics and nearest neighbours see what a post is about. These layers are not kept."""


@dataclass
class TrainingRun:
    """A training run under way: the network, the optimiser and how far they are."""

    base: Base
    heads: Heads
    probes: torch.nn.ModuleDict
    optimiser: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LambdaLR
    step: int = 0


@dataclass(frozen=True)
class Lesson:
    """The training rows as numbers: tokens, which are names, targets (rows, slots), and what balances the labels."""

    tokens: list[list[int]]
    names: list[NamedTokens]
    targets: torch.Tensor
    weights: Mapping[str, torch.Tensor]
    anchor: Anchor
    soft_labels: Mapping[str, torch.Tensor]


def learn(
    rows: Sequence[Row],
    work: Path,
    recipe: Recipe,
    say: Callable[[str], None],
    *,
    start: Trained | None = None,
    soft_labels: SoftLabels | None = None,
) -> TrainingRun:
    """Train on rows, from the published layers or from trained ones; return the finished run.

    `soft_labels` are a larger model's on some of the rows: they are learned from as well.
    """
    work.mkdir(parents=True, exist_ok=True)
    base = packed_base()
    lesson = _lesson(rows, base, work, recipe, say, soft_labels)
    batches = plan(lesson.tokens, recipe)[: recipe.most_steps or None]
    run = _start(base, lesson.anchor.centre, len(batches), recipe, start)
    parts: dict[str, Any] = {
        "layers": run.base.model.encoder,
        "heads": run.heads,
        "probes": run.probes,
        "optimiser": run.optimiser,
        "schedule": run.schedule,
    }
    kept = work / "checkpoint.pt"
    run.step = taken_up(parts, kept)
    if run.step:
        say(f"resuming at step {run.step}")
    begun, first = time.monotonic(), run.step
    while run.step < len(batches):
        loss = _step(run, batches[run.step], lesson, recipe)
        run.step += 1
        if run.step % recipe.checkpoint_every == 0:
            keep(parts, run.step, kept)
        if run.step % 50 == 0:
            left_s = (time.monotonic() - begun) / (run.step - first) * (len(batches) - run.step)
            say(f"step {run.step}/{len(batches)} loss {loss:.3f} about {left_s / 60:.0f} min left")
    keep(parts, run.step, kept)
    if start is not None:
        averaged(run.base, run.heads, start, recipe.kept_of_start)
    run.base.model.cpu()
    run.heads.cpu()
    return run


def averaged(base: Base, heads: Heads, start: Trained, share: float) -> None:
    """Move the layers and heads of a finished run toward those that it began with: so much of them is kept."""
    began = {**start.layers, **{f"heads.{name}": value for name, value in start.heads.items()}}
    ended = dict(base.model.encoder.named_parameters())
    ended |= {f"heads.{name}": value for name, value in heads.named_parameters()}
    with torch.no_grad():
        for name, value in ended.items():
            value.lerp_(torch.from_numpy(began[name]).to(value.device), share)


def states_of(base: Base, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return the network's last states as it stands, shape (batch, tokens, hidden)."""
    states: torch.Tensor = base.model(input_ids=ids, attention_mask=mask).last_hidden_state
    return states


def _lesson(
    rows: Sequence[Row],
    base: Base,
    work: Path,
    recipe: Recipe,
    say: Callable[[str], None],
    soft_labels: SoftLabels | None,
) -> Lesson:
    targets = target_table(rows)
    anchor = Anchor.of(rows, base, work, say)
    # What each class of a `one` task counts, or how much a yes counts for each label of an `each` task.
    balance = {}
    for task, place in slots().items():
        truth = targets[:, place]
        if task in TASK and TASK[task].kind == "each":
            yes, no = np.maximum(1, (truth == 1).sum(0)), np.maximum(1, (truth == 0).sum(0))
            balance[task] = torch.from_numpy((no / yes) ** (recipe.balance_power / 2)).float()
        else:
            labels = SUBJECT_COUNT if task == SUBJECTS else 3
            counts = np.maximum(1, np.bincount(truth[truth != UNKNOWN], minlength=labels)).astype(np.float64)
            power = BALANCED.get(task, recipe.balance_power)
            weights = torch.from_numpy((counts.sum() / counts) ** power).float()
            balance[task] = weights / weights.mean()
    heard, device = soft_labels.on(rows) if soft_labels is not None else {}, fastest()
    tokens, names = base.tokenizer.named([row.text for row in rows], [row.names for row in rows])
    return Lesson(
        tokens=tokens,
        names=names,
        targets=torch.from_numpy(targets).to(device),
        weights={task: weights.to(device) for task, weights in balance.items()},
        anchor=anchor.to(device),
        soft_labels={task: rows.to(device) for task, rows in heard.items()},
    )


def plan(tokens: Sequence[Sequence[int]], recipe: Recipe) -> list[list[int]]:
    """Return a recipe's batches of rows."""
    return planned(tokens, batch_tokens=recipe.batch_tokens, window=4_096, seed=recipe.seed)


def _start(base: Base, centre: torch.Tensor, steps: int, recipe: Recipe, start: Trained | None) -> TrainingRun:
    torch.manual_seed(recipe.seed)
    hidden = base.model.config.hidden_size
    # Dropout inside the layers costs a third of the time on a processor; one epoch does without.
    for name, module in base.model.named_modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = recipe.dropout if name.startswith("embeddings") else 0.0
    base.model.embeddings.requires_grad_(requires_grad=False)
    heads = Heads(hidden)
    if start is None:
        torch.nn.init.eye_(heads.embedding.weight)
        heads.embedding.bias.data = -centre.clone()
        torch.nn.init.normal_(heads.queries, std=0.02)
    else:
        heads = Heads.of(start.heads).train()
        heads.uncalibrate()
        base.put(start.layers)
    probes = torch.nn.ModuleDict({name: torch.nn.Linear(hidden, count) for name, count in PROBED.items()})
    to_fastest(base.model, heads, probes)
    groups = [
        {"params": list(base.model.encoder.parameters()), "lr": recipe.learning_rate},
        {"params": [*heads.parameters(), *probes.parameters()], "lr": recipe.heads_learning_rate},
    ]
    optimiser = torch.optim.AdamW(groups, weight_decay=recipe.weight_decay, fused=True)
    schedule = warmed_up(optimiser, steps=steps, share=recipe.warmup_share)
    return TrainingRun(base=base, heads=heads, probes=probes, optimiser=optimiser, schedule=schedule)


def _step(run: TrainingRun, batch: Sequence[int], lesson: Lesson, recipe: Recipe) -> float:
    run.base.model.train()
    ids, mask = run.base.batch([lesson.tokens[i] for i in batch])
    names = names_in([lesson.names[i] for i in batch], mask)
    outputs = run.heads(states_of(run.base, ids, mask), mask, names, dropout=recipe.dropout)
    targets = lesson.targets[list(batch)]
    loss = task_loss(outputs.logits, targets, lesson.weights, recipe)
    probed = {
        name: probe(outputs.embedding * math.sqrt(outputs.embedding.shape[-1])) for name, probe in run.probes.items()
    }
    loss = loss + recipe.probe_weight * task_loss(probed, targets, lesson.weights, recipe)
    heard = {task: about[list(batch)] for task, about in lesson.soft_labels.items()}
    loss = loss + recipe.soft_label_weight * soft_label_loss(outputs.logits, heard)
    known, vectors = lesson.anchor.vectors(batch)
    if known.any():
        distance = (1 - (outputs.embedding[known] * vectors).sum(-1)).mean() * known.float().mean()
        loss = loss + recipe.embedding_weight * distance
    run.optimiser.zero_grad(set_to_none=True)
    torch.autograd.backward(loss)
    for group in run.optimiser.param_groups:
        torch.nn.utils.clip_grad_norm_(group["params"], 1.0)
    run.optimiser.step()
    run.schedule.step()
    return float(loss.detach())


def task_loss(
    logits: Mapping[str, torch.Tensor], targets: torch.Tensor, weights: Mapping[str, torch.Tensor], recipe: Recipe
) -> torch.Tensor:
    """Return the summed loss over tasks; each labelled row counts the same, whatever its batch holds."""
    total = torch.zeros(())
    for name, place in slots().items():
        if name not in logits:
            continue
        truth = targets[:, place]
        known = truth != UNKNOWN
        if not known.any():
            continue
        share = known.any(1).sum() / len(targets) * TASK_WEIGHTS.get(name, 1.0)
        if name in TASK and TASK[name].kind == "each":
            loss = functional.binary_cross_entropy_with_logits(
                logits[name][known],
                truth[known].float(),
                pos_weight=weights[name].expand_as(truth)[known],
            )
        else:
            rows = logits[name][known] if name in SEVERAL else logits[name][known[:, 0]]
            loss = functional.cross_entropy(rows, truth[known], weights[name], label_smoothing=recipe.label_smoothing)
        total = total + share * loss
    return total
