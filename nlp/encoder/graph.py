"""The trained encoder with its heads as one OpenVINO graph, made from a weights file.

The graph is BERT's forward pass (`transformers` holds the reference in `nlp/encoder/base.py`) and that of
`nlp/encoder/heads.py`. In int8 the weights are the rows that ship and the inputs of every product are
rounded with scales that were measured once on training rows, so a post's result does not depend on
its batch. Two things keep that faithful: input channels and weights share the range between them
(SmoothQuant, Xiao et al. 2023), and the few channels of the feed-forward whose values run far out
are computed in float beside it (LLM.int8, Dettmers et al. 2022).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import openvino.opset13 as ops
from openvino import Model, Node, PartialShape, Type

from nlp.encoder.int8 import HIGHEST_BYTE, layer_prefixes
from nlp.tasks import TASKS, aspects, sentiment, toward

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nlp.encoder.int8 import Quantised
    from nlp.encoder.weights import Arrays, Trained

EMBEDDING: Final = "embedding"
NAMES: Final = "names"
STATES: Final = "states"
_ONE: Final = np.ones(1, np.float32)
_FAR: Final = np.full(1, 1e4, np.float32)
"""Taken from the attention that is paid to padding."""


@dataclass(frozen=True, kw_only=True)
class EncoderShape:
    """What a weights file does not say: attention heads, epsilon of the norms, the norm of the embeddings."""

    heads: int
    epsilon: float
    norm: tuple[NDArray[np.float32], NDArray[np.float32]]


def whole_graph(trained: Trained, shape: EncoderShape, *, exact: bool) -> Model:
    """Return the graph from embeddings to probabilities: one output per task, the aspects' and the brands' sentiment,
    which of these are left or come to, the embedding.

    Its inputs are sums of word, position and type embeddings (texts, tokens, hidden), a mask (texts, tokens), 1 where
    there is a token, and the names (texts, `toward.MOST`, tokens), 1 where a brand's name stands. `exact` leaves out
    all rounding of inputs and computes in float32.
    """
    inputs, states, mask = _encoded(trained, shape, exact=exact)
    names = ops.parameter(PartialShape([-1, toward.MOST, -1]), Type.f32, NAMES)
    outputs = _Heads(trained.heads).outputs(states, mask, _named(names, NAMES))
    return Model([_named(node, name) for name, node in outputs.items()], [*inputs, names], trained.name)


def states_graph(trained: Trained, shape: EncoderShape, *, exact: bool) -> Model:
    """Return the graph from the same inputs but the names to the last states (texts, tokens, hidden) alone."""
    inputs, states, _ = _encoded(trained, shape, exact=exact)
    return Model([_named(states, STATES)], inputs, trained.name)


def _encoded(trained: Trained, shape: EncoderShape, *, exact: bool) -> tuple[list[Node], Node, Node]:
    hidden = len(shape.norm[0])
    embedded = ops.parameter(PartialShape([-1, -1, hidden]), Type.f32, "embedded")
    mask = ops.parameter(PartialShape([-1, -1]), Type.f32, "mask")
    padding = ops.unsqueeze((mask - _ONE) * _FAR, [1, 2])
    states = _normed(embedded, *shape.norm, shape.epsilon)
    for prefix in layer_prefixes(trained.matrices):
        states = _Layer(trained, prefix, shape, exact=exact).outputs(states, padding)
    return [embedded, mask], states, mask


class _Layer:
    """One transformer block."""

    def __init__(self, trained: Trained, prefix: str, shape: EncoderShape, *, exact: bool) -> None:
        self._vectors, self._matrices, self._prefix = trained.vectors, trained.matrices, prefix
        self._shape, self._exact = shape, exact

    def outputs(self, x: Node, padding: Node) -> Node:
        """Return the states after this block."""
        by_head = [0, 0, self._shape.heads, -1]
        query, key, value = (
            ops.transpose(ops.reshape(part, by_head, special_zero=True), [0, 2, 1, 3])
            for part in (self._product(x, f"attention.self.{name}") for name in ("query", "key", "value"))
        )
        mixed = ops.scaled_dot_product_attention(query, key, value, padding)
        mixed = ops.reshape(ops.transpose(mixed, [0, 2, 1, 3]), [0, 0, -1], special_zero=True)
        x = self._normed(x + self._product(mixed, "attention.output.dense"), "attention.output")
        down = self._product(ops.gelu(self._product(x, "intermediate.dense"), "erf"), "output.dense")
        far_out = {name: self._vectors[f"{self._prefix}outliers.{name}"] for name in ("up", "bias", "down")}
        beside = _linear(ops.gelu(_linear(x, far_out["up"], far_out["bias"]), "erf"), far_out["down"])
        return self._normed(x + (down + beside), "output")

    def _product(self, x: Node, name: str) -> Node:
        matrix, bias = self._matrices[f"{self._prefix}{name}.weight"], self._vectors[f"{self._prefix}{name}.bias"]
        return _linear(x, matrix.matrix(), bias) if self._exact else product(x, matrix) + bias

    def _normed(self, x: Node, name: str) -> Node:
        name = f"{self._prefix}{name}.LayerNorm"
        return _normed(x, self._vectors[f"{name}.weight"], self._vectors[f"{name}.bias"], self._shape.epsilon)


class _Heads:
    """What is read off the last states: the same as `nlp.encoder.heads.Heads`, calibrated."""

    def __init__(self, state: Arrays) -> None:
        self._state = state

    def outputs(self, states: Node, mask: Node, names: Node) -> dict[str, Node]:
        """Return the probabilities by task, of the aspects' and the brands' sentiment, and the embedding."""
        real = ops.unsqueeze(mask, [2])
        mean = ops.reduce_sum(states * real, [1]) / ops.reduce_sum(real, [1])
        base = ops.concat([ops.gather(states, 0, 1), mean], -1)
        # The tokens' mean as each query weighs them, (texts, queries, hidden).
        queries = self._state["queries"] * self._state["queries"].shape[1] ** -0.5
        weights = _linear(states, queries) + (real - _ONE) * _FAR
        picked = ops.matmul(ops.softmax(weights, 1), states, transpose_a=True, transpose_b=False)
        asked = [task for task in TASKS if task is not aspects.TASK]
        logits = {}
        for i, task in enumerate(asked):
            logits[task.name] = self._linear(ops.concat([base, ops.gather(picked, i, 1)], -1), f"tasks.{task.name}")
        # The aspects, and the sentiment toward each, are read from each one's own tokens.
        each = ops.gather(picked, np.arange(len(asked), len(asked) + len(aspects.LABELS)), 1)
        split = 2 * queries.shape[1]
        weight, felt = self._state["tasks.aspects.weight"], self._state["aspect_sentiment.weight"]
        own = ops.reduce_sum(each * np.ascontiguousarray(weight[:, split:]), [2])
        logits[aspects.TASK.name] = _linear(base, weight[:, :split], self._state["tasks.aspects.bias"]) + own
        shared = _linear(base, felt[:, :split], self._state["aspect_sentiment.bias"])
        by_aspect = _linear(each, felt[:, split:]) + self._state["aspect_bias"]
        logits[aspects.SENTIMENT] = by_aspect + ops.unsqueeze(shared, [1])
        logits |= self._toward_brands(states, base, real, names, logits[sentiment.TASK.name])
        kinds = {task.name: task.kind for task in TASKS}
        found = {name: self._probabilities(one, name, kinds.get(name, "one")) for name, one in logits.items()}
        embedding = self._linear(mean, EMBEDDING)
        return found | {EMBEDDING: ops.normalize_l2(embedding, [-1], 1e-12, "max")}

    def _toward_brands(self, states: Node, base: Node, real: Node, names: Node, whole: Node) -> dict[str, Node]:
        # The mean over a name's tokens, and over the tokens that it points to, (texts, brands, hidden).
        own = ops.matmul(names, states, transpose_a=False, transpose_b=False)
        own = own / ops.maximum(ops.reduce_sum(names, [2], keep_dims=True), _ONE)
        query = _linear(own, self._state["name_query.weight"] * own.output(0).partial_shape[2].get_length() ** -0.5)
        padding = ops.transpose((real - _ONE) * _FAR, [0, 2, 1])
        pointed = ops.softmax(ops.matmul(query, states, transpose_a=False, transpose_b=True) + padding, -1)
        each = ops.concat([own, ops.matmul(pointed, states, transpose_a=False, transpose_b=False)], -1)
        split = each.output(0).partial_shape[2].get_length()
        found = {}
        for name in (toward.SENTIMENT, toward.SWITCH):
            # Behind the weights for the text and for the brand stand those for the sentiment of the whole text.
            of_text, of_brand, of_whole = np.split(self._state[f"{name}.weight"], [split, 2 * split], axis=1)
            text = _linear(base, of_text, self._state[f"{name}.bias"])
            if of_whole.size:
                text = text + _linear(whole, of_whole)
            found[name] = _linear(each, of_brand) + ops.unsqueeze(text, [1])
        return found

    def _probabilities(self, logits: Node, name: str, kind: str) -> Node:
        calibrated = logits * self._state[f"scale_{name}"] + self._state[f"shift_{name}"]
        return ops.sigmoid(calibrated) if kind == "each" else ops.softmax(calibrated, -1)

    def _linear(self, x: Node, name: str) -> Node:
        return _linear(x, self._state[f"{name}.weight"], self._state[f"{name}.bias"])


def product(x: Node, matrix: Quantised) -> Node:
    """Return the product of a matrix with inputs that are smoothed and rounded to bytes."""
    low, high = -matrix.zero * matrix.step, (HIGHEST_BYTE - matrix.zero) * matrix.step
    ends = [np.full(1, end, np.float32) for end in (low, high)]
    as_bytes = ops.fake_quantize(x * (1 / matrix.smooth), *ends, *ends, HIGHEST_BYTE + 1)
    weight = ops.convert(ops.constant(matrix.weight), np.float32) * matrix.scale[:, None]
    return ops.matmul(as_bytes, weight, transpose_a=False, transpose_b=True)


def _linear(x: Node, weight: NDArray[np.float32], bias: NDArray[np.float32] | None = None) -> Node:
    # An array that is no constant yet would be taken over number by number.
    found = ops.matmul(x, ops.constant(np.ascontiguousarray(weight)), transpose_a=False, transpose_b=True)
    return found if bias is None else found + bias


def _normed(x: Node, weight: NDArray[np.float32], bias: NDArray[np.float32], epsilon: float) -> Node:
    return ops.mvn(x, [-1], normalize_variance=True, eps=epsilon, eps_mode="inside_sqrt") * weight + bias


def _named(node: Node, name: str) -> Node:
    node.output(0).get_tensor().set_names({name})
    return node
