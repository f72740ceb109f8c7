"""Read posts: one encoder pass and the small tasks beside it, in a fixed order."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final, Protocol

from domain.enrichment import Copy, Enrichment, Model
from nlp.brands import BrandMatcher
from nlp.clean import has_words, model_text
from nlp.copies import copy_key
from nlp.language import LanguageDetector
from nlp.sentiment import nothing_to_read, sentiment
from nlp.shipped import encoder_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from domain.config import Brand, NlpSettings
    from domain.post import Post
    from nlp.encoder import Encoder

EMBEDDING_DIGITS: Final = 4
"""Decimals kept of each embedding component; more would be noise of the arithmetic."""


class SentimentModel(Protocol):
    """What may replace the bundled sentiment head."""

    model: Model

    def probabilities(self, texts: Sequence[str]) -> NDArray:  # type: ignore[type-arg]
        """Return negative, neutral and positive per text, shape (n, 3)."""


class TextEnricher:
    """Language, sentiment, brands, copies and embedding of posts (`domain.ports.Enricher`)."""

    def __init__(self, settings: NlpSettings, brands: Sequence[Brand]) -> None:
        """Say which models will be at work; they load when the first post comes.

        Raises:
            ModelError: the settings name a model that cannot be had.
        """
        self._settings = settings
        self._brands = BrandMatcher(brands)
        self._languages = LanguageDetector()
        self._sentiments = _replacement(settings)
        self._model = encoder_model(settings)

    @property
    def models(self) -> tuple[Model, ...]:
        """The models at work."""
        replaced = (self._sentiments.model,) if self._sentiments else ()
        return (self._model, self._languages.model, *replaced)

    @cached_property
    def _encoder(self) -> Encoder:
        self._languages.load()  # goes on beside the encoder
        from nlp.encoder import Encoder  # torch takes seconds to import

        return Encoder.open(self._settings)

    def enrich(self, posts: Sequence[Post]) -> list[Enrichment]:
        """Return one enrichment per post, in order."""
        texts = [model_text(f"{post.title}. {post.text}" if post.title else post.text) for post in posts]
        readings = self._encoder.read(texts)
        scores = self._sentiments.probabilities(texts) if self._sentiments else readings.sentiment
        model = self._sentiments.model if self._sentiments else self._model
        languages = self._languages.detect(texts, [post.lang for post in posts])
        return [
            Enrichment(
                language=language,
                sentiment=sentiment(row, model) if has_words(text) else nothing_to_read(model),
                brands=self._brands.match(post),
                copy=Copy(key=copy_key(post)),
                speaker=self._brands.speaker(post),
                embedding=tuple(round(float(x), EMBEDDING_DIGITS) for x in vector),
            )
            for post, text, language, row, vector in zip(
                posts, texts, languages, scores, readings.embeddings, strict=True
            )
        ]


def _replacement(settings: NlpSettings) -> SentimentModel | None:
    if not settings.sentiment:
        return None
    from nlp.hub import HubSentiment  # transformers takes seconds to import

    return HubSentiment(settings.sentiment)
