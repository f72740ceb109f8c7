"""Posts of people who speak of a fault: four ordinary weeks and a day, and bursts beside them."""

import random
from datetime import UTC, datetime, timedelta

from insights.detection.rates import WEEKS
from tests.support.handmade import post

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
TODAY = BEGIN + timedelta(weeks=WEEKS)
AT = TODAY + timedelta(hours=10)
TOWNS = ("Leeds", "York", "Hull", "Bath", None, None)


def said(number, at, *, brand="north", author=None, felt=("network", "negative"), **fields):
    """Return a post about a fault."""
    fields = {"copy": (f"k{number}", True)} | fields
    return post(str(number), at=at, author=author or f"a{number}", felt=(felt,), brands=(brand,), **fields)


def ordinary_posts():
    """Return the posts of four weeks and a day in which nothing happened but what always does."""
    chance = random.Random(7)
    posts = []
    for hour in range(24 * (7 * WEEKS + 1)):
        at = BEGIN + timedelta(hours=hour)
        for _ in range(sum(chance.random() < 0.5 for _ in range(8 if 7 <= at.hour < 23 else 2))):
            minute = timedelta(minutes=chance.randrange(60))
            posts.append(said(len(posts), at + minute, place=chance.choice(TOWNS)))
    return posts


def burst(people, *, at=AT, minutes=12, first="b", **fields):
    """Return posts of so many people, evenly over some minutes."""
    apart = timedelta(minutes=minutes) / people
    return [said(f"{first}{n}", at + n * apart, **fields) for n in range(people)]
