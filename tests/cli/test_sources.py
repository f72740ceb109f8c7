"""Writing a source down and trying it, as a user does."""

import json
import tomllib

import pytest
from typer.testing import CliRunner

from cli.main import app
from domain.errors import ConfigurationError, InputError
from tests.support.cases_forums import DiscourseCase
from tests.support.cases_tmforum import TmForumCase
from tests.support.flows import flow_to
from tests.support.misbehaving import misbehaving_server

BRAND = '[brand.north]\nterms = ["northmobile"]\n'


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EARSHOT_HOME", str(tmp_path))
    monkeypatch.delenv("EARSHOT_CONFIG", raising=False)
    (tmp_path / "earshot.toml").write_text(BRAND, encoding="utf-8")
    return lambda *words: CliRunner().invoke(app, list(words))


def test_a_source_is_written_below_what_is_there(run, tmp_path):
    run("sources", "add", "discourse", "forum", "--set", "forum=a.example", "--set", "everything=true")
    table = tomllib.loads((tmp_path / "earshot.toml").read_text(encoding="utf-8"))
    assert table["brand"]["north"]["terms"] == ["northmobile"]
    assert table["source"]["forum"] == {"type": "discourse", "forum": "a.example", "everything": True}
    rows = json.loads(run("sources", "list", "--format", "json").stdout)
    assert [row["configured as"] for row in rows if row["kind"] == "discourse"] == ["forum"]


@pytest.mark.parametrize(
    ("words", "error", "sentence"),
    [
        (("telex", "mine"), ConfigurationError, "no kind of source 'telex'"),
        (("discourse", "Mine"), InputError, "cannot be a name"),
        (("discourse", "mine", "--set", "forum"), InputError, "SETTING=VALUE"),
        (("discourse", "mine", "--set", "colour=red"), ConfigurationError, "no setting 'colour'"),
        (("discourse", "mine", "--set", "api_key=abc"), ConfigurationError, "EARSHOT_SOURCE_MINE_API_KEY"),
    ],
)
def test_what_cannot_be_written_is_one_sentence_and_changes_nothing(run, tmp_path, words, error, sentence):
    result = run("sources", "add", *words)
    assert isinstance(result.exception, error)
    assert sentence in str(result.exception)
    assert (tmp_path / "earshot.toml").read_text(encoding="utf-8") == BRAND


def test_a_check_says_what_came_and_what_the_terms_allow_and_keeps_nothing(run, tmp_path, monkeypatch):
    with misbehaving_server() as server:
        case = DiscourseCase(tmp_path, server)
        case.add(100, 101)
        run("sources", "add", "discourse", "listen", "--set", f"forum={server.url}", "--set", "everything=true")
        for name, value in (case.environ | {"EARSHOT_SOURCE_LISTEN_ALLOW_PRIVATE": "true"}).items():
            monkeypatch.setenv(name, value)
        result = run("sources", "check", "listen")
    assert "it answers; 2 posts on its first page, 2026-11-20 10:16 to 2026-11-20 10:16 UTC" in result.stdout
    assert "asked for again every 30 days" in result.stdout
    assert not list(tmp_path.glob("*.sqlite"))


def test_a_check_counts_the_operators_records(run, tmp_path, monkeypatch):
    with misbehaving_server() as server:
        case = TmForumCase(tmp_path, server)
        case.add(100, 101)
        written = run("sources", "add", "tmforum", "listen", "--set", f"url={server.url}", "--set", "resources=alarm")
        assert not written.exception
        for name, value in (case.environ | {"EARSHOT_SOURCE_LISTEN_ALLOW_PRIVATE": "true"}).items():
            monkeypatch.setenv(name, value)
        result = run("sources", "check", "listen")
    assert "it answers; 2 records on its first page" in result.stdout


def test_collecting_since_a_time_begins_anew_and_adds_nothing_twice(run, tmp_path, monkeypatch):
    monkeypatch.setattr("cli.collect.flow_into", lambda store, _config: flow_to(store))
    with misbehaving_server() as server:
        case = DiscourseCase(tmp_path, server)
        case.add(100, 101)
        run("sources", "add", "discourse", "listen", "--set", f"forum={server.url}", "--set", "everything=true")
        for name, value in (case.environ | {"EARSHOT_SOURCE_LISTEN_ALLOW_PRIVATE": "true"}).items():
            monkeypatch.setenv(name, value)
        told = [
            run("collect", "--no-refresh", *more).output
            for more in ((), (), ("--since", "2026-11-20T10:16:45"), ("--since", "2026-11-01"))
        ]
    assert "2 fetched, 2 new" in told[0]
    assert "0 fetched" in told[1]
    assert "2 fetched, 0 new" in told[3]


def test_a_source_that_is_not_there_is_named(run):
    result = run("sources", "check", "nowhere")
    assert isinstance(result.exception, ConfigurationError)
    assert "no source nowhere" in str(result.exception)
