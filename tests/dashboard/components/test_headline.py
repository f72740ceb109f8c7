"""The big numbers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from dashboard.components.headline import TOO_FEW, UNCLEAR, Figure, figures, figures_html, headline_brand
from domain.config import Brand
from domain.documents import instant
from domain.questions import Answer, Column, Filters

NIMBUS = Brand(key="nimbus", name="Nimbus", terms=("Nimbus",), own=True)
ALTAIR = Brand(key="altair", name="Altair", terms=("Altair",))
WEEK = Filters(start=datetime(2019, 11, 25, tzinfo=UTC), end=datetime(2019, 12, 2, tzinfo=UTC), once=True)


def table(**row):
    return rows([row])


def rows(found):
    columns = tuple(Column(name, "number") for name in found[0])
    return Answer(columns=columns, rows=tuple(tuple(row.values()) for row in found), total=1)


def weeks(now, before, *, mood=(-0.2, -0.6), reach=0.05, posts=None):
    """What is asked of two weeks with so many posts a day, net sentiments (now, before) and their ranges."""

    def ask(question):
        this = question.filters.start == WEEK.start
        daily, net = (now, mood[0]) if this else (before, mood[1])
        if question.by == ("day",):
            days = [question.filters.start + timedelta(days=number) for number in range(len(daily))]
            return rows([{"day": instant(day), "posts": n, "once": n} for day, n in zip(days, daily, strict=True)])
        total = posts or sum(daily)
        match question.measure:
            case "volume":
                return table(posts=total, once=total)
            case "sentiment":
                return table(posts=total, net=net, low=net - reach, high=net + reach)
            case "share-of-voice":
                share = 0.4 if this else 0.6
                return table(brand="nimbus", of=total, share=share, low=share - reach, high=share + reach)

    return ask


def nothing(question):
    return Answer(columns=(), rows=(), total=0)


MANY, MORE = (40, 42, 41, 39, 40, 43, 38), (80, 84, 82, 78, 80, 86, 76)


def test_numbers_with_their_ranges_and_changes():
    posts, mood, own, share = figures(weeks(MORE, MANY), WEEK, brand=NIMBUS, comparable=True)
    assert (posts.value, posts.change) == ("566", "▲ +100%")
    assert (mood.value, mood.range, mood.change) == ("−20", "95% range −25 to −15", "▲ +40 points (+33 to +47)")
    assert (own.label, share.label) == ("Net sentiment, Nimbus", "Share of voice, Nimbus")
    assert (share.value, share.range, share.change) == ("40%", "95% range 35% to 45%", "▼ −20 points (−27 to −13)")
    assert {figure.unchanged for figure in (posts, mood, own, share)} == {""}


def test_change_that_chance_would_explain_is_none():
    shown = figures(weeks(MANY, MANY[::-1], reach=0.5), WEEK, brand=NIMBUS, comparable=True)
    assert {(figure.change, figure.unchanged) for figure in shown} == {(None, UNCLEAR)}


def test_burst_on_one_day_is_no_change_of_the_week():
    posts = figures(weeks((*MANY[:6], 400), MANY), WEEK, brand=None, comparable=True)[0]
    assert (posts.change, posts.unchanged) == (None, UNCLEAR)


def test_handful_of_posts_is_too_few_to_compare():
    shown = figures(weeks((0, 2, 1, 2, 1, 2, 1), (0, 0, 1, 0, 1, 1, 0)), WEEK, brand=NIMBUS, comparable=True)
    assert {(figure.change, figure.unchanged) for figure in shown} == {(None, TOO_FEW)}


def test_weeks_of_a_longer_period_are_compared_weekday_by_weekday():
    fortnight = replace(WEEK, end=WEEK.start + timedelta(days=14))
    posts = figures(weeks(MORE * 2, MANY * 2), fortnight, brand=None, comparable=True)[0]
    assert posts.change == "▲ +100%"


def test_net_sentiment_is_not_shown_where_the_filter_decides_it():
    happy = replace(WEEK, sentiments=("positive",))
    posts, mood, own, share = figures(weeks(MORE, MANY), happy, brand=NIMBUS, comparable=True)
    assert {(figure.value, figure.change) for figure in (mood, own)} == {("not shown", None)}
    assert (posts.value, share.value) == ("566", "40%")


def test_without_a_period_to_compare_with_there_is_no_change():
    assert {figure.change for figure in figures(weeks(MORE, MANY), WEEK, brand=NIMBUS, comparable=False)} == {None}


def test_no_posts_is_no_data_and_not_zero():
    assert [figure.value for figure in figures(nothing, WEEK, brand=NIMBUS, comparable=True)] == [
        "0", "no data", "no data", "no data"
    ]  # fmt: skip


def test_without_brands_only_the_posts_count():
    assert len(figures(weeks(MORE, MANY), WEEK, brand=None, comparable=False)) == 2


def test_the_only_brand_chosen_comes_before_the_own_one():
    brands = (ALTAIR, NIMBUS)
    assert headline_brand(brands, ()) == NIMBUS
    assert headline_brand(brands, ("altair",)) == ALTAIR
    assert headline_brand(brands, ("altair", "nimbus")) == NIMBUS
    assert headline_brand((ALTAIR,), ()) == ALTAIR
    assert headline_brand((), ()) is None


def test_names_of_brands_are_escaped():
    assert "<b>" not in figures_html([Figure(label="<b>", value="1")])
