"""What every training run here has: its batches, its warm-up, and a checkpoint that it goes on from."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any

import torch

from nlp.encoder.tokens import where_named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from nlp.encoder.tokens import NamedTokens


def fastest() -> torch.device:
    """Return where training runs: on a graphics processor where there is one that torch can use."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def to_fastest(*parts: torch.nn.Module) -> None:
    """Move networks to where training runs."""
    for part in parts:
        part.to(fastest())


def names_in(named: Sequence[NamedTokens], mask: torch.Tensor) -> torch.Tensor:
    """Return where brands' names stand in a batch, (batch, brands, tokens), beside its mask (batch, tokens)."""
    return torch.from_numpy(where_named(named, tuple(mask.shape))).to(mask.device)


def planned(tokens: Sequence[Sequence[int]], *, batch_tokens: int, window: int, seed: int) -> list[list[int]]:
    """Return batches of similar length and bounded size in random order, the same for the same seed.

    `window` rows at a time are sorted by length: within it batches are even, between windows they mix.
    """
    rng = random.Random(seed)
    order = list(range(len(tokens)))
    rng.shuffle(order)
    batches: list[list[int]] = []
    for start in range(0, len(order), window):
        chunk = sorted(order[start : start + window], key=lambda i: len(tokens[i]))
        while chunk:
            count = max(1, batch_tokens // len(tokens[chunk[-1]]))
            batches.append(chunk[-count:])
            del chunk[-count:]
    rng.shuffle(batches)
    return batches


def warmed_up(optimiser: torch.optim.Optimizer, *, steps: int, share: float) -> torch.optim.lr_scheduler.LambdaLR:
    """Return a schedule that rises over a share of the steps and falls in a line to zero."""
    warmup = max(1, math.ceil(share * steps))
    return torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / warmup, max(0.0, (steps - step) / max(1, steps - warmup)))
    )


def keep(parts: Mapping[str, Any], step: int, path: Path) -> None:
    """Write the state of a run's parts beside its path, and put it there whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    torch.save({"step": step} | {name: part.state_dict() for name, part in parts.items()}, new)
    new.replace(path)


def taken_up(parts: Mapping[str, Any], path: Path) -> int:
    """Give a run's parts the state that an earlier one left; return the step to go on with, 0 where none did."""
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(state[name])
    return int(state["step"])
