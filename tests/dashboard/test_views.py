"""The pages over a small store, without a browser."""

import re
from datetime import timedelta

import pyarrow.ipc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from streamlit.testing.v1 import AppTest

from dashboard.address import coded, days_coded
from dashboard.components.chart_selection import PICK, Pick
from dashboard.session import open_session
from domain.questions import Question
from stores.open import open_store
from tests.dashboard.sample import CUSTOMER, DAYS, HOSTILE, START, TOPICS, document, posts
from tests.support.tree import ROOT

APP = str(ROOT / "dashboard" / "app.py")
PAGES = ("brand", "network", "customer", "voices", "weekly", "about")
EVERYTHING = 4 * DAYS + 1
PATIENCE_S = 120
SCRIPT = """
from dashboard.session import one_sentence
from dashboard.views.{view} import show

with one_sentence():
    show()
"""


def opened(view, **query):
    """A page, drawn once."""
    page = AppTest.from_string(SCRIPT.format(view=view), default_timeout=PATIENCE_S)
    for name, value in query.items():
        page.query_params[name] = value
    return page.run()


def words(page):
    """All that a page says in headings, captions and plain text."""
    kinds = ("title", "header", "subheader", "caption", "text", "markdown", "info", "error")
    return "\n".join(str(element.value) for kind in kinds for element in page.get(kind))


def html(page, name):
    """The first piece of our own HTML with a class."""
    return next(element.proto.body for element in page.get("html") if name in element.proto.body)


def posts_shown(page):
    """The HTML of all posts that are listed."""
    return "".join(element.proto.body for element in page.get("html") if "earshot-posts" in element.proto.body)


def drawn(page, name):
    """The rows that a chart is drawn from; None where it is not drawn."""
    for element in page.get("vega_lite_chart"):
        if f"-chart-{name}-" in element.proto.id:
            return pyarrow.ipc.open_stream(element.proto.data.data).read_all().to_pylist()
    return None


@pytest.mark.parametrize("view", PAGES)
def test_page_draws_itself(small_store, view):
    page = opened(view)
    assert not page.exception
    assert not page.error


def test_app_opens_with_the_brand_page(small_store):
    app = AppTest.from_file(APP, default_timeout=PATIENCE_S).run()
    assert app.title[0].value == "Brand"
    assert not app.exception


@pytest.mark.parametrize("view", PAGES)
def test_empty_store_is_said_in_a_sentence(empty_store, view):
    page = opened(view)
    assert not page.exception
    assert "no " in page.info[0].value


@pytest.mark.parametrize("view", PAGES)
def test_store_that_is_down_is_said_in_a_sentence(tmp_path, monkeypatch, view):
    monkeypatch.setenv("EARSHOT_HOME", str(tmp_path))
    monkeypatch.setenv("EARSHOT_STORE", "elasticsearch://127.0.0.1:9")
    page = opened(view)
    assert not page.exception
    assert len(page.error) == 1
    assert "127.0.0.1:9" in words(page)


def test_broken_setting_is_said_in_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("EARSHOT_CONFIG", str(tmp_path / "none.toml"))
    page = opened("brand")
    assert not page.exception
    assert "none.toml" in words(page)


@pytest.mark.parametrize("text", ["(bill OR", '"no signal', "NEAR bill"])
@pytest.mark.parametrize("view", ["brand", "voices"])
def test_broken_search_is_said_at_its_box_and_the_page_stays(small_store, view, text):
    page = opened(view, text=text)
    assert not page.exception
    assert len(page.error) == 1
    assert "text query, character" in words(page)
    assert page.text_input(key="text").value == text
    assert page.query_params["text"] == text
    page.text_input(key="text").set_value("").run()
    assert not page.error
    if view == "brand":
        page.text_input(key="text").set_value(text).run()
        assert f"{EVERYTHING} posts" in words(page)
        assert len(drawn(page, "voice")) == 3


@pytest.mark.parametrize(
    "address", [{"text": "nowhere"}, {"brand": "gone"}, {"topic": "topic-bills", "sentiment": "positive"}]
)
def test_view_without_posts_is_one_sentence_and_no_charts(small_store, address):
    page = opened("brand", **address)
    assert [info.value for info in page.info] == ["No posts match. Widen the days or take a filter away."]
    assert not page.get("vega_lite_chart")


def test_chart_that_has_nothing_to_draw_is_a_sentence(store_of):
    store_of([naming("vela") | {"brands": []}])
    page = opened("brand")
    assert "1 post" in words(page)
    assert [drawn(page, chart) for chart in ("net", "volume", "voice")] == [None, None, None]
    assert "None of these posts can be shown in this chart." in words(page)
    assert len(drawn(page, "source")) == 3


def test_events_stand_below_the_chart_with_their_whole_titles(small_store):
    page = opened("brand", events="all")
    said = "1. Power failure in Ashford (outage, Tue 26 Nov 2019, 06:00 to 18:00)"
    assert said in [button.label for button in page.button]


def test_address_of_several_events_shows_the_posts_of_any_and_the_gone_one_by_its_key(small_store):
    page = opened("brand", **{"mark": "net", "mark.event": ["event-outage", "gone"]})
    assert "14 posts" in words(page)
    assert "Power failure in Ashford (outage, Tue 26 Nov 2019, 06:00 to 18:00), gone" in words(page)


def test_events_are_told_under_the_other_chart_where_net_sentiment_is_not_drawn(small_store):
    page = opened("brand", events="all", sentiment="negative")
    assert drawn(page, "net") is None
    (told,) = [button.label for button in page.button if "Power failure in Ashford" in button.label]
    assert told.startswith("1. ")


def test_how_many_events_are_not_drawn_is_said(store_of):
    store_of(posts())
    events = [
        {"id": f"e{n}", "kind": "alarm", "title": f"*Alarm* {n}", "started_at": f"2019-11-{18 + n}T00:00:00.000Z"}
        for n in range(5)
    ]
    session = open_session()
    session.store.upsert("events", events)
    session.look_again()
    page = opened("brand")
    assert "3 of 5 events of these days are drawn" in words(page)
    labels = [button.label for button in page.button]
    assert "1. \\*Alarm\\* 0 (alarm, Mon 18 Nov 2019, 00:00, no end known)" in labels
    assert "events of these days" not in words(opened("brand", events="all"))


def test_search_narrows_the_posts(small_store):
    page = opened("brand")
    assert f"{EVERYTHING} posts" in words(page)
    page.text_input(key="text").set_value("refund").run()
    assert f"{DAYS} posts" in words(page)
    assert "where is my refund" in posts_shown(page)


def test_filters_narrow_the_posts(small_store):
    page = opened("brand")
    page.multiselect(key="brand").set_value(["vela"]).run()
    page.multiselect(key="sentiment").set_value(["negative"]).run()
    assert f"{DAYS} posts" in words(page)
    page.multiselect(key="topic").set_value([None]).run()
    assert "No posts match" in words(page)


def test_posts_are_chosen_by_what_they_are_about_and_what_their_authors_want(small_store):
    page = opened("brand")
    page.multiselect(key="aspect").set_value(["network"]).run()
    assert f"{2 * DAYS} posts" in words(page)
    page.multiselect(key="intent").set_value(["praise"]).run()
    assert f"{DAYS} posts" in words(page)
    assert "customer service: positive" in posts_shown(page)


def test_spam_is_counted_until_it_is_left_out(small_store):
    page = opened("brand")
    assert "spam or automated: a script" in posts_shown(page)
    page.toggle(key="genuine").set_value(True).run()
    assert f"{EVERYTHING - 1} posts" in words(page)
    assert "spam or automated" not in posts_shown(page)


def test_part_of_an_aspect_opens_the_posts_that_feel_so_about_it(small_store):
    page = opened("brand")
    page.session_state[PICK] = Pick("aspects", {"aspect_sentiment": "network:positive"})
    page.run()
    assert "network coverage: positive" in words(page)
    assert f"{DAYS} posts" in words(page)
    assert "urgent" not in posts_shown(page)


def test_posts_about_no_aspect_are_said_to_be_so(small_store):
    page = opened("brand")
    page.text_input(key="text").set_value("script").run()
    assert "None of these posts speaks about a part of the service" in words(page)


def naming(*brands, aspects=("network:negative",), number=0):
    """A post of the first day that names several brands and speaks about several parts of the service."""
    felt = tuple(tuple(said.split(":")) for said in aspects)
    post = document(f"several-{number}", "Both are down", START, brand=brands[0], label="negative", felt=felt)
    return post | {"brands": list(brands)}


def test_charts_draw_the_chosen_brands_alone(store_of):
    store_of(naming("vela", "nimbus", "altair", number=number) for number in range(3))
    page = opened("brand", brand="Vela")
    for chart in ("net", "volume", "voice"):
        assert {(row["name"], row["posts"]) for row in drawn(page, chart)} == {("Vela", 3)}
    page.multiselect(key="brand").set_value(["vela", "altair"]).run()
    assert {row["name"] for row in drawn(page, "net")} == {"Vela", "Altair"}
    page.multiselect(key="brand").set_value([]).run()
    assert {row["name"] for row in drawn(page, "net")} == {"Vela", "Altair", "Nimbus"}


def test_charts_draw_the_chosen_parts_of_the_service_alone(store_of):
    store_of([naming("vela", aspects=("network:negative", "price:positive"))])
    page = opened("brand")
    assert {row["name"] for row in drawn(page, "aspects")} == {"network coverage", "price and bills"}
    page.multiselect(key="aspect").set_value(["price"]).run()
    assert {row["name"] for row in drawn(page, "aspects")} == {"price and bills"}


def test_shared_address_brings_the_filters_along(small_store):
    page = opened("brand", text="refund", sentiment="negative", step="week")
    assert f"{DAYS} posts" in words(page)
    assert page.text_input(key="text").value == "refund"
    assert page.multiselect(key="sentiment").value == ["negative"]


def test_nonsense_of_an_address_is_said(small_store):
    page = opened("brand", days="never", step="month", once="perhaps", mark="nowhere")
    assert not page.exception
    assert len(page.warning) == 4


@pytest.mark.parametrize("name", ["brand", "topic", "language", "sentiment"])
def test_what_a_link_asks_for_and_is_gone_widens_nothing(small_store, name):
    page = opened("brand", **{name: "gone-**away**"})
    assert not page.exception
    assert "No posts match" in words(page)
    assert "gone-**away**" in [text.value for text in page.text]
    assert page.query_params[name] == "gone-**away**"
    page.multiselect(key=name).set_value([]).run()
    assert f"{EVERYTHING} posts" in words(page)


def test_one_day_is_that_day_for_whoever_opens_the_link(small_store):
    page = opened("brand")
    day = (START + timedelta(days=3)).date()
    page.date_input(key="days").set_value((day, day)).run()
    again = opened("brand", **page.query_params)
    assert again.date_input(key="days").value == (day, day)
    assert "4 posts" in words(page)
    assert figures(again) == figures(page)


def test_page_chosen_from_the_menu_keeps_what_the_link_said(small_store):
    page = AppTest.from_file(APP, default_timeout=PATIENCE_S)
    page.query_params["brand"] = "vela"
    page.run()
    page.query_params.clear()
    page.run()
    assert page.multiselect(key="brand").value == ["vela"]


def test_link_to_a_customer_holds_the_pseudonym_alone_and_never_opens_another(small_store):
    page = opened("customer")
    assert page.query_params == {"customer": CUSTOMER}
    gone = opened("customer", customer="customer-bbbb")
    assert not gone.exception
    assert "no such customer" in gone.warning[0].value
    assert not gone.get("html")


def test_week_of_a_link_is_that_week_and_one_that_is_gone_is_said(small_store):
    latest = opened("weekly")
    assert latest.query_params["week"] == "2019-W48"
    assert latest.selectbox(key="week").value == "latest whole week"
    gone = opened("weekly", week="2019-W02")
    assert gone.selectbox(key="week").value is None
    assert "no posts of the week" in gone.warning[0].value
    assert not gone.get("download_button")


def test_author_and_place_in_the_list_stand_in_the_address(small_store):
    page = opened("voices", voice=["forum", "author1"], order="oldest")
    assert not page.warning
    again = opened("voices", **page.query_params)
    assert posts_shown(again) == posts_shown(page)
    assert again.query_params["voice"] == ["forum", "author1"]
    assert "not in this ranking" in opened("voices", voice=["forum", "nobody"]).warning[0].value


SOME = {
    "brand": some.lists(some.sampled_from(["nimbus", "altair", "vela", None, "gone"]), unique=True, max_size=2),
    "sentiment": some.lists(some.sampled_from(["negative", "neutral", "positive"]), unique=True, max_size=2),
    "topic": some.lists(some.sampled_from([*TOPICS, None]), unique=True, max_size=2),
    "days": some.tuples(some.integers(0, DAYS - 1), some.integers(0, DAYS - 1)).map(sorted),
    "text": some.sampled_from(["", "refund", 'signal AND NOT "within the hour"', "a&b=c"]),
    "step": some.sampled_from(["hour", "day", "week"]),
    "once": some.booleans(),
    "order": some.sampled_from(["newest", "oldest"]),
    "mark": some.sampled_from([None, {"day": START, "brand": "vela"}, {"topic": None}]),
}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some.fixed_dictionaries(SOME))
def test_address_of_any_view_shows_the_same_to_anybody(small_store, view):
    address = {name: [*map(coded, view[name])] for name in ("brand", "sentiment", "topic") if view[name]}
    address["step"] = view["step"]
    address["days"] = days_coded([(START + timedelta(days=number)).date() for number in view["days"]])
    page = opened("brand", **address)
    page.text_input(key="text").set_value(view["text"])
    page.toggle(key="once").set_value(view["once"])
    if view["mark"]:
        page.session_state[PICK] = Pick("topics", view["mark"])
    page.run()
    if page.get("pagination") or any(box.key == "order" for box in page.selectbox):
        page.selectbox(key="order").set_value(view["order"]).run()
    assert not page.exception
    again = opened("brand", **page.query_params)
    assert (figures(again), shown(again)) == (figures(page), shown(page))
    assert again.query_params == page.query_params


def figures(page):
    return html(page, "earshot-figures")


def shown(page):
    return [element.proto.body for element in page.get("html") if "earshot-posts" in element.proto.body]


def test_change_is_shown_where_posts_reach_back_far_enough(small_store):
    page = opened("brand")
    assert "No comparison" in words(page)
    last_week = (START + timedelta(days=7)).date(), (START + timedelta(days=13)).date()
    page.date_input(key="days").set_value(last_week).run()
    assert "No comparison" not in words(page)
    assert "on the period before" in html(page, "earshot-figures")


def test_picked_mark_shows_its_posts_and_the_way_back(small_store):
    page = opened("brand")
    page.session_state[PICK] = Pick("net", {"day": START, "brand": "vela"})
    page.run()
    assert "1 post" in words(page)
    assert "Vela · Mon 18 Nov 2019" in words(page)
    page.button(key="show-all").click().run()
    assert f"{EVERYTHING} posts" in words(page)


def test_hostile_text_is_escaped_and_never_given_to_markdown(small_store):
    page = opened("brand")
    assert "&lt;script&gt;" in posts_shown(page)
    assert HOSTILE not in posts_shown(page)
    assert HOSTILE not in words(page)


def test_second_page_of_posts_goes_on_where_the_first_ends(small_store):
    page = opened("brand")
    first = posts_shown(page)
    page.selectbox(key="order").set_value("oldest").run()
    assert posts_shown(page) != first
    assert "day 0," in posts_shown(page)


def test_week_can_be_chosen_and_taken_along(small_store):
    page = opened("weekly")
    page.selectbox(key="week").set_value("2019-W47").run()
    assert not page.exception
    assert len(page.get("download_button")) == 2


def test_what_is_asked_once_is_not_asked_again(small_store, monkeypatch):
    asked = []
    monkeypatch.setattr("dashboard.session.open_store", lambda url: Counting(open_store(url), asked))
    page = opened("brand")
    first = len(asked)
    page.run()
    assert 0 < first <= 50
    assert len(asked) == first


class Counting:
    """A store that keeps a list of what it counted."""

    def __init__(self, store, asked):
        self._store = store
        self._asked = asked

    def count_by(self, filters, by, **zone):
        self._asked.append((filters, by))
        return self._store.count_by(filters, by, **zone)

    def __getattr__(self, name):
        return getattr(self._store, name)


def test_new_posts_are_seen_when_what_is_shown_is_old_and_not_with_every_rerun(empty_store, monkeypatch):
    question = Question(measure="volume")
    session = open_session()
    assert session.ask(question).total == 0
    session.store.upsert("posts", list(posts()))
    assert open_session().ask(question).total == 0
    monkeypatch.setattr("dashboard.session.STALE", timedelta(0))
    assert open_session().ask(question).total == EVERYTHING


@pytest.mark.parametrize("kind", ["topics", "events", "customers", "corrections"])
def test_what_changes_beside_posts_is_seen_too(small_store, monkeypatch, kind):
    asked = []
    look = open_session().work_out
    look(_noting, asked)
    store = open_session().store
    store.upsert(kind, [next(store.scan(kind), {"id": "new"}) | {"id": "another"}])
    monkeypatch.setattr("dashboard.session.STALE", timedelta(0))
    open_session().work_out(_noting, asked)
    store.delete(kind, ["another"])
    assert asked == ["asked", "asked"]


def _noting(store, asked):
    asked.append("asked")


def test_page_says_of_when_it_is(small_store):
    page = opened("brand")
    assert re.fullmatch(r"As of \d\d:\d\d:\d\d", page.caption[0].value)


def test_who_changes_something_here_sees_it_at_once(empty_store):
    session = open_session()
    session.store.upsert("posts", list(posts()))
    session.look_again()
    assert open_session().ask(Question(measure="volume")).total == EVERYTHING


def test_figures_of_which_much_falls_into_an_incident_say_so(small_store):
    page = opened("brand", brand="nimbus")
    assert "14 of 29 posts fall into “Power failure in Ashford”." in words(page)
    said = "Posts that fall into “Power failure in Ashford”: "
    assert f"{said}network coverage 14 of 28." in words(page)
    assert f"{said}No signal 14 of 14." in words(page)
    assert "fall into" not in words(opened("brand", brand="vela"))


def test_customer_page_tells_the_steps_with_their_reasons(small_store):
    page = opened("customer")
    steps = html(page, "earshot-steps")
    assert steps.index("Consent given") < steps.index("Power failure in Ashford") < steps.index("Ticket: no signal")
    assert "a declared handle" in steps
    assert "h1" not in page.selectbox(key="customer").value


def test_picked_step_is_shown_alone(small_store):
    page = opened("customer")
    page.session_state[PICK] = Pick(f"journey-{CUSTOMER}", {"step": "1"})
    page.run()
    assert html(page, "earshot-steps").count("<li class=") == 1
    page.button(key="show-all").click().run()
    assert html(page, "earshot-steps").count("<li class=") > 1


def test_report_in_its_frame_may_run_nothing(small_store):
    frame = opened("weekly").get("iframe")[0]
    assert "default-src 'none'" in frame.proto.srcdoc
