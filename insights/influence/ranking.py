"""Who is listened to: authors ranked by PageRank over their mentions, replies and shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from insights.influence.interactions import listen
from insights.statistics.intervals import bounds, net, net_interval
from insights.wording import many

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from domain.config import Brand
    from domain.ports import Store
    from domain.questions import Filters
    from insights.influence.interactions import Attention, Links

DAMPING: Final = 0.85
_DIGITS: Final = 10
_TOLERANCE: Final = 1e-12
_ROUNDS: Final = 500


@dataclass(frozen=True, kw_only=True)
class Voice:
    """An author and why they count. Fields are None where it is not known.

    `score` is the share of attention that PageRank gives (0-1, all authors sum to 1). `listeners`
    are the authors who turned to them; `mentions`, `replies` and `shares` are how, at most one of
    each a day and author. `reach` are the reactions to their posts: likes, replies and shares. `net` (with its 95 %
    interval `low`..`high`) is of the posts they wrote, None too where the filters decide it.
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


def voices(store: Store, filters: Filters, *, limit: int, brands: Sequence[Brand] = ()) -> Voices:
    """Return the ranking with brands' own accounts (known from `brands`) apart, and the counts beside it.

    People are listed only where they wrote one of the chosen posts: who is merely talked about is not.
    """
    attention = listen(store, filters)
    owners = {account.casefold(): brand.key for brand in brands for account in brand.accounts}
    scores = pagerank(len(attention.nodes), attention.links).round(_DIGITS).tolist()
    speakers = attention.speakers
    # By score; where it says nothing, by reactions, followers and posts, at last in the order of the nodes.
    ranked = sorted(
        range(len(speakers)),
        key=lambda i: (-scores[i], -(speakers[i].reach or 0), -(speakers[i].followers or 0), -speakers[i].posts, i),
    )
    brand_of = [owners.get((speaker.handle or "").casefold()) for speaker in speakers]
    people = [i for i in ranked if brand_of[i] is None and speakers[i].posts]
    accounts = [i for i in ranked if brand_of[i] is not None]
    decided = filters.decides_sentiment
    links, count = attention.links, len(attention.nodes)
    # How many authors turned to each, and how often in which way.
    heard = np.column_stack(
        [
            np.bincount(links.targets, minlength=count),
            *(np.bincount(links.targets, ways, minlength=count) for ways in links.contacts.T),
        ]
    ).astype(np.int64)
    listed = [
        tuple(
            _voice(rank, attention, i, scores[i], heard[i].tolist(), brand_of[i], decided=decided)
            for rank, i in enumerate(some, 1)
        )
        for some in (people[:limit], accounts[:limit])
    ]
    return Voices(
        people=listed[0],
        brand_accounts=listed[1],
        authors=len(people),
        posts=attention.posts,
        without_author=attention.without_author,
        by_bots=attention.by_bots,
    )


def pagerank(count: int, links: Links) -> NDArray[np.float64]:
    """Return the PageRank of `count` nodes (Page and others, 1999), links weighted by days; together they are 1.

    Who turns to nobody gives what they have to all alike.
    """
    from scipy.sparse import csr_matrix  # takes long to import

    if not count:
        return np.zeros(0)
    days = links.days.astype(np.float64)
    given = np.bincount(links.sources, days, minlength=count)
    moves = csr_matrix((days / given[links.sources], (links.targets, links.sources)), shape=(count, count))
    silent = given == 0
    rank = np.full(count, 1 / count)
    for _ in range(_ROUNDS):
        before = rank
        rank = DAMPING * (moves @ before + before[silent].sum() / count) + (1 - DAMPING) / count
        if np.abs(rank - before).sum() < count * _TOLERANCE:
            break
    return np.asarray(rank / rank.sum())


def _voice(
    rank: int,
    attention: Attention,
    place: int,
    score: float,
    heard: Sequence[int],
    brand: str | None,
    *,
    decided: bool,
) -> Voice:
    node, speaker = attention.nodes[place], attention.speakers[place]
    counts = (speaker.negative, speaker.neutral, speaker.positive)
    low, high = (None, None) if decided else bounds(net_interval(*counts))
    listeners, mentions, replies, shares = heard
    ways = ", ".join(
        many(number, word) for number, word in ((mentions, "mention"), (replies, "answer"), (shares, "share")) if number
    )
    turned = f"{many(listeners, 'author')} turned to them: {ways}"
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
        net=None if decided else net(*counts),
        low=low,
        high=high,
        listeners=listeners,
        mentions=mentions,
        replies=replies,
        shares=shares,
        brand=brand,
        why=f"{turned if ways else 'Nobody in these posts turned to them'}; {many(speaker.posts, 'post')}{reactions}.",
    )
