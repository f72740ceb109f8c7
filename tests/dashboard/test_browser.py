"""The real app in a real browser."""

import pytest

from dashboard.session import open_session
from dashboard.views.weekly import report_pages
from tests.dashboard.conftest import settled
from tests.dashboard.sample import HOSTILE

sync_api = pytest.importorskip("playwright.sync_api", reason="no Playwright: `pip install playwright`")
pytestmark = pytest.mark.browser

PAGES = {
    "Brand": "Share of voice",
    "Customer": "Linked posts",
    "Voices": "ranked by the attention",
    "Weekly report": "HTML",
    "About the data": "What is not known",
}


@pytest.fixture
def brand(page, served):
    page.goto(served)
    page.locator(".earshot-posts article").first.wait_for()
    return page


def posts(page):
    return page.locator(".earshot-posts article")


def point(page, chart, *words):
    """The mark of a chart whose spoken label has all these words."""
    spoken = "".join(f'[aria-label*="{word}"]' for word in words)
    return page.locator(
        f"[class*=st-key-chart-{chart}] path:is([aria-roledescription=point], [aria-roledescription=bar]){spoken}"
    ).first


def heading(page, text):
    page.get_by_role("heading", name=text, exact=True).wait_for()


def test_every_page_opens_from_the_menu(brand):
    for title, words in PAGES.items():
        brand.get_by_role("link", name=title).click()
        heading(brand, title)
        brand.get_by_text(words).first.wait_for()


@pytest.mark.parametrize(
    ("path", "title"), [("", "Brand"), ("brand", "Brand"), ("voices", "Voices"), ("about", "About the data")]
)
def test_page_opens_at_its_name(page, served, path, title):
    page.goto(f"{served}/{path}")
    heading(page, title)
    assert page.get_by_text("Page not found").count() == 0


def test_click_on_a_point_shows_the_posts_behind_it(brand):
    point(brand, "net", "Nimbus", "Tue 26 Nov 2019").click()
    heading(brand, "2 posts")
    brand.get_by_text("Nimbus · Tue 26 Nov 2019", exact=True).wait_for()
    assert all("day 8" in text for text in posts(brand).all_inner_texts())


def test_back_undoes_and_reload_keeps_what_was_picked(brand):
    point(brand, "net", "Nimbus", "Tue 26 Nov 2019").click()
    heading(brand, "2 posts")
    brand.wait_for_url("**mark=net**")
    brand.reload()
    heading(brand, "2 posts")
    brand.go_back()
    heading(brand, "57 posts")
    brand.go_forward()
    heading(brand, "2 posts")


@pytest.mark.parametrize(
    "view",
    [
        "?step=hour&events=all",
        "?step=week&events=none&brand=nimbus",
        "?days=2019-11-26&step=hour",
        "?text=nowhere",
        "voices?text=nowhere",
        "customer",
        "weekly",
        "about",
    ],
)
def test_no_page_and_no_filter_makes_the_console_warn(page, served, view):
    """What the console said is held by the fixture `watch`."""
    page.goto(f"{served}/{view}")
    page.get_by_role("heading", level=1).wait_for()
    page.get_by_test_id("stStatusWidget").wait_for(state="detached")
    if "nowhere" not in view and view.startswith(("?", "customer")):
        page.locator("[class*=st-key-chart-] svg").first.wait_for()


def test_click_on_an_event_opens_it_with_its_posts(brand):
    place = point(brand, "net", "Power failure in Ashford")
    # Near the top: lines and their points lie above the event.
    place.click(position={"x": 3, "y": 3})
    heading(brand, "14 posts")
    said = "Power failure in Ashford (outage, Tue 26 Nov 2019, 06:00 to 18:00)"
    brand.locator(".st-key-posts").get_by_text(said, exact=True).wait_for()
    brand.wait_for_url("**mark.event=event-outage**")
    point(brand, "net", "Nimbus", "Tue 26 Nov 2019").click()
    heading(brand, "2 posts")
    place.click(position={"x": 3, "y": 3})
    heading(brand, "14 posts")


def test_event_in_the_list_below_a_chart_opens_its_posts_without_a_pointer(brand):
    event = brand.get_by_role("button", name="1. Power failure in Ashford")
    event.focus()
    event.press("Enter")
    heading(brand, "14 posts")
    brand.reload()
    heading(brand, "14 posts")


def test_pointing_at_an_event_tells_its_whole_title(brand):
    point(brand, "volume", "Power failure in Ashford").hover(position={"x": 3, "y": 3})
    brand.locator("#vg-tooltip-element").get_by_text("Power failure in Ashford (outage, Tue 26 Nov 2019").wait_for()


def test_second_chart_takes_over_and_show_all_leads_back(brand):
    point(brand, "net", "Nimbus", "Tue 26 Nov 2019").click()
    heading(brand, "2 posts")
    point(brand, "topics", "Bills and refunds").click()
    heading(brand, "14 posts")
    brand.get_by_role("button", name="Show all").click()
    heading(brand, "57 posts")
    point(brand, "net", "Nimbus", "Tue 26 Nov 2019").click()
    heading(brand, "2 posts")


@pytest.mark.parametrize(
    ("chart", "mark", "found"),
    [
        ("volume", "Vela", 1),
        ("voice", "Altair", 14),
        ("aspects", "positive", 14),
        ("topics", "not assigned", 29),
        ("source", "negative", 57),
    ],
)
def test_every_chart_opens_its_posts(brand, chart, mark, found):
    point(brand, chart, mark).click()
    heading(brand, "1 post" if found == 1 else f"{found} posts")
    brand.get_by_role("button", name="Show all").wait_for()


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
@pytest.mark.parametrize(
    ("chart", "mark", "found"), [("topics", "Bills and refunds", 14), ("voice", "Altair", 14), ("source", "forum", 57)]
)
def test_posts_behind_a_mark_come_into_sight(brand, width, height, chart, mark, found):
    brand.set_viewport_size({"width": width, "height": height})
    settled(brand)
    point(brand, chart, mark).click()
    heading(brand, f"{found} posts")
    brand.get_by_role("button", name="Show all").wait_for()
    for seen in (brand.get_by_role("heading", name=f"{found} posts"), posts(brand).first):
        sync_api.expect(seen).to_be_in_viewport()


def test_mark_is_picked_by_keyboard_from_the_table_of_its_chart(brand):
    chart = brand.locator("[class*=st-key-table-chart-topics]")
    chart.locator("summary").focus()
    brand.keyboard.press("Enter")
    chart.get_by_role("table").wait_for()
    assert chart.get_by_role("cell").all_inner_texts()[::2] == ["Bills and refunds", "No signal", "not assigned"]
    settled(brand)
    chart.get_by_role("combobox", name="Show the posts of").focus()
    brand.keyboard.type("Bills")
    brand.get_by_role("option", name="Bills and refunds").wait_for()
    brand.keyboard.press("Enter")
    heading(brand, "14 posts")
    brand.wait_for_function("document.activeElement.innerText === '14 posts'")


def test_charts_have_names(brand):
    settled(brand)
    drawn = brand.locator("[aria-roledescription=visualization]")
    names = [chart.get_attribute("aria-label") for chart in drawn.all()]
    assert len(names) == len(set(names)) == brand.locator(".stVegaLiteChart").count() == 7


def asked_since(said, lines):
    return said.read_text().split()[lines:]


def test_list_of_posts_is_drawn_alone(page, overheard):
    address, said = overheard
    page.goto(address)
    settled(page)
    first = posts(page).first
    begun = len(asked_since(said, 0))
    assert begun > 10
    before = first.inner_text()
    page.get_by_role("button", name="Next page").click()
    sync_api.expect(first).not_to_have_text(before, use_inner_text=True)
    page.wait_for_url("**page=2**")
    page.get_by_role("combobox", name="Order").click()
    page.get_by_role("option", name="oldest first").click()
    page.wait_for_url("**order=oldest**")
    sync_api.expect(first).to_contain_text("day 0,")
    page.get_by_role("button", name="Correct a label").first.click()
    page.get_by_role("button", name="Save").wait_for()
    assert asked_since(said, begun) == ["posts"] * 3
    page.go_back()
    page.wait_for_url("**page=2**")
    sync_api.expect(first).not_to_contain_text("day 0,")


def test_text_search_narrows_the_page_and_the_address_can_be_shared(brand, served):
    search = brand.get_by_role("textbox", name="Search the texts")
    search.fill('signal AND NOT "within the hour"')
    search.press("Enter")
    heading(brand, "14 posts")
    address = brand.url
    brand.goto("about:blank")
    brand.goto(address)
    heading(brand, "14 posts")
    sync_api.expect(brand.get_by_role("textbox", name="Search the texts")).to_have_value(
        'signal AND NOT "within the hour"'
    )


def test_hostile_post_shows_as_the_text_it_is(brand):
    assert brand.locator(".earshot-posts .text").first.inner_text() == HOSTILE
    assert brand.title() == "Earshot"
    assert brand.locator(".earshot-posts :is(script, strong, img)").count() == 0


def test_row_of_the_ranking_opens_what_its_author_wrote(page, served):
    page.goto(f"{served}/voices")
    table = page.get_by_test_id("stDataFrame").first
    table.wait_for()
    table.click(position={"x": 16, "y": 52})
    posts(page).first.wait_for()
    page.get_by_text("on forum, ").wait_for()


def test_ranking_shows_all_its_columns_at_1280_pixels(page, served):
    page.goto(f"{served}/voices")
    table = page.get_by_test_id("stDataFrame").first
    table.wait_for()
    fits = "([all]) => all && all.scrollWidth <= all.clientWidth"
    page.wait_for_function(f"({fits})(document.getElementsByClassName('dvn-scroller'))")


@pytest.mark.parametrize("size", [{"width": 1280, "height": 900}, {"width": 390, "height": 640}])
def test_label_is_corrected_beside_its_post_with_save_in_sight_and_undone(brand, size):
    brand.set_viewport_size(size)
    post = brand.locator("[class*=st-key-post-]").nth(1)
    before = post.locator(".tone").inner_text()
    # The reader may be anywhere on the page; the box opens where the button is.
    post.get_by_role("button", name="Correct a label").click()
    save = brand.get_by_role("button", name="Save")
    save.wait_for()
    sync_api.expect(save).to_be_in_viewport(ratio=0.9)
    brand.get_by_role("radio", name="positive").click()
    save.click()
    brand.get_by_text("Saved. Sentiment: negative → positive.").wait_for()
    sync_api.expect(post.locator(".tone")).to_have_text("positive 100%")
    brand.get_by_role("button", name="Undo").click()
    brand.get_by_text("Undone: the labels are what they were before.").wait_for()
    sync_api.expect(post.locator(".tone")).to_have_text(before)


def test_narrow_screen_needs_no_sideways_scrolling(brand):
    brand.set_viewport_size({"width": 390, "height": 800})
    heading(brand, "57 posts")
    brand.wait_for_function("document.documentElement.scrollWidth <= window.innerWidth")


BROKEN_WORDS = """() => {
  const broken = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    for (const word of texts.currentNode.data.matchAll(/[a-zA-Z0-9]+/g)) {
      const range = document.createRange();
      range.setStart(texts.currentNode, word.index);
      range.setEnd(texts.currentNode, word.index + word[0].length);
      const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
      if (lines.size > 1) broken.push(word[0]);
    }
  }
  return broken;
}"""


@pytest.mark.parametrize(("width", "media"), [(390, "screen"), (673, "print")])
def test_report_breaks_no_word_on_a_phone_and_on_paper(page, small_store, width, media):
    session = open_session()
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(media=media)
    page.set_content(report_pages(session.store, week=None, brands=session.config.brands, zone="UTC").html)
    assert page.evaluate(BROKEN_WORDS) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
