"""Names that are words: whether the operator is meant is told for each mention."""

from collections import defaultdict
from datetime import UTC, datetime

import pytest

from domain.config import Brand, NlpSettings
from domain.post import Post
from nlp.enrich import TextEnricher
from nlp.training.mentions import fitted, mention_rows
from tests.support.tree import ROOT
from textquery.brands import brand_matcher
from textquery.mentions import MentionModel
from textquery.words import spoken

NAMES = ("three", "o2", "ee", "sky", "free", "orange", "plus", "smart", "play", "visible", "salt", "mint")
ROWS = mention_rows()
HELD_OUT = [row for row in ROWS if row.held_out]
MATCHER = brand_matcher(
    [
        *(Brand(key=name, name=name.title(), ambiguous=(name,)) for name in NAMES),
        Brand(key="virgin", name="Virgin", ambiguous=("virgin",)),
        Brand(key="red", name="Red", ambiguous=("red mobile", "red")),
        Brand(key="north", name="Northwind", terms=("northwind",)),
    ]
)
BEGIN, END = "<!-- mentions:begin -->", "<!-- mentions:end -->"


def named(text, *, telecom=True):
    """Return the brands that a text names as a post."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return MATCHER.match(Post(source="s", native_id="1", text=text, created_at=moment), telecom=telecom)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Lost signal three times today on Northwind", ("north",)),
        ("THREE engineers and none could fix the fibre", ()),
        ("Plus de réseau chez Northwind depuis hier", ("north",)),
        ("Free parking at the Northwind shop, no signal inside", ("north",)),
        ("The mast is so tall it touches the sky, no signal", ()),
        ("two routers plus unlimited data from Northwind", ("north",)),
        ("my virgin router died", ("virgin",)),
        ("virgin olive oil on my router, no signal now", ()),
    ],
)
def test_a_word_of_a_text_about_telecoms_is_no_name(text, found):
    assert named(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Three is down, no signal since morning", ("three",)),
        ("three hours on hold with Three, no answer", ("three",)),
        ("leaving sky for Virgin, the price went up", ("sky", "virgin")),
        ("@three hello?", ("three",)),
        ("Free mobile : plus de réseau", ("free",)),
        ("brak zasięgu w sieci plus", ("plus",)),
        ("Red Mobile has no signal", ("red",)),
    ],
)
def test_a_name_beside_words_of_the_trade_counts_whatever_the_model_says_of_the_text(text, found):
    assert named(text, telecom=False) == found


@pytest.mark.parametrize(
    "text", ["Three is the magic number", "salt and vinegar crisps", "what a smart pass", "Free at last"]
)
def test_elsewhere_a_word_is_a_word(text):
    assert named(text, telecom=False) == ()


def test_a_name_in_another_spelling_hangs_on_what_the_text_is_about():
    assert named("Ｔｈｒｅｅ") == ("three",)
    assert named("Ｔｈｒｅｅ", telecom=False) == ()


def test_a_mention_in_a_link_is_none():
    found = MATCHER.find(spoken("signal https://three.example"), "signal https://three.example")
    assert not found.possible


def measured():
    """Return by name how many held-out rows mean the brand, how many are found, how many do not, and are."""
    counts = defaultdict(lambda: [0, 0, 0, 0])
    for row in HELD_OUT:
        found = row.name in named(row.text, telecom=not row.elsewhere)
        count = counts[row.name]
        count[0 if row.named else 2] += 1
        count[1 if row.named else 3] += found
    return dict(counts)


def test_held_out_mentions_are_told_apart():
    means, found, _, wrong = (sum(column) for column in zip(*measured().values(), strict=True))
    assert found / means >= 0.9
    assert found / (found + wrong) >= 0.9


def test_the_page_has_the_figures():
    """The section is made of them: on a difference, take what this test expects."""
    lines = ["| name | meant | found | not meant | found all the same |", "|---|---|---|---|---|"]
    lines += [f"| {name} | {' | '.join(map(str, count))} |" for name, count in sorted(measured().items())]
    page = (ROOT / "docs" / "queries.md").read_text(encoding="utf-8")
    assert page.split(BEGIN)[1].split(END)[0].strip() == "\n".join(lines)


def test_the_weights_are_learned_from_the_rows_that_are_not_held_out():
    learned, shipped = fitted([row for row in ROWS if not row.held_out]), MentionModel.shipped()
    assert learned.bias == pytest.approx(shipped.bias, abs=0.01)
    assert learned.weights == pytest.approx(shipped.weights, abs=0.01)


@pytest.mark.model
def test_with_what_the_model_says_of_the_texts_they_are_told_apart_as_well():
    about = TextEnricher(NlpSettings(), ()).about_telecoms([row.text for row in HELD_OUT])
    told = [
        (row.named, row.name in named(row.text, telecom=one.holds)) for row, one in zip(HELD_OUT, about, strict=True)
    ]
    right = told.count((True, True))
    assert right / (right + told.count((True, False))) >= 0.9
    assert right / (right + told.count((False, True))) >= 0.9
