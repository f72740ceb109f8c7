"""The README's figures are those of the results files."""

from pathlib import Path

from nlp.encoder.shipped import SHIPPED, card_of, revision_of
from proof.readme import README, section, written


def test_the_figures_of_the_readme_are_current():
    readme = README.read_text()
    assert written(readme, "figures", section()) == readme, "run: python -m proof.readme"


def test_the_card_is_of_the_weights_that_ship():
    for weights in SHIPPED.values():
        assert card_of(weights)["revision"] == revision_of(weights)
        assert weights.stat().st_size < 25 * 1024 * 1024


def test_what_is_written_is_only_between_its_marks():
    page = "before <!-- a -->old<!-- end of a --> after"
    assert written(page, "a", "new") == "before <!-- a -->\nnew\n<!-- end of a --> after"
    assert written(page, "b", "new") == page
    assert Path(README).name == "README.md"
