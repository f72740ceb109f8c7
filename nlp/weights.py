"""Earshot's own weights: int8 layers and float heads in one small safetensors file.

Each matrix of the encoder's layers is stored as int8 rows with one float32 scale a row
(symmetric, largest weight = 127); everything else is float32 or float16. The file holds
whole layers and not a difference, so it fits any copy of the base encoder whose word
embeddings are the published ones, packed or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from domain.errors import ModelError
from nlp.heads import Heads
from nlp.shipped import revision_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMAT: Final = "earshot-layers-int8-v2"
_SCALE: Final = ".scale"


@dataclass(frozen=True)
class Trained:
    """A weights file as read: layer tensors (float32), heads, and what made them."""

    layers: dict[str, torch.Tensor]
    heads: Heads
    name: str
    revision: str


def save(path: Path, *, layers: Mapping[str, torch.Tensor], heads: Heads, name: str) -> str:
    """Write a weights file and return its revision: the first 12 hex digits of its SHA-256."""
    tensors: dict[str, torch.Tensor] = {}
    for key, tensor in layers.items():
        if tensor.ndim == 2:
            scale = tensor.abs().amax(1).clamp_min(1e-12) / 127.0
            tensors["layers." + key] = (tensor / scale[:, None]).round().to(torch.int8)
            tensors["layers." + key + _SCALE] = scale.to(torch.float32)
        else:
            tensors["layers." + key] = tensor.to(torch.float32)
    tensors |= {"heads." + key: tensor.detach().to(torch.float32) for key, tensor in heads.state_dict().items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({k: v.contiguous() for k, v in tensors.items()}, path, metadata={"format": FORMAT, "name": name})
    return revision_of(path)


def load(path: Path) -> Trained:
    """Read a weights file.

    Raises:
        ModelError: the file is missing or of another format.
    """
    revision = revision_of(path)
    with safe_open(path, framework="pt") as file:
        metadata: dict[str, Any] = file.metadata() or {}
        if metadata.get("format") != FORMAT:
            raise ModelError(f"{path} is not of the format {FORMAT}")
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a dict
    layers = {
        key.removeprefix("layers."): _unpacked(key, tensors)
        for key in tensors
        if key.startswith("layers.") and not key.endswith(_SCALE)
    }
    head_state = {key.removeprefix("heads."): t for key, t in tensors.items() if key.startswith("heads.")}
    heads = Heads(head_state["embedding.weight"].shape[0])
    try:
        heads.load_state_dict(head_state)
    except RuntimeError as error:
        raise ModelError(f"{path} holds other heads than this version of Earshot reads; train it again") from error
    return Trained(layers=layers, heads=heads.eval(), name=metadata["name"], revision=revision)


def _unpacked(key: str, tensors: Mapping[str, torch.Tensor]) -> torch.Tensor:
    scale = tensors.get(key + _SCALE)
    return tensors[key].to(torch.float32) * scale[:, None] if scale is not None else tensors[key]
