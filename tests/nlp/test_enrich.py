"""Whose labels a post gets: its own."""

import pytest

from domain.config import NlpSettings
from nlp.enrich import TextEnricher
from tests.support.flows import make_post
from tests.support.tiny_models import tiny_model

pytestmark = pytest.mark.model

BEGINNING = "I have been a customer with Northwind for more than ten years now and they are "
ENDS = {"a disgrace, I hate them": "negative", "fantastic, love them": "positive"}


@pytest.fixture(scope="module")
def enricher():
    return TextEnricher(NlpSettings(), ())


class Counted:
    """Stands before a tokenizer and writes down what it is asked for."""

    def __init__(self, tokenizer):
        self.tokenizer = tokenizer
        self.texts = []

    def __call__(self, texts, **options):
        self.texts += texts
        return self.tokenizer(texts, **options)

    def __getattr__(self, name):
        return getattr(self.tokenizer, name)


@pytest.mark.parametrize("ends", [list(ENDS), list(reversed(ENDS))], ids=["blame-first", "praise-first"])
@pytest.mark.parametrize("pages", [1, 2])
def test_each_of_two_posts_that_begin_alike_has_its_own_mood(enricher, ends, pages):
    posts = [make_post(number, BEGINNING + end) for number, end in enumerate(ends)]
    read = enricher.enrich(posts) if pages == 1 else [enricher.enrich([post])[0] for post in posts]
    assert [one.sentiment.label for one in read] == [ENDS[end] for end in ends]
    assert {min(one.sentiment.probabilities[one.sentiment.label], 0.7) for one in read} == {0.7}


def test_what_the_model_sees_as_equal_is_read_once(enricher, monkeypatch):
    texts = [f"@{name} {BEGINNING}great https://{name}.example/{n}" for n, name in enumerate(("ann", "bob", "zoe"))]
    texts += [f"{BEGINNING}great", texts[0]]
    counted = Counted(enricher._encoder.tokenizer)
    monkeypatch.setattr(enricher._encoder, "tokenizer", counted)
    read = enricher.enrich([make_post(number, text) for number, text in enumerate(texts)])
    assert counted.texts == [f"@user {BEGINNING}great http", f"{BEGINNING}great"]
    assert read[0].sentiment == read[1].sentiment == read[4].sentiment
    assert read[0].embedding == read[2].embedding != read[3].embedding


def test_a_replaced_model_reads_equal_texts_once_and_others_each(tmp_path, monkeypatch):
    enricher = TextEnricher(NlpSettings(sentiment=tiny_model(tmp_path, ["positive", "negative", "neutral"])), ())
    counted = Counted(enricher._replaced["sentiment"]._tokenizer)
    monkeypatch.setattr(enricher._replaced["sentiment"], "_tokenizer", counted)
    said = [f"{BEGINNING}good", f"{BEGINNING}bad bad", f"{BEGINNING}good"]
    read = enricher.enrich([make_post(number, text) for number, text in enumerate(said)])
    assert counted.texts == said[:2]
    assert read[0].sentiment == read[2].sentiment
