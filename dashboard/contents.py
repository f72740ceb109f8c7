"""What a store holds, as far as the pages' controls need to know, and what is said where it holds nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import streamlit as st

from domain.questions import ASKED, Filters, Page
from insights.ask import topic_names
from insights.readers import readers
from insights.totals import count_posts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from domain.ports import Store
    from domain.questions import Dimension, Order
    from domain.zones import ZoneName


SAMPLE: Final = 200
"""Posts at either end that are looked at for the models that read them."""


@dataclass(frozen=True, kw_only=True)
class Contents:
    """How many posts there are, from which day to which, and what they can be chosen by.

    `values` are those that posts have, by the dimensions that the filter panel offers; most posts first.
    """

    posts: int
    first: date
    last: date
    values: Mapping[Dimension, tuple[str | None, ...]]
    topic_names: Mapping[str | None, str]


def contents(store: Store, zone: ZoneName) -> Contents | None:
    """Return what a store holds, by days of a zone, or None where it holds no posts."""
    days = store.count_by(Filters(), ("day",), zone=zone)
    if not days:
        return None
    tallies = {one.name: store.count_by(Filters(), (one.name,)) for one in ASKED if one.label}
    values = {
        name: tuple(one.keys[0] for one in sorted(some, key=lambda tally: (-tally.total, str(tally.keys[0]))))
        for name, some in tallies.items()
    }
    # Posts that speak of no aspect are not posts of which it is not known.
    values["aspect"] = tuple(aspect for aspect in values["aspect"] if aspect is not None)
    return Contents(
        posts=sum(day.total for day in days),
        first=days[0].keys[0].date(),
        last=days[-1].keys[0].date(),
        values=values,
        topic_names=topic_names(store, set(values["topic"])),
    )


def no_posts() -> None:
    """Say that the store is empty and what fills it."""
    st.info("There are no posts in the store yet.", icon=":material/inbox:")
    st.text("Add some, then load this page again:")
    st.code("earshot ingest --source file --path posts.jsonl --mapping jsonl", language="shell")


def unknowns(store: Store) -> dict[str, int]:
    """Return how many posts lack an author, a brand, a language ...: figures by these leave them out."""
    asked = {
        "an author": Filters(authors=(None,)),
        "a tracked brand": Filters(brands=(None,)),
        "a language": Filters(languages=(None,)),
        "a sentiment": Filters(sentiments=(None,)),
        "a topic": Filters(topics=(None,)),
        "a place": Filters(places=(None,)),
        "a customer": Filters(customers=(None,)),
    }
    return {name: count_posts(store, filters) for name, filters in asked.items()}


def models_at_work(store: Store) -> list[tuple[str, str, str]]:
    """Return task, model and revision of the labels of the oldest and the newest posts."""
    ends: tuple[Order, ...] = ("oldest", "newest")
    posts = [post for order in ends for post in store.search(Filters(), order=order, page=Page(limit=SAMPLE)).documents]
    return sorted({reader for post in posts for reader in readers(post)})
