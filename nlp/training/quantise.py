"""From trained float layers to the int8 that ships: measure what the inputs look like, then round."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import torch

from nlp.encoder import batches_by_length
from nlp.int8 import LEVELS, PRODUCTS, Quantised
from nlp.network import padded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from nlp.base import Base

SMOOTHING: Final = 0.7
"""How much of a channel's range the weights take over from the inputs: 0 nothing, 1 all."""
OUTLIERS: Final = 16
"""Feed-forward channels of each layer that are kept in float, those whose values run out furthest."""
_GELU_LOWEST: Final = -0.17
"""GELU is never lower."""


@dataclass
class Ranges:
    """The largest absolute value that each input channel of each product has had, (channels,)."""

    largest: dict[str, torch.Tensor] = field(default_factory=dict)

    def see(self, name: str, x: torch.Tensor) -> None:
        """Take in inputs (tokens, channels) of a product."""
        found = x.abs().amax(0)
        self.largest[name] = torch.maximum(self.largest[name], found) if name in self.largest else found


def measured(base: Base, texts: Sequence[str]) -> Ranges:
    """Run texts through the trained network and return the ranges of its products' inputs."""
    ranges = Ranges()
    real: list[torch.Tensor] = []
    hooks = [module.register_forward_pre_hook(_watch(name, ranges, real)) for name, module in _products(base)]
    tokens = base.tokenizer(texts)
    base.model.train(mode=False)
    for batch in batches_by_length(np.array([len(row) for row in tokens], dtype=np.int64)):
        ids, mask = padded([tokens[i] for i in batch], base.tokenizer.pad)
        real[:] = [mask.bool()]
        with torch.inference_mode():
            base.model(input_ids=ids, attention_mask=mask)
    for hook in hooks:
        hook.remove()
    return ranges


def _products(base: Base) -> Iterator[tuple[str, torch.nn.Module]]:
    for i in range(base.model.config.num_hidden_layers):
        for part in ("attention.self.query", *list(PRODUCTS)[1:]):
            yield f"layer.{i}.{part}", base.model.get_submodule(f"encoder.layer.{i}.{part}")


def _watch(name: str, ranges: Ranges, real: list[torch.Tensor]) -> Callable[..., None]:
    def hook(_module: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        ranges.see(name, inputs[0][real[0]])

    return hook


def quantised(
    layers: Mapping[str, torch.Tensor], ranges: Ranges
) -> tuple[dict[str, torch.Tensor], dict[str, Quantised]]:
    """Return the layers' vectors, with the outlying channels beside them, and their matrices as int8."""
    vectors = {name: tensor.float() for name, tensor in layers.items() if tensor.ndim == 1}
    matrices = {}
    for prefix in sorted({name[: name.index(".", len("layer."))] + "." for name in layers}):
        names = [name for name in layers if name.startswith(prefix) and layers[name].ndim == 2]
        outliers = _outliers(layers, ranges, prefix)
        vectors |= {f"{prefix}outliers.{key}": tensor for key, tensor in outliers.items()}
        shared = torch.cat([layers[name] for name in names if ".self." in name])
        for name in names:
            if name == f"{prefix}output.dense.weight":
                matrices[name] = _down(layers[name].float(), ranges.largest[f"{prefix}output.dense"], outliers["index"])
            else:
                inputs = f"{prefix}attention.self.query" if ".self." in name else name.removesuffix(".weight")
                sharing = shared if ".self." in name else layers[name]
                matrices[name] = _smoothed(layers[name].float(), ranges.largest[inputs], sharing.float())
    return vectors, matrices


def _outliers(layers: Mapping[str, torch.Tensor], ranges: Ranges, prefix: str) -> dict[str, torch.Tensor]:
    index = ranges.largest[f"{prefix}output.dense"].argsort(descending=True)[:OUTLIERS].sort().values
    return {
        "index": index.to(torch.int32),
        "up": layers[f"{prefix}intermediate.dense.weight"][index].float(),
        "bias": layers[f"{prefix}intermediate.dense.bias"][index].float(),
        "down": layers[f"{prefix}output.dense.weight"][:, index].float(),
    }


def _smoothed(weight: torch.Tensor, largest: torch.Tensor, sharing: torch.Tensor) -> Quantised:
    """Share the range between inputs and weights; `sharing` are all the weights on these inputs."""
    smooth = largest.clamp_min(1e-4) ** SMOOTHING / sharing.abs().amax(0).clamp_min(1e-4) ** (1 - SMOOTHING)
    step = float((largest / smooth).max()) / LEVELS
    return _rounded(weight * smooth, smooth, step, 128)


def _down(weight: torch.Tensor, largest: torch.Tensor, outliers: torch.Tensor) -> Quantised:
    """The inputs are GELU's outputs: one scale for all channels, without the outlying ones."""
    inner = torch.ones(len(largest), dtype=torch.bool)
    inner[outliers.long()] = False
    step = (float(largest[inner].max()) - _GELU_LOWEST) / 255
    kept = weight * inner
    return _rounded(kept, torch.ones(len(largest)), step, round(-_GELU_LOWEST / step))


def _rounded(weight: torch.Tensor, smooth: torch.Tensor, step: float, zero: int) -> Quantised:
    scale = weight.abs().amax(1).clamp_min(1e-12) / LEVELS
    return Quantised((weight / scale[:, None]).round().to(torch.int8), scale, smooth, step, zero)
