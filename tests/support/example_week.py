"""A made-up fortnight of three brands: an outage, a price rise, a campaign, two languages, two sources."""

import random
from datetime import UTC, datetime

from domain.config import Brand
from domain.post import Author
from tests.support.stored_posts import stored_post

BRANDS = (
    Brand(key="north", name="Northtel", terms=("northtel",), accounts=("northtel_help",), own=True),
    Brand(key="vela", name="Vela Mobile", terms=("vela",)),
    Brand(key="orbit", name="Orbit", terms=("orbit",)),
)
WEEK = "2026-W11"
MONDAY = 7
"""Day of the example week's Monday, counted from the first Monday."""

TOPICS = [
    {"id": "t-signal", "name": "No signal indoors"},
    {"id": "t-price", "name": "Price rise in April"},
    {"id": "t-staff", "name": "Friendly shop staff"},
]
OUTAGE = {
    "id": "e-outage",
    "kind": "outage",
    "title": "Mobile data outage in Harborough",
    "place": "Harborough",
    "started_at": "2026-03-11T08:00:00.000Z",
    "ended_at": "2026-03-11T15:00:00.000Z",
}
_LINES = {
    "negative": (
        "No signal in the kitchen again, @northtel_help please call me on 0171 234 5678",
        "Third evening in a row that films keep stopping",
        "Forty minutes in the queue and nobody answers",
    ),
    "neutral": (
        "Has anybody tried the new router of theirs? https://forum.example/t/1",
        "Which tariff works best for two children?",
        "Does roaming still cost nothing on the islands?",
    ),
    "positive": (
        "The man in the shop was kind and quick",
        "Fibre came a day early and simply works",
        "Good speed even in the basement now",
    ),
}
_FELT = {
    "No signal in the kitchen": (("network", "negative"),),
    "Forty minutes in the queue": (("customer_service", "negative"),),
    "Does roaming still cost": (("roaming", "neutral"),),
    "The man in the shop": (("customer_service", "positive"),),
    "Good speed even": (("data", "positive"), ("network", "positive")),
}
_WEIGHTS = {"north": (4, 4, 3), "vela": (5, 3, 2), "orbit": (3, 4, 3)}
_CAMPAIGN = "Win a new phone: share this and follow @orbit_deals https://orbit.example/win"


def everyday_posts(day):
    """Return some ninety ordinary posts of one day, the same in every run."""
    chance = random.Random(day)
    return [_everyday_post(chance, day, place, brand) for brand in BRANDS for place in range(chance.randint(20, 40))]


def _everyday_post(chance, day, place, brand):
    (mood,) = chance.choices(list(_LINES), _WEIGHTS[brand.key])
    line = chance.choice(_LINES[mood])
    return stored_post(
        f"{line} / {brand.name}",
        native_id=f"day-{day}-{place}-{brand.key}",
        day=day,
        hour=chance.randint(-8, 14),
        brands=(brand.key,),
        sentiment=mood,
        felt=next((felt for beginning, felt in _FELT.items() if line.startswith(beginning)), ()),
        author=Author(id=f"{brand.key}-{place}", handle=f"{brand.key}{place}"),
        language=chance.choice(["en", "en", "fr"]),
        source=chance.choice(["forum", "forum", "reviews"]),
        topic={"negative": "t-signal", "positive": "t-staff"}.get(mood),
        likes=chance.randint(0, 9),
    )


def example_week(store, *, days=range(14)):
    """Keep the fortnight: the second week has an outage, a new topic and a campaign."""
    posts = [post for day in days for post in everyday_posts(day)]
    if MONDAY + 2 in days:
        posts += [
            stored_post(
                f"Nothing works in Harborough since this morning ({place})",
                native_id=f"outage-{place}",
                created_at=datetime(2026, 3, 11, 8, 5 + place, tzinfo=UTC),
                sentiment="negative",
                author=f"harbour{place}",
                topic="t-signal",
                felt=(("network", "negative"),),
                events=("e-outage",),
            )
            for place in range(24)
        ]
    if MONDAY + 1 in days:
        posts += [
            stored_post(
                f"They want three pounds more from April ({place})",
                native_id=f"price-{place}",
                day=MONDAY + 1,
                hour=place % 9,
                sentiment="negative",
                author=f"payer{place}",
                topic="t-price",
                felt=(("price", "negative"),),
            )
            for place in range(30)
        ]
        posts += [
            stored_post(
                _CAMPAIGN,
                native_id=f"win-{place}",
                day=MONDAY + 1,
                hour=place % 9,
                brands=("orbit",),
                sentiment="positive",
                author=f"fan{place}",
                copy="win",
                first=place == 0,
                likes=2,
            )
            for place in range(40)
        ]
    store.upsert("topics", TOPICS)
    store.upsert("events", [OUTAGE])
    store.upsert("posts", posts)
