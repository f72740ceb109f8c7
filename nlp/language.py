"""Language identification for short posts: py3langid's model, tempered by what the source declares."""

from __future__ import annotations

import re
from concurrent.futures import Future
from importlib.metadata import version
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from domain.enrichment import Language, Model
from domain.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

UNDETERMINED: Final = "und"
DECLARED_WEIGHT: Final = 0.9
"""How often, before reading, we expect a declared language to be right (the rest is spread evenly)."""

_MASKS: Final = re.compile(r"@user\b|\bhttp\b|#\w+")
_LETTERS: Final = re.compile(r"[^\W\d_]")


class LanguageDetector:
    """Names the language of prepared texts (see `nlp.clean.model_text`)."""

    def __init__(self) -> None:
        self.model = Model("py3langid", version("py3langid"))
        self._loading: Future[Any] | None = None

    def load(self) -> Future[Any]:
        """Begin to load the model, once; unpacking it takes a second and goes on beside other things."""
        if self._loading is None:
            self._loading = Future()
            Thread(target=_load, args=(self._loading,), daemon=True).start()
        return self._loading

    def detect(self, texts: Sequence[str], declared: Sequence[str | None]) -> list[Language]:
        """Return the language of each text; `declared` is what its source says, or None."""
        return [self._detect(text, hint) for text, hint in zip(texts, declared, strict=True)]

    def _detect(self, text: str, declared: str | None) -> Language:
        readable = _MASKS.sub(" ", text).strip()
        hint = (declared or "").split("-")[0].lower()
        if len(_LETTERS.findall(readable)) < 2:
            return Language(code=UNDETERMINED, probability=1.0, model=self.model)
        scores = dict(self.load().result().rank(readable))
        if hint in scores:
            scores = _tempered(scores, hint)
        code, probability = max(scores.items(), key=lambda item: item[1])
        return Language(code=code, probability=round(float(probability), 4), model=self.model)


def _tempered(scores: dict[str, float], hint: str) -> dict[str, float]:
    """Return Bayes' rule with the declared language as the prior."""
    rest = (1 - DECLARED_WEIGHT) / (len(scores) - 1)
    weighted = {code: p * (DECLARED_WEIGHT if code == hint else rest) for code, p in scores.items()}
    total = sum(weighted.values())
    return {code: p / total for code, p in weighted.items()}


def _load(loading: Future[Any]) -> None:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    try:
        loading.set_result(LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True))
    except (OSError, ValueError) as error:
        loading.set_exception(ModelError(f"the language model cannot be read: {error}"))
