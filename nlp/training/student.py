"""A smaller encoder that reads as the one that ships does: some of its layers, taught to do the work of all.

The student begins as every other layer of its teacher, under the teacher's heads. For each text it is led to the
states that the teacher has after the layers that it stands for (Jiao et al. 2020, TinyBERT), each channel weighed
by how much it varies, and to what the teacher's heads say at the end (Hinton et al. 2015, Distilling the knowledge
in a neural network). Labels take no part: what the teacher says of a text was learned from them, and speaks of every
task. A run goes on from its last checkpoint.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import torch
from torch import nn
from torch.nn import functional

from nlp.encoder.base import Base, packed_base
from nlp.encoder.heads import Heads
from nlp.tasks import TASK
from nlp.training.learn import averaged
from nlp.training.steps import keep, names_in, planned, taken_up, to_fastest, warmed_up

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from nlp.encoder.weights import Trained
    from nlp.training.rows import Row

LAST_STATES: Final = 2.0
"""How much the states at the end count beside those after each earlier layer."""


FURTHER: Final[Mapping[str, float]] = {"learning_rate": 1.5e-4, "said_weight": 3.0}
"""What is otherwise in the recipe of a run that goes on from an earlier student."""


@dataclass(frozen=True, kw_only=True)
class StudentRecipe:
    """Everything that decides what a student learns, beside its teacher and the texts. `most_steps` 0: all of them.

    A run that goes on from an earlier student ends in the mean of both, `kept_of_start` of the earlier one.
    `own_repeat` is how often each pass sees the rows that were written for Earshot, and `most_others` how many other
    texts it sees at most (0: all of them): what few rows speak of is learned in a second, shorter run on the first
    one's weights. `bfloat16` multiplies in it: half as much again in the same time, where the processor has units.
    """

    layers: tuple[int, ...] = (1, 3, 5, 7, 9, 11)
    seed: int = 0
    passes: int = 2
    own_repeat: int = 1
    most_others: int = 0
    kept_of_start: float = 0.5
    batch_tokens: int = 1_408
    learning_rate: float = 4e-4
    heads_learning_rate: float = 1e-4
    warmup_share: float = 0.03
    weight_decay: float = 0.01
    said_weight: float = 1.0
    most_steps: int = 0
    bfloat16: bool = False
    checkpoint_every: int = 200


@dataclass(frozen=True)
class Read:
    """An encoder with heads, as a teacher or a student reads: the states after each layer, and what the heads say."""

    base: Base
    heads: Heads

    @classmethod
    def of(cls, trained: Trained, layers: Sequence[int] | None = None) -> Read:
        """Return the network of a weights file, however many layers it has, or of some of its layers alone."""
        base = packed_base()
        kept = trained.layers
        _keep_layers(base, range(len({name.split(".")[1] for name in kept})))
        base.put(kept)
        if layers is not None:
            _keep_layers(base, layers)
        for module in base.model.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0
        base.model.embeddings.requires_grad_(requires_grad=False)
        heads = Heads.of(trained.heads)
        to_fastest(base.model, heads)
        return cls(base, heads)

    def __call__(
        self, ids: torch.Tensor, mask: torch.Tensor, names: torch.Tensor
    ) -> tuple[tuple[torch.Tensor, ...], torch.Tensor, Any]:
        """Return the states after each layer, each (batch, tokens, hidden), the embedding and calibrated logits."""
        found = self.base.model(input_ids=ids, attention_mask=mask, output_hidden_states=True)
        outputs = self.heads(found.last_hidden_state, mask, names)
        return found.hidden_states[1:], outputs.embedding, self.heads.calibrated(outputs.logits)


def _keep_layers(base: Base, kept: Sequence[int]) -> None:
    base.model.encoder.layer = nn.ModuleList([base.model.encoder.layer[i] for i in kept])
    base.model.config.num_hidden_layers = len(kept)


def lessons(rows: Iterable[Row], own: Collection[str], recipe: StudentRecipe) -> list[Row]:
    """Return what each pass sees: rows of our own texts as often as the recipe says, and as many others as it allows.

    Of rows with the same text the one that names the most brands is seen.
    """
    distinct: dict[str, Row] = {}
    for row in rows:
        if row.text not in distinct or len(row.names) > len(distinct[row.text].names):
            distinct[row.text] = row
    ours = [row for text, row in distinct.items() if text in own]
    others = [row for text, row in distinct.items() if text not in own]
    return ours * recipe.own_repeat + others[: recipe.most_others or None]


def distilled(
    teacher: Trained,
    rows: Sequence[Row],
    work: Path,
    recipe: StudentRecipe,
    say: Callable[[str], None],
    *,
    start: Trained | None = None,
) -> Read:
    """Teach a student on the texts of rows, each seen once in every pass, and return it.

    It begins as the teacher's own layers, or as an earlier student (`start`).
    """
    torch.manual_seed(recipe.seed)
    knows, student = Read.of(teacher), Read.of(start) if start else Read.of(teacher, recipe.layers)
    tokens, named = student.base.tokenizer.named([row.text for row in rows], [row.names for row in rows])
    batches = [
        batch
        for number in range(recipe.passes)
        for batch in planned(tokens, batch_tokens=recipe.batch_tokens, window=4_096, seed=recipe.seed + number)
    ][: recipe.most_steps or None]
    groups = [
        {"params": list(student.base.model.encoder.parameters()), "lr": recipe.learning_rate},
        {"params": list(student.heads.parameters()), "lr": recipe.heads_learning_rate},
    ]
    optimiser = torch.optim.AdamW(groups, weight_decay=recipe.weight_decay, fused=True)
    schedule = warmed_up(optimiser, steps=len(batches), share=recipe.warmup_share)
    parts: dict[str, Any] = {
        "layers": student.base.model.encoder,
        "heads": student.heads,
        "optimiser": optimiser,
        "schedule": schedule,
    }
    kept = work / "student.pt"
    first, began = taken_up(parts, kept), time.monotonic()
    for step in range(first, len(batches)):
        ids, mask = student.base.batch([tokens[i] for i in batches[step]])
        names = names_in([named[i] for i in batches[step]], mask)
        with torch.autocast(ids.device.type, torch.bfloat16, enabled=recipe.bfloat16):
            losses = _losses(knows, student, recipe.layers, (ids, mask, names))
        loss = losses["states"] + losses["embedding"] + recipe.said_weight * losses["said"]
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        for group in optimiser.param_groups:
            nn.utils.clip_grad_norm_(group["params"], 1.0)
        optimiser.step()
        schedule.step()
        if (step + 1) % recipe.checkpoint_every == 0 or step + 1 == len(batches):
            keep(parts, step + 1, kept)
        if (step + 1) % 50 == 0:
            left_s = (time.monotonic() - began) / (step + 1 - first) * (len(batches) - step - 1)
            told = " ".join(f"{name} {value.item():.3f}" for name, value in losses.items())
            say(f"student: step {step + 1}/{len(batches)} {told} about {left_s / 60:.0f} min left")
    if start is not None:
        averaged(student.base, student.heads, start, recipe.kept_of_start)
    student.base.model.cpu()
    student.heads.cpu()
    return student


def _losses(
    knows: Read, student: Read, layers: Sequence[int], batch: tuple[torch.Tensor, torch.Tensor, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Return how far a student is from its teacher: in its states, its embedding and what it says.

    `batch` is ids, mask and names, see `Heads`.
    """
    _, mask, names = batch
    real, asked = mask.bool(), names.any(-1)
    with torch.no_grad():
        states, embedding, logits = knows(*batch)
    own_states, own_embedding, own_logits = student(*batch)
    distances = []
    for layer, own in zip(layers, own_states, strict=True):
        wanted = states[layer][real].float()
        # A few channels run far out; measured by their own spread they count like the others.
        distances.append((((own[real].float() - wanted) ** 2).mean(0) / wanted.var(0).clamp_min(1e-4)).mean())
    last = LAST_STATES * distances[-1]
    return {
        "states": (torch.stack(distances[:-1]).sum() + last) / (len(distances) - 1 + LAST_STATES),
        "embedding": (1 - (own_embedding * embedding).sum(-1)).mean(),
        "said": _divergence(own_logits, logits, asked),
    }


def _divergence(
    own: Mapping[str, torch.Tensor], wanted: Mapping[str, torch.Tensor], asked: torch.Tensor
) -> torch.Tensor:
    """Return the mean over tasks of how far probabilities are from those wanted (Kullback-Leibler).

    Of the brands only those are `asked` about that a text names, (batch, brands).
    """
    found = []
    for task, logits in wanted.items():
        if task in TASK and TASK[task].kind == "each":
            yes, no = functional.logsigmoid(logits), functional.logsigmoid(-logits)
            gap = yes.exp() * (yes - functional.logsigmoid(own[task])) + no.exp() * (
                no - functional.logsigmoid(-own[task])
            )
            found.append(gap.sum(-1).mean())
        else:
            wished, said = logits.log_softmax(-1), own[task].log_softmax(-1)
            gap = functional.kl_div(said, wished, reduction="none", log_target=True).sum(-1)
            found.append((gap * asked).sum() / len(gap) if gap.shape == asked.shape else gap.mean())
    return torch.stack(found).mean()
