"""The running experience score: what moves it, how that is forgotten, and that late steps move what follows."""

from datetime import timedelta

import pytest

from insights.customers.experience import course, effect_of, effect_of_post, scored, weighing
from insights.customers.steps import Step
from tests.support.stored_posts import START

DAY = timedelta(days=1)


def step(day, effect, kind="call"):
    return Step(at=START + day * DAY, kind=kind, title=f"{kind} {day}", effect=effect)


def scores(*steps):
    return [one.score for one in scored(steps)]


def test_half_of_what_a_step_does_is_forgotten_after_a_month():
    assert scores(step(0, -20), step(30, 0), step(60, 0), step(60, -10)) == [55, 65, 70, 60]


def test_nothing_that_happened_is_the_start():
    assert scores(step(0, 0)) == [75]


def test_the_score_stays_within_its_scale_and_comes_back_from_there_as_slowly():
    assert scores(step(0, -150), step(30, 0)) == [0, 0]
    assert scores(step(0, 60), step(30, 0)) == [100, 100]


def test_a_step_that_comes_late_moves_all_that_follow_and_none_before():
    known = [step(0, -4), step(5, -4), step(40, 2)]
    before, after = scores(*known), scores(*known[:2], step(6, -20), known[2])
    assert after[:2] == before[:2]
    assert after[3] == pytest.approx(before[2] - 20 * 0.5 ** (34 / 30), abs=0.1)


@pytest.mark.parametrize(
    ("kind", "hours", "severity", "effect"),
    [
        ("outage", 0.1, None, -4),
        ("outage", 5, None, -10),
        ("outage", 5, "Critical", -15),
        ("outage", 5, "minor", -7.5),
        ("outage", 500, None, -20),
        ("alarm", 2, "odd", -1),
        ("ticket", 0, None, -6),
        ("notice", 0, None, 2),
        ("payment", 0, None, 0),
        ("unheard_of", 0, None, 0),
    ],
)
def test_an_effect_grows_with_what_lasts_to_a_bound(kind, hours, severity, effect):
    assert effect_of(kind, timedelta(hours=hours), severity) == pytest.approx(effect)


def test_an_end_that_nobody_recorded_is_a_day_away():
    assert effect_of("kpi_degradation") == effect_of("kpi_degradation", timedelta(hours=24))


def test_a_post_moves_the_score_by_its_label_as_sure_as_that_is():
    sure = {"label": "negative", "score": -0.8, "probabilities": {"negative": 0.9, "neutral": 0.1, "positive": 0.0}}
    assert effect_of_post(sure) == pytest.approx(-5.4)
    assert effect_of_post({"label": "positive", "score": 1.0}) == 4
    assert effect_of_post({"label": "neutral", "score": 0.0}) == 0
    assert effect_of_post(None) == 0


def test_what_weighs_is_what_is_not_forgotten_most_first():
    steps = [step(0, -20), step(29, -6), step(30, 0.2), step(31, -50)]
    found = weighing(steps, START + 30 * DAY)
    assert [(one.title, round(left, 1)) for one, left in found] == [("call 0", -10.0), ("call 29", -5.9)]


def test_the_line_passes_through_the_score_after_each_step():
    steps = scored([step(0, -8), step(3, -8), step(5, 4)])
    line = course(steps, START - DAY, START + 6 * DAY)
    assert [at for at, _ in line] == sorted(at for at, _ in line)
    assert line[0] == (START - DAY, 75)
    for one in steps:
        assert one.score in [round(score, 1) for at, score in line if at == one.at]
    part = course(steps, START + DAY, START + 2 * DAY)
    assert part[0][1] == pytest.approx(75 - 8 * 0.5 ** (1 / 30))
