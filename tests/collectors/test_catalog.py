import dataclasses
import re
import tomllib

import pytest

from collectors.catalog import CATALOG, open_source
from collectors.reference import example, reference
from domain.errors import ConfigurationError
from domain.setting import is_secret
from tests.support.tree import ROOT

PAGE = ROOT / "docs" / "sources.md"
README = ROOT / "collectors" / "README.md"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, r"\[source.news\]: type must be one of .*mastodon"),
        ({"type": "telex"}, "type must be one of"),
        ({"type": "rss"}, "url is missing"),
        ({"type": "rss", "url": "https://a.example/", "colour": "red"}, "there is no setting 'colour'"),
        ({"type": "mastodon", "instance": "a.example", "tag": "x", "since_days": "many"}, "since_days must be a whole"),
        (
            {"type": "mastodon", "instance": "a.example", "tag": "x", "token": "t0ken"},
            "token is a secret; set EARSHOT_SOURCE_NEWS_TOKEN instead",
        ),
        ({"type": "file", "path": "x.csv", "mapping": "nowhere"}, "there is no mapping 'nowhere'"),
    ],
)
def test_a_wrong_declaration_is_one_sentence(settings, sentence, clock):
    with pytest.raises(ConfigurationError, match=sentence):
        open_source("news", settings, clock=clock, environ={})


def test_settings_come_from_the_environment_too(clock):
    environ = {"EARSHOT_SOURCE_MY_TAG_INSTANCE": "b.example", "EARSHOT_SOURCE_MY_TAG_TOKEN": "t0ken"}
    table = {"type": "mastodon", "instance": "a.example", "tag": "x"}
    assert open_source("my-tag", table, clock=clock, environ=environ).name == "mastodon:my-tag:b.example:x"


def test_opening_leaves_the_table_as_it_was_and_asks_nobody(clock):
    table = {"type": "rss", "url": "https://feeds.invalid/x"}
    open_source("news", table, clock=clock, environ={})
    assert table["type"] == "rss"


def test_the_page_of_sources_is_what_they_declare():
    assert PAGE.read_text(encoding="utf-8") == reference(), "run: python -m collectors.reference > docs/sources.md"


@pytest.mark.parametrize("kind", CATALOG)
def test_every_setting_says_what_it_is(kind):
    for item in dataclasses.fields(CATALOG[kind].settings):
        assert item.metadata["help"], item.name


@pytest.mark.parametrize("kind", CATALOG)
def test_the_example_of_a_source_can_be_read(kind):
    table = tomllib.loads(example(kind, "mine"))["source"]["mine"]
    required = {
        item.name
        for item in dataclasses.fields(CATALOG[kind].settings)
        if item.default is item.default_factory and not is_secret(item)
    }
    assert set(table) == {"type", *required}


def test_every_path_in_the_readme_exists():
    root = README.parents[1]
    named = re.findall(r"`((?:collectors|domain|tests)/[\w/.]+)`", README.read_text(encoding="utf-8"))
    assert len(named) > 5
    assert [path for path in named if not (root / path).exists()] == ["collectors/NAME.py"]
