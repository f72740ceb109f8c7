import pytest

from insights.statistics.peaks import Peak, peak_of

USUAL = [189, 150, 120, 105, 140, 160, 130]


def test_day_that_stands_out_is_named_with_what_is_usual():
    assert peak_of([140, 150, 160, 467, 180, 110, 120], USUAL) == Peak(3, 467, 105, 189)


def test_second_peak_is_not_what_is_usual():
    assert peak_of([140, 150, 160, 467, 400, 110, 120], USUAL) == Peak(3, 467, 105, 189)


@pytest.mark.parametrize(
    ("days", "beside"),
    [
        ([140, 150, 160, 210, 180, 110, 120], USUAL),  # the highest of some days always is high
        ([100] * 6 + [101], [100] * 7),  # beyond the others, but by a hair
        ([1, 0, 2, 9, 1, 0, 1], [1, 2, 0, 1, 0, 1, 2]),  # a handful
        ([10, 400], [20, 30]),  # nothing to compare with
        ([], USUAL),
        ([140, 150, 160, 150, 180, 110, 120], [467, 150, 120, 105, 140, 160, 130]),  # the peak was the week before
    ],
)
def test_no_day_is_named_where_none_stands_out(days, beside):
    assert peak_of(days, beside) is None


def test_week_without_a_week_before_has_its_peak():
    assert peak_of([140, 150, 160, 467, 180, 110, 120]) == Peak(3, 467, 110, 180)
