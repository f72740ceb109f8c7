"""`earshot incidents`: what history would have shown, a look, and the list of what was found."""

import json
from contextlib import closing
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from cli.main import app
from stores.open import open_store
from tests.support.bursts import AT, burst, ordinary_posts

CONFIG = """
time_zone = "Europe/London"
store = "sqlite:///{store}"
[brand.north]
name = "North Mobile"
terms = ["north"]
own = true
"""


@pytest.fixture
def earshot(tmp_path):
    """Return what runs a command on a store with an outage of Leeds, and gives exit code and what was printed."""
    file, store = tmp_path / "earshot.toml", tmp_path / "earshot.sqlite"
    file.write_text(CONFIG.format(store=store), encoding="utf-8")
    with closing(open_store(f"sqlite:///{store}")) as opened:
        opened.upsert("posts", ordinary_posts() + burst(12, place="Leeds"))

    def run(*words):
        result = CliRunner().invoke(app, ["--config", str(file), "incidents", *words])
        return result.exit_code, result.stdout

    return run


def test_history_is_replayed_and_nothing_is_kept(earshot):
    # Ten o'clock in UTC is eleven in London's summer.
    looks = (f"--from={AT:%Y-%m-%dT10:30}", f"--to={AT:%Y-%m-%dT11:30}")
    code, printed = earshot("replay", *looks, "--format=json")
    [incident] = json.loads(printed)
    assert code == 0
    assert (incident["kind"], incident["brand"], incident["place"], incident["end"]) == (
        "posts",
        "north",
        "Leeds",
        None,
    )
    assert (incident["posts"], incident["people"], incident["cause"], incident["events"]) == (12, 12, None, [])
    assert json.loads(earshot("replay", *looks, "--brand=north", "--format=json")[1]) == [incident]
    assert earshot("replay", *looks, "--brand=south", "--format=json")[0] != 0
    assert incident["headline"].startswith("North Mobile, mobile network: 12 people in Leeds within ")
    assert earshot("list", "--format=json") == (0, "[]\n")
    assert earshot("replay", looks[0], f"--to={AT + timedelta(minutes=35):%Y-%m-%dT%H:%M}", "--format=json") == (
        0,
        "[]\n",
    )


def test_history_that_ends_before_it_begins_is_one_sentence(earshot):
    result = earshot("replay", "--from=2026-03-30", "--to=2026-03-29")
    assert result[0] != 0


def test_a_look_at_a_day_without_posts_finds_nothing(earshot):
    assert earshot("look", "--format=json") == (0, "[]\n")


def test_a_fault_on_no_record_is_drafted_and_opened_once(earshot, tmp_path):
    looks = (f"--from={AT:%Y-%m-%dT10:30}", f"--to={AT:%Y-%m-%dT11:30}")
    [incident] = json.loads(earshot("replay", *looks, "--keep", "--format=json")[1])
    code, printed = earshot("draft", incident["id"])
    assert code == 0
    assert json.loads(printed)["description"] == incident["headline"]
    into = tmp_path / "problems.jsonl"
    assert [earshot("open", incident["id"], f"--into={into}")[0] for _ in range(2)] == [0, 0]
    assert len(into.read_text(encoding="utf-8").splitlines()) == 1
    assert earshot("draft", "none")[0] == 1
