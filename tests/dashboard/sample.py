"""A small store for the pages: two weeks, three brands, an outage, a customer and a hostile post."""

from datetime import UTC, datetime, timedelta

from domain.customer import Consent, Customer, CustomerLink
from domain.documents import to_document
from domain.enrichment import Copy, Enrichment, Intent, Language, Model, Sentiment
from domain.event import Event
from domain.incident import Incident
from domain.post import Author, Metrics, Post
from domain.stored import post_document
from stores.open import open_store
from tests.support.handmade import aspects, trait
from textquery.words import searchable, whole

START = datetime(2019, 11, 18, tzinfo=UTC)
DAYS = 14
READER = Model("hand", "r1")
CUSTOMER = "customer-aaaa"
HOSTILE = "<script>document.title='taken'</script> **bold** [a link](javascript:alert(1)) <img src=x onerror=alert(1)>"
TOPICS = {"topic-signal": "No signal", "topic-bills": "Bills and refunds"}

CONFIG = """
store = "{store}"

[brand.nimbus]
name = "Nimbus"
terms = ["Nimbus"]
accounts = ["nimbuscares"]
own = true

[brand.altair]
name = "Altair"
terms = ["Altair"]

[brand.vela]
name = "Vela"
terms = ["Vela"]
"""

_SAID = (
    ("nimbus", "negative", "No signal from Nimbus in Ashford since this morning", "topic-signal"),
    ("nimbus", "positive", "Nimbus solved it within the hour, thank you", None),
    ("altair", "neutral", "Altair opens a shop in Ashford", None),
    ("vela", "negative", "Vela charged me twice, where is my refund", "topic-bills"),
)
_READ = (
    {"felt": (("network", "negative"),), "intents": ("complaint",), "urgent": True},
    {"felt": (("customer_service", "positive"), ("network", "positive")), "intents": ("praise",)},
    {"felt": (("delivery", "neutral"),), "intents": ("other",)},
    {"felt": (("price", "negative"),), "intents": ("complaint", "question")},
)


def incidents():
    """Two that people spoke of: one that the outage explains, one that is a joke."""
    at = START + timedelta(days=8, hours=7)
    common = {"brand": "nimbus", "subject": "mobile network", "expected": 0.4, "odds": 1e-9}
    times = {"detected_at": at + timedelta(minutes=5), "seen_at": at + timedelta(hours=23), "peak_at": at}
    yield Incident(
        id="joke", nature="one_text", started_at=at - timedelta(days=3), people=5, ended_at=at, **times, **common
    )
    yield Incident(id="dark", kind="confirmed", started_at=at, people=9, events=("event-outage",), **times, **common)


def build(url):
    """Fill a store and close it."""
    store = open_store(url)
    store.upsert("posts", list(posts()))
    store.upsert("topics", [{"id": key, "name": name, "terms": [name.lower()]} for key, name in TOPICS.items()])
    store.upsert("events", [to_document(event) for event in events()])
    store.upsert("incidents", [to_document(one) for one in incidents()])
    agreed = Consent(purpose="link posts", given_at=START - timedelta(days=100))
    store.upsert(
        "customers",
        [to_document(Customer(id=CUSTOMER, handles=("h1",), linked_with=agreed, region="Kent", place="Ashford"))],
    )
    store.close()


def posts():
    """Yield four posts a day, each about another brand, and the hostile one on the last day."""
    for day in range(DAYS):
        for place, (brand, label, text, topic) in enumerate(_SAID):
            author = f"author{(day + place) % 5}"
            yield document(
                f"{day}-{place}",
                f"{text}, day {day}, @author{(day * place) % 3}",
                START + timedelta(days=day, hours=9 + place),
                brand=brand,
                label=label,
                topic=topic,
                author=Author(id=author, handle=author, followers=100 * place),
                mentions=(f"author{(day * place) % 3}",),
                customer=CUSTOMER if author == "author1" and brand == "nimbus" else None,
                **_READ[place],
            )
    end = START + timedelta(days=DAYS - 1, hours=20)
    yield document(
        "hostile", HOSTILE, end, brand="nimbus", label="neutral", author=Author(id="mallory"), spam=("a script",)
    )


def document(native_id, text, at, *, brand, label, topic=None, author=None, mentions=(), customer=None, **read):
    """Return one stored post, labelled by hand; `read` are `felt`, `intents`, `urgent` and the signs of `spam`."""
    post = Post(
        source="forum",
        native_id=native_id,
        text=text,
        created_at=at,
        author=author,
        mentions=mentions,
        metrics=Metrics(likes=3),
        url=f"https://forum.example/{native_id}",
    )
    sure = {"negative": 0.1, "neutral": 0.1, "positive": 0.1} | {label: 0.8}
    enrichment = Enrichment(
        language=Language(code="en", probability=0.99, model=READER),
        sentiment=Sentiment(label=label, score=sure["positive"] - sure["negative"], probabilities=sure, model=READER),
        brands=(brand,),
        copy=Copy(key=f"copy-{native_id}"),
        intent=Intent(labels=read["intents"], probabilities={}, model=READER) if "intents" in read else None,
        aspects=aspects(read.get("felt", ()), READER),
        urgency=trait(read.get("urgent", False), model=READER),
        spam=trait("spam" in read, *read.get("spam", ()), model=READER),
    )
    link = customer and CustomerLink(id=customer, reason="a declared handle", consent_given_at=START)
    stored = post_document(post, enrichment, link, words=searchable(whole(post.title, post.text)), models=(READER,))
    if topic:
        stored["topic"] = {"id": topic, "probability": 0.9, "model": to_document(READER)}
    if topic == "topic-signal":
        stored["events"] = [{"id": "event-outage", "score": 3.0, "reason": "it names Ashford in the outage's hours"}]
    return stored


def events():
    """Yield an outage for everybody and a ticket of the customer."""
    outage = START + timedelta(days=8, hours=6)
    yield Event(
        id="event-outage",
        kind="outage",
        title="Power failure in Ashford",
        started_at=outage,
        ended_at=outage + timedelta(hours=12),
        place="Ashford",
        brand="nimbus",
    )
    yield Event(
        id="event-ticket",
        kind="ticket",
        title="Ticket: no signal at home",
        started_at=outage + timedelta(hours=2),
        customer=CUSTOMER,
    )
