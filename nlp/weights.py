"""Earshot's own weights: int8 layers and float heads in one small safetensors file.

Each matrix of the encoder's layers is stored as int8 rows with one float32 scale a row
(symmetric, largest weight = 127), together with how its inputs become bytes (`nlp/int8.py`);
everything else is float32. The file holds whole layers and not a difference, so it fits any copy
of the base encoder whose word embeddings are the published ones, packed or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from safetensors import safe_open
from safetensors.torch import save_file

from domain.errors import ModelError
from nlp.heads import Heads
from nlp.int8 import Quantised
from nlp.shipped import present, revision_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import torch

FORMAT: Final = "earshot-layers-int8-v3"
_PARTS: Final = ("scale", "smooth", "step", "zero")


@dataclass(frozen=True)
class Trained:
    """A weights file as read: the layers' vectors and int8 matrices, heads, the name of what made them."""

    vectors: Mapping[str, torch.Tensor]
    matrices: Mapping[str, Quantised]
    heads: Heads
    name: str
    path: Path

    @cached_property
    def revision(self) -> str:
        """The file's revision. Hashed where it is asked for: whoever only reads posts has it from `nlp.shipped`."""
        return revision_of(self.path)

    @cached_property
    def layers(self) -> dict[str, torch.Tensor]:
        """All layer tensors in float32, under transformers' names; outlying channels back in place."""
        layers = {name: tensor for name, tensor in self.vectors.items() if ".outliers." not in name}
        layers |= {name: matrix.matrix() for name, matrix in self.matrices.items()}
        for name in [name for name in self.vectors if name.endswith("outliers.index")]:
            prefix, index = name.removesuffix("outliers.index"), self.vectors[name].long()
            layers[f"{prefix}intermediate.dense.weight"][index] = self.vectors[f"{prefix}outliers.up"]
            layers[f"{prefix}output.dense.weight"][:, index] = self.vectors[f"{prefix}outliers.down"]
        return layers


def save(
    path: Path,
    *,
    vectors: Mapping[str, torch.Tensor],
    matrices: Mapping[str, Quantised],
    heads: Heads,
    name: str,
) -> str:
    """Write a weights file and return its revision: the first 12 hex digits of its SHA-256."""
    import torch

    tensors = {f"layers.{key}": tensor for key, tensor in vectors.items()}
    for key, matrix in matrices.items():
        tensors[f"layers.{key}"] = matrix.weight
        parts = (matrix.scale, matrix.smooth, torch.tensor(matrix.step), torch.tensor(matrix.zero))
        tensors |= {f"layers.{key}.{part}": value for part, value in zip(_PARTS, parts, strict=True)}
    tensors |= {f"heads.{key}": tensor.detach() for key, tensor in heads.state_dict().items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({k: v.contiguous() for k, v in tensors.items()}, path, metadata={"format": FORMAT, "name": name})
    return revision_of(path)


def load(path: Path) -> Trained:
    """Read a weights file.

    Raises:
        ModelError: the file is missing or of another format.
    """
    with safe_open(present(path), framework="pt") as file:
        metadata: dict[str, Any] = file.metadata() or {}
        if metadata.get("format") != FORMAT:
            raise ModelError(f"{path} is not of the format {FORMAT}")
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a dict
    layers = {key.removeprefix("layers."): t for key, t in tensors.items() if key.startswith("layers.")}
    matrices = {
        key.removesuffix(".scale"): _quantised(layers, key.removesuffix(".scale"))
        for key in layers
        if key.endswith(".scale")
    }
    vectors = {
        key: tensor for key, tensor in layers.items() if key not in matrices and key.rpartition(".")[0] not in matrices
    }
    return Trained(vectors, matrices, _heads(path, tensors), metadata["name"], path)


def _quantised(layers: Mapping[str, torch.Tensor], key: str) -> Quantised:
    scale, smooth, step, zero = (layers[f"{key}.{part}"] for part in _PARTS)
    return Quantised(layers[key], scale, smooth, float(step), int(zero))


def _heads(path: Path, tensors: Mapping[str, torch.Tensor]) -> Heads:
    state = {key.removeprefix("heads."): t for key, t in tensors.items() if key.startswith("heads.")}
    heads = Heads(state["embedding.weight"].shape[0])
    try:
        heads.load_state_dict(state)
    except RuntimeError as error:
        raise ModelError(f"{path} holds other heads than this version of Earshot reads; train it again") from error
    return heads.eval()
