"""How surely names are found in twenty languages: recall, and how often what is found is the name."""

import json
from collections import defaultdict
from pathlib import Path

import pytest

from domain.config import Brand
from tests.support.tree import ROOT
from textquery.brands import brand_matcher
from textquery.words import spoken

LEAST = 0.95
LANGUAGES = 20
ROWS = [json.loads(line) for line in (Path(__file__).parent / "names.jsonl").read_text(encoding="utf-8").splitlines()]
BEGIN, END = "<!-- names:begin -->", "<!-- names:end -->"


def is_named(name, text, **settings):
    matcher = brand_matcher([Brand(key="asked", name=name, terms=(name,), **settings)])
    return bool(matcher.find(spoken(text)).certain)


def measured():
    """Return by language how many rows have the name, how many of these are found, and how many others are."""
    counts = defaultdict(lambda: [0, 0, 0, 0])
    for row in ROWS:
        found = is_named(row["name"], row["text"])
        count = counts[row["language"]]
        count[0 if row["named"] else 2] += 1
        count[1 if row["named"] else 3] += found
    return dict(counts)


def test_names_are_found_in_every_language():
    figures = measured()
    assert len(ROWS) == 500
    assert len(figures) == LANGUAGES
    for language, (named, found, _, wrong) in figures.items():
        assert found / named >= LEAST, language
        assert found / (found + wrong) >= LEAST, language


def test_the_page_has_the_figures():
    """The section is made of them: on a difference, take what this test expects."""
    lines = ["| language | named | found | not named | found all the same |", "|---|---|---|---|---|"]
    lines += [f"| {language} | {' | '.join(map(str, count))} |" for language, count in sorted(measured().items())]
    page = (ROOT / "docs" / "queries.md").read_text(encoding="utf-8")
    assert page.split(BEGIN)[1].split(END)[0].strip() == "\n".join(lines)


@pytest.mark.parametrize(
    ("compounds", "name", "text", "named"),
    [
        (None, "northwind", "Northwindnetz", True),
        (False, "northwind", "Northwindnetz", False),
        (False, "northwind", "#NorthwindFail", False),
        (False, "northwind", "Northwind's Northwindin", True),
        (None, "nova", "#NovaFail", False),
        (True, "nova", "#NovaFail", True),
        (True, "nova", "Novanetz", True),
        (None, "orange", "Orangensaft", False),
    ],
)
def test_compounds_are_a_setting_of_the_brand(compounds, name, text, named):
    assert is_named(name, text, compounds=compounds) == named


def test_an_ambiguous_name_takes_no_endings():
    matcher = brand_matcher([Brand(key="orange", name="Orange", terms=("orange sa",), ambiguous=("orange",))])
    assert matcher.find(spoken("oranges et orangeade")).possible == frozenset()
    assert matcher.find(spoken("la fibre d'Orange")).possible == {"orange"}


def test_a_name_of_several_words_takes_endings_at_its_end():
    assert is_named("north telekom", "North Telekoms Netz", compounds=False) is False  # an ordinary word
    assert is_named("north vindar", "North Vindarin verkko")
    assert is_named("همراه اول", "وهمراه اول کند است")
