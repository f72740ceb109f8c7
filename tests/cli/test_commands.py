"""What a user types and sees, on a small store."""

import json
import logging
import re
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.options import moment
from collectors.operator.files import FileCollector
from domain.errors import InputError, RecordUnreadable
from domain.ports import Batch
from stores.open import open_store
from tests.support.stored_posts import stored_post


@pytest.fixture
def earshot(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'earshot.sqlite'}"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EARSHOT_STORE", url)
    monkeypatch.setenv("EARSHOT_HOME", str(tmp_path))
    store = open_store(url)
    store.upsert(
        "posts",
        [
            stored_post(
                "No signal in Leeds",
                sentiment="negative",
                intents=("complaint",),
                felt=(("network", "negative"), ("price", "positive")),
                urgent=True,
                brands=("north",),
                day=0,
                author="ann",
            ),
            stored_post("Lovely shop [red]staff[/red]", sentiment="positive", brands=("south",), day=1, author="bob"),
            stored_post(
                "Signal fine in York", felt=(("network", "positive"),), spam=["a link"], brands=("north",), day=1
            ),
        ],
    )
    store.close()

    def run(*words):
        return CliRunner().invoke(app, list(words), catch_exceptions=True)

    return run


def test_sentiment_by_day_as_json(earshot):
    rows = json.loads(earshot("ask", "sentiment", "--by", "day", "--brand", "north", "--format", "json").stdout)
    assert [row["posts"] for row in rows] == [1, 1]
    assert rows[0]["day"].startswith("2026-03-02")
    assert rows[0]["net"] == -1


def test_several_dimensions_at_once(earshot):
    rows = json.loads(earshot("ask", "volume", "--by", "day,brand", "--format", "json").stdout)
    assert [(row["brand"], row["posts"]) for row in rows] == [("north", 1), ("north", 1), ("south", 1)]


def test_a_boolean_query_and_csv(earshot):
    shown = earshot("ask", "posts", "--text", "signal AND NOT york", "--format", "csv").stdout.splitlines()
    assert len(shown) == 2
    assert "No signal in Leeds" in shown[1]


def test_sentiment_toward_an_aspect_is_asked_for_and_narrowed(earshot):
    rows = json.loads(earshot("ask", "sentiment", "--by", "aspect", "--format", "json").stdout)
    found = [(row["aspect"], row["posts"], row["negative"], row["positive"]) for row in rows]
    assert found == [("network", 2, 1, 1), ("price", 1, 0, 1), (None, 1, 0, 0)]
    liked = earshot("ask", "posts", "--aspect-sentiment", "network:positive", "--format", "json").stdout
    assert [row["text"] for row in json.loads(liked)] == ["Signal fine in York"]
    assert "1 of 1 posts" in earshot("ask", "posts", "--aspect", "price", "--intent", "complaint").stdout


def test_urgent_and_spam_can_be_asked_for_or_left_out(earshot):
    assert "1 of 1 posts" in earshot("ask", "posts", "--urgent").stdout
    assert "2 of 2 posts" in earshot("ask", "posts", "--no-urgent").stdout
    shown = earshot("ask", "posts", "--no-spam").stdout
    assert "2 of 2 posts" in shown
    assert "complaint  network:negative, price:positive  urgent" in shown
    assert "Signal fine in York" not in shown


def test_posts_are_shown_as_text_and_never_as_markup(earshot):
    assert "[red]staff[/red]" in earshot("ask", "posts", "--text", "shop").stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["ask", "mood"], "there is no measure 'mood'"),
        (["ask", "volume", "--by", "colour"], "there is no dimension 'colour'"),
        (["ask", "posts", "--text", "(open"], "query"),
        (["ask", "volume", "--since", "yesterday"], "no day or time"),
        (["collect", "nowhere"], "there is no source nowhere"),
        (["recheck", "nowhere"], "there is no source nowhere"),
        (["journey", "nobody"], "nobody"),
        (["journeys", "--leading-to", "joy"], "not to 'joy'"),
        (["journeys", "--leading-to", "call", "--since", "1999-01-01"], "at most 366 days"),
        (["report", "weekly", "--format", "docx"], "docx"),
    ],
)
def test_mistakes_are_one_sentence(earshot, words, told):
    error = earshot(*words).exception
    assert error.exit_code == 2
    assert told in str(error)
    assert "\n" not in str(error)


def test_unknown_is_a_value_one_can_ask_for(earshot):
    rows = json.loads(earshot("ask", "posts", "--author", "unknown", "--format", "json").stdout)
    assert [row["text"] for row in rows] == ["Signal fine in York"]


def test_sequences_say_how_much_was_read_where_nothing_was_found(earshot):
    done = earshot("journeys", "--leading-to", "call", "--format", "json")
    assert json.loads(done.stdout) == []
    assert "0 of 0 sequences precede call more often than chance explains" in done.stderr


def test_influencers_say_what_could_not_be_ranked(earshot):
    done = earshot("influencers", "--format", "json")
    assert {row["handle"] for row in json.loads(done.stdout)} <= {"ann", "bob"}
    assert "1 of 3 posts have no known author" in done.stderr


def test_posts_whose_time_is_up_go(earshot, tmp_path):
    assert "no post's time is up" in earshot("retain").stderr
    store = open_store(f"sqlite:///{tmp_path / 'earshot.sqlite'}")
    store.upsert("posts", [stored_post("Old news") | {"terms": {"store_until": "2026-03-03T00:00:00.000Z"}}])
    store.close()
    assert "1 post deleted" in earshot("retain").stderr
    assert "3 of 3 posts" in earshot("ask", "posts").stdout


def test_a_day_as_an_end_counts_whole():
    assert moment("2026-03-02", "UTC", whole_day=True).isoformat() == "2026-03-03T00:00:00+00:00"
    assert moment("2026-03-02T10:00", "UTC", whole_day=True).isoformat() == "2026-03-02T10:00:00+00:00"
    with pytest.raises(InputError):
        moment("02/03/2026", "UTC")


@pytest.mark.parametrize(
    ("text", "zone", "since", "until"),
    [
        ("2026-10-25", "Europe/London", "2026-10-24T23:00:00", "2026-10-26T00:00:00"),
        ("2026-03-29", "Europe/London", "2026-03-29T00:00:00", "2026-03-29T23:00:00"),
        ("2026-07-01", "Asia/Kathmandu", "2026-06-30T18:15:00", "2026-07-01T18:15:00"),
        ("2026-07-01T08:00", "Asia/Kathmandu", "2026-07-01T02:15:00", "2026-07-01T02:15:00"),
        ("2026-07-01T08:00+02:00", "Asia/Kathmandu", "2026-07-01T06:00:00", "2026-07-01T06:00:00"),
    ],
)
def test_a_day_of_the_command_line_is_the_operators(text, zone, since, until):
    found = [moment(text, zone, whole_day=whole).astimezone(UTC) for whole in (False, True)]
    assert found == [datetime.fromisoformat(at).replace(tzinfo=UTC) for at in (since, until)]


def test_days_that_are_asked_for_and_shown_are_those_of_the_configured_zone(earshot, monkeypatch):
    """One post is of 2 March, 09:00 UTC, two are of the same hour the day after."""
    monkeypatch.setenv("EARSHOT_TIME_ZONE", "Pacific/Kiritimati")  # 14 hours before UTC
    rows = json.loads(earshot("ask", "volume", "--by", "day", "--format", "json").stdout)
    assert [row["day"] for row in rows] == ["2026-03-02T00:00:00.000+14:00", "2026-03-03T00:00:00.000+14:00"]
    assert "2026-03-02 23:00" in earshot("ask", "posts", "--until", "2026-03-02").stdout
    monkeypatch.setenv("EARSHOT_TIME_ZONE", "Pacific/Pago_Pago")  # 11 hours behind
    rows = json.loads(earshot("ask", "volume", "--by", "day", "--since", "2026-03-02", "--format", "json").stdout)
    assert [(row["day"], row["posts"]) for row in rows] == [("2026-03-02T00:00:00.000-11:00", 2)]
    shown = earshot("ask", "posts", "--until", "2026-03-01").stdout
    assert "2026-03-01 22:00" in shown
    assert "1 of 1 posts" in shown


@pytest.fixture
def two_folders(earshot, tmp_path, monkeypatch):
    """Two sources of which reading the first ends with an error that nobody foresaw."""
    table = "".join(f'[source.{name}]\ntype = "file"\npath = ["{tmp_path / name}"]\n' for name in ("bad", "good"))
    (tmp_path / "earshot.toml").write_text(table, encoding="utf-8")
    for name in ("bad", "good"):
        (tmp_path / name).mkdir()
    read = FileCollector.batches

    def batches(collector, cursor):
        if "bad" in str(collector._paths):
            raise KeyError("https://a.example/feed?key=s3cr3t \x1b[31m")
        yield Batch(unreadable=(RecordUnreadable("good", "was asked"),))
        yield from read(collector, cursor)

    monkeypatch.setattr(FileCollector, "batches", batches)
    return earshot


def test_collecting_ends_with_an_exit_code_after_the_others_when_we_fail_at_one_source(two_folders):
    result = two_folders("collect", "--no-refresh")
    assert result.exit_code == 3
    assert "good: was asked" in result.stderr
    assert "an error of Earshot's own (KeyError)" in result.stderr


def test_a_traceback_is_shown_without_secrets_and_without_control_characters(two_folders):
    said = two_folders("collect", "--no-refresh").stderr
    assert re.search(r"ERROR pipeline.faults: collect:file:.*: an error of Earshot's own", said)
    assert "Traceback (most recent call last):\n" in said
    assert "s3cr3t" not in said
    assert "\x1b" not in said


def test_what_is_done_is_said_to_who_wants_to_know(earshot):
    earshot("--verbose", "ask", "sentiment")
    assert logging.getLogger().level == logging.INFO
    earshot("ask", "sentiment")
    assert logging.getLogger().level == logging.WARNING
