"""Where the shared embedding should be: the base model's own, centred, for part of the rows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from torch.nn import functional

from nlp.encoder.encoder import batches_by_length
from nlp.encoder.heads import pooled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from nlp.encoder.base import Base
    from nlp.training.rows import Row

GENERAL_ROWS: Final = 40_000
"""Rows of general sets that are embedded, beside every row about operators."""
_PREFIX: Final = "query: "
"""What the base was trained to see before a text that is to be compared."""


@dataclass(frozen=True)
class Anchor:
    """Centred unit embeddings (n, hidden) of some rows, where each row's is (-1: none), their centre."""

    embeddings: torch.Tensor
    place: torch.Tensor
    centre: torch.Tensor

    @classmethod
    def of(cls, rows: Sequence[Row], base: Base, work: Path, say: Callable[[str], None]) -> Anchor:
        """Embed rows with the base model; what `work` remembers of an earlier run is not done again."""
        texts: dict[str, None] = {}
        left = GENERAL_ROWS
        for row in rows:
            is_general = "aspects" not in row.targets
            if left > 0 or not is_general:
                left -= is_general
                texts[row.text] = None
        path = work / "anchor.npz"
        known: dict[int, NDArray[np.float16]] = {}
        if path.exists():
            with np.load(path) as stored:
                known = dict(zip(stored["keys"].tolist(), stored["vectors"], strict=True))
        missing = [text for text in texts if text_key(text) not in known]
        if missing:
            say(f"embedding {len(missing):,} rows with the base model")
            known |= dict(zip(map(text_key, missing), embed(base, missing), strict=True))
            np.savez(path, keys=np.array(list(known), dtype=np.uint64), vectors=np.stack(list(known.values())))
        vectors = np.stack([known[text_key(text)] for text in texts]).astype(np.float32)
        centre = vectors.mean(0)
        index = {text: i for i, text in enumerate(texts)}
        return cls(
            embeddings=functional.normalize(torch.from_numpy(vectors - centre), dim=-1),
            place=torch.tensor([index.get(row.text, -1) for row in rows]),
            centre=torch.from_numpy(centre),
        )

    def to(self, device: torch.device) -> Anchor:
        """Return it with its numbers on a device."""
        return Anchor(self.embeddings.to(device), self.place.to(device), self.centre)

    def vectors(self, batch: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """Return which rows of a batch have an embedding, and the embeddings of those."""
        place = self.place[list(batch)]
        return place >= 0, self.embeddings[place[place >= 0]]


def text_key(text: str) -> int:
    """Return the number by which a text is known where it is not kept."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big")


def embed(base: Base, texts: Sequence[str]) -> NDArray[np.float16]:
    """Return the base model's own embeddings: mean-pooled, unit length, shape (texts, hidden)."""
    base.model.train(mode=False)
    tokens = base.tokenizer([_PREFIX + text for text in texts])
    vectors = np.zeros((len(texts), base.model.config.hidden_size), dtype=np.float16)
    for batch in batches_by_length(map(len, tokens)):
        ids, mask = base.batch([tokens[i] for i in batch])
        with torch.inference_mode():
            states = base.model(input_ids=ids, attention_mask=mask).last_hidden_state
            vectors[batch] = functional.normalize(pooled(states, mask)[1], dim=-1).numpy()
    return vectors
