"""Both stores show the same incidents, whatever they count by."""

from datetime import timedelta

from insights.detection.watch import Watch
from pipeline.incidents import incident_of
from pipeline.incidents import look as look_and_keep
from tests.support.bursts import AT, burst, ordinary_posts


def test_an_outage_of_a_town_is_found_kept_and_over(store):
    store.upsert("posts", ordinary_posts() + burst(12, place="Leeds"))
    watch = Watch(store, ["north"], [], "UTC")
    looks = [look_and_keep(store, watch, AT + timedelta(minutes=minutes)) for minutes in (-10, 10, 20, 75, 200)]
    assert [len(found) for found in looks] == [0, 1, 1, 0, 1]
    [stored] = [incident_of(one) for one in store.scan("incidents")]
    assert (stored.places, stored.people, stored.kind) == (("Leeds",), 12, "posts")
    assert stored.detected_at == AT + timedelta(minutes=10)
    assert stored.ended_at is not None
    assert [one["id"] for one in store.get("posts", stored.examples).values()] != []
