"""Whose labels a post gets: its own."""

import pytest

from domain.config import Brand, NlpSettings
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

    def named(self, texts, names):
        self.texts += texts
        return self.tokenizer.named(texts, names)

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


@pytest.fixture(scope="module")
def listening():
    brands = (
        Brand(key="north", name="Northwind", terms=("northwind",), accounts=("NorthCare",)),
        Brand(key="vela", name="Vela", terms=("vela",)),
        Brand(key="three", name="Three", ambiguous=("three",)),
    )
    return TextEnricher(NlpSettings(), brands)


def felt(enricher, text, **fields):
    (read,) = enricher.enrich([make_post(1, text, **fields)])
    return {one.brand: (one.sentiment.label, one.switch) for one in read.toward}


def test_each_brand_that_a_post_names_has_what_is_felt_toward_it(listening):
    found = felt(listening, "Northwind was awful so I left them. Vela is brilliant, best network ever!")
    assert {brand: label for brand, (label, _) in found.items()} == {"north": "negative", "vela": "positive"}
    found = felt(listening, "@NorthCare thank you, brilliant service")
    assert found["north"][0] == "positive"


def test_a_brand_that_no_word_names_is_felt_nothing_toward(listening):
    assert felt(listening, "three eggs for breakfast, lovely") == {}
    assert felt(listening, "lovely app", brand="Vela") == {}
    assert felt(listening, "😡") == {}


def test_irony_counts_toward_the_one_brand_as_it_is_meant(listening):
    (read,) = listening.enrich([make_post(1, "Really impressed how the Northwind app logs me out every single time")])
    (toward,) = read.toward
    assert (toward.sentiment.label, read.sentiment.label) == ("negative", "negative")


def test_a_replaced_model_reads_equal_texts_once_and_others_each(tmp_path, monkeypatch):
    enricher = TextEnricher(NlpSettings(sentiment=tiny_model(tmp_path, ["positive", "negative", "neutral"])), ())
    counted = Counted(enricher._replaced["sentiment"]._tokenizer)
    monkeypatch.setattr(enricher._replaced["sentiment"], "_tokenizer", counted)
    said = [f"{BEGINNING}good", f"{BEGINNING}bad bad", f"{BEGINNING}good"]
    read = enricher.enrich([make_post(number, text) for number, text in enumerate(said)])
    assert counted.texts == said[:2]
    assert read[0].sentiment == read[2].sentiment
