"""What axe-core finds on the pages and in the report, in a light and in a dark browser."""

from importlib.resources import files

import pytest

from dashboard.session import open_session
from dashboard.views.weekly import report_pages
from tests.dashboard.conftest import settled

pytest.importorskip("playwright.sync_api", reason="no Playwright: `pip install playwright`")
pytestmark = [pytest.mark.browser, pytest.mark.parametrize("scheme", ["light", "dark"])]

GRAVE = {"moderate", "serious", "critical"}
BACKGROUND = "getComputedStyle(document.querySelector('.stApp, body')).backgroundColor"


@pytest.fixture
def reader(chromium, watch, scheme):
    """A page in a browser of this scheme that nothing moves in; axe may look into the report's frame."""
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900}, color_scheme=scheme, reduced_motion="reduce", bypass_csp=True
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.on("request", watch.request)
    yield page
    context.close()


def found(page):
    """What axe finds that is more than a trifle: the rule, and the elements with what is wrong with each."""
    script = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    for frame in page.frames:
        if not frame.evaluate("window.axe"):
            frame.evaluate(script)
    violations = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    return {
        rule["id"]: [(node["html"], node["failureSummary"]) for node in rule["nodes"]]
        for rule in violations
        if rule["impact"] in GRAVE
    }


def is_dark(page):
    red, green, blue = page.evaluate(BACKGROUND).removeprefix("rgb(").removesuffix(")").split(", ")
    return int(red) + int(green) + int(blue) < 3 * 128


@pytest.mark.parametrize("path", ["", "network", "customer", "voices?voice=forum&voice=author1", "weekly", "about"])
def test_page_on_a_desk_and_on_a_phone(reader, served, scheme, path):
    reader.goto(f"{served}/{path}")
    settled(reader)
    assert is_dark(reader) == (scheme == "dark")
    assert found(reader) == {}
    reader.set_viewport_size({"width": 390, "height": 844})
    settled(reader)
    assert found(reader) == {}


def test_page_at_work(reader, served, scheme):
    """A brand is chosen, a mark is picked, a table is open, a search is wrong, a label is being corrected."""
    reader.goto(f"{served}/?brand=vela&mark=topics&mark.topic=topic-bills&text=(bill")
    settled(reader)
    for name in ("net", "aspects"):
        reader.locator(f"[class*=st-key-table-chart-{name}] summary").click()
        reader.locator(f"[class*=st-key-table-chart-{name}] table").wait_for()
    reader.get_by_role("button", name="Correct a label").first.click()
    reader.get_by_role("button", name="Save").wait_for()
    settled(reader)
    assert found(reader) == {}


def test_view_without_posts(reader, served, scheme):
    reader.goto(f"{served}/?text=nowhere")
    settled(reader)
    assert found(reader) == {}


def test_report(reader, small_store, scheme):
    session = open_session()
    reader.set_content(report_pages(session.store, week=None, brands=session.config.brands, zone="UTC").html)
    for opened in reader.locator("summary").all():
        opened.click()
    assert is_dark(reader) == (scheme == "dark")
    assert found(reader) == {}
