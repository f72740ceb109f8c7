"""Earshot's own weights: int8 layers and float heads in one small safetensors file.

Each matrix of the encoder's layers is stored as int8 rows with one float32 scale a row
(symmetric, largest weight = 127), together with how its inputs become bytes (`nlp/encoder/int8.py`);
everything else is float32. The file holds whole layers and not a difference, so it fits any copy
of the base encoder whose word embeddings are the published ones, packed or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from domain.errors import ModelError
from nlp.encoder.int8 import PAIR, Quantised
from nlp.encoder.shipped import present, revision_of
from nlp.tasks import TASKS, aspects, sentiment, toward

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[Any]]

FORMAT: Final = "earshot-layers-int8-v3"
CALIBRATION: Final = ("scale", "shift", "cut")
CALIBRATED: Final[Mapping[str, int]] = {
    **{task.name: 1 if task.kind == "one" else len(task.labels) for task in TASKS},
    aspects.SENTIMENT: 1,
    toward.SENTIMENT: 1,
    toward.SWITCH: 1,
}
"""How many numbers of each kind calibrate a task."""
_PARTS: Final = ("scale", "smooth", "step", "zero")


@dataclass(frozen=True)
class Trained:
    """A weights file as read: the layers' vectors and int8 matrices, the heads' state, the name of what made them."""

    vectors: Arrays
    matrices: Mapping[str, Quantised]
    heads: Arrays
    name: str
    path: Path

    @cached_property
    def revision(self) -> str:
        """The file's revision. Hashed where it is asked for: who only reads posts has it from `nlp.encoder.shipped`."""
        return revision_of(self.path)

    @cached_property
    def layers(self) -> dict[str, NDArray[np.float32]]:
        """All layer tensors in float32, under transformers' names; outlying channels back in place."""
        layers = {name: vector for name, vector in self.vectors.items() if ".outliers." not in name}
        layers |= {name: matrix.matrix() for name, matrix in self.matrices.items()}
        for name in [name for name in self.vectors if name.endswith("outliers.index")]:
            prefix, index = name.removesuffix("outliers.index"), self.vectors[name]
            layers[f"{prefix}intermediate.dense.weight"][index] = self.vectors[f"{prefix}outliers.up"]
            layers[f"{prefix}output.dense.weight"][:, index] = self.vectors[f"{prefix}outliers.down"]
        return layers


def save(path: Path, *, vectors: Arrays, matrices: Mapping[str, Quantised], heads: Arrays, name: str) -> str:
    """Write a weights file and return its revision: the first 12 hex digits of its SHA-256."""
    arrays = {f"layers.{key}": vector for key, vector in vectors.items()}
    for key, matrix in ((key, matrix.bounded()) for key, matrix in matrices.items()):
        arrays[f"layers.{key}"] = matrix.weight
        parts = (matrix.scale, matrix.smooth, np.array(matrix.step, np.float32), np.array(matrix.zero))
        arrays |= {f"layers.{key}.{part}": value for part, value in zip(_PARTS, parts, strict=True)}
    arrays |= {f"heads.{key}": value for key, value in heads.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    contiguous = {key: np.array(value, order="C") for key, value in arrays.items()}
    save_file(contiguous, path, metadata={"format": FORMAT, "name": name, "pair": str(PAIR)})
    return revision_of(path)


def load(path: Path) -> Trained:
    """Read a weights file.

    Raises:
        ModelError: the file is missing, damaged, of another format, or made for other labels.
    """
    try:
        with safe_open(present(path), framework="numpy") as file:
            metadata: dict[str, Any] = file.metadata() or {}
            if metadata.get("format") != FORMAT:
                raise ModelError(f"{path} is not of the format {FORMAT}")
            arrays = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a dict
        trained = _trained(arrays, metadata["name"], path, bounded=metadata.get("pair") == str(PAIR))
    except (OSError, SafetensorError, LookupError, TypeError, ValueError, ArithmeticError) as error:
        raise ModelError(f"{path} is no whole weights file ({error}); make it again") from None
    width = trained.heads["queries"].shape[-1] if "queries" in trained.heads else 0
    if {name: array.shape for name, array in trained.heads.items()} != head_shapes(width):
        raise ModelError(f"{path} holds other heads than this version of Earshot reads; train it again")
    numbers = (*trained.vectors.values(), *trained.heads.values(), *(m.scale for m in trained.matrices.values()))
    if not all(np.isfinite(array).all() for array in numbers):
        raise ModelError(f"{path} holds numbers that are none; make it again")
    return trained


def _trained(arrays: Arrays, name: str, path: Path, *, bounded: bool) -> Trained:
    layers = {key.removeprefix("layers."): array for key, array in arrays.items() if key.startswith("layers.")}
    heads = {key.removeprefix("heads."): array for key, array in arrays.items() if key.startswith("heads.")}
    matrices = {}
    for key in [key.removesuffix(".scale") for key in layers if key.endswith(".scale")]:
        scale, smooth, step, zero = (layers[f"{key}.{part}"] for part in _PARTS)
        matrix = Quantised(layers[key], scale, smooth, float(step), int(zero))
        # Files of earlier versions were made for processors with VNNI.
        matrices[key] = matrix if bounded else matrix.bounded()
    vectors = {
        key: array for key, array in layers.items() if key not in matrices and key.rpartition(".")[0] not in matrices
    }
    return Trained(vectors, matrices, heads, name, path)


def head_shapes(hidden: int) -> dict[str, tuple[int, ...]]:
    """Return the shape of everything that is kept of the heads on states of a width, by name."""
    linear = {f"tasks.{task.name}": (len(task.labels), 3 * hidden) for task in TASKS}
    linear |= {"embedding": (hidden, hidden), "aspect_sentiment": (len(sentiment.LABELS), 3 * hidden)}
    shapes: dict[str, tuple[int, ...]] = {f"{name}.weight": shape for name, shape in linear.items()}
    shapes |= {f"{name}.bias": shape[:1] for name, shape in linear.items()}
    seen = {toward.SENTIMENT: 4 * hidden + len(sentiment.LABELS), toward.SWITCH: 4 * hidden}
    shapes |= {f"{name}.weight": (len(sentiment.LABELS), width) for name, width in seen.items()}
    shapes |= {f"{name}.bias": (len(sentiment.LABELS),) for name in seen}
    shapes["name_query.weight"] = (hidden, hidden)
    shapes["queries"] = (len(TASKS) - 1 + len(aspects.LABELS), hidden)
    shapes["aspect_bias"] = (len(aspects.LABELS), len(sentiment.LABELS))
    return shapes | {f"{part}_{name}": (width,) for name, width in CALIBRATED.items() for part in CALIBRATION}
