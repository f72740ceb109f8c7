"""One pass of the one encoder: texts in; every task's probabilities and an embedding per text out.

Texts are sorted by length and batched by their number of tokens, so that little is spent on
padding; equal texts are read once.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from domain.errors import ModelError
from nlp.encoder.graph import EMBEDDING, EncoderShape, whole_graph
from nlp.encoder.network import Embeddings, Network, has_byte_units
from nlp.encoder.packed import find_packed_file, read_packed
from nlp.encoder.shipped import WEIGHTS
from nlp.encoder.tokens import TextTokenizer, unigram_tokenizer
from nlp.encoder.weights import Trained, load
from nlp.tasks import TASKS, aspects, sentiment, toward

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from openvino import Model

    from domain.config import NlpSettings
    from nlp.encoder.names import Names

Asked = TypeVar("Asked")
INT8, FLOAT = "int8", "float32"
PRECISIONS: Final = ("auto", INT8, FLOAT)
TOKENS_PER_BATCH: Final = 768
"""Tokens in one forward pass: enough to fill a core, few enough for its cache and to share out evenly."""


@dataclass(frozen=True)
class Readings:
    """What one pass gives for n texts.

    `probabilities` by task, shape (n, labels), the aspects' sentiment, (n, aspects, 3), and what is said of
    each brand that was shown to stand in a text, (n, `toward.MOST`, 3), all calibrated; `embeddings`
    (n, width), unit length.
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
        inner = {
            aspects.SENTIMENT: (len(aspects.LABELS), len(sentiment.LABELS)),
            toward.SENTIMENT: (toward.MOST, len(sentiment.LABELS)),
            toward.SWITCH: (toward.MOST, len(toward.SWITCHES)),
        }
        rooms |= {name: np.zeros((count, *shape), dtype=np.float32) for name, shape in inner.items()}
        return cls(rooms, np.zeros((count, width), dtype=np.float32))


class Encoder:
    """The encoder with Earshot's heads, ready to read, in batches of at most `tokens_per_batch`."""

    tokens_per_batch: int = TOKENS_PER_BATCH

    def __init__(self, network: Network, tokenizer: TextTokenizer, trained: Trained) -> None:
        self._network = network
        self._readers = ThreadPoolExecutor(network.threads, "reader")
        self.tokenizer = tokenizer
        self._heads = trained.heads
        self.operations_per_token = 2 * sum(matrix.weight.size for matrix in trained.matrices.values())

    @classmethod
    def open(cls, settings: NlpSettings, *, weights: Path = WEIGHTS) -> Encoder:
        """Load the encoder that the settings name, with Earshot's layers and heads on it.

        Raises:
            ModelError: something is missing or does not fit.
        """
        trained = load(weights)
        return cls(*network_of(trained, settings), trained)

    def read(self, texts: Sequence[str], names: Sequence[Names] = ()) -> Readings:
        """Read texts that `nlp.clean.model_text` has prepared; equal texts are read once.

        `names`, of each text, is where the brands stand that it names (`nlp.encoder.names`).
        """
        asked = list(zip(texts, names, strict=True)) if names else [(text, ()) for text in texts]
        unique, place = once_each(asked)
        tokens, named = self.tokenizer.named([text for text, _ in unique], [where for _, where in unique])
        readings = Readings.empty(len(unique), len(self._heads[f"{EMBEDDING}.weight"]))

        def fill_in(batch: NDArray[np.int64]) -> None:
            found = self._network([tokens[i] for i in batch], [named[i] for i in batch])
            for name, rows in readings.probabilities.items():
                rows[batch] = found[name]
            readings.embeddings[batch] = found[EMBEDDING]

        for _ in self._readers.map(fill_in, batches_by_length(map(len, tokens), self.tokens_per_batch)):
            pass  # what went wrong in a thread is raised here
        return readings.at(place)

    def cuts(self, task: str) -> list[float]:
        """Return the probability from which each label of a task is said to hold."""
        return [float(cut) for cut in self._heads[f"cut_{task}"]]


def arithmetic(settings: NlpSettings) -> str:
    """Return in which arithmetic the encoder runs here: int8 where this processor has units for it."""
    if settings.precision != "auto":
        return settings.precision
    return INT8 if has_byte_units() else FLOAT


def network_of(
    trained: Trained, settings: NlpSettings, *, graph: Callable[..., Model] = whole_graph, counting: bool = False
) -> tuple[Network, TextTokenizer]:
    """Return the network of trained layers on the base that the settings name, and its tokenizer.

    `counting` lets it say how long each of its nodes took.

    Raises:
        ModelError: the base is missing or does not fit, or the settings name an arithmetic that there is not.
    """
    if settings.precision not in PRECISIONS:
        raise ModelError(f"nlp.precision is {settings.precision!r}; it can be {', '.join(PRECISIONS)}")
    exact = arithmetic(settings) == FLOAT
    shape, embeddings, tokenizer = _on_hub_base(settings, trained) if settings.encoder else _on_packed_base()
    whole = graph(trained, shape, exact=exact)
    # Compiling leaves Python free, for nearly as long as it takes to build the tokenizer.
    with ThreadPoolExecutor(1, "compiler") as beside:
        network = beside.submit(Network, whole, embeddings, threads=settings.threads, counting=counting)
        built = tokenizer()
        return network.result(), built


def _on_packed_base() -> tuple[EncoderShape, Embeddings, Callable[[], TextTokenizer]]:
    packed = read_packed(find_packed_file())
    vectors, hidden = packed.vectors, packed.shape.hidden
    places = vectors["emb.pos"].reshape(-1, hidden) + vectors["emb.type"].reshape(-1, hidden)[0]
    shape = EncoderShape(
        heads=packed.shape.heads,
        epsilon=packed.shape.norm_epsilon,
        norm=(vectors["emb.ln.w"], vectors["emb.ln.b"]),
    )
    embeddings = Embeddings(packed.matrices["emb.word"].at, places, packed.vocabulary.pad)
    return shape, embeddings, partial(unigram_tokenizer, packed.vocabulary)


def _on_hub_base(
    settings: NlpSettings, trained: Trained
) -> tuple[EncoderShape, Embeddings, Callable[[], TextTokenizer]]:
    from nlp.encoder.base import hub_base  # transformers takes seconds to import

    base = hub_base(settings.encoder, settings.encoder_revision)
    config, table = base.model.config, base.model.embeddings
    if config.hidden_size != trained.heads[f"{EMBEDDING}.weight"].shape[1]:
        raise ModelError(f"the trained layers do not fit {settings.encoder}, which is {config.hidden_size} wide")
    words, positions, types, scale, shift = (
        parameter.detach().numpy()
        for parameter in (
            table.word_embeddings.weight,
            table.position_embeddings.weight,
            table.token_type_embeddings.weight,
            table.LayerNorm.weight,
            table.LayerNorm.bias,
        )
    )
    shape = EncoderShape(heads=config.num_attention_heads, epsilon=config.layer_norm_eps, norm=(scale, shift))
    return shape, Embeddings(words.__getitem__, positions + types[0], base.tokenizer.pad), lambda: base.tokenizer


def once_each(asked: Sequence[Asked]) -> tuple[list[Asked], NDArray[np.int64]]:
    """Return what is different of what is asked, and for each of it the place of its equal among them."""
    places = {one: place for place, one in enumerate(dict.fromkeys(asked))}
    return list(places), np.array([places[one] for one in asked], dtype=np.int64)


def batches_by_length(lengths: Iterable[int], tokens: int = TOKENS_PER_BATCH) -> Iterator[NDArray[np.int64]]:
    """Yield index arrays, longest texts first, each batch at most `tokens` tokens, padded ones included."""
    lengths = np.fromiter(lengths, dtype=np.int64)
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        count = max(1, tokens // int(lengths[order[start]]))
        yield order[start : start + count]
        start += count
