"""What the configuration says, and what is said about a wrong one."""

from datetime import date

import pytest

from configuration.holidays import public_holidays
from configuration.load import load_config
from domain.errors import ConfigurationError
from tests.support.tree import ROOT


def configured(folder, text, **environ):
    """Return the configuration that a file with this text gives."""
    file = folder / "earshot.toml"
    file.write_text(text, encoding="utf-8")
    return load_config(file, {"EARSHOT_HOME": str(folder), **environ})


def test_a_brand_has_certain_and_ambiguous_terms(tmp_path):
    (brand,) = configured(tmp_path, '[brand.three]\nterms = ["threeuk"]\nambiguous = ["three"]').brands
    assert (brand.terms, brand.ambiguous, brand.accounts) == (("threeuk",), ("three",), ())


def test_the_example_brands_mean_what_they_say(tmp_path):
    file = ROOT / "examples" / "uk-operators.toml"
    brands = {brand.key: brand for brand in load_config(file, {"EARSHOT_HOME": str(tmp_path)}).brands}
    assert brands["three"].ambiguous == ("three",)
    assert brands["ee"].ambiguous == ("ee",)
    assert not {"three", "ee"} & {term for brand in brands.values() for term in brand.terms}


def test_a_brand_may_have_ambiguous_names_alone(tmp_path):
    (brand,) = configured(tmp_path, '[brand.plus]\nambiguous = ["plus"]').brands
    assert (brand.terms, brand.ambiguous) == ((), ("plus",))


@pytest.mark.parametrize("name", ["ambiguous", "accounts"])
def test_one_word_where_a_list_belongs_is_no_list_of_letters(tmp_path, name):
    with pytest.raises(ConfigurationError, match=rf"\[brand.three\]: {name} must be a list"):
        configured(tmp_path, f'[brand.three]\nterms = ["threeuk"]\n{name} = "three"')


def test_an_expression_is_enough_for_a_brand_and_terms_may_stand_beside_it(tmp_path):
    (brand,) = configured(tmp_path, "[brand.north]\nquery = 'north NOT \"north sea\"'").brands
    assert (brand.query, brand.terms, brand.name) == ('north NOT "north sea"', (), "north")
    (brand,) = configured(tmp_path, '[brand.north]\nquery = "north"\nterms = ["North Mobile"]').brands
    assert (brand.query, brand.terms) == ("north", ("North Mobile",))


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ('name = "North"', "terms must be a list of at least one term, unless there is a query"),
        ("terms = []", "terms must be a list of at least one term, unless there is a query"),
        ('terms = "north"', "terms must be a list of at least one term, unless there is a query"),
        ('query = "a"\nterms = "north"', "terms must be a list"),
        ('query = ""', "query must be an expression in quotes"),
        ('query = " "\nterms = ["a"]', "query must be an expression in quotes"),
        ('query = ["a"]', "query must be an expression in quotes"),
        ('querry = "a"', "there is no setting 'querry'"),
    ],
)
def test_what_is_wrong_with_a_brand_is_said(tmp_path, table, told):
    with pytest.raises(ConfigurationError) as refused:
        configured(tmp_path, f"[brand.north]\n{table}")
    assert str(refused.value).endswith(f"[brand.north]: {told}")


@pytest.mark.parametrize("task", ["sentiment", "emotion", "intent", "irony", "offensive", "spam", "urgency"])
def test_a_model_of_ones_own_for_each_task(tmp_path, task):
    config = configured(tmp_path, f'[nlp]\n{task} = "some/model@abc"')
    assert getattr(config.nlp, task) == "some/model@abc"
    overruled = configured(tmp_path, f'[nlp]\n{task} = "a"', **{f"EARSHOT_NLP_{task.upper()}": "b"})
    assert getattr(overruled.nlp, task) == "b"


def test_a_setting_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match="there is no setting 'mood'"):
        configured(tmp_path, '[nlp]\nmood = "x"')


def test_the_zone_that_is_reported_in(tmp_path):
    assert configured(tmp_path, "").time_zone == "UTC"
    assert configured(tmp_path, 'time_zone = "Europe/London"').time_zone == "Europe/London"
    both = configured(tmp_path, 'time_zone = "Europe/London"', EARSHOT_TIME_ZONE="Asia/Kolkata")
    assert both.time_zone == "Asia/Kolkata"


@pytest.mark.parametrize("name", ["London", "", "GMT+1:00", "../../etc/passwd", "right/Europe/London", "europe/london"])
def test_what_is_no_zone_is_said(tmp_path, name):
    with pytest.raises(ConfigurationError, match='time_zone must be the IANA name of a time zone, such as "Europe/Lon'):
        configured(tmp_path, f'time_zone = "{name}"')


def test_public_holidays_are_those_of_a_country_or_a_part_of_it(tmp_path):
    part, whole = public_holidays("de-by"), public_holidays("DE")
    assert date(2026, 1, 6) in part
    assert date(2026, 1, 6) not in whole
    # In lieu of a Saturday.
    assert date(2026, 12, 28) in public_holidays("GB")
    assert date(2026, 12, 25) not in public_holidays("")
    assert configured(tmp_path, 'holidays = "GB"').holidays == "GB"


def test_holidays_of_nowhere_are_told_with_all_else_that_is_wrong(tmp_path):
    with pytest.raises(ConfigurationError, match="no public holidays are known of 'Atlantis'") as told:
        configured(tmp_path, 'holidays = "Atlantis"\n[nlp]\nthreads = "many"')
    assert "threads" in str(told.value)
