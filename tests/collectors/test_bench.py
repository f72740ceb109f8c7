import json

import pytest

from collectors import bench
from collectors.social.jetstream_events import read_event


@pytest.fixture(scope="module")
def figures():
    return bench.bench(2_000, rounds=1)


def test_both_find_the_same_posts(figures):
    assert figures["ours"]["found"] == figures["peer"]["found"] > 0


def test_figures_are_those_of_the_stream_that_is_told(figures):
    assert (figures["events"], figures["terms"]) == (2_000, bench.TERMS)
    assert 900 <= figures["bytes_per_event"] <= 1_200
    assert figures["ratio"] == pytest.approx(figures["ours"]["per_s"] / figures["peer"]["per_s"], rel=0.1)
    assert json.loads(json.dumps(figures)) == figures


def test_the_made_up_stream_is_the_same_each_time_and_in_the_real_shape():
    made = [bench.made_frames(50, ["o2"], bench.random.Random(7)) for _ in range(2)]
    assert made[0] == made[1]
    assert all(read_event(frame.decode()).writes_post for frame in made[0])
