"""An enricher without a model: deterministic, instant, good enough where models are not the point."""

import hashlib

from domain.enrichment import Emotion, Enrichment, Intent, Language, Model, Sentiment
from tests.support.handmade import aspects, trait

MODEL = Model("keywords", "1")
ASPECTS = {"signal": "network", "bill": "price", "shop": "delivery"}
EMOTIONS = {"negative": "anger", "neutral": "none", "positive": "joy"}
INTENTS = {"negative": "complaint", "neutral": "other", "positive": "praise"}
MOODS = {"bad": "negative", "down": "negative", "great": "positive", "love": "positive"}


class KeywordEnricher:
    """Labels by single words; the embedding is drawn from the text's hash."""

    def __init__(self, revision="1"):
        self.models = (Model("keywords", revision),)
        self.read = []

    def enrich(self, posts):
        self.read += [post.id for post in posts]
        return [enrichment_of(post) for post in posts]

    def skim(self, posts):
        return [skimmed(post) for post in posts]


def skimmed(post):
    """Return what may be read off a post that may not be labelled."""
    language = Language(code=post.lang or "en", probability=0.9, model=MODEL)
    return Enrichment(language=language, brands=(post.brand,) if post.brand else ())


def enrichment_of(post):
    """Return the labels of one post."""
    text = post.text.lower()
    label = next((mood for word, mood in MOODS.items() if word in text), "neutral")
    prizes = ["a prize"] if "win a" in text else []
    probabilities = {name: 0.8 if name == label else 0.1 for name in ("negative", "neutral", "positive")}
    score = round(probabilities["positive"] - probabilities["negative"], 4)
    digest = hashlib.sha256(post.text.encode("utf-8", "replace")).digest()
    components = [((digest[i % 32] * (i + 1)) % 251) / 125 - 1 for i in range(384)]
    length = sum(x * x for x in components) ** 0.5
    return Enrichment(
        language=Language(code=post.lang or "en", probability=0.9, model=MODEL),
        sentiment=Sentiment(label=label, score=score, probabilities=probabilities, model=MODEL),
        brands=(post.brand,) if post.brand else (),
        emotion=Emotion(label=EMOTIONS[label], probabilities={EMOTIONS[label]: 0.8}, model=MODEL),
        intent=Intent(labels=(INTENTS[label],), probabilities={INTENTS[label]: 0.8}, model=MODEL),
        aspects=aspects({aspect: label for word, aspect in ASPECTS.items() if word in text}, MODEL),
        irony=trait(False, model=MODEL),
        offensive=trait(False, model=MODEL),
        spam=trait(bool(prizes), *prizes, model=MODEL),
        urgency=trait("urgent" in text, model=MODEL),
        embedding=tuple(round(x / length, 4) for x in components),
    )
