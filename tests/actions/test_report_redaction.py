"""A post that has to go goes out of the reports that were written before, and nothing else does."""

import pytest

from actions.erase import forget
from cli.report import write_weekly
from domain.errors import InputError
from stores.open import open_store
from tests.support.example_week import MONDAY, WEEK, example_week
from tests.support.stored_posts import stored_post

SAID = "The mast by the old mill is silent <!--/quote--> since noon"
WORDS = "since noon"
FORMS = ["html", "md"]
QUOTES = {"html": "<blockquote", "md": "\n> "}


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("EARSHOT_STORE", f"sqlite:///{tmp_path / 'earshot.sqlite'}")
    monkeypatch.setenv("EARSHOT_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with_week = open_store(f"sqlite:///{tmp_path / 'earshot.sqlite'}")
    example_week(with_week)
    yield with_week
    with_week.close()


@pytest.fixture
def said(store):
    """Keep a post that a report will quote, and return its id."""
    post = stored_post(SAID, day=MONDAY + 1, topic="t-signal", sentiment="negative", likes=90_000)
    store.upsert("posts", [post])
    return {post["id"]}


@pytest.fixture
def repeated(store):
    """Keep a text that many repeat, which a report will list, and return the ids."""
    copies = [stored_post(f"Again: {SAID}", day=MONDAY + 1, copy="many", first=not n) for n in range(6)]
    store.upsert("posts", copies)
    return {copy["id"] for copy in copies}


def written(folder):
    return {form: (folder / f"weekly-{WEEK}.{form}").read_text(encoding="utf-8") for form in FORMS}


def lines(page):
    return [line for line in page.splitlines() if line.strip()]


def test_its_words_leave_every_file_and_all_else_stays(store, said, repeated, tmp_path):
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        write_weekly(None, week=WEEK, forms=FORMS, output=folder)
    before = [written(folder) for folder in folders]
    assert all(page.count(WORDS) == 2 for pages in before for page in pages.values())
    assert forget(store, said | repeated) == 7
    for folder, pages in zip(folders, before, strict=True):
        for form, page in written(folder).items():
            assert WORDS not in page
            assert page.count(QUOTES[form]) < pages[form].count(QUOTES[form])
            assert page.count(QUOTES[form]) > 0
            gone = [line for line in lines(pages[form]) if line not in lines(page)]
            assert all(WORDS in line or "<!--quote" in line or line.startswith(">") for line in gone)
    assert not [one for one in store.scan("reports") if (said | repeated) & {*one["quoted"]}]


def test_whom_only_an_older_file_quotes_is_found_there(store, said, tmp_path):
    write_weekly(None, week=WEEK, forms=["md"], output=tmp_path / "old")
    loud = {"day": MONDAY + 1, "topic": "t-signal", "sentiment": "negative"}
    texts = ["So loud", "Louder still", "The loudest of them", "Nothing else is heard"]
    store.upsert("posts", [stored_post(text, likes=100_000, **loud) for text in texts])
    (new,) = write_weekly(None, week=WEEK, forms=["html"], output=tmp_path / "new")
    assert WORDS not in new.read_text(encoding="utf-8")
    forget(store, said)
    assert WORDS not in (tmp_path / "old" / f"weekly-{WEEK}.md").read_text(encoding="utf-8")


def test_a_file_that_is_no_longer_there_is_not_missed(store, said, tmp_path):
    for path in write_weekly(None, week=WEEK, forms=FORMS, output=tmp_path / "reports"):
        path.unlink()
    assert forget(store, said) == 1
    assert not list((tmp_path / "reports").iterdir())


def test_a_file_that_cannot_be_changed_is_named_and_the_post_stays_to_be_deleted_again(store, said, tmp_path):
    (path,) = write_weekly(None, week=WEEK, forms=["md"], output=tmp_path / "reports")
    blocked = path.with_name(f"{path.name}.new")
    blocked.mkdir()
    with pytest.raises(InputError, match=f"{path.name}: a deleted post cannot be taken out"):
        forget(store, said)
    blocked.rmdir()
    assert forget(store, said) == 1
    assert WORDS not in path.read_text(encoding="utf-8")
