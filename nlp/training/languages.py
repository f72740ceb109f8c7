"""Train what Earshot adds to py3langid on posts: `earshot train languages`.

One linear layer over the summed vectors of a text's character n-grams is fitted on top of py3langid's log
probabilities, which stay as they are: it learns only where these are wrong. Plain Adagrad over sparse rows,
seconds of work; the same seed gives the same file.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
from safetensors.numpy import save_file
from scipy import sparse

from nlp.encoder.shipped import revision_of
from nlp.language.detector import NAME, LanguageCorrection, LanguageDetector, base_logits, softmax
from nlp.language.langid import ByteGrams, installed
from nlp.language.ngrams import grams
from nlp.training.language_rows import (
    LanguageRows,
    Told,
    fragment_rows,
    gram_rows,
    has_hindi,
    limited,
    measured_rows,
    read_posts,
    stop_word_rows,
    without_english,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from nlp.language.ngrams import Grams

LEVELS: Final = 127
Layer: TypeAlias = "tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]"
Detect: TypeAlias = "Callable[[list[str]], list[str]]"
"""Texts -> codes of languages."""


@dataclass(frozen=True, kw_only=True)
class LanguageRecipe:
    """Everything that shapes the weights but the rows."""

    seed: int = 0
    bits: int = 17
    width: int = 32
    floor: float = -8.0
    epochs: int = 4
    batch_size: int = 512
    learning_rate: float = 0.1
    shrinkage: float = 3e-4
    balance_power: float = 0.4
    heaviest: float = 20.0
    holdout_share: float = 0.05
    each: int = 3_000
    limits: dict[str, int] = field(default_factory=lambda: {"en": 5_000, "th": 2_000})
    sure_english: float = 0.9
    fragments: int = 6_000
    stop_words: int = 40
    ngrams: int = 25
    ngram_length: int = 30


@dataclass(frozen=True, kw_only=True)
class LanguageLesson:
    """Rows as numbers: their n-grams, py3langid's log probabilities (n, languages), and the language's number."""

    found: Grams
    base: NDArray[np.float32]
    truth: NDArray[np.int64]

    def batch(self, rows: NDArray[np.int64], bits: int) -> tuple[sparse.csr_matrix, NDArray[np.int64]]:
        """Return counts over the buckets that these rows have, scaled by the root of their size, and those buckets."""
        starts, sizes = self.found.offsets[rows], np.diff(self.found.offsets)[rows]
        ends = np.cumsum(sizes)
        buckets = self.found.buckets[np.arange(ends[-1]) + np.repeat(starts - ends + sizes, sizes)]
        present = np.zeros(1 << bits, bool)
        present[buckets] = True
        local = np.cumsum(present) - 1
        values = np.repeat(1 / np.sqrt(np.maximum(sizes, 1)), sizes).astype(np.float32)
        pointers = np.concatenate([[0], ends])
        there = np.flatnonzero(present)
        return sparse.csr_matrix((values, local[buckets], pointers), shape=(len(rows), len(there))), there


def train(
    data: Path,
    output: Path,
    seed: int,
    say: Callable[[str], None],
    *,
    recipe: LanguageRecipe | None = None,
    others: Mapping[str, Detect] | None = None,
) -> dict[str, Any]:
    """Fit, calibrate, save to `output` and measure; returns the card that is written beside the weights.

    `others` are detectors that do not come with Earshot, by name; they are measured on the same rows.

    Raises:
        OSError: a set is missing or the result cannot be written.
        ModelError: py3langid's model cannot be read.
    """
    recipe, base = replace(recipe or LanguageRecipe(), seed=seed), ByteGrams.open()
    posts = without_english(read_posts(data), base, recipe.sure_english)
    rows = limited(posts.posts, each=recipe.each, limits=recipe.limits, seed=seed)
    say(f"{len(rows):,} posts to train on, {sum(posts.dropped.values()):,} dropped")
    count = int(len(rows) * recipe.holdout_share)
    held, taught = rows[:count], rows[count:]
    scored = tuple(sorted({row.lang for row in rows}))
    languages = (*scored, *(code for code in base.languages if code not in scored))
    taught += fragment_rows(taught, "en", each=recipe.fragments, seed=seed)
    # Languages that no set has posts in are learned from their stop words and n-grams.
    unsure = [code for code in languages if code != "en" or code not in scored]
    taught += stop_word_rows(unsure, each=recipe.stop_words, seed=seed)
    unseen = [code for code in base.languages if code not in scored]
    taught += gram_rows(base, unseen, each=recipe.ngrams, length=recipe.ngram_length, seed=seed)
    lesson = _lesson(base, taught, languages, recipe)
    correction = _rounded(_fit(lesson, len(scored), recipe, say), languages, recipe)
    temperature = _temperature(correction, _lesson(base, held, languages, recipe))
    path = output / f"{NAME}.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    about = {"languages": correction.languages, "floor": correction.floor, "temperature": temperature}
    tensors = {name: getattr(correction, name) for name in ("vectors", "unit", "scores", "bias")}
    save_file(tensors, path, {"earshot": json.dumps(about)})
    card = _card(path, recipe, posts, taught, temperature) | measure(path, data, base, others)
    say(f"macro accuracy {card['macro_accuracy']}, py3langid alone {card['py3langid']['macro_accuracy']}")
    path.with_suffix(".json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return card


def measure(weights: Path, data: Path, base: ByteGrams, others: Mapping[str, Detect] | None = None) -> dict[str, Any]:
    """Measure a weights file, as it is run in production, beside py3langid alone and others on the same rows."""
    rows = measured_rows(data)
    found = LanguageDetector(weights).detect([row.text for row in rows], [None] * len(rows))
    alone = base.probabilities([row.text for row in rows]).argmax(axis=1)
    truth = [row.lang for row in rows]
    ours = figures(truth, [one.code for one in found])
    sure = np.array([one.probability for one in found])
    right = np.array([one.code == row.lang for one, row in zip(found, rows, strict=True)])
    bins = np.minimum((sure * 10).astype(int), 9)
    gaps = [abs(sure[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean() for b in set(bins.tolist())]
    hindi = [i for i, row in enumerate(rows) if row.lang != "hi" or has_hindi(row.text)]
    return ours | {
        "without_english_called_hindi": figures([truth[i] for i in hindi], [found[i].code for i in hindi]),
        "calibration_error": round(float(sum(gaps)), 4),
        "py3langid": figures(truth, [base.languages[k] for k in alone]),
        "others": {name: figures(truth, detect([row.text for row in rows])) for name, detect in (others or {}).items()},
    }


def figures(truth: Sequence[str], guess: Sequence[str]) -> dict[str, Any]:
    """Return accuracy by language, its mean over the languages, and the pairs that are confused most."""
    rows, right = Counter(truth), Counter(t for t, g in zip(truth, guess, strict=True) if t == g)
    wrong = Counter((t, g) for t, g in zip(truth, guess, strict=True) if t != g)
    by_language = {code: right[code] / rows[code] for code in sorted(rows)}
    return {
        "rows": len(truth),
        "macro_accuracy": round(sum(by_language.values()) / len(by_language), 4),
        "by_language": {code: round(share, 4) for code, share in by_language.items()},
        "confused": [{"is": t, "called": g, "rows": n} for (t, g), n in wrong.most_common(12)],
    }


def _lesson(base: ByteGrams, rows: Sequence[Told], languages: Sequence[str], recipe: LanguageRecipe) -> LanguageLesson:
    texts = [row.text for row in rows]
    parts = [
        base_logits(base, texts[start : start + 2_000], languages, floor=recipe.floor)
        for start in range(0, len(texts), 2_000)
    ]
    truth = np.array([languages.index(row.lang) for row in rows])
    return LanguageLesson(found=grams(texts, bits=recipe.bits), base=np.concatenate(parts), truth=truth)


def _fit(lesson: LanguageLesson, scored: int, recipe: LanguageRecipe, say: Callable[[str], None]) -> Layer:
    """Return vectors of the buckets, (2**bits, width), what they score, (width, scored), and the bias, (scored,)."""
    rng = np.random.default_rng(recipe.seed)
    vectors = np.zeros((1 << recipe.bits, recipe.width), np.float32)
    scores = (rng.standard_normal((recipe.width, scored)) / np.sqrt(recipe.width)).astype(np.float32)
    layer = vectors, scores, np.zeros(scored, np.float32)
    squares = tuple(np.zeros_like(one) for one in layer)
    # Rows of languages with few of them weigh more; one on average.
    weights = (1 / np.bincount(lesson.truth)[lesson.truth]) ** recipe.balance_power
    weights = np.minimum(weights / weights.mean(), recipe.heaviest).astype(np.float32)
    steps = recipe.epochs * -(-len(lesson.truth) // recipe.batch_size)
    done = 0
    for epoch in range(recipe.epochs):
        order, loss = rng.permutation(len(lesson.truth)), 0.0
        for start in range(0, len(order), recipe.batch_size):
            rows = order[start : start + recipe.batch_size]
            counts, there = lesson.batch(rows, recipe.bits)
            hidden = counts @ vectors[there]
            added = hidden @ scores + layer[2]
            logits = lesson.base[rows].copy()
            logits[:, :scored] += added
            wrong = softmax(logits)
            loss -= float(np.log(wrong[np.arange(len(rows)), lesson.truth[rows]] + 1e-9) @ weights[rows])
            wrong[np.arange(len(rows)), lesson.truth[rows]] -= 1
            slope = (wrong[:, :scored] + recipe.shrinkage * added) * weights[rows][:, None] / len(rows)
            rate = recipe.learning_rate * (1 - done / steps)
            to_vectors = counts.T @ (slope @ scores.T)
            _adagrad(layer[2], squares[2], slice(None), slope.sum(axis=0), rate)
            _adagrad(scores, squares[1], slice(None), hidden.T @ slope, rate)
            _adagrad(vectors, squares[0], there, to_vectors, rate)
            done += 1
        say(f"epoch {epoch + 1}/{recipe.epochs} loss {loss / len(order):.4f}")
    return layer


def _adagrad(
    values: NDArray[np.float32],
    squares: NDArray[np.float32],
    rows: NDArray[np.int64] | slice,
    slope: NDArray[np.float32],
    rate: float,
) -> None:
    """Take one step in some rows, in place."""
    squares[rows] += slope**2
    values[rows] -= rate * slope / (np.sqrt(squares[rows]) + 1e-8)


def _rounded(layer: Layer, languages: tuple[str, ...], recipe: LanguageRecipe) -> LanguageCorrection:
    vectors, scores, bias = layer
    unit = np.maximum(np.abs(vectors).max(axis=0), 1e-9) / LEVELS
    return LanguageCorrection(
        vectors=np.rint(vectors / unit).astype(np.int8),
        unit=unit,
        scores=scores,
        bias=bias,
        languages=languages,
        floor=recipe.floor,
        temperature=1.0,
    )


def _temperature(correction: LanguageCorrection, held: LanguageLesson) -> float:
    """Return the temperature with the lowest log loss on rows held out of training (Guo et al. 2017)."""
    logits = held.base.copy()
    added = correction.added(held.found)
    logits[:, : added.shape[1]] += added
    places = np.arange(len(held.truth))

    def loss(temperature: float) -> float:
        chosen = softmax(logits / np.float32(temperature))[places, held.truth]
        return -float(np.log(chosen + 1e-9).mean())

    return float(min(np.linspace(0.5, 4, 71).round(2), key=loss))


def _card(
    path: Path, recipe: LanguageRecipe, posts: LanguageRows, taught: Sequence[Told], temperature: float
) -> dict[str, Any]:
    dropped: dict[str, dict[str, int]] = {}
    for (lang, why), count in sorted(posts.dropped.items()):
        dropped.setdefault(why, {})[lang] = count
    return {
        "name": NAME,
        "revision": revision_of(path),
        "base": {"name": "py3langid", "version": installed(), "licence": "BSD-3-Clause"},
        "recipe": asdict(recipe),
        "data": dict(sorted(Counter(row.origin for row in taught).items())),
        "rows_by_language": dict(sorted(Counter(row.lang for row in taught).items())),
        "dropped": dropped,
        "temperature": temperature,
    }
