"""How topics hold: `python -m proof.topics --name NAME --posts FILE ...` writes its results and `docs/topics.md`.

Posts of files (any that the mapping `jsonl` reads; `sample` is the demonstration's) are read by the encoder, copies in
once. Topics are then found in several ways, each again on embeddings that differ by noise, in another order, and on a
processor without AVX-512, as far as its libraries can be told so. Two results are compared by the adjusted Rand index
(Hubert and Arabie, 1985) over all posts, those outside every topic included; a topic's terms by normalised pointwise
mutual information over the posts (Bouma, 2009), which is how often they stand together against chance.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from itertools import combinations
from math import log
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

import numpy as np
from sklearn.metrics import adjusted_rand_score

from collectors.operator.files import FileCollector
from domain.markdown import table
from nlp.clean import model_text
from nlp.topics import discovery
from nlp.topics.assignment import Centring, assign
from pipeline.clock import SystemClock
from pipeline.wiring import configured
from world.sample import write_sample

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from numpy.typing import NDArray

    from domain.config import Config
    from nlp.topics.assignment import Topic

RESULTS: Final = Path(__file__).with_name("topics.json")
PAGE: Final = Path("docs/topics.md")
NOISE: Final = 1e-4
SEED: Final = 11
SAMPLE: Final = "sample"
WITHOUT_AVX512: Final = {
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR",
    "NUMBA_CPU_NAME": "haswell",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}
BEFORE: Final = "UMAP and leaves of HDBSCAN (before)"
NOW: Final = "main directions and a mixture of fixed width (now)"


def main() -> None:
    """Measure one set of posts, or write the page from what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--name")
    parser.add_argument("--posts", nargs="*", default=[])
    parser.add_argument("--found", nargs=3, metavar=("WAY", "INPUT", "OUTPUT"), help="used by the run itself")
    words = parser.parse_args()
    if words.found:
        way, given, target = words.found
        loaded = np.load(given)
        posts = Posts(loaded["texts"].tolist(), loaded["languages"].tolist(), loaded["embeddings"], [])
        np.save(target, found(way, posts)[1])
        return
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    if words.name:
        results[words.name] = measured(read_posts(words.posts, configured(words.config)))
        RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    PAGE.write_text(page(results), encoding="utf-8")


class Posts:
    """Texts with their languages and embeddings, and words that name no topic."""

    def __init__(
        self, texts: list[str], languages: list[str], embeddings: NDArray[np.float32], ignore: Sequence[str]
    ) -> None:
        self.texts, self.languages, self.embeddings, self.ignore = texts, languages, embeddings, ignore

    def noisy(self) -> Posts:
        """Return the same posts with embeddings that differ in the fourth decimal."""
        noise = np.random.default_rng(SEED).standard_normal(self.embeddings.shape).astype(np.float32)
        return Posts(self.texts, self.languages, self.embeddings + NOISE * noise, self.ignore)

    def ordered(self, order: NDArray[np.int64]) -> Posts:
        """Return the posts in another order."""
        texts, languages = [self.texts[i] for i in order], [self.languages[i] for i in order]
        return Posts(texts, languages, self.embeddings[order], self.ignore)


def read_posts(files: Sequence[str], config: Config) -> Posts:
    """Return the posts of files as the encoder reads them, equal texts once."""
    from nlp.enrich import TextEnricher

    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(name) for name in files]
        if files == [SAMPLE]:
            paths = [write_sample(Path(folder)).posts]
        collector = FileCollector(paths, "jsonl", clock=SystemClock())
        posts = list({post.text: post for batch in collector.batches(None) for post in batch.posts}.values())
    enricher = TextEnricher(config.nlp, config.brands)
    read = [one for i in range(0, len(posts), 512) for one in enricher.enrich(posts[i : i + 512])]
    kept = [(post.text, one) for post, one in zip(posts, read, strict=True) if one.embedding]
    ignore = [word for brand in config.brands for term in (brand.name, *brand.terms) for word in term.split()]
    embeddings = np.array([one.embedding for _, one in kept], np.float32)
    return Posts([text for text, _ in kept], [one.language.code for _, one in kept], embeddings, ignore)


def measured(posts: Posts) -> dict[str, Any]:
    """Return what each way finds, and how much of it stays where something changes that should not matter."""
    order = np.random.default_rng(SEED).permutation(len(posts.texts))
    figures: dict[str, Any] = {"posts": len(posts.texts)}
    for way in (BEFORE, NOW):
        began = time.perf_counter()
        topics, labels = found(way, posts)
        seconds = time.perf_counter() - began
        again = {
            "noise": adjusted_rand_score(labels, found(way, posts.noisy())[1]),
            "order": adjusted_rand_score(labels[order], found(way, posts.ordered(order))[1]),
            "processor": adjusted_rand_score(labels, elsewhere(way, posts)),
        }
        figures[way] = {
            "topics": len(topics),
            "outside": round(float((labels < 0).mean()), 4),
            "largest": round(float(np.bincount(labels[labels >= 0]).max() / len(labels)), 4) if len(topics) else 0,
            "npmi": round(coherence(posts.texts, [topic.terms for topic in topics]), 3),
            "seconds": round(seconds, 1),
            **{f"rand_{name}": round(float(value), 3) for name, value in again.items()},
        }
        sys.stderr.write(f"{way}: {figures[way]}\n")
    return figures


def found(way: str, posts: Posts) -> tuple[tuple[Topic, ...], NDArray[np.int64]]:
    """Return the topics, and the number of each post's, -1 outside."""
    centring = Centring.of(posts.embeddings, posts.languages)
    moved = centring.applied(posts.embeddings, posts.languages)
    with _as_before() if way == BEFORE else nullcontext():
        topics = discovery.discover(posts.texts, moved, posts.languages, ignore=posts.ignore)
    numbers = {topic.id: i for i, topic in enumerate(topics)}
    labels = [numbers[one.topic.id] if one.topic else -1 for one in assign(topics, moved)]
    return topics, np.array(labels, np.int64)


def _as_before() -> AbstractContextManager[Any]:
    from hdbscan import HDBSCAN
    from umap import UMAP

    def leaves(fewest: int, starts: NDArray[np.int64]) -> HDBSCAN:  # noqa: ARG001 - as `Mixture` is made
        return HDBSCAN(min_cluster_size=fewest, min_samples=min(10, fewest), cluster_selection_method="leaf")

    def umap() -> UMAP:
        return UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=42, n_jobs=1)

    return mock.patch.multiple(discovery, MainDirections=umap, Mixture=leaves)


def elsewhere(way: str, posts: Posts) -> NDArray[np.int64]:
    """Return the numbers that a process without AVX-512 and with one thread gives."""
    with tempfile.TemporaryDirectory() as folder:
        given, target = Path(folder) / "posts.npz", Path(folder) / "labels.npy"
        np.savez(given, texts=posts.texts, languages=posts.languages, embeddings=posts.embeddings)
        command = [sys.executable, "-m", "proof.topics", "--found", way, str(given), str(target)]
        subprocess.run(command, env=os.environ | WITHOUT_AVX512, check=True)
        labels: NDArray[np.int64] = np.load(target)
        return labels


def coherence(texts: Sequence[str], terms: Sequence[Sequence[str]]) -> float:
    """Return the mean over topics of the mean NPMI of pairs of their terms, -1 to 1."""
    wanted = {term for one in terms for term in one}
    holds: dict[str, set[int]] = {term: set() for term in wanted}
    for i, text in enumerate(texts):
        for word in set(discovery.TOKEN.findall(model_text(text).lower())) & wanted:
            holds[word].add(i)
    scores = [[_npmi(holds[a], holds[b], len(texts)) for a, b in combinations(one, 2)] for one in terms]
    return float(np.mean([np.mean(one) for one in scores if one]))


def _npmi(a: set[int], b: set[int], count: int) -> float:
    both = len(a & b)
    if both == 0:
        return -1.0
    return log(both * count / (len(a) * len(b))) / -log(both / count) if both < count else 1.0


OPENING: Final = """# Topics

How topics are found, and how much of them hangs on what should not matter. This page is made by
`python -m proof.topics` from `proof/topics.json`.

Every post has an embedding from the one encoder pass. What a language has in common is taken away, so that one outage
is one topic in all languages. Then groups are found (`nlp/topics/clusters.py`), BERTopic's class-based TF-IDF names
them (`nlp/topics/discovery.py`), and each post is given to the nearest centre that is near enough
(`nlp/topics/assignment.py`): those that are there when topics are found, and those that come later when they come.

Groups used to be the leaves of HDBSCAN in a UMAP of the embeddings. Both hang on the last digit: two fits of posts
whose embeddings differ by noise of 0.0001, as between two processors, agreed at an adjusted Rand index of about a half.
What took their place moves each post into its neighbourhood and fits groups of one fixed width from starting points
that the texts themselves decide; nothing in it is drawn by chance. 1.0 is the same result; the aim is 0.95
everywhere."""

READING: Final = """Noise of 0.0001 on every component, another order of the posts, and a process that is told to do
without AVX-512 and with one thread (`OPENBLAS_CORETYPE`, `NPY_DISABLE_CPU_FEATURES`, numba's processor). *NPMI* is how
often a topic's eight terms stand together in posts against chance, from -1 to 1: short posts hold few words, so it is
near 0 for good topics too, and compares ways on the same posts alone. Equal texts were in once."""


def page(results: Mapping[str, Any]) -> str:
    """Return the page."""
    head = ("posts", "way", "topics", "outside", "largest", "noise", "order", "processor", "NPMI", "seconds")
    rows = [
        (
            f"{name}, {figures['posts']:,}",
            way,
            str(one["topics"]),
            f"{one['outside']:.1%}",
            f"{one['largest']:.1%}",
            f"{one['rand_noise']:.3f}",
            f"{one['rand_order']:.3f}",
            f"{one['rand_processor']:.3f}",
            f"{one['npmi']:.3f}",
            f"{one['seconds']:.0f}",
        )
        for name, figures in results.items()
        for way in (BEFORE, NOW)
        for one in (figures[way],)
    ]
    return "\n\n".join([OPENING, table(head, rows), READING]) + "\n"


if __name__ == "__main__":
    main()
