import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from domain.documents import canonical_json
from domain.errors import InputError
from domain.questions import Filters
from insights.weekly.report import report_document, weekly_report
from insights.wording import count, percent, points
from reports.weekly import render_html, render_markdown
from stores.open import open_store
from tests.support.example_week import BRANDS, MONDAY, WEEK, example_week
from tests.support.stored_posts import stored_post


@pytest.fixture(scope="module")
def example_store(tmp_path_factory):
    opened = open_store(f"sqlite:///{tmp_path_factory.mktemp('week') / 'earshot.sqlite'}")
    example_week(opened)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def report(example_store):
    return weekly_report(example_store, week=None, brands=BRANDS)


def spelled(value):
    """Return every way in which a report may write a figure."""
    if isinstance(value, dict):
        return [text for item in value.items() for part in item for text in spelled(part)]
    if isinstance(value, float):
        return [points(value), percent(value), count(round(value)), f"{value:.1f}"]
    return [count(value)] if isinstance(value, int) else [str(value)]


def test_every_number_in_the_sentences_is_a_figure_that_they_keep(report):
    assert len(report.sentences) == 3
    for sentence in report.sentences:
        rest = sentence.text.replace("95% range", "")
        for text in sorted(spelled(dict(sentence.figures)), key=len, reverse=True):
            rest = rest.replace(text, "")
        assert not re.search(r"\d", rest), rest


def test_the_week_says_what_stood_out(report):
    volume, mood, event = (sentence.text for sentence in report.sentences)
    assert volume.startswith("From 9 to 15 March 2026, ")
    assert re.match(r"Net sentiment for Northtel was −\d+ points .*, worse than the week before", mood)
    assert "“Mobile data outage in Harborough”, with 24 posts" in event
    assert "the topic “Price rise in April” appeared, with 30 posts" in event


def test_repeated_texts_are_listed_and_count_once(report):
    (win,) = report.copied
    assert (win.copies, win.authors, win.reach, win.brands, win.sources) == (40, 40, 80, ("orbit",), ("forum",))
    assert report.posts - report.once == 39
    orbit = report.brands[2]
    assert orbit.posts - orbit.once == 39
    assert orbit.mood.negative + orbit.mood.neutral + orbit.mood.positive == orbit.once
    assert "@" not in win.text
    assert "example/win" not in win.text


def test_brands_have_figures_with_ranges_and_an_honest_change(report):
    own, vela, _ = report.brands
    assert own.own
    assert own.mood.low < own.mood.net < own.mood.high < 0
    assert own.net_change.direction == "down"
    assert vela.net_change.direction == "unclear"
    assert own.share_low < own.share < own.share_high


def test_what_people_spoke_about_has_the_sentiment_toward_it_and_its_change(report):
    about = {week.aspect: week for week in report.aspects}
    assert list(about) == sorted(about, key=lambda aspect: -about[aspect].posts)
    price = about["price"]
    assert (price.movement, price.posts, price.posts_before, price.negative) == ("appeared", 30, 0, 1.0)
    assert price.net_change.direction == "no data"
    # "Good speed even in the basement" is in two of them, "no signal" and the outage in one alone.
    network, data = about["network"], about["data"]
    assert (data.mood.negative, data.negative, data.movement) == (0, 0.0, "steady")
    assert network.mood.positive == data.mood.positive == data.posts
    assert network.negative == network.mood.negative / network.posts
    assert data.net_change.direction == "unclear"


def test_topics_moved_first_with_masked_examples(report):
    assert (report.topics[0].topic, report.topics[0].movement) == ("t-price", "appeared")
    signal = next(topic for topic in report.topics if topic.topic == "t-signal")
    assert len(signal.examples) == 3
    assert {example.sentiment for example in signal.examples} == {"negative"}
    texts = [example.text for topic in report.topics for example in topic.examples]
    assert not any("@" in text or "234" in text for text in texts)


def test_an_event_with_coincident_posts_is_an_incident(report):
    (outage,) = report.incidents
    assert (outage.event, outage.posts, outage.score, outage.place) == ("e-outage", 24, 4.0, "Harborough")
    assert len(outage.examples) == 3


SIGNS = [
    {"id": "a-link", "kind": "alarm", "title": "Link down", "place": "Harborough"}
    | {"started_at": "2026-03-11T07:58:00.000Z", "ended_at": "2026-03-11T14:50:00.000Z"},
    {"id": "k-setup", "kind": "kpi_degradation", "title": "Session setup low", "place": "Harborough"}
    | {"started_at": "2026-03-11T08:05:00.000Z", "ended_at": "2026-03-11T15:00:00.000Z"},
]


@pytest.fixture(scope="module")
def alarmed(tmp_path_factory):
    """The example week whose outage has an alarm and a degradation too; the alarm met one post more than the outage."""
    opened = open_store(f"sqlite:///{tmp_path_factory.mktemp('alarmed') / 'earshot.sqlite'}")
    example_week(opened)
    opened.upsert("events", SIGNS)
    opened.upsert("topics", [{"id": "t-dark", "name": "dark, harborough"}])
    for post in list(opened.scan("posts", filters=Filters(events=("e-outage",)))):
        links = [post["events"][0] | {"id": key} for key in ("a-link", "e-outage", "k-setup")]
        dark = {"topic": post["topic"] | {"id": "t-dark"}} if post["text"].endswith(("0)", "1)", "2)", "3)")) else {}
        felt = {"aspects": [post["aspects"][0] | {"aspect": "calls"}], "aspect_sentiments": ["calls:negative"]}
        opened.upsert("posts", [post | {"events": links} | felt | dark])
    more = stored_post("Dark in Harborough", created_at=datetime(2026, 3, 11, 8, 1, tzinfo=UTC), events=("a-link",))
    opened.upsert("posts", [more])
    yield weekly_report(opened, week=WEEK, brands=BRANDS)
    opened.close()


def test_outage_with_its_alarms_is_one_incident_under_the_name_of_the_outage(alarmed):
    (incident,) = alarmed.incidents
    assert (incident.title, incident.kind, incident.posts) == ("Mobile data outage in Harborough", "outage", 25)
    assert incident.signs == ("KPI degradation “Session setup low”", "alarm “Link down”")
    assert incident.started_at == datetime(2026, 3, 11, 8, tzinfo=UTC)
    assert "“Mobile data outage in Harborough”, with 25 posts" in alarmed.sentences[2].text
    assert "Link down" not in alarmed.sentences[2].text


def test_of_what_nobody_spoke_of_before_there_is_no_sentiment_to_compare(alarmed):
    calls = next(week for week in alarmed.aspects if week.aspect == "calls")
    assert (calls.posts_before, calls.movement) == (0, "appeared")
    assert calls.net_change.words == "no data for the week before"


def test_figures_that_fall_into_the_incident_say_so(alarmed):
    about = {week.aspect: week.part for week in alarmed.aspects}
    assert about["calls"].words == "24 of 24 posts fall into “Mobile data outage in Harborough”"
    assert {part for aspect, part in about.items() if aspect != "calls"} == {None}
    # A tenth of what was said of the own brand is no reason for its figure.
    assert {brand.part for brand in alarmed.brands} == {None}
    for shown in (render_html(alarmed), render_markdown(alarmed)):
        assert "Posts that fall into “Mobile data outage in Harborough”: calls and texts 24 of 24." in shown


def test_topic_of_an_incident_is_told_with_it_and_no_text_is_quoted_twice(alarmed):
    dark = next(topic for topic in alarmed.topics if topic.topic == "t-dark")
    assert (dark.incident, dark.examples, dark.posts) == ("e-outage", (), 12)
    assert "dark, harborough" not in alarmed.sentences[2].text
    signal = next(topic for topic in alarmed.topics if topic.topic == "t-signal")
    assert signal.incident is None
    quoted = [one.text for some in (*alarmed.incidents, *alarmed.topics) for one in some.examples]
    assert len(quoted) == len(set(quoted))
    page = render_html(alarmed)
    assert page.count("dark, harborough") == 1
    assert page.index("dark, harborough") < page.index('id="topics"')


def test_day_that_stands_out_is_named_with_what_is_usual(store):
    counts = [20, 22, 24, 60, 25, 23, 21]
    for day in range(14):
        posts = counts[day % 7] if day >= MONDAY else 18 + day
        store.upsert("posts", [stored_post(f"No {day} {number}", day=day) for number in range(posts)])
    report = weekly_report(store, week=WEEK, brands=())
    assert report.sentences[0].text.endswith("; Thursday alone had 60, where 18 to 25 a day are usual.")
    before = weekly_report(store, week="2026-W10", brands=())
    assert "alone" not in before.sentences[0].text


def test_examples_that_read_alike_once_masked_are_shown_once(store):
    store.upsert("topics", [{"id": "t", "name": "Calls"}])
    calls = [stored_post(f"Call me on 0171 234 56{n}{n}", topic="t", sentiment="negative") for n in range(5)]
    store.upsert("posts", [*calls, stored_post("Nobody calls", topic="t", sentiment="negative")])
    (topic,) = weekly_report(store, week=None, brands=()).topics
    assert sorted(example.text for example in topic.examples) == ["Call me on [number]", "Nobody calls"]


def test_an_event_of_one_customer_is_never_in_a_report(store):
    event = {"id": "bill", "kind": "bill", "title": "Bill of April", "started_at": "2026-03-02T00:00:00.000Z"}
    store.upsert("events", [event | {"customer": "c1"}])
    store.upsert("posts", [stored_post(events=("bill",))])
    assert weekly_report(store, week=None, brands=BRANDS).incidents == ()


def test_an_incident_that_copies_alone_coincide_with_counts_one_mood(store):
    """The first of them was written in another week."""
    store.upsert("events", [{"id": "e", "kind": "outage", "title": "Dark", "started_at": "2026-03-02T00:00:00.000Z"}])
    store.upsert("posts", [stored_post(events=("e",), copy="shared", first=False) for _ in range(3)])
    (incident,) = weekly_report(store, week=None, brands=BRANDS).incidents
    assert (incident.posts, incident.mood.posts, incident.mood.net) == (3, 1, 0)


def test_coverage_counts_what_is_not_known(report):
    coverage = report.coverage
    assert (coverage.days_with_posts, coverage.note) == (7, None)
    assert coverage.without_place == coverage.posts == report.posts
    assert coverage.without_author == coverage.without_brand == 0
    forum = coverage.sources[0]
    assert forum.source == "forum"
    assert 0 < forum.hours_without < 168


def test_a_week_covered_in_part_says_so(store):
    example_week(store, days=[MONDAY, MONDAY + 1, MONDAY + 2])
    report = weekly_report(store, week=WEEK, brands=BRANDS)
    assert report.coverage.note.startswith("This week is covered in part: there are posts on 3 of 7 days")
    assert "on 3 of 7 days" in report.sentences[0].text
    assert report.volume_change.words == "no data for the week before"
    assert {topic.movement for topic in report.topics} == {"no data"}


@pytest.mark.parametrize(
    ("label", "start", "hours", "words"),
    [
        ("2026-W13", datetime(2026, 3, 23, tzinfo=UTC), 167, "23 to 29 March 2026"),
        ("2026-W43", datetime(2026, 10, 18, 23, tzinfo=UTC), 169, "19 to 25 October 2026"),
    ],
)
def test_a_week_of_the_operators_clocks_is_whole_with_an_hour_more_or_less(store, label, start, hours, words):
    """A post an hour, from the hour before the week to the hour after it."""
    posts = [stored_post(created_at=start + timedelta(hours=number)) for number in range(-1, hours + 1)]
    store.upsert("posts", posts)
    report = weekly_report(store, week=label, brands=BRANDS, zone="Europe/London")
    assert (report.posts, report.coverage.days_with_posts, report.coverage.hours) == (hours, 7, hours)
    (source,) = report.coverage.sources
    assert (source.hours_without, source.first_at) == (0, start)
    assert report.sentences[0].text.startswith(f"From {words}, {hours} posts were heard")
    days = [row["posts"] for row in report.volume_by_day.records()]
    assert days == [24] * 6 + [hours - 6 * 24]
    for shown in (render_html(report), render_markdown(report)):
        assert "times in Europe/London" in shown
        assert f"0 of {hours}" in shown
    assert weekly_report(store, week=None, brands=(), zone="Europe/London").week == label


def test_posts_without_brand_topic_or_author_make_a_report_too(store):
    store.upsert("posts", [stored_post(brands=(), language=None)])
    report = weekly_report(store, week=None, brands=())
    assert (report.brands, report.aspects, report.topics, report.incidents, report.copied) == ((), (), (), (), ())
    assert report.sentences[1].text.startswith("Net sentiment for all posts was 0 points")
    coverage = report.coverage
    assert coverage.without_author == coverage.without_language == coverage.without_topic == coverage.without_brand == 1


def test_a_store_without_posts_has_no_report(store):
    with pytest.raises(InputError, match="no posts yet"):
        weekly_report(store, week=None, brands=BRANDS)


def test_the_report_is_kept_as_a_document_and_is_the_same_each_time(example_store, store, report):
    again = weekly_report(example_store, week=WEEK, brands=BRANDS)
    assert canonical_json(again) == canonical_json(report)
    document = report_document(report, made_at=datetime(2026, 3, 16, tzinfo=UTC))
    store.upsert("reports", [document])
    assert store.get("reports", ["weekly-2026-W11"])["weekly-2026-W11"] == json.loads(json.dumps(document))


def test_the_models_that_read_the_week_are_named(report):
    assert {(model.task, model.name, model.revision) for model in report.method.models} == {
        ("language", "hand", "1"),
        ("sentiment", "hand", "1"),
        ("aspects", "hand", "1"),
        ("topic", "hand", "1"),
    }
