"""Who is listened to: authors ranked by PageRank over their mentions, replies and shares."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import networkx as nx

from insights.influence.interactions import listen
from insights.statistics.intervals import bounds, net, net_interval
from insights.wording import many

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.config import Brand
    from domain.ports import Store
    from domain.questions import Filters
    from insights.influence.interactions import Attention, Node, Speaker

DAMPING: Final = 0.85
_DIGITS: Final = 10
_TOLERANCE: Final = 1e-12
_ROUNDS: Final = 500


@dataclass(frozen=True, kw_only=True)
class Voice:
    """An author and why they count. Fields are None where it is not known.

    `score` is the share of attention that PageRank gives (0-1, all authors sum to 1). `listeners`
    are the authors who turned to them; `mentions`, `replies` and `shares` are how, at most one of
    each a day and author. `net` (with its 95 % interval `low`..`high`) is of the posts they wrote.
    `author_id` is None for a brand's account of which there are no posts; `brand` is its brand.
    """

    rank: int
    source: str
    author_id: str | None
    handle: str | None
    score: float
    posts: int
    followers: int | None
    reach: int | None
    negative: int
    neutral: int
    positive: int
    net: float | None
    low: float | None
    high: float | None
    listeners: int
    mentions: int
    replies: int
    shares: int
    brand: str | None
    why: str


@dataclass(frozen=True, kw_only=True)
class Voices:
    """The ranking: people first, brands' own accounts apart, and what could not take part.

    `authors` counts the people who wrote; `posts` all posts chosen, of which `without_author` name
    nobody and `by_bots` were written by declared bots.
    """

    people: tuple[Voice, ...]
    brand_accounts: tuple[Voice, ...]
    authors: int
    posts: int
    without_author: int
    by_bots: int


def influencers(store: Store, filters: Filters, *, limit: int, brands: Sequence[Brand] = ()) -> tuple[Voice, ...]:
    """Return the people who are listened to, most first; without bots and without brands' own accounts."""
    return voices(store, filters, limit=limit, brands=brands).people


def voices(store: Store, filters: Filters, *, limit: int, brands: Sequence[Brand] = ()) -> Voices:
    """Return the ranking with brands' own accounts (known from `brands`) apart, and the counts beside it.

    People are listed only where they wrote one of the chosen posts: who is merely talked about is not.
    """
    attention = listen(store, filters)
    owners = {account.casefold(): brand.key for brand in brands for account in brand.accounts}
    scores = _scores(attention)
    # By score; where it says nothing, by reactions, followers and posts.
    order = {
        node: (-scores[node], -(speaker.reach or 0), -(speaker.followers or 0), -speaker.posts, node)
        for node, speaker in attention.speakers.items()
    }
    ranked = sorted(order, key=order.__getitem__)
    brand_of = {node: owners.get((attention.speakers[node].handle or "").casefold()) for node in ranked}
    people = [node for node in ranked if brand_of[node] is None and attention.speakers[node].posts]
    accounts = [node for node in ranked if brand_of[node] is not None]
    return Voices(
        people=_voices(people[:limit], attention, scores, brand_of),
        brand_accounts=_voices(accounts[:limit], attention, scores, brand_of),
        authors=len(people),
        posts=attention.posts,
        without_author=attention.without_author,
        by_bots=attention.by_bots,
    )


def _scores(attention: Attention) -> dict[Node, float]:
    graph = nx.DiGraph()
    # Sorted, so that the same links give the same sums to the last digit whatever the store.
    graph.add_nodes_from(sorted(attention.speakers))
    graph.add_weighted_edges_from(sorted((*pair, len(days)) for pair, days in attention.contacts.items()))
    scores = nx.pagerank(graph, alpha=DAMPING, weight="weight", tol=_TOLERANCE, max_iter=_ROUNDS)
    return {node: round(score, _DIGITS) for node, score in scores.items()}


def _voices(
    nodes: Sequence[Node], attention: Attention, scores: dict[Node, float], brand_of: dict[Node, str | None]
) -> tuple[Voice, ...]:
    # How many authors turned to each, and how often in which way.
    heard: dict[Node, Counter[str]] = {node: Counter() for node in nodes}
    for (_, target), days in attention.contacts.items():
        if target in heard:
            heard[target]["listeners"] += 1
            heard[target].update(contact for contacts in days.values() for contact in contacts)
    return tuple(
        _voice(rank, node, attention.speakers[node], scores[node], heard[node], brand_of[node])
        for rank, node in enumerate(nodes, start=1)
    )


def _voice(rank: int, node: Node, speaker: Speaker, score: float, heard: Counter[str], brand: str | None) -> Voice:
    counts = (speaker.moods["negative"], speaker.moods["neutral"], speaker.moods["positive"])
    low, high = bounds(net_interval(*counts))
    names = (("mention", "mention"), ("reply", "answer"), ("share", "share"))
    ways = ", ".join(many(heard[contact], word) for contact, word in names if heard[contact])
    turned = f"{many(heard['listeners'], 'author')} turned to them: {ways}"
    reactions = "" if speaker.reach is None else f" with {many(speaker.reach, 'reaction')}"
    return Voice(
        rank=rank,
        source=node.source,
        author_id=node.author_id or None,
        handle=speaker.handle,
        score=score,
        posts=speaker.posts,
        followers=speaker.followers,
        reach=speaker.reach,
        negative=counts[0],
        neutral=counts[1],
        positive=counts[2],
        net=net(*counts),
        low=low,
        high=high,
        listeners=heard["listeners"],
        mentions=heard["mention"],
        replies=heard["reply"],
        shares=heard["share"],
        brand=brand,
        why=f"{turned if ways else 'Nobody in these posts turned to them'}; {many(speaker.posts, 'post')}{reactions}.",
    )
