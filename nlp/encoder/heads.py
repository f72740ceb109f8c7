"""What is read off the encoder's last states: the shared embedding and one head per task.

Each task looks at three summaries of the text: the first token, the mean over tokens, and a
mean in which the task weighs the tokens itself by a learned query (label attention, Mullenbach
et al. 2018). Each aspect has a query of its own, and its sentiment is read from the tokens that
this query picked out. The sentiment toward a brand is read from the tokens of its own name, and from
those that these point to, beside that of the whole text.

This is what is trained, and the reference. `nlp/encoder/graph.py` says the same for what runs; a test
holds both to the same digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import torch
from torch import nn
from torch.nn import functional

from nlp.encoder.weights import CALIBRATED
from nlp.tasks import TASKS, aspects, sentiment, toward

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

_QUERIES: Final = [task.name for task in TASKS if task.name != "aspects"]
_EACH: Final = {task.name for task in TASKS if task.kind == "each"}


@dataclass(frozen=True)
class Outputs:
    """Raw outputs for a batch: `logits` by task, shape (batch, labels), the aspects' sentiment
    of shape (batch, aspects, 3) under `aspect_sentiment`, and where names were given, what is said of
    each brand, (batch, brands, 3), under `brand_sentiment` and `brand_switch`; `embedding`, unit rows
    (batch, hidden)."""

    logits: Mapping[str, torch.Tensor]
    embedding: torch.Tensor


class Heads(nn.Module):
    """All heads. `embedding` turns the mean over tokens into the shared embedding; it was trained
    to agree with the base model's, so that clustering and search see meaning and not only mood.

    `scale` and `shift` calibrate each task's logits (Platt scaling; a temperature where one label
    holds); `cut` is the probability from which a label of an `each` task is said to hold.
    """

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.embedding = nn.Linear(hidden, hidden)
        self.queries = nn.Parameter(torch.zeros(len(_QUERIES) + len(aspects.LABELS), hidden))
        self.tasks = nn.ModuleDict({task.name: nn.Linear(3 * hidden, len(task.labels)) for task in TASKS})
        self.aspect_sentiment = nn.Linear(3 * hidden, len(sentiment.LABELS))
        self.aspect_bias = nn.Parameter(torch.zeros(len(aspects.LABELS), len(sentiment.LABELS)))
        self.name_query = nn.Linear(hidden, hidden, bias=False)
        self.brand_sentiment = nn.Linear(4 * hidden + len(sentiment.LABELS), len(sentiment.LABELS))
        self.brand_switch = nn.Linear(4 * hidden, len(toward.SWITCHES))
        for name, width in CALIBRATED.items():
            self.register_buffer(f"scale_{name}", torch.ones(width))
            self.register_buffer(f"shift_{name}", torch.zeros(width))
            self.register_buffer(f"cut_{name}", torch.full((width,), 0.5))

    @classmethod
    def of(cls, state: Mapping[str, NDArray[np.float32]]) -> Heads:
        """Return the heads of a weights file."""
        heads = cls(state["embedding.weight"].shape[0])
        heads.load_state_dict({name: torch.from_numpy(value) for name, value in state.items()})
        return heads.eval()

    def state(self) -> dict[str, NDArray[np.float32]]:
        """Return what a weights file keeps of them."""
        return {name: tensor.detach().numpy() for name, tensor in self.state_dict().items()}

    def forward(
        self, states: torch.Tensor, mask: torch.Tensor, names: torch.Tensor | None = None, *, dropout: float = 0.0
    ) -> Outputs:
        """Read states (batch, tokens, hidden) where `mask` (batch, tokens) is 1.

        `names`, (batch, brands, tokens), is 1 where a brand's name stands.
        """
        first, mean = pooled(states, mask)
        embedding = functional.normalize(self.embedding(mean), dim=-1)
        states = functional.dropout(states, dropout) if dropout else states
        # The tokens' mean as each query weighs them, (batch, queries, hidden).
        weights = states @ self.queries.T * states.shape[-1] ** -0.5
        weights = weights.masked_fill(mask[..., None] == 0, -torch.inf).softmax(1)
        picked = weights.transpose(1, 2) @ states
        base = functional.dropout(torch.cat([first, mean], -1), dropout)
        logits = {name: self.tasks[name](torch.cat([base, picked[:, i]], -1)) for i, name in enumerate(_QUERIES)}
        by_aspect = torch.cat([base[:, None].expand(-1, len(aspects.LABELS), -1), picked[:, len(_QUERIES) :]], -1)
        weight, bias = self.tasks["aspects"].parameters()
        logits["aspects"] = (by_aspect * weight).sum(-1) + bias
        logits[aspects.SENTIMENT] = self.aspect_sentiment(by_aspect) + self.aspect_bias
        if names is not None:
            own = names @ states / names.sum(-1, keepdim=True).clamp_min(1)
            pointed = self.name_query(own) @ states.transpose(1, 2) * states.shape[-1] ** -0.5
            around = pointed.masked_fill(mask[:, None] == 0, -torch.inf).softmax(-1) @ states
            by_brand = torch.cat([base[:, None].expand(-1, names.shape[1], -1), own, around], -1)
            whole = logits[sentiment.TASK.name].detach()[:, None].expand(-1, names.shape[1], -1)
            logits[toward.SENTIMENT] = self.brand_sentiment(torch.cat([by_brand, whole], -1))
            logits[toward.SWITCH] = self.brand_switch(by_brand)
        return Outputs(logits, embedding)

    def probabilities(self, logits: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Return calibrated probabilities, shaped like the logits."""
        calibrated = self.calibrated(logits).items()
        return {name: raw.sigmoid() if name in _EACH else raw.softmax(-1) for name, raw in calibrated}

    def calibrated(self, logits: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Return the logits of the probabilities that are shown: scaled and shifted."""
        return {
            name: raw * self.get_buffer(f"scale_{name}") + self.get_buffer(f"shift_{name}")
            for name, raw in logits.items()
        }

    def uncalibrate(self) -> None:
        """Take every scale, shift and cut back to what it is before calibration: 1, 0 and 0.5."""
        for name in CALIBRATED:
            self.get_buffer(f"scale_{name}").fill_(1.0)
            self.get_buffer(f"shift_{name}").zero_()
            self.get_buffer(f"cut_{name}").fill_(0.5)

    def cuts(self, task: str) -> torch.Tensor:
        """Return the probability from which each label of a task is said to hold."""
        return self.get_buffer(f"cut_{task}")


def pooled(hidden: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the first token and the mean over real tokens, each of shape (batch, hidden)."""
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return hidden[:, 0], (hidden * weights).sum(1) / weights.sum(1)
