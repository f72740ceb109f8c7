"""One pass of the one encoder: texts in; every task's probabilities and an embedding per text out.

Texts are sorted by length and batched by their number of tokens, so that little is spent on
padding; equal texts are read once. Each batch has one thread to itself: the layers' products are
too small to share one between two.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
import torch

from domain.errors import ModelError
from nlp.copies import once_each
from nlp.int8 import int8_layers, is_fast
from nlp.network import Network, PackedEmbedding, float_layers, laid_out, packed_embedding_state
from nlp.packed import find_packed_file, read_packed
from nlp.shipped import WEIGHTS
from nlp.tasks import TASKS, aspects, sentiment
from nlp.tokens import TextTokenizer, unigram_tokenizer
from nlp.weights import Trained, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from domain.config import NlpSettings

PRECISIONS: Final = ("auto", "int8", "float32")
TOKENS_PER_READER: Final = 768
"""Tokens in one forward pass of one thread: enough to fill a core, few enough for its cache and to share out evenly."""
TOKENS_PER_BATCH: Final = 2_048
"""Padded tokens in one forward pass of a network that takes all threads for each product."""


@dataclass(frozen=True)
class Readings:
    """What one pass gives for n texts.

    `probabilities` by task, shape (n, labels), and the aspects' sentiment, (n, aspects, 3), all
    calibrated; `embeddings` (n, width), unit length.
    """

    probabilities: Mapping[str, NDArray[np.float32]]
    embeddings: NDArray[np.float32]

    @property
    def sentiment(self) -> NDArray[np.float32]:
        """Negative, neutral and positive per text, shape (n, 3), rows sum to 1."""
        return self.probabilities[sentiment.TASK.name]

    def at(self, index: NDArray[np.int64]) -> Readings:
        """Return the readings of the texts at an index, in its order."""
        return Readings({name: rows[index] for name, rows in self.probabilities.items()}, self.embeddings[index])

    @classmethod
    def empty(cls, count: int, width: int) -> Readings:
        """Return room for `count` texts, all zero."""
        shapes = {task.name: (count, len(task.labels)) for task in TASKS}
        rooms = {name: np.zeros(shape, dtype=np.float32) for name, shape in shapes.items()}
        by_aspect = np.zeros((count, len(aspects.LABELS), len(sentiment.LABELS)), dtype=np.float32)
        return cls(rooms | {aspects.SENTIMENT: by_aspect}, np.zeros((count, width), dtype=np.float32))


class Readers(Protocol):
    """What reads batches: threads of their own, or whoever asks."""

    def map(self, read: Callable[[NDArray[np.int64]], None], batches: Iterable[NDArray[np.int64]], /) -> Iterator[None]:
        """Read every batch."""


class InTurn:
    """Reads one batch after the other, with torch's own threads in each product: to compare with."""

    def map(self, read: Callable[[NDArray[np.int64]], None], batches: Iterable[NDArray[np.int64]], /) -> Iterator[None]:
        """Read every batch."""
        return map(read, batches)


class Encoder:
    """The encoder with Earshot's heads, ready to read, in batches of at most `tokens_per_batch`."""

    tokens_per_batch: int = TOKENS_PER_READER

    def __init__(self, network: Network, tokenizer: TextTokenizer, trained: Trained) -> None:
        self._network = network
        self.readers: Readers = ThreadPoolExecutor(torch.get_num_threads(), "reader", torch.set_num_threads, (1,))
        self._heads = trained.heads
        self.tokenizer = tokenizer
        self.operations_per_token = 2 * sum(matrix.weight.numel() for matrix in trained.matrices.values())

    @classmethod
    def open(cls, settings: NlpSettings, *, weights: Path = WEIGHTS) -> Encoder:
        """Load the encoder that the settings name, with Earshot's layers and heads on it.

        Raises:
            ModelError: something is missing or does not fit.
        """
        if settings.threads:
            torch.set_num_threads(settings.threads)
        trained = load(weights)
        if settings.encoder:
            return cls._on_hub_base(settings, trained)
        packed = read_packed(find_packed_file())
        network = _network(
            PackedEmbedding(packed.matrices["emb.word"]),
            packed_embedding_state(packed),
            trained,
            settings,
            heads=packed.shape.heads,
            epsilon=packed.shape.norm_epsilon,
        )
        return cls(network, unigram_tokenizer(packed.vocabulary), trained)

    @classmethod
    def _on_hub_base(cls, settings: NlpSettings, trained: Trained) -> Encoder:
        from nlp.base import hub_base  # transformers takes seconds to import

        base = hub_base(settings.encoder, settings.encoder_revision)
        config = base.model.config
        if config.hidden_size != trained.heads.embedding.in_features:
            raise ModelError(f"the trained layers do not fit {settings.encoder}, which is {config.hidden_size} wide")
        network = _network(
            base.model.embeddings.word_embeddings,
            {name: t for name, t in base.model.state_dict().items() if name.startswith("embeddings.")},
            trained,
            settings,
            heads=config.num_attention_heads,
            epsilon=config.layer_norm_eps,
        )
        return cls(network, base.tokenizer, trained)

    def read(self, texts: Sequence[str]) -> Readings:
        """Read texts that `nlp.clean.model_text` has prepared; equal texts are read once."""
        unique, place = once_each(texts, texts)
        tokens = self.tokenizer(unique)
        readings = Readings.empty(len(unique), self._heads.embedding.out_features)
        lengths = np.array([len(row) for row in tokens], dtype=np.int64)
        batches = batches_by_length(lengths, self.tokens_per_batch)
        for _ in self.readers.map(partial(self._read_batch, tokens, readings), batches):
            pass  # what went wrong in a thread is raised here
        return readings.at(place)

    def _read_batch(self, tokens: Sequence[Sequence[int]], readings: Readings, batch: NDArray[np.int64]) -> None:
        """Fill in the readings of the texts of a batch, equal lengths together."""
        laid = laid_out([tokens[i] for i in batch])
        start = 0
        with torch.inference_mode():
            for states in laid.split(self._network(laid)):
                place = batch[start : start + len(states)]
                start += len(states)
                outputs = self._heads(states, torch.ones(states.shape[:2]))
                for name, found in self._heads.probabilities(outputs.logits).items():
                    readings.probabilities[name][place] = found.numpy()
                readings.embeddings[place] = outputs.embedding.numpy()

    def cuts(self, task: str) -> list[float]:
        """Return the probability from which each label of a task is said to hold."""
        return [float(cut) for cut in self._heads.cuts(task)]


def _network(
    words: Callable[[torch.Tensor], torch.Tensor],
    embeddings: Mapping[str, torch.Tensor],
    trained: Trained,
    settings: NlpSettings,
    *,
    heads: int,
    epsilon: float,
) -> Network:
    """Return the network in the arithmetic that the settings name, or that is fastest here."""
    if settings.precision not in PRECISIONS:
        raise ModelError(f"nlp.precision is {settings.precision!r}; it can be {', '.join(PRECISIONS)}")
    if settings.precision == "int8" or (settings.precision == "auto" and is_fast()):
        layers = int8_layers(trained.vectors, trained.matrices)
        return Network(words, embeddings, layers, heads=heads, epsilon=epsilon)
    dtype = fastest_dtype() if settings.precision == "auto" else torch.float32
    return Network(words, embeddings, float_layers(trained.layers, dtype), heads=heads, epsilon=epsilon, dtype=dtype)


def batches_by_length(lengths: NDArray[np.int64], tokens: int = TOKENS_PER_BATCH) -> Iterator[NDArray[np.int64]]:
    """Yield index arrays, longest texts first, each batch at most `tokens` tokens, padded ones included."""
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        count = max(1, tokens // int(lengths[order[start]]))
        yield order[start : start + count]
        start += count


def fastest_dtype() -> torch.dtype:
    """Return bfloat16 where the processor has matrix units for it (AMX), else float32.

    Without such units bfloat16 took twice as long as float32 where it was measured. What is
    chosen depends on the processor alone, so the same machine always gives the same digits.
    """
    return torch.bfloat16 if torch.cpu.get_capabilities().get("amx_bf16") else torch.float32
