"""Language identification for short posts: py3langid's model, corrected by one that has read posts.

The correction is a linear model over hashed character n-grams, learned from posts in the languages that
people write to operators in (`nlp/training/languages.py`). For a language l and a text t,

    log p(l | t) = max(log py3langid(l | t), floor) + score(l, t) + constant

where score is zero for languages the correction never saw. So a language that only py3langid knows is still
found, and one that it does not know starts at the floor (Twi), or where the language starts that it is
taken for (Tigrinya, for Amharic).
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from safetensors import SafetensorError, safe_open

from domain.enrichment import Language, Model
from domain.errors import ModelError
from nlp.clean import MAX_CHARACTERS
from nlp.encoder.shipped import revision_of
from nlp.language.langid import ByteGrams, installed
from nlp.language.ngrams import grams, readable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

    from numpy.typing import NDArray

    from nlp.language.ngrams import Grams

NAME: Final = "earshot-languages"
LANGUAGE_WEIGHTS: Final = Path(__file__).parents[1] / "trained" / f"{NAME}.safetensors"
UNDETERMINED: Final = "und"
DECLARED_WEIGHT: Final = 0.9
"""How often, before reading, we expect a declared language to be right (the rest is spread evenly)."""
TAKEN_FOR: Final = {"ti": "am"}
"""What py3langid takes a language for that it does not know: where a text may be the one, it may be the other."""
FEWEST_LETTERS: Final = 2
CERTAIN: Final = 0.3
"""Below it a guess is wrong three times of four, so nobody should count on it (13 of 2,363 short posts are there)."""
_BATCH_CHARACTERS: Final = 32_000


@dataclass(frozen=True, kw_only=True)
class LanguageCorrection:
    """What is added to py3langid's log probabilities.

    `vectors` is (buckets, d), int8, in units of `unit`, (d,); `scores` is (d, scored) and `bias` (scored,):
    the first of `languages` in that order. Log probabilities below `floor` count as the floor; `temperature`
    divides the sum.
    """

    vectors: NDArray[np.int8]
    unit: NDArray[np.float32]
    scores: NDArray[np.float32]
    bias: NDArray[np.float32]
    languages: tuple[str, ...]
    floor: float
    temperature: float

    @classmethod
    def open(cls, path: Path) -> LanguageCorrection:
        """Read a weights file.

        Raises:
            ModelError: it is missing or not one of ours.
        """
        try:
            with safe_open(path, framework="numpy") as file:
                about = json.loads(file.metadata()["earshot"])
                tensors = {name: file.get_tensor(name) for name in ("vectors", "unit", "scores", "bias")}
            return cls(
                **tensors,
                languages=tuple(map(str, about["languages"])),
                floor=float(about["floor"]),
                temperature=float(about["temperature"]),
            )
        except (OSError, SafetensorError, LookupError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
            raise ModelError(f"the language weights {path} cannot be read: {error}") from error

    def __post_init__(self) -> None:
        """Raise a ValueError where shapes do not fit each other, or numbers are none."""
        width, scored = self.scores.shape
        buckets = len(self.vectors)
        if self.vectors.shape != (buckets, width) or self.unit.shape != (width,) or self.bias.shape != (scored,):
            raise ValueError("its arrays do not fit each other")
        if buckets & (buckets - 1) or self.vectors.dtype != np.int8 or not 0 < scored <= len(self.languages):
            raise ValueError("its arrays are not those of a language model")
        numbers = (self.unit, self.scores, self.bias, np.array([self.floor, self.temperature]))
        if not all(np.isfinite(array).all() for array in numbers) or self.temperature <= 0:
            raise ValueError("it holds numbers that are none")

    def added(self, found: Grams) -> NDArray[np.float32]:
        """Return the scores of the texts, shape (texts, scored)."""
        summed = np.zeros((len(found.letters), len(self.unit)), np.float32)
        sizes = np.diff(found.offsets)
        there = sizes > 0
        if there.any():
            rows = self.vectors[found.buckets]
            summed[there] = np.add.reduceat(rows, found.offsets[:-1][there], axis=0, dtype=np.int32)
        summed *= self.unit / np.sqrt(np.maximum(sizes, 1)).astype(np.float32)[:, None]
        # One text at a time: a product of matrices may round a text differently in another batch.
        return self.bias + np.array([row @ self.scores for row in summed], np.float32).reshape(-1, len(self.bias))


class LanguageModel:
    """Both parts, loaded: prepared texts -> a probability for each language."""

    def __init__(self, correction: LanguageCorrection, base: ByteGrams) -> None:
        self._correction = correction
        self._base = base
        self.languages = correction.languages
        self._bits = len(correction.vectors).bit_length() - 1

    def probabilities(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return probabilities, shape (texts, languages), and how many letters each text has."""
        found = grams(texts, bits=self._bits)
        logits = base_logits(self._base, texts, self.languages, floor=self._correction.floor)
        added = self._correction.added(found)
        logits[:, : added.shape[1]] += added
        return softmax(logits / self._correction.temperature), found.letters


class LanguageDetector:
    """Names the language of prepared texts (see `nlp.clean.model_text`)."""

    def __init__(self, weights: Path = LANGUAGE_WEIGHTS, *, languages: Sequence[str] = ()) -> None:
        """Say which weights will be at work, and in which `languages` most posts are expected; none: in any.

        Raises:
            ModelError: the weights are missing.
        """
        expected = f"+expecting@{','.join(sorted(languages))}" if languages else ""
        self.model = Model(NAME, f"{revision_of(weights)}+py3langid@{installed()}+und@{CERTAIN}{expected}")
        self._weights = weights
        self._expected = tuple(languages)
        self._loading: Future[LanguageModel] | None = None

    def load(self) -> Future[LanguageModel]:
        """Begin to load the model, once; unpacking it takes a second and goes on beside other things.

        Whatever it ends with, the future hands it on; after an error the next call begins anew.
        """
        if self._loading is None or (self._loading.done() and self._loading.exception() is not None):

            def loaded() -> LanguageModel:
                return LanguageModel(LanguageCorrection.open(self._weights), ByteGrams.open())

            loader = ThreadPoolExecutor(1, "language")
            self._loading = loader.submit(loaded)
            loader.shutdown(wait=False)
        return self._loading

    def detect(self, texts: Sequence[str], declared: Sequence[str | None]) -> list[Language]:
        """Return the language of each text; `declared` is what its source says, or None.

        Raises:
            ModelError: the model cannot be read.
        """
        short = [text[:MAX_CHARACTERS] for text in texts]
        undetermined = Language(code=UNDETERMINED, probability=1.0, model=self.model)
        found: list[Language] = []
        for some in _batches(short):
            if not any(character.isalpha() for text in short[some] for character in text):
                found += [undetermined] * len(short[some])  # the model need not be loaded
                continue
            model = self.load().result()
            probabilities, letters = model.probabilities(short[some])
            for text, row, count, hint in zip(short[some], probabilities, letters, declared[some], strict=True):
                # The marks that follow emoji count among letters; nobody reads them.
                if count < FEWEST_LETTERS or sum(map(str.isalpha, readable(text))) < FEWEST_LETTERS:
                    found.append(undetermined)
                    continue
                expected = (hint,) if hint else self._expected
                weighted = tempered(row, model.languages, expected)
                best = int(weighted.argmax())
                probability = round(min(1.0, float(weighted[best])), 4)
                likely = Language(code=model.languages[best], probability=probability, model=self.model)
                found.append(likely if probability >= CERTAIN else undetermined)
        return found


def tempered(row: NDArray[np.float32], languages: Sequence[str], expected: Sequence[str]) -> NDArray[np.float64]:
    """Return Bayes' rule with the languages that are expected as the prior: the one that a post declares, or those
    that an operator listens in.

    It decides where a text says little. Who declares *ar* may write any Arabic, so that speaks for *ar-ma* and *ar-dz*
    as well; *ar-MA* speaks for *ar-ma* alone.
    """
    meant = np.any([_meant(tuple(languages), one) for one in expected], axis=0) if expected else np.zeros(1, np.bool_)
    if not meant.any():
        return row.astype(np.float64)
    others = (1 - DECLARED_WEIGHT) / max(1, int((~meant).sum()))
    weighted = row * np.where(meant, DECLARED_WEIGHT / len(expected), others)
    return np.asarray(weighted / weighted.sum(), np.float64)


@lru_cache(maxsize=1_024)
def _meant(languages: tuple[str, ...], declared: str) -> NDArray[np.bool_]:
    """Return which languages someone may write who declares this one."""
    whole = declared.replace("_", "-").lower()
    if "-" in whole and whole in languages:
        return np.array([code == whole for code in languages])
    return np.array([code.split("-")[0] == whole.split("-")[0] for code in languages])


def base_logits(
    base: ByteGrams, texts: Sequence[str], languages: Sequence[str], *, floor: float
) -> NDArray[np.float32]:
    """Return py3langid's log probabilities, at least `floor`, shape (texts, languages).

    Languages that it does not know have those of what it takes them for, or the floor.
    """
    place = {language: i for i, language in enumerate(languages)}
    logits = np.full((len(texts), len(languages)), floor, np.float32)
    known = base.probabilities([readable(text) for text in texts])
    columns = [place[language] for language in base.languages]
    logits[:, columns] = np.maximum(np.log(np.maximum(known, np.finfo(np.float32).tiny)), floor)
    for language in TAKEN_FOR.keys() & place.keys():
        logits[:, place[language]] = logits[:, place[TAKEN_FOR[language]]]
    return logits


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return probabilities along the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float32)


def _batches(texts: Sequence[str]) -> Iterator[slice]:
    """Yield slices of texts whose arrays fit into memory however long the texts are."""
    start = size = 0
    for i, text in enumerate(texts):
        if size and size + len(text) > _BATCH_CHARACTERS:
            yield slice(start, i)
            start, size = i, 0
        size += len(text)
    yield slice(start, None)
