"""The encoder as it runs: its graph compiled for this processor, fed with embeddings of token ids.

Running it needs no torch, whose import alone takes longer than all the rest of a cold start.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import openvino
import openvino.opset13 as ops
from openvino import Type

from nlp.encoder.graph import NAMES, product
from nlp.encoder.int8 import HIGHEST_BYTE, LEVELS, Quantised
from nlp.encoder.tokens import padded, where_named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray
    from openvino import CompiledModel, InferRequest, Model

    from nlp.encoder.tokens import NamedTokens

_PROCESSOR: Final = "CPU"
_WIDTHS: Final = 8
"""Batches are padded to multiples of it: for each new shape the processor's kernels are made, and kept."""


@dataclass(frozen=True)
class Embeddings:
    """Where token ids get their vectors.

    `words` gives new ones for ids, (*ids.shape, hidden); `places` is (positions, hidden).
    """

    words: Callable[[NDArray[np.int64]], NDArray[np.float32]]
    places: NDArray[np.float32]
    pad: int

    def __call__(self, rows: Sequence[Sequence[int]]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the sums for rows of ids, (rows, width, hidden), and the mask, (rows, width)."""
        ids, mask = padded(rows, self.pad, multiple=_WIDTHS)
        embedded = self.words(ids)
        embedded += self.places[: ids.shape[1]]
        return embedded, mask.astype(np.float32)


class Network:
    """A compiled graph. Each thread that calls it has a request, and computes its batch alone.

    A batch's products are too small to share one between two threads. `counting` lets `times` be asked.
    """

    def __init__(self, graph: Model, embeddings: Embeddings, *, threads: int = 0, counting: bool = False) -> None:
        self.threads = threads or os.cpu_count() or 1
        self._embeddings = embeddings
        self._compiled = compiled(graph, threads=self.threads, PERF_COUNT=counting)
        self._names = [output.get_any_name() for output in self._compiled.outputs]
        self._asks_for_names = NAMES in [one.get_any_name() for one in self._compiled.inputs if one.get_names()]
        self._of_thread = threading.local()

    def __call__(
        self, rows: Sequence[Sequence[int]], names: Sequence[NamedTokens] = ()
    ) -> dict[str, NDArray[np.float32]]:
        """Return the outputs by name for rows of token ids and, where the graph asks for them, the names in each.

        They hold until this thread's next call.
        """
        request = self._request()
        embedded, mask = self._embeddings(rows)
        inputs = [embedded, mask]
        if self._asks_for_names:
            inputs.append(where_named(names, mask.shape))
        request.infer(inputs, share_inputs=True)
        return {name: request.get_output_tensor(i).data for i, name in enumerate(self._names)}

    def times(self) -> Iterator[tuple[str, str, float]]:
        """Yield kind, instructions and seconds of each node in this thread's last call."""
        for node in self._request().profiling_info:
            yield node.node_type, node.exec_type, node.real_time.total_seconds()

    def _request(self) -> InferRequest:
        request: InferRequest | None = getattr(self._of_thread, "request", None)
        if request is None:
            request = self._of_thread.request = self._compiled.create_infer_request()
        return request


def compiled(graph: Model, *, threads: int, **options: Any) -> CompiledModel:
    """Compile a graph so that as many requests as there are threads run at once, each in one thread."""
    # In any arithmetic but the graph's own, a processor with other units would give other digits.
    fixed = {"INFERENCE_PRECISION_HINT": Type.f32, "ENABLE_CPU_PINNING": False}
    streams = {"NUM_STREAMS": threads, "INFERENCE_NUM_THREADS": threads}
    return openvino.Core().compile_model(graph, _PROCESSOR, {**fixed, **streams, **options})


@cache
def has_byte_units() -> bool:
    """Tell whether this processor has units for sums of products of bytes (VNNI, AMX), by trying the largest.

    Others add neighbours in 16 bits. Those of a matrix that ships fit (`PAIR`), so that int8 gives the same digits
    there; it is slower than float32 (`docs/speed.md`).
    """
    width = 384
    largest, ones = np.full((width, width), LEVELS, np.int8), np.ones(width, np.float32)
    x = ops.parameter([1, width], np.float32)
    graph = openvino.Model([product(x, Quantised(largest, ones, ones, step=1.0, zero=0))], [x])
    found = compiled(graph, threads=1)(np.full((1, width), HIGHEST_BYTE, np.float32))[0]
    return bool((found == LEVELS * HIGHEST_BYTE * width).all())
