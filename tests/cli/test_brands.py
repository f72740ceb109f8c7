"""`earshot brands again`: stored posts are named by the brands as they are configured now."""

import pytest
from typer.testing import CliRunner

from cli.main import app
from domain.config import Brand
from domain.documents import to_document
from domain.enrichment import Model, Trait
from domain.post import Author
from domain.questions import Filters
from nlp.enrich import TextEnricher
from pipeline import retag_brands as naming
from pipeline.retag_brands import name_again
from stores.open import open_store
from tests.support.stored_posts import stored_post

NORTH = Brand(key="north", name="North", terms=("northmobile",), accounts=("NorthCare",))
THREE = Brand(key="three", name="Three", terms=("threeuk",), ambiguous=("three",))
ASKED = Brand(key="north", name="North", query='signal NOT "north sea"')
MODEL = Model("hand", "1")


def read_telecom(*holds):
    """Return a document's field that says whether its text is about telecoms."""
    return [{"telecom": to_document(Trait(holds=hold, probability=0.7, model=MODEL))} for hold in holds]


@pytest.fixture
def store(tmp_path):
    with_posts = open_store(f"sqlite:///{tmp_path / 'earshot.sqlite'}")
    yield with_posts
    with_posts.close()


class Reader:
    """Says of texts with `today` that they are about telecoms, and remembers what it read."""

    def __init__(self):
        self.texts = []

    def __call__(self, texts):
        self.texts += texts
        return [Trait(holds="today" in text, probability=0.6, model=MODEL) for text in texts]


def named(store):
    return {one["native_id"]: one.get("brands", []) for one in store.scan("posts")}


def test_posts_are_about_the_brands_of_today_and_of_those_alone(store):
    posts = [
        stored_post("no signal", native_id="1", brands=()),
        stored_post("signal on the north sea", native_id="2", brands=("north",)),
        stored_post("signal again", native_id="3", brands=("gone", "north")),
        stored_post("sunny", native_id="4", brands=("north",), brand="North"),
    ]
    store.upsert("posts", posts)
    found = name_again(store, [ASKED], Reader())
    assert named(store) == {"1": ["north"], "2": [], "3": ["north"], "4": ["north"]}
    assert (found.posts, found.now, found.no_longer) == (4, {"north": 1}, {"north": 1, "gone": 1})
    kept = store.get("posts", [posts[1]["id"]])[posts[1]["id"]]
    assert kept == {key: value for key, value in posts[1].items() if key not in {"brands", "words"}}


def test_what_is_felt_toward_a_brand_goes_with_it(store):
    felt = (("gone", "negative"), ("north", "positive"))
    store.upsert("posts", [stored_post("signal again", native_id="1", brands=("gone", "north"), toward=felt)])
    name_again(store, [ASKED], Reader())
    (post,) = store.scan("posts")
    assert (post["brand_sentiments"], [one["brand"] for one in post["toward"]]) == (["north:positive"], ["north"])


def test_a_new_account_of_the_brand_speaks_for_it(store):
    store.upsert("posts", [stored_post("hello", native_id="1", author=Author(id="7", handle="@northcare@x.example"))])
    name_again(store, [NORTH], Reader())
    assert [one["speaker"] for one in store.scan("posts")] == ["brand"]


def test_what_a_post_is_about_is_read_once_and_only_where_a_brand_hangs_on_it(store):
    holds, fails = read_telecom(True, False)
    store.upsert(
        "posts",
        [
            stored_post("with three", native_id="1", brands=()) | holds,
            stored_post("three eggs", native_id="2", brands=("three",)) | fails,
            stored_post("back to three today", native_id="3", brands=()),
            stored_post("with three eggs", native_id="4", brands=()),
            stored_post("threeuk, three and northmobile", native_id="5", brands=()),
            stored_post("three there today", native_id="6", brands=("three",)) | {"terms": {"label": False}},
        ],
    )
    reader = Reader()
    name_again(store, [NORTH, THREE], reader)
    assert named(store) == {"1": ["three"], "2": [], "3": ["three"], "4": [], "5": ["north", "three"], "6": []}
    assert sorted(reader.texts) == ["back to three today", "with three eggs"]
    name_again(store, [NORTH, THREE], reader)
    assert len(reader.texts) == 2


def test_a_word_that_is_no_name_is_not_read_for(store):
    posts = ["lost signal three times today", "my three sim stopped working", "three has it today"]
    store.upsert("posts", [stored_post(text, native_id=text[:5], brands=("three",)) for text in posts])
    reader = Reader()
    found = name_again(store, [THREE], reader)
    assert (found.no_longer, reader.texts) == ({"three": 1}, ["three has it today"])


class KilledError(Exception):
    """Stands for the end of the process."""


def test_cut_off_it_goes_on_where_it_was_and_tells_of_all(store, monkeypatch):
    monkeypatch.setattr(naming, "PAGE", 4)
    store.upsert("posts", [stored_post("back to three today", native_id=f"{n:02}", brands=()) for n in range(10)])
    reader, shares = Reader(), []

    def dies_at_the_third_page(texts):
        if len(reader.texts) == 8:
            raise KilledError
        return reader(texts)

    with pytest.raises(KilledError):
        name_again(store, [THREE], dies_at_the_third_page)
    found = name_again(store, [THREE], reader, shares.append)
    assert (found.posts, found.now, len(reader.texts)) == (10, {"three": 10}, 10)
    assert shares == [1.0]
    assert list(store.scan("cursors")) == []


def test_for_other_brands_than_it_was_cut_off_with_it_begins_anew(store, monkeypatch):
    monkeypatch.setattr(naming, "PAGE", 2)
    store.upsert("posts", [stored_post("northmobile, three", native_id=str(n), brands=()) for n in range(4)])

    def dies(_texts):
        raise KilledError

    with pytest.raises(KilledError):
        name_again(store, [THREE], dies)
    assert name_again(store, [NORTH], Reader()).now == {"north": 4}


CONFIG = """
[brand.north]
name = "North Mobile"
terms = ["{term}"]
own = true
"""


def test_the_command_tells_what_changed(tmp_path, monkeypatch):
    monkeypatch.setenv("EARSHOT_STORE", f"sqlite:///{tmp_path / 'earshot.sqlite'}")
    monkeypatch.setenv("EARSHOT_HOME", str(tmp_path))
    monkeypatch.setattr(TextEnricher, "about_telecoms", None)
    config = tmp_path / "earshot.toml"
    config.write_text(CONFIG.format(term="signal"), encoding="utf-8")
    store = open_store(f"sqlite:///{tmp_path / 'earshot.sqlite'}")
    texts = ["no signal", "North’s signal", "rain"]
    store.upsert("posts", [stored_post(text, brands=("north",) if text == "rain" else ()) for text in texts])
    command = ["--config", str(config), "brands", "again", "--no-refresh"]
    told = CliRunner().invoke(app, command)
    assert told.exit_code == 0, told.output
    assert "3 posts named anew: 2 now about north, 1 no longer" in told.output
    assert store.count_by(Filters(brands=("north",)), ())[0].total == 2
    assert "3 posts named anew: all as they were" in CliRunner().invoke(app, command).output
    store.close()
