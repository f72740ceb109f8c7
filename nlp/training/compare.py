"""The same rows, heard in plainer ways: word lists, and a linear layer on embeddings.

Each step from one way to the next shows what it gains: VADER and TextBlob (word lists, English),
logistic regression on the base model's embeddings, the same on Earshot's shared embedding, and
Earshot itself (`nlp.training.measure`). The regressions learn from rows that Earshot also learned
from: those of the sets that belong to the benchmark, without our own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from domain.config import NlpSettings
from nlp.encoder.base import packed_base
from nlp.encoder.encoder import Encoder
from nlp.tasks.sentiment import LABELS as SENTIMENTS
from nlp.training.anchor import embed
from nlp.training.benchmarks import BENCHMARKS
from nlp.training.mixture import evenly
from nlp.training.probes import predicted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from nlp.training.benchmarks import Benchmark
    from nlp.training.mixture import TrainingRows
    from nlp.training.rows import Row
    from nlp.training.scores import Whole

LIMIT: Final = 8_000
"""Training rows that a regression sees at most."""
CHUNK: Final = 2_000
TAUGHT_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "tweeteval_sentiment": ("semeval2017_4a",),
    "umsab": ("umsab", "semeval2017_4a"),
    "tweeteval_emotion": ("tweeteval",),
    "tweeteval_irony": ("tweeteval",),
    "tweeteval_offensive": ("tweeteval",),
    "sentitel_aspects": ("sentitel_ug",),
}
"""The benchmarks that are compared, and the sets (`Row.origin`) whose rows teach the regressions."""
_SURE: Final = 0.05
"""How far from 0 VADER's authors call a text negative or positive."""


@dataclass(frozen=True)
class Match:
    """A benchmark, the rows that teach it and the rows that it is measured on."""

    benchmark: Benchmark
    train: Sequence[Row]
    asked: Sequence[Row]


def compare(weights: Path, corpus: TrainingRows, say: Callable[[str], None], *, limit: int = LIMIT) -> dict[str, Any]:
    """Measure the plainer ways on the rows of the benchmarks.

    Returns:
        By benchmark: the measure, how many rows taught the regressions, and by `ways` the value
        with its interval. A word list that is not installed is left out with a sentence.

    Raises:
        ModelError: the weights or the base model do not load.
    """
    matches = list(_matches(corpus, limit))
    results: dict[str, Any] = {}
    for match in matches:
        opened = {"measure": match.benchmark.measure, "rows": len(match.asked), "taught": len(match.train), "ways": {}}
        results[match.benchmark.name] = opened
    for name, polarity in _word_lists(say).items():
        for match in matches:
            if match.benchmark.task == "sentiment":
                _note(results, match, name, np.array([polarity(row.text) for row in match.asked], dtype=np.int64))
    base, encoder = packed_base(), Encoder.open(NlpSettings(), weights=weights)
    ways: dict[str, Callable[[Sequence[str]], NDArray[Any]]] = {
        "base embedding": lambda texts: embed(base, texts),
        "shared embedding": lambda texts: encoder.read(texts).embeddings,
    }
    for name, embedded in ways.items():
        vectors = _vectors(embedded, matches, name, say)
        for match in matches:
            say(f"fitting {match.benchmark.name} on the {name}")
            taught = np.stack([vectors[row.text] for row in match.train])
            asked = np.stack([vectors[row.text] for row in match.asked])
            guess = predicted(taught, match.benchmark.truth(match.train), asked)
            _note(results, match, f"regression on the {name}", guess)
    return results


def _word_lists(say: Callable[[str], None]) -> dict[str, Callable[[str], int]]:
    """Return what tells negative (0), neutral (1) and positive (2) by a list of English words."""
    found: dict[str, Callable[[str], int]] = {}
    try:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

        vader = SentimentIntensityAnalyzer()
        found["VADER"] = lambda text: _third(vader.polarity_scores(text)["compound"], _SURE)
        from textblob import TextBlob

        found["TextBlob"] = lambda text: _third(TextBlob(text).sentiment.polarity, 0.0)
    except ImportError as error:
        say(f"{error.name} is not installed and left out; install earshot[bench] to compare with it")
    return found


def _third(polarity: float, sure: float) -> int:
    if polarity == 0 or abs(polarity) < sure:
        return SENTIMENTS.index("neutral")
    return SENTIMENTS.index("positive" if polarity > 0 else "negative")


def _matches(corpus: TrainingRows, limit: int) -> Iterable[Match]:
    for benchmark in BENCHMARKS:
        origins = TAUGHT_BY.get(benchmark.name, ())
        asked = benchmark.known(corpus.dev.get(benchmark.rows, ()))
        unique = {row.text: row for row in corpus.train if row.origin in origins}
        known = benchmark.known(list(unique.values()))
        if benchmark.form == "one":  # a label may take no part: `none` is no emotion of TweetEval's
            known = [row for row in known if row.targets[benchmark.task][0] in benchmark.columns]
        if asked and known:
            yield Match(benchmark, evenly(known, limit, seed=0), asked)


def _note(results: Mapping[str, Any], match: Match, way: str, guess: Whole) -> None:
    score = match.benchmark.score(match.asked, guess)
    results[match.benchmark.name]["ways"][way] = {"value": score["value"], "interval": score["interval"]}


def _vectors(
    embedded: Callable[[Sequence[str]], NDArray[Any]],
    matches: Sequence[Match],
    name: str,
    say: Callable[[str], None],
) -> dict[str, NDArray[np.float32]]:
    """Return the embedding of every text, each read once."""
    texts = list(dict.fromkeys(row.text for match in matches for row in [*match.train, *match.asked]))
    found: dict[str, NDArray[np.float32]] = {}
    for start in range(0, len(texts), CHUNK):
        say(f"reading with the {name}: {start:,} of {len(texts):,} texts")
        part = texts[start : start + CHUNK]
        found |= dict(zip(part, embedded(part).astype(np.float32), strict=True))
    return found
