"""Groups in embeddings that do not hang on the last digit, on the order of posts or on the processor.

Three steps, none of them random: the embeddings are turned to their main directions and half whitened; each
is moved to the mean of its neighbourhood, so that what belongs together comes to lie together; and a mixture
of von Mises-Fisher distributions of one fixed width (Banerjee et al., 2005) is fitted from starting points that
the texts themselves decide. A fixed width makes of many starting points as many groups as there are: those
that come to lie together are one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

DIRECTIONS: Final = 64
NEIGHBOURS: Final = 15
MOVES: Final = 3
STARTS: Final = 400
WIDTH: Final = 6.0
"""The concentration of a group: what is 0.16 further away in cosine is e times less likely to belong."""
TOGETHER: Final = 0.9
"""Centres nearer than this in cosine are one."""
ROUNDS: Final = 200
SETTLED: Final = 1e-4
_PAGE: Final = 2_048


class MainDirections:
    """Turns embeddings to their main directions, half whitened, unit length, each moved into its neighbourhood.

    The dimensionality reduction that BERTopic asks for.
    """

    def fit(self, vectors: Vectors, y: Any = None) -> MainDirections:  # noqa: ARG002 - as scikit-learn calls it
        """Do nothing: `transform` sees all vectors together."""
        return self

    def transform(self, vectors: Vectors) -> Vectors:
        """Return the vectors, shape (n, at most `DIRECTIONS`)."""
        from sklearn.decomposition import PCA  # takes a second to import

        count, width = vectors.shape
        found = PCA(min(DIRECTIONS, width, count - 1), svd_solver="covariance_eigh").fit(vectors)
        # The sign of a direction is an accident: it cancels in every product.
        main = found.transform(vectors) / np.maximum(found.explained_variance_, 1e-12) ** 0.25
        return _moved(_unit(np.asarray(main, np.float32)))


@dataclass
class Mixture:
    """The clustering that BERTopic asks for: `labels_` of vectors of unit length, -1 in groups below `fewest`."""

    fewest: int
    starts: NDArray[np.int64]
    """The rows to start at, in an order that the texts decide."""
    labels_: NDArray[np.int64] | None = None

    def fit(self, vectors: Vectors, y: Any = None) -> Mixture:  # noqa: ARG002 - as scikit-learn calls it
        """Find the groups of vectors, shape (n, width)."""
        centres, weights = vectors[self.starts[:STARTS]].copy(), None
        for _ in range(ROUNDS):
            before = centres
            centres, weights = _step(vectors, centres, weights)
            if np.abs(centres - before).max() < SETTLED:
                break
        assert weights is not None  # noqa: S101 - there is at least one round
        centres = _merged(centres, weights)
        while True:
            labels = (vectors @ centres.T).argmax(1)
            sizes = np.bincount(labels, minlength=len(centres))
            if len(centres) == 1 or sizes.min() >= self.fewest:
                break
            # The posts of the smallest group go to the others.
            centres = np.delete(centres, sizes.argmin(), axis=0)
        self.labels_ = np.asarray(labels, np.int64)
        return self

    def predict(self, vectors: Vectors) -> NDArray[np.int64]:  # noqa: ARG002 - as scikit-learn calls it
        """Return the labels of the vectors that were fitted."""
        if self.labels_ is None:
            raise ValueError("nothing was fitted")
        return self.labels_


def _step(vectors: Vectors, centres: Vectors, weights: Vectors | None) -> tuple[Vectors, Vectors]:
    """Return centres and their shares after one step of expectation and maximisation."""
    shares = np.full(len(centres), 1 / len(centres), np.float32) if weights is None else weights
    sums = np.zeros_like(centres)
    totals = np.zeros(len(centres), np.float64)
    for start in range(0, len(vectors), _PAGE):
        page = vectors[start : start + _PAGE]
        likely = WIDTH * (page @ centres.T) + np.log(shares + 1e-12)
        likely = np.exp(likely - likely.max(1, keepdims=True))
        likely /= likely.sum(1, keepdims=True)
        sums += likely.T @ page
        totals += likely.sum(0)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    moved = np.where(lengths > 1e-6, sums / np.maximum(lengths, 1e-9), centres)
    return np.asarray(moved, np.float32), np.asarray(totals / len(vectors), np.float32)


def _merged(centres: Vectors, weights: Vectors) -> Vectors:
    """Return the centres that are apart, those of most posts first."""
    kept: list[Vectors] = []
    for place in np.lexsort((np.arange(len(centres)), -np.round(weights, 5))):
        if not kept or float((np.stack(kept) @ centres[place]).max()) <= TOGETHER:
            kept.append(centres[place])
    return np.stack(kept)


def _moved(vectors: Vectors) -> Vectors:
    """Return each vector moved to the weighted mean of its nearest neighbours, several times."""
    from scipy.sparse import csr_matrix  # takes long to import
    from sklearn.neighbors import NearestNeighbors

    count = min(NEIGHBOURS, len(vectors) - 1)
    search = NearestNeighbors(n_neighbors=count + 1, algorithm="brute", metric="euclidean").fit(vectors)
    distances, places = search.kneighbors(vectors)
    # The furthest counts for nothing: whether it is that one or the next hangs on the last digit.
    near = np.maximum(1 - distances / np.maximum(distances[:, -1:], 1e-3), 0) + 1e-6
    near /= near.sum(1, keepdims=True)
    rows = np.arange(0, len(vectors) * (count + 1) + 1, count + 1)
    graph = csr_matrix((near.ravel().astype(np.float32), places.ravel(), rows), shape=(len(vectors), len(vectors)))
    for _ in range(MOVES):
        vectors = _unit(graph @ vectors)
    return vectors


def _unit(vectors: Vectors) -> Vectors:
    return np.asarray(vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9), np.float32)
