"""Train the encoder's layers, the sentiment head and the embedding head together.

All twelve layers move, the word embeddings stay as published. Two losses: cross-entropy on
the labels (classes balanced to the power 0.7, labels smoothed) and one that keeps the shared
embedding where the base model had it (cosine to the base's mean-pooled, centred embedding),
so that one pass serves sentiment, topics and search. Deterministic by seed up to the order
of floating-point sums; it resumes from its last checkpoint.
"""

from __future__ import annotations

import json
import math
import random
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn import functional

from domain.config import NlpSettings
from nlp.base import Base, packed_base
from nlp.encoder import Encoder, Readings, read_texts
from nlp.network import padded, pooled
from nlp.shipped import NAME
from nlp.training.data import Corpus, Example, label_counts, read_corpus
from nlp.training.measure import report
from nlp.weights import Heads, save

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything that decides the result of a run, beside the data."""

    seed: int = 0
    batch_size: int = 32
    learning_rate: float = 1e-4
    warmup_share: float = 0.06
    weight_decay: float = 0.01
    balance_power: float = 0.7
    label_smoothing: float = 0.05
    embedding_weight: float = 2.0
    dropout: float = 0.1
    holdout: int = 1_500
    checkpoint_every: int = 300


@dataclass
class Run:
    """A training run under way: the network, the optimiser and how far they are."""

    base: Base
    heads: Heads
    optimiser: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LambdaLR
    step: int = 0


def train(data: Path, output: Path, work: Path, recipe: Recipe, say: Callable[[str], None]) -> dict[str, Any]:
    """Train, calibrate, save `output/earshot-e5-small.safetensors` and its card; return the card.

    `work` keeps the checkpoint and the base model's embeddings between interrupted runs.
    """
    work.mkdir(parents=True, exist_ok=True)
    corpus = read_corpus(data, seed=recipe.seed)
    say(f"{len(corpus.train):,} rows to train on, {corpus.dropped_as_seen_in_dev} dropped because dev has them")
    holdout, examples = corpus.train[: recipe.holdout], corpus.train[recipe.holdout :]
    base = packed_base()
    tokens = base.tokenizer([example.text for example in examples])
    targets, centre = _base_embeddings(base, examples, work, say)
    batches = _plan(tokens, recipe)
    run = _start(base, centre, len(batches), recipe)
    _resume(run, work, say)
    weights = _class_weights(examples, recipe)
    started, first = time.monotonic(), run.step
    while run.step < len(batches):
        loss = _step(run, batches[run.step], tokens, examples, targets, weights, recipe)
        run.step += 1
        if run.step % recipe.checkpoint_every == 0:
            _checkpoint(run, work)
        if run.step % 50 == 0:
            left_s = (time.monotonic() - started) / (run.step - first) * (len(batches) - run.step)
            say(f"step {run.step}/{len(batches)} loss {loss:.3f} about {left_s / 60:.0f} min left")
    _checkpoint(run, work)
    return _finish(run, corpus, holdout, output, recipe, say)


def _read(base: Base, heads: Heads, texts: Sequence[str]) -> Readings:
    """Read texts with the network as it stands in training."""

    def forward(ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            hidden: torch.Tensor = base.model(input_ids=ids, attention_mask=mask).last_hidden_state
        return hidden.float()

    base.model.train(mode=False)
    return read_texts(forward, base.tokenizer, heads, texts)


def _base_embeddings(
    base: Base, examples: Sequence[Example], work: Path, say: Callable[[str], None]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the base's centred unit embeddings, (n, 384), and their centre, (384,)."""
    path = work / "base_embeddings.npy"
    if not path.exists():
        say("embedding the training rows with the base model")
        heads = Heads(base.model.config.hidden_size)
        torch.nn.init.eye_(heads.embedding.weight)
        torch.nn.init.zeros_(heads.embedding.bias)
        readings = _read(base, heads, ["query: " + example.text for example in examples])
        np.save(path, readings.embeddings.astype(np.float16))
    vectors = np.load(path).astype(np.float32)
    centre = vectors.mean(0)
    return functional.normalize(torch.from_numpy(vectors - centre), dim=-1), torch.from_numpy(centre)


def _plan(tokens: Sequence[Sequence[int]], recipe: Recipe) -> list[list[int]]:
    """Return batches of similar length in random order, the same for the same seed."""
    rng = random.Random(recipe.seed)
    order = list(range(len(tokens)))
    rng.shuffle(order)
    pool = recipe.batch_size * 64
    batches = []
    for start in range(0, len(order), pool):
        chunk = sorted(order[start : start + pool], key=lambda i: len(tokens[i]))
        batches += [chunk[i : i + recipe.batch_size] for i in range(0, len(chunk), recipe.batch_size)]
    rng.shuffle(batches)
    return batches


def _start(base: Base, centre: torch.Tensor, steps: int, recipe: Recipe) -> Run:
    torch.manual_seed(recipe.seed)
    base.model.embeddings.requires_grad_(requires_grad=False)
    heads = Heads(base.model.config.hidden_size)
    torch.nn.init.eye_(heads.embedding.weight)
    heads.embedding.bias.data = -centre.clone()
    parameters = [p for p in (*base.model.encoder.parameters(), *heads.parameters()) if p.requires_grad]
    optimiser = torch.optim.AdamW(parameters, lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
    warmup = max(1, math.ceil(recipe.warmup_share * steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / warmup, max(0.0, (steps - step) / max(1, steps - warmup)))
    )
    return Run(base=base, heads=heads, optimiser=optimiser, schedule=schedule)


def _class_weights(examples: Sequence[Example], recipe: Recipe) -> torch.Tensor:
    counts = torch.tensor(label_counts(examples), dtype=torch.float32)
    weights = (counts.sum() / counts) ** recipe.balance_power
    return weights / weights.mean()


def _step(
    run: Run,
    batch: Sequence[int],
    tokens: Sequence[Sequence[int]],
    examples: Sequence[Example],
    targets: torch.Tensor,
    weights: torch.Tensor,
    recipe: Recipe,
) -> float:
    run.base.model.train()
    ids, mask = padded([tokens[i] for i in batch], run.base.tokenizer.pad)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        hidden = run.base.model(input_ids=ids, attention_mask=mask).last_hidden_state
    first, mean = pooled(hidden.float(), mask)
    features = functional.dropout(torch.cat([first, mean], -1), recipe.dropout)
    logits = run.heads.sentiment(features)
    embedding = functional.normalize(run.heads.embedding(mean), dim=-1)
    labels = torch.tensor([examples[i].label for i in batch])
    loss = functional.cross_entropy(logits, labels, weights, label_smoothing=recipe.label_smoothing)
    loss = loss + recipe.embedding_weight * (1 - (embedding * targets[list(batch)]).sum(-1)).mean()
    run.optimiser.zero_grad(set_to_none=True)
    torch.autograd.backward(loss)
    torch.nn.utils.clip_grad_norm_(run.optimiser.param_groups[0]["params"], 1.0)
    run.optimiser.step()
    run.schedule.step()
    return float(loss.detach())


def _checkpoint(run: Run, work: Path) -> None:
    state = {
        "step": run.step,
        "layers": run.base.model.encoder.state_dict(),
        "heads": run.heads.state_dict(),
        "optimiser": run.optimiser.state_dict(),
        "schedule": run.schedule.state_dict(),
    }
    torch.save(state, work / "checkpoint.new")
    (work / "checkpoint.new").replace(work / "checkpoint.pt")


def _resume(run: Run, work: Path, say: Callable[[str], None]) -> None:
    path = work / "checkpoint.pt"
    if not path.exists():
        return
    state = torch.load(path, weights_only=True)
    run.base.model.encoder.load_state_dict(state["layers"])
    run.heads.load_state_dict(state["heads"])
    run.optimiser.load_state_dict(state["optimiser"])
    run.schedule.load_state_dict(state["schedule"])
    run.step = state["step"]
    say(f"resuming at step {run.step}")


def _finish(
    run: Run,
    corpus: Corpus,
    holdout: Sequence[Example],
    output: Path,
    recipe: Recipe,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Calibrate on rows held out of training, save, and measure what was saved (int8) on dev."""
    path = output / f"{NAME}.safetensors"
    run.heads.temperature.data = _temperature(run, holdout)
    revision = save(path, layers=run.base.model.encoder.state_dict(), heads=run.heads, name=NAME)
    card: dict[str, Any] = {
        "name": NAME,
        "revision": revision,
        "base": {"name": run.base.name, "revision": run.base.revision},
        "recipe": asdict(recipe),
        "data": corpus.used,
        "dropped_as_seen_in_dev": corpus.dropped_as_seen_in_dev,
        "temperature": round(float(run.heads.temperature), 4),
        "dev": measure(path, corpus.dev, say),
    }
    path.with_suffix(".json").write_text(json.dumps(card, indent=2) + "\n")
    return card


def measure(weights: Path, dev: Mapping[str, Sequence[Example]], say: Callable[[str], None]) -> dict[str, Any]:
    """Measure a weights file, run as it is run in production, on development sets."""
    encoder = Encoder.open(NlpSettings(), weights=weights)
    figures = {}
    for name, rows in dev.items():
        readings = encoder.read([row.text for row in rows])
        figures[name] = report([row.label for row in rows], [row.lang for row in rows], readings.sentiment)
        say(f"{name}: {json.dumps({k: v for k, v in figures[name].items() if isinstance(v, float)})}")
    return figures


def _temperature(run: Run, holdout: Sequence[Example]) -> torch.Tensor:
    """Return the temperature with the lowest log loss on held-out rows (Guo et al. 2017)."""
    run.heads.temperature.data = torch.ones(1)
    scores = _read(run.base, run.heads, [row.text for row in holdout]).sentiment
    logits = torch.from_numpy(np.log(np.clip(scores, 1e-9, 1)))
    labels = torch.tensor([row.label for row in holdout])
    grid = torch.linspace(0.5, 2.5, 81)
    losses = [functional.cross_entropy(logits / t, labels) for t in grid]
    return grid[int(torch.stack(losses).argmin())].reshape(1)
