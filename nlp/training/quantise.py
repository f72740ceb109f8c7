"""From trained float layers to the int8 that ships: measure what the inputs look like, then round.

Rounding weighs each error by the inputs that meet it (`nlp/training/gptq.py`). Beside rounding to the
nearest it changed the probabilities of sentiment little more than a third as much, and it costs seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, cast

import torch

from nlp.encoder.encoder import batches_by_length
from nlp.encoder.int8 import HIGHEST_BYTE, LEVELS, PAIR, Quantised
from nlp.training.gptq import rounded_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nlp.encoder.base import Base
    from nlp.encoder.weights import Arrays

SMOOTHING: Final = 0.85
"""How much of a channel's range the weights take over from the inputs: 0 nothing, 1 all."""
OUTLIERS: Final = 16
"""Feed-forward channels of each layer that are kept in float, those whose values run out furthest."""
_GELU_LOWEST: Final = -0.17
"""GELU is never lower."""


@dataclass
class Inputs:
    """What the inputs of one product have been.

    `largest` is the largest absolute value of each channel, (channels,); `moments` are the sums of the
    products of every two channels, (channels, channels).
    """

    largest: torch.Tensor
    moments: torch.Tensor

    @classmethod
    def none(cls, channels: int) -> Inputs:
        """Return what is known before the first input."""
        return cls(torch.zeros(channels), torch.zeros(channels, channels))

    def see(self, x: torch.Tensor) -> None:
        """Take in inputs (tokens, channels)."""
        self.largest = torch.maximum(self.largest, x.abs().amax(0))
        self.moments.addmm_(x.t(), x)


def measured(base: Base, texts: Sequence[str]) -> dict[str, Inputs]:
    """Run texts through the trained network and return what the inputs of each product were."""
    products: dict[str, torch.nn.Linear] = {}
    for i in range(base.model.config.num_hidden_layers):
        for part in ("attention.self.query", "attention.output.dense", "intermediate.dense", "output.dense"):
            module = base.model.get_submodule(f"encoder.layer.{i}.{part}")
            products[f"layer.{i}.{part}"] = cast("torch.nn.Linear", module)
    inputs = {name: Inputs.none(module.in_features) for name, module in products.items()}
    real: list[torch.Tensor] = []

    def watch(name: str, _module: torch.nn.Module, given: tuple[torch.Tensor, ...]) -> None:
        inputs[name].see(given[0][real[0]])

    hooks = [module.register_forward_pre_hook(partial(watch, name)) for name, module in products.items()]
    tokens = base.tokenizer(texts)
    base.model.train(mode=False)
    for batch in batches_by_length(map(len, tokens)):
        ids, mask = base.batch([tokens[i] for i in batch])
        real[:] = [mask.bool()]
        with torch.inference_mode():
            base.model(input_ids=ids, attention_mask=mask)
    for hook in hooks:
        hook.remove()
    return inputs


def quantised(layers: Mapping[str, torch.Tensor], inputs: Mapping[str, Inputs]) -> tuple[Arrays, dict[str, Quantised]]:
    """Return the layers' vectors, with the outlying channels beside them, and their matrices as int8."""
    vectors = {name: tensor.float().numpy() for name, tensor in layers.items() if tensor.ndim == 1}
    matrices = {}
    for prefix in sorted({name[: name.index(".", len("layer."))] + "." for name in layers}):
        names = [name for name in layers if name.startswith(prefix) and layers[name].ndim == 2]
        index = inputs[f"{prefix}output.dense"].largest.argsort(descending=True)[:OUTLIERS].sort().values
        outliers = {
            "index": index.to(torch.int32),
            "up": layers[f"{prefix}intermediate.dense.weight"][index].float(),
            "bias": layers[f"{prefix}intermediate.dense.bias"][index].float(),
            "down": layers[f"{prefix}output.dense.weight"][:, index].float(),
        }
        vectors |= {f"{prefix}outliers.{key}": tensor.numpy() for key, tensor in outliers.items()}
        shared = torch.cat([layers[name] for name in names if ".self." in name])
        for name in names:
            given = inputs[f"{prefix}attention.self.query" if ".self." in name else name.removesuffix(".weight")]
            if name == f"{prefix}output.dense.weight":
                # The inputs are GELU's outputs, which lie on one side; the outlying channels take no part.
                inner = torch.ones(len(given.largest))
                inner[index] = 0
                smooth = _shared(given.largest.clamp_min(-_GELU_LOWEST), layers[name].float())
                lowest = _GELU_LOWEST / float(smooth[inner > 0].min())
                step = (float((given.largest * inner / smooth).max()) - lowest) / HIGHEST_BYTE
                moments = given.moments * inner[:, None] * inner
                matrices[name] = _rounded(layers[name].float() * inner, moments, smooth, step, round(-lowest / step))
            else:
                # Inputs and all the weights on them share the range.
                sharing = shared if ".self." in name else layers[name]
                smooth = _shared(given.largest, sharing.float())
                step = float((given.largest / smooth).max()) / LEVELS
                matrices[name] = _rounded(layers[name].float(), given.moments, smooth, step, 128)
    return vectors, matrices


def _shared(largest: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Return what each input channel is divided by and its weights are multiplied with (SmoothQuant)."""
    return largest.clamp_min(1e-4) ** SMOOTHING / weights.abs().amax(0).clamp_min(1e-4) ** (1 - SMOOTHING)


def _rounded(weight: torch.Tensor, moments: torch.Tensor, smooth: torch.Tensor, step: float, zero: int) -> Quantised:
    """Round a matrix whose inputs had these moments before they are divided by `smooth`."""
    smoothed = weight * smooth
    size = smoothed.abs()
    pairs = (size[:, 0::2] + size[:, 1::2]).amax(1)
    scale = torch.maximum(size.amax(1) / LEVELS, pairs / PAIR).clamp_min(1e-12)
    levels = rounded_columns(smoothed / scale[:, None], moments / smooth[:, None] / smooth)
    return Quantised(levels.numpy(), scale.numpy(), smooth.numpy(), step, zero)
