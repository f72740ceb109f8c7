"""When something that repeats is due."""

from datetime import UTC, datetime, timedelta

import pytest

from configuration.load import load_config
from domain.errors import ConfigurationError
from domain.rhythm import Rhythm

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)  # a Thursday


@pytest.mark.parametrize(
    ("text", "last", "due"),
    [
        ("10m", None, NOW),
        ("10m", NOW - timedelta(minutes=4), NOW + timedelta(minutes=6)),
        ("24h", NOW - timedelta(days=3), NOW - timedelta(days=2)),
        ("7d", NOW, NOW + timedelta(days=7)),
        ("monday 06:00", None, datetime(2026, 11, 30, 6, tzinfo=UTC)),
        ("Thursday 12:00", NOW, NOW + timedelta(days=7)),
        ("thursday 12:01", NOW, NOW + timedelta(minutes=1)),
        ("monday 06:00", NOW - timedelta(days=14), datetime(2026, 11, 16, 6, tzinfo=UTC)),
        ("daily 04:30", NOW, datetime(2026, 11, 27, 4, 30, tzinfo=UTC)),
        ("daily 23:00", NOW, datetime(2026, 11, 26, 23, tzinfo=UTC)),
        ("never", None, None),
        ("never", NOW, None),
    ],
)
def test_it_is_due_after_it_was_last_done(text, last, due):
    assert Rhythm.parse(text).due(last, NOW) == due


@pytest.mark.parametrize(
    ("text", "zone", "last", "due"),
    [
        ("monday 06:00", "Europe/London", datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 7, 6, 5, tzinfo=UTC)),
        # Sunday evening in UTC is Monday morning there.
        ("monday 06:00", "Asia/Tokyo", datetime(2026, 7, 5, 20, tzinfo=UTC), datetime(2026, 7, 5, 21, tzinfo=UTC)),
        ("monday 06:00", "Asia/Tokyo", datetime(2026, 7, 5, 21, tzinfo=UTC), datetime(2026, 7, 12, 21, tzinfo=UTC)),
        ("daily 06:00", "Europe/London", datetime(2026, 3, 28, 6, tzinfo=UTC), datetime(2026, 3, 29, 5, tzinfo=UTC)),
        # At half past one on this day clocks have gone on to half past two ...
        (
            "daily 01:30",
            "Europe/London",
            datetime(2026, 3, 28, 12, tzinfo=UTC),
            datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
        ),
        # ... and on this one they come to it twice: it is due the first time, and then tomorrow.
        (
            "daily 01:30",
            "Europe/London",
            datetime(2026, 10, 24, 12, tzinfo=UTC),
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        ),
        (
            "daily 01:30",
            "Europe/London",
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
            datetime(2026, 10, 26, 1, 30, tzinfo=UTC),
        ),
        ("24h", "Europe/London", datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 12, tzinfo=UTC)),
    ],
)
def test_an_hour_is_that_of_the_clocks_of_the_zone(text, zone, last, due):
    assert Rhythm.parse(text).due(last, NOW, zone) == due


@pytest.mark.parametrize("text", ["", "0m", "ten minutes", "monday", "06:00", "monday 24:00", "-1h", "1.5h", "9" * 40])
def test_what_is_no_rhythm_is_said_in_a_sentence(text, tmp_path):
    with pytest.raises(ConfigurationError, match=r"topics must be a rhythm such as .10m."):
        load_config(environ={"EARSHOT_HOME": str(tmp_path), "EARSHOT_JOBS_TOPICS": text})


def test_each_job_has_a_rhythm_of_its_own(tmp_path):
    file = tmp_path / "earshot.toml"
    file.write_text('[jobs]\nlinks = "5m"\nreport = "never"\n')
    jobs = load_config(file, {"EARSHOT_HOME": str(tmp_path), "EARSHOT_JOBS_TOPICS": "daily 03:00"}).jobs
    assert (jobs.links, jobs.report) == (Rhythm.parse("5m"), Rhythm())
    assert jobs.topics == Rhythm.parse("daily 03:00")
    assert jobs.expired == Rhythm.parse("10m")
