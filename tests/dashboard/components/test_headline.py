"""The big numbers."""

from datetime import UTC, datetime

from dashboard.components.headline import Figure, figures, figures_html, headline_brand
from domain.config import Brand
from domain.questions import Answer, Column, Filters

NIMBUS = Brand(key="nimbus", name="Nimbus", terms=("Nimbus",), own=True)
ALTAIR = Brand(key="altair", name="Altair", terms=("Altair",))
WEEK = Filters(start=datetime(2019, 11, 25, tzinfo=UTC), end=datetime(2019, 12, 2, tzinfo=UTC), once=True)


def table(**row):
    columns = tuple(Column(name, "number") for name in row)
    return Answer(columns=columns, rows=(tuple(row.values()),), total=1)


def better_each_week(question):
    """More posts, a better mood and a larger share in this week than before."""
    now = question.filters.start == WEEK.start
    match question.measure:
        case "volume":
            return table(posts=120 if now else 100, once=90)
        case "sentiment":
            return table(net=-0.2 if now else -0.25, low=-0.3, high=-0.1)
        case "share-of-voice":
            return table(brand="nimbus", share=0.4 if now else 0.5, low=0.35, high=0.45)


def nothing(question):
    return Answer(columns=(), rows=(), total=0)


def test_numbers_with_their_ranges_and_changes():
    posts, mood, own, share = figures(better_each_week, WEEK, brand=NIMBUS, comparable=True)
    assert (posts.value, posts.change) == ("120", "▲ +20%")
    assert (mood.value, mood.range, mood.change) == ("−20", "95% range −30 to −10", "▲ +5 points")
    assert (own.label, share.label) == ("Net sentiment, Nimbus", "Share of voice, Nimbus")
    assert (share.value, share.range, share.change) == ("40%", "95% range 35% to 45%", "▼ −10 points")


def test_without_a_period_to_compare_with_there_is_no_change():
    assert {figure.change for figure in figures(better_each_week, WEEK, brand=NIMBUS, comparable=False)} == {None}


def test_no_posts_is_no_data_and_not_zero():
    assert [figure.value for figure in figures(nothing, WEEK, brand=NIMBUS, comparable=True)] == [
        "0", "no data", "no data", "no data"
    ]  # fmt: skip


def test_without_brands_only_the_posts_count():
    assert len(figures(better_each_week, WEEK, brand=None, comparable=False)) == 2


def test_the_only_brand_chosen_comes_before_the_own_one():
    brands = (ALTAIR, NIMBUS)
    assert headline_brand(brands, ()) == NIMBUS
    assert headline_brand(brands, ("altair",)) == ALTAIR
    assert headline_brand(brands, ("altair", "nimbus")) == NIMBUS
    assert headline_brand((ALTAIR,), ()) == ALTAIR
    assert headline_brand((), ()) is None


def test_names_of_brands_are_escaped():
    assert "<b>" not in figures_html([Figure(label="<b>", value="1")])
