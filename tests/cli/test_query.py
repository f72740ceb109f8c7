"""`earshot query preview`: an expression tried on what is stored, before it is written down."""

from dataclasses import dataclass

import pytest
from typer.testing import CliRunner

from cli.main import app
from collectors.catalog import CATALOG, SourceKind
from domain.config import Brand, NlpSettings
from domain.enrichment import Model, Trait
from domain.questions import Filters, Page
from nlp.encoder.shipped import NAME
from nlp.enrich import TextEnricher
from pipeline.preview import MOST_READ
from stores.open import open_store
from tests.support.flows import make_post
from tests.support.stored_posts import START, stored_post

MODEL = Model("hand", "1")
CONFIG = """
[brand.north]
name = "North Mobile"
query = 'northmobile OR "north mobile" OR (north NEAR/3 signal) NOT "north sea"'

[brand.three]
name = "Three"
terms = ["threeuk"]
ambiguous = ["three", "drei"]

[source.hn]
type = "hackernews"

[source.news]
type = "rss"
url = "https://news.example/feed.xml"
"""
TEXTS = [
    "NorthMobile is down again",
    "no signal up north",
    "signal over the north sea",
    "north of the hills there is never any signal",
    "three hours on hold with three, no signal",
    "two or three eggs",
    "ThreeUK sent \x1b[31mme a bill",
    "lovely weather",
]


@dataclass(frozen=True)
class Searched:
    """The settings of a source that is searched."""

    query: str = ""


def about_telecoms(_enricher, texts):
    """Say what a model would: that texts with these words are about telecoms."""
    holds = [any(word in text.lower() for word in ("signal", "bill", "mobile", "down")) for text in texts]
    return [Trait(holds=hold, probability=0.9 if hold else 0.2, model=MODEL) for hold in holds]


@pytest.fixture
def earshot(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EARSHOT_STORE", f"sqlite:///{tmp_path / 'earshot.sqlite'}")
    monkeypatch.setenv("EARSHOT_HOME", str(tmp_path))
    monkeypatch.setitem(CATALOG, "hackernews", SourceKind(settings=Searched, open=None, help="A search"))
    monkeypatch.setattr(TextEnricher, "about_telecoms", about_telecoms)
    (tmp_path / "earshot.toml").write_text(CONFIG, encoding="utf-8")

    def run(*words, texts=TEXTS, config=None):
        if config is not None:
            (tmp_path / "earshot.toml").write_text(config, encoding="utf-8")
        store = open_store(f"sqlite:///{tmp_path / 'earshot.sqlite'}")
        posts = [stored_post(text, native_id=f"{number:04}") for number, text in enumerate(texts)]
        early = [stored_post("northmobile, an hour and more before", native_id="early", hour=-2)] if posts else []
        store.upsert("posts", [*posts, *early])
        store.close()
        return CliRunner().invoke(app, ["query", "preview", *words], catch_exceptions=True)

    return run


def squeezed(done):
    assert done.exception is None, done.exception
    return [" ".join(line.split()) for line in done.stdout.splitlines()]


def test_what_is_caught_what_is_missed_and_why(earshot):
    lines = squeezed(earshot("north"))
    assert lines[0].startswith('North Mobile: northmobile OR "north mobile"')
    assert lines[1] == "from 2026-03-02 08:00 to 2026-03-02 09:00 UTC: 8 stored posts"
    assert "caught: 2 posts" in lines
    assert "2026-03-02 09:00 forum 0.900 northmobile NorthMobile is down again" in lines
    assert "missed, with one of its words: 3 posts" in lines
    why = lines.index("posts why")
    assert lines[why + 1 : why + 4] == [
        "1 NEAR: north and signal are more than 3 words apart",
        '1 NOT excludes it: it has "north sea"',
        "1 NEAR: signal without north",
    ]
    assert any("three hours on hold" in line and "NEAR: signal without north" in line for line in lines)


def test_the_model_is_named_and_its_word_counted(earshot):
    (told,) = [line for line in squeezed(earshot("north")) if line.startswith("about telecoms")]
    assert told == (
        "about telecoms, as hand 1 reads 2 posts of them: 2, 100% (95 % interval 34% to 100%); mean probability 0.90"
    )


def test_an_ambiguous_word_counts_where_the_text_is_about_telecoms(earshot):
    lines = squeezed(earshot("three"))
    assert lines[0] == "Three: threeuk OR three OR drei"
    assert "caught: 2 posts" in lines
    assert "1 three is an ordinary word too, and stands there as one" in lines
    assert any("two or three eggs" in line for line in lines)


def test_a_post_that_is_missed_for_an_ambiguous_word_says_why(earshot):
    lines = squeezed(earshot("three", texts=["back to three", "two or three eggs", "lost signal three times today"]))
    assert "caught: 0 posts" in lines
    assert "1 three is an ordinary word too, and the text is not about telecoms" in lines
    assert "2 three is an ordinary word too, and stands there as one" in lines


def test_requests_are_those_of_the_sources_that_are_searched(earshot):
    lines = squeezed(earshot("north"))
    start = lines.index("source type request")
    assert lines[start + 1 :] == [
        "hn hackernews northmobile",
        'hn hackernews "north mobile"',
        "hn hackernews north signal",
    ]
    own = CONFIG.replace('"hackernews"', '"hackernews"\nquery = "my words"')
    assert "hn hackernews my words (its own)" in squeezed(earshot("north", config=own))
    lines = squeezed(earshot("--query", "sign*", config=CONFIG))
    assert any(line.startswith("hn hackernews none: Hacker News cannot be searched for") for line in lines)
    none = "no configured source is searched; what the others bring is held against the expression"
    assert none in squeezed(earshot("north", config=CONFIG.split("[source.hn]", maxsplit=1)[0]))


def test_an_expression_is_tried_before_it_is_written_down(earshot):
    lines = squeezed(earshot("--query", "signal NOT north"))
    assert lines[0] == "tried: signal NOT north"
    assert "caught: 1 post" in lines
    assert "3 NOT excludes it: it has north" in lines


def test_a_brands_ambiguous_words_hold_for_what_is_tried_in_its_place(earshot):
    assert "caught: 2 posts" in squeezed(earshot("--query", "three"))
    lines = squeezed(earshot("three", "--query", "three"))
    assert lines[0] == "Three: three"
    assert "caught: 1 post" in lines


def test_all_brands_one_after_another(earshot):
    titles = [line for line in squeezed(earshot()) if line.startswith(("North Mobile: ", "Three: "))]
    assert [title.partition(":")[0] for title in titles] == ["North Mobile", "Three"]


def test_hours_reach_back_from_the_newest_post(earshot):
    assert "caught: 3 posts" in squeezed(earshot("north", "--hours", "2"))
    assert "caught: 2 posts" in squeezed(earshot("north", "--hours", "1.9"))


def test_texts_are_shortened_and_cannot_steer_the_terminal(earshot):
    done = earshot("three", texts=[*TEXTS, f"threeuk bill {'very ' * 99}dear"])
    assert "\x1b" not in done.stdout
    assert "…" in done.stdout
    assert "dear" not in done.stdout


def test_no_more_is_listed_than_was_asked_for(earshot):
    texts = [f"northmobile {number}" for number in range(9)] + [f"north sea {number}" for number in range(9)]
    lines = squeezed(earshot("north", "--limit", "2", texts=texts))
    listed = [line for line in lines if line.startswith("2026")]
    assert ["northmobile" in line for line in listed] == [True, True, False, False]
    assert not any(line.startswith("2026") for line in squeezed(earshot("north", "--limit", "0", texts=texts)))


def test_of_many_caught_posts_a_fair_draw_is_read(earshot):
    lines = squeezed(earshot("north", texts=[f"northmobile {number}" for number in range(MOST_READ + 5)]))
    assert f"caught: {MOST_READ + 5} posts" in lines
    assert any(f"reads {(MOST_READ + 6) // 2} posts of them" in line for line in lines)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["south"], "there is no brand south; configured: north, three"),
        (["--query", "(north"], "text query, character 1: the bracket ( is never closed"),
        (["--query", "NOT north"], "also met by posts with none of its words"),
    ],
)
def test_mistakes_are_one_sentence(earshot, words, told):
    error = earshot(*words).exception
    assert (error.exit_code, "\n" in str(error)) == (2, False)
    assert told in str(error)


def test_nothing_stored_is_one_sentence(earshot):
    error = earshot("north", texts=[]).exception
    assert str(error) == "there are no posts to try an expression on yet; collect some first"


def test_without_brands_an_expression_is_asked_for(earshot):
    error = earshot(config="").exception
    assert str(error) == "no brand is configured; try an expression with --query"
    assert "caught: 3 posts" in squeezed(earshot("--query", "north"))


def test_a_preview_changes_nothing(earshot, tmp_path):
    earshot("north", "--query", "three")
    store = open_store(f"sqlite:///{tmp_path / 'earshot.sqlite'}")
    found = store.search(Filters(start=START), order="newest", page=Page(limit=100))
    assert {tuple(post["brands"]) for post in found.documents} == {("north",)}
    store.close()


@pytest.mark.model
def test_the_model_tells_what_is_about_telecoms():
    read = TextEnricher(NlpSettings(), ()).about_telecoms(
        ["No signal on my phone since the mast fell.", "Two or three eggs and a pinch of salt."]
    )
    assert [one.holds for one in read] == [True, False]
    assert {one.model.name for one in read} == {NAME}


@pytest.mark.model
def test_what_decides_an_ambiguous_name_is_kept_with_the_post():
    brand = Brand(key="mast", name="Mast & Pinch", ambiguous=("mast", "pinch"))
    texts = ["The Mast network is down, no signal on my phone since Monday.", "Two or three eggs, so says Pinch."]
    enricher = TextEnricher(NlpSettings(), (brand,))
    read = enricher.enrich([make_post(number, text) for number, text in enumerate(texts)])
    assert [(one.telecom.holds, one.brands) for one in read] == [(True, ("mast",)), (False, ())]
    assert [one.telecom for one in read] == enricher.about_telecoms(texts)
