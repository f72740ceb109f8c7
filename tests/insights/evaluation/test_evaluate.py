"""A small truth held against a store: incidents, baselines, links to customers and events."""

import json
from contextlib import closing
from datetime import timedelta

import pytest

from domain.customer import CustomerLink
from domain.documents import instant, to_document
from domain.errors import InputError
from domain.event import Event
from domain.identity import customer_pseudonym, handle_pseudonym, post_id
from insights.detection.watch import Watch
from insights.evaluation.baselines import Heard, baselines
from insights.evaluation.evaluate import evaluated
from insights.evaluation.replaying import replayed
from insights.evaluation.truth import Truth
from stores.open import open_store
from tests.support.bursts import AT, BEGIN, burst, ordinary_posts, said

KEY = b"a key for tests"
STEP = timedelta(minutes=5)
SINCE, END = AT - timedelta(days=7, hours=2), AT + timedelta(hours=4)
"""A week is listened to before anything can be found."""


def written(folder, **files):
    folder.mkdir()
    world = {"brand": "north", "customers": 500_000, "start": instant(SINCE), "end": instant(END)}
    (folder / "world.json").write_text(json.dumps(world))
    for name in ("incidents", "events", "links"):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in files.get(name, ())))
    return Truth.read(folder)


def outage(**changed):
    row = {
        "id": "H0001", "kind": "silent", "verdict": "incident", "brand": "north", "places": ["Leeds"],
        "start": instant(AT - timedelta(minutes=2)), "end": instant(AT + timedelta(hours=1)),
        "known_at": instant(AT + timedelta(minutes=40)), "people": 12,
    }  # fmt: skip
    return row | changed


@pytest.fixture
def store(tmp_path):
    with closing(open_store(f"sqlite:///{tmp_path / 'earshot.sqlite'}")) as opened:
        opened.upsert("posts", ordinary_posts() + burst(12, place="Leeds"))
        yield opened


def watch(store):
    return Watch(store, ["north"], [], "UTC")


def test_an_outage_is_found_before_the_operator_knew(store, tmp_path):
    truth = written(tmp_path / "truth", incidents=[outage(), outage(id="H0002", places=["Hull"])])
    what = evaluated(store, watch(store), truth, KEY, STEP)["incidents"]
    assert (what["recall"], what["n"]) == (0.5, 2)
    assert 2 <= what["delay_minutes_median"] <= 14
    assert what["lead_minutes_median"] == pytest.approx(42 - what["delay_minutes_median"], abs=0.1)
    assert [(one["id"], one["delay_minutes"] is None) for one in what["cases"]["faults"]] == [
        ("H0001", False),
        ("H0002", True),
    ]
    assert set(what["baselines"]) == {"keyword_count", "hour_against_twelve", "hour_of_day_mean"}


def test_fewer_looks_find_what_all_looks_find(store):
    start = AT - timedelta(hours=2)
    every = list(watch(store).replay(start, END, STEP))
    assert every
    assert list(replayed(store, watch(store), ["north"], start, END, STEP)) == every


def test_what_does_not_happen_cannot_be_measured(store, tmp_path):
    what = evaluated(store, watch(store), written(tmp_path / "truth"), KEY, STEP)
    assert (what["incidents"]["recall"], what["incidents"]["lead_minutes_median"]) == (None, None)
    assert what["links"] == {"precision": None, "recall": None, "n": 0, "by_evidence": {}}
    assert what["events"]["precision"] is None


def test_links_are_held_against_whose_account_it_is(store, tmp_path):
    names = {name: handle_pseudonym(KEY, "mastodon", name) for name in ("ann", "bob", "cat", "dan")}
    owner = {name: customer_pseudonym(KEY, f"K-{name}") for name in names}
    link = {
        name: to_document(CustomerLink(id=key, reason="declared handle on mastodon, consent", consent_given_at=BEGIN))
        for name, key in owner.items()
    }
    linked = {"ann": link["ann"], "bob": link["ann"], "cat": None, "dan": link["dan"]}
    store.upsert(
        "posts",
        [
            said(f"l{name}", BEGIN)
            | {"author": {"id": name, "key": names[name]}}
            | ({"customer": linked[name]} if linked[name] else {})
            for name in names
        ],
    )
    rows = [
        {
            "customer_number": f"K-{name}",
            "source": "mastodon",
            "handle": name,
            "declared": name != "dan",
            "consent": True,
        }
        for name in names
    ]
    what = evaluated(store, watch(store), written(tmp_path / "truth", links=rows), KEY, STEP)["links"]
    # Right: ann and dan. Could be: ann, bob and cat. Bob was taken for ann.
    assert what["precision"] == pytest.approx(2 / 3, abs=1e-4)
    assert what["recall"] == pytest.approx(1 / 3, abs=1e-4)
    assert what["n"] == 3
    assert what["by_evidence"] == {"declared handle": {"links": 3, "precision": 0.6667}}


def test_links_to_events_are_held_against_what_made_people_write(store, tmp_path):
    def linked(*links):
        return {"events": [{"id": key, "score": score, "reason": "more than usual"} for key, score in links]}

    store.upsert(
        "posts",
        [
            said("right", AT) | linked(("N1", 5.0)),
            said("missed", AT),
            said("wrong", AT) | linked(("N2", 2.0)),
        ],
    )
    alarm = Event(id="N1", kind="alarm", title="Down", started_at=AT)
    letters = Event(id="C1", kind="campaign", title="Letters", started_at=AT)
    store.upsert("events", [to_document(alarm), to_document(letters)])
    caused = [
        {"post": name, "source": "file", "instance": "", "incident": "H0001", "events": ["N1"]}
        for name in ("right", "missed")
    ]
    # What a campaign made people write is nothing of the network.
    caused.append({"post": "b0", "source": "file", "instance": "", "incident": "H0002", "events": ["C1"]})
    assert post_id("file", "", "right") in store.get("posts", [post_id("file", "", "right")])
    what = evaluated(store, watch(store), written(tmp_path / "truth", events=caused), KEY, STEP)["events"]
    assert (what["precision"], what["recall"], what["n"]) == (0.5, 0.5, 2)
    # 5 times as many: four of five are more than usual, 0.8, and right; twice as many: 0.5, and wrong.
    assert what["calibration_error"] == pytest.approx((0.2 + 0.5) / 2)


def test_counted_words_alert_where_many_use_them_and_people_count_once(tmp_path):
    with closing(open_store(f"sqlite:///{tmp_path / 'words.sqlite'}")) as store:
        fine = [said(n, SINCE + timedelta(hours=n), text="a fine day, north") for n in range(7 * 24)]
        store.upsert("posts", fine + burst(12, author="one", text="outage in town, north"))
        start = AT - timedelta(hours=3)
        alone = baselines(Heard.of(store, "north", SINCE, END), SINCE, start, END)
        store.upsert("posts", burst(12, first="c", text="OUTAGE here too, north"))
        many = baselines(Heard.of(store, "north", SINCE, END), SINCE, start, END)
    soon = AT + timedelta(minutes=15)
    assert [alert.detected_at for alert in alone["keyword_count"]] == [soon]
    assert [alert.detected_at for alert in alone["hour_against_twelve"]] == [soon]
    assert alone["hour_of_day_mean"] == []
    assert [alert.detected_at for alert in many["hour_of_day_mean"]] == [soon]


@pytest.mark.parametrize("spoil", ["world.json", "incidents.jsonl"])
def test_a_folder_without_a_truth_is_one_sentence(tmp_path, spoil):
    written(tmp_path / "truth")
    (tmp_path / "truth" / spoil).unlink()
    with pytest.raises(InputError, match="there is no truth in"):
        Truth.read(tmp_path / "truth")
    (tmp_path / "truth" / spoil).write_text('{"x": 1}\n')
    with pytest.raises(InputError, match="cannot be read"):
        Truth.read(tmp_path / "truth")
