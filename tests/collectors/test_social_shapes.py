"""Whatever a network puts where something else belongs breaks its own record and no other."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.polling.pagination import read_each
from collectors.social.bluesky_search import view_to_post
from collectors.social.meta import to_post as of_facebook
from collectors.social.reddit import to_found as of_reddit
from collectors.social.x import to_post as of_x
from collectors.social.youtube import to_post as of_youtube
from collectors.social.youtube_videos import Video
from domain.errors import RecordUnreadable
from domain.stored import post_fingerprint
from tests.support.cases_social import bluesky_view, reddit_comment, reddit_post, x_post
from tests.support.fake_meta import PAGE, page_post
from tests.support.fake_meta import comment as facebook_comment
from tests.support.fake_youtube import comment as youtube_comment

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
VIDEO = Video("North Mobile", "UC1", "2026-11-20T10:00:00.000Z")
X = x_post(1, note_tweet={"text": "x"}, entities={"mentions": [{"username": "a"}]}, referenced_tweets=[], geo={})
SHAPES = {
    "x": (X, "", lambda record: of_x(record, {"7": {"id": "7", "username": "ann"}}, {})),
    "reddit comment": (reddit_comment(1), "data", of_reddit),
    "reddit post": (reddit_post(1), "data", of_reddit),
    "youtube": (youtube_comment(1), "snippet", lambda record: of_youtube(record, "v1", VIDEO, None)),
    "bluesky": (bluesky_view(1), "", lambda record: view_to_post(record, now=NOW)),
    "bluesky record": (bluesky_view(1), "record", lambda record: view_to_post(record, now=NOW)),
    "facebook post": (page_post(1, message="x"), "", lambda record: of_facebook(record, page=PAGE, brand=None)),
    "facebook comment": (facebook_comment(1), "", lambda record: of_facebook(record, page=PAGE, brand=None)),
}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize("shape", SHAPES)
@given(data=st.data())
def test_no_value_breaks_more_than_its_own_record(shape, data):
    record, inside, to_found = SHAPES[shape]
    part = record[inside] if inside else record
    changed = part | {data.draw(st.sampled_from(sorted(part))): data.draw(VALUES)}
    found = read_each([record | {inside: changed} if inside else changed], to_found, shape)
    for one in found:
        if not isinstance(one, RecordUnreadable) and hasattr(one, "text"):
            assert isinstance(one.text, str)
            assert isinstance(one.native_id, str)
            assert post_fingerprint(one, ())
