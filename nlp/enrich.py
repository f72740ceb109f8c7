"""Read posts: one encoder pass and the small tasks beside it, in a fixed order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Protocol

from domain.enrichment import Enrichment, MentionedPlace, Model, Trait
from nlp.clean import has_words, model_text, titled
from nlp.encoder.names import model_text_and_names
from nlp.encoder.shipped import encoder_model, revision_of, weights_of
from nlp.language.detector import LanguageDetector
from nlp.places.finder import PlaceFinder
from nlp.places.gazetteer import INDEX
from nlp.spam import LIKELY, combined, reasons, signs
from nlp.tasks import TASK, toward
from nlp.tasks.aspects import SENTIMENT, aspects
from nlp.tasks.emotion import emotion
from nlp.tasks.intent import intent
from nlp.tasks.meant import MEANT_WEIGHTS, READ, meant
from nlp.tasks.sentiment import nothing_to_read, sentiment
from nlp.tasks.stars import STARS_MODEL, by_stars, is_stars_alone
from nlp.tasks.task import DIGITS
from nlp.tasks.toward import toward_brands
from nlp.tasks.traits import trait
from textquery.brands import brand_matcher
from textquery.mentions import revision

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from domain.config import Brand, NlpSettings
    from domain.post import Post
    from nlp.encoder.encoder import Encoder
    from nlp.encoder.names import Names
    from textquery.brands import Named

EMBEDDING_DIGITS: Final = 4
"""Decimals kept of each embedding component; more would be noise of the arithmetic."""


class TaskModel(Protocol):
    """What may replace the bundled head of a task."""

    model: Model

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the probability of each label of the task per text, shape (n, labels)."""


@dataclass(frozen=True)
class Labels:
    """The probabilities of a page of texts, by task, as they become labels."""

    scores: Mapping[str, NDArray[np.float32]]
    cuts: Mapping[str, Sequence[float]]
    models: Mapping[str, Model]

    def of(self, i: int) -> dict[str, Any]:
        """Return the fields of an `Enrichment` that the encoder's heads alone decide, for text `i`."""
        row = {task: scores[i] for task, scores in self.scores.items()}
        return {
            "sentiment": sentiment(row["sentiment"], self.models["sentiment"]),
            "emotion": emotion(row["emotion"], self.models["emotion"]),
            "intent": intent(row["intent"], self.cuts["intent"], self.models["intent"]),
            "aspects": aspects(row["aspects"], row[SENTIMENT], self.cuts["aspects"], self.models["aspects"]),
            "irony": self._trait("irony", i),
            "offensive": self._trait("offensive", i),
            "urgency": self._trait("urgency", i),
            "telecom": self._trait("telecom", i),
        }

    def spam(self, i: int, text: str) -> Trait:
        """Return whether text `i` is spam: what the head says and the signs that a reader sees."""
        seen = signs(text)
        probability = combined(float(self.scores["spam"][i][0]), seen)
        return trait(probability, LIKELY, self.models["spam"], reasons(probability, seen))

    def holds(self, task: str, i: int) -> bool:
        """Tell whether the one label of a task holds of text `i`."""
        return bool(self.scores[task][i][0] >= self.cuts[task][0])

    def _trait(self, task: str, i: int) -> Trait:
        return trait(float(self.scores[task][i][0]), self.cuts[task][0], self.models[task])


@dataclass(frozen=True)
class _Written:
    """A text as the model sees it, where brands stand in it, and which of those is which."""

    text: str
    names: Names
    standing: Mapping[str, int]


class TextEnricher:
    """Everything that is read off posts (`domain.ports.Enricher`)."""

    def __init__(self, settings: NlpSettings, brands: Sequence[Brand]) -> None:
        """Say which models will be at work; they load when the first post comes.

        Raises:
            ConfigurationError: the expression of a brand cannot be read.
            ModelError: the settings name a model that cannot be had.
        """
        self._settings = settings
        self._brands = brand_matcher(brands)
        self._languages = LanguageDetector(languages=settings.languages)
        self._places = PlaceFinder(ignored=[term for brand in brands for term in (brand.name, *brand.terms)])
        self._replaced: dict[str, TaskModel] = {}
        for name, task in TASK.items():
            model = str(getattr(settings, name, ""))
            if model:
                from nlp.hub.head import HubTask  # transformers takes seconds to import

                self._replaced[name] = HubTask(task, model, threads=settings.threads)
        self._model = encoder_model(settings)
        self._weighs_irony = self._replaced.keys().isdisjoint(READ)
        self._sentiment = Model(self._model.name, f"{self._model.revision}+meant@{revision_of(MEANT_WEIGHTS)}")
        self._gazetteer = Model(INDEX.stem, revision_of(INDEX))

    @property
    def models(self) -> tuple[Model, ...]:
        """The models at work."""
        mentions = (Model("earshot-mentions", revision()),) if self._brands.reads_mentions else ()
        replaced = (one.model for one in self._replaced.values())
        weighed = (self._sentiment,) if self._weighs_irony else ()
        return (self._model, self._languages.model, self._gazetteer, STARS_MODEL, *weighed, *mentions, *replaced)

    @cached_property
    def _encoder(self) -> Encoder:
        self._languages.load()  # goes on beside the encoder
        from nlp.encoder.encoder import Encoder  # torch takes seconds to import

        return Encoder.open(self._settings, weights=weights_of(self._settings))

    def enrich(self, posts: Sequence[Post]) -> list[Enrichment]:
        """Return one enrichment per post, in order."""
        named = [self._brands.named(post) for post in posts]
        written = [self._written(post, one) for post, one in zip(posts, named, strict=True)]
        texts = [one.text for one in written]
        readings = self._encoder.read(texts, [one.names for one in written])
        words = readings.sentiment
        scores = dict(readings.probabilities)
        for task, replacement in self._replaced.items():
            scores[task] = replacement.probabilities(texts)
        if self._weighs_irony:
            scores["sentiment"] = meant(scores)
        languages = self._languages.detect(texts, [post.lang for post in posts])
        labels = Labels(scores, self._cuts, {task: self._model_of(task) for task in (*TASK, SENTIMENT)})
        found = []
        for i, (post, text, language) in enumerate(zip(posts, texts, languages, strict=True)):
            fields = self._read(labels, i, post, text)
            brands = named[i].where(telecom=labels.holds("telecom", i))
            standing = {brand: k for brand, k in written[i].standing.items() if brand in brands}
            if standing and "aspects" in fields:
                said = {name: scores[name][i] for name in (toward.SENTIMENT, toward.SWITCH)}
                fields["toward"] = toward_brands(standing, said, fields["sentiment"], words[i], self._model)
            found.append(
                Enrichment(
                    **fields,
                    language=language,
                    brands=brands,
                    speaker=self._brands.speaker(post),
                    embedding=tuple(round(float(x), EMBEDDING_DIGITS) for x in readings.embeddings[i]),
                )
            )
        return found

    def _written(self, post: Post, named: Named) -> _Written:
        """Return a post's text as the model sees it, and where the brands stand that it may name."""
        whole = titled(post.title, post.text)
        brands = sorted(named.possible)[: toward.MOST]
        text, names = model_text_and_names(whole, [self._brands.places(brand, whole) for brand in brands])
        return _Written(
            text, names, {brand: k for k, (brand, spans) in enumerate(zip(brands, names, strict=False)) if spans}
        )

    def skim(self, posts: Sequence[Post]) -> list[Enrichment]:
        """Return language and brands of each post, in order; the encoder does not see the texts."""
        texts = [model_text(titled(post.title, post.text)) for post in posts]
        languages = self._languages.detect(texts, [post.lang for post in posts])
        return [
            Enrichment(
                language=language,
                brands=self._brands.match(post, telecom=False),
                speaker=self._brands.speaker(post),
            )
            for post, language in zip(posts, languages, strict=True)
        ]

    def about_telecoms(self, texts: Sequence[str]) -> list[Trait]:
        """Tell whether each text (`nlp.clean.titled`) is about an operator or its service, in order."""
        rows = self._encoder.read([model_text(text) for text in texts]).probabilities["telecom"]
        return [trait(float(row[0]), self._cuts["telecom"][0], self._model) for row in rows]

    def _read(self, labels: Labels, i: int, post: Post, text: str) -> dict[str, Any]:
        """Return the fields of an `Enrichment` that are read off the words of a post; `text` as the model sees them."""
        if not has_words(text) or is_stars_alone(text):
            return {"sentiment": by_stars(post.rating, text) or nothing_to_read(self._model_of("sentiment"))}
        places = []
        for found in self._places.find(post.text, author_place=post.place):
            place = MentionedPlace(
                name=found.name,
                country=found.country,
                lat=round(found.latitude, 4),
                lon=round(found.longitude, 4),
                text=found.text,
                probability=round(found.probability, DIGITS),
                model=self._gazetteer,
            )
            places.append(place)
        return {**labels.of(i), "spam": labels.spam(i, post.text), "places": tuple(places)}

    @cached_property
    def _cuts(self) -> Mapping[str, Sequence[float]]:
        bundled = {name: self._encoder.cuts(name) for name in TASK}
        return bundled | {name: [0.5] * len(TASK[name].labels) for name in self._replaced}

    def _model_of(self, task: str) -> Model:
        if task == "sentiment" and self._weighs_irony:
            return self._sentiment
        return self._replaced[task].model if task in self._replaced else self._model
