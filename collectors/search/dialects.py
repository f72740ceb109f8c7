"""A brand's expression in the query language of each source that is searched.

Each function returns the requests to send, several where the source knows no OR or takes no longer ones.
Together they find every text that the expression asks for, and more: it is applied again to what comes.
An exclusion is sent where results are few or cost money; such a source looks for it in all that it
searches, in the description of a video for instance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from collectors.search.query_rewrite import Dialect

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from textquery.tree import Query

_X: Final = Dialect(source="X", max_length=512, or_operator=" OR ", nests=True, not_operator="-", folds_accents=False)
# The server reads OR as a word, and `|` only where it is the software that Bluesky published.
_BLUESKY: Final = Dialect(source="Bluesky", max_length=250, not_operator="-")
_GDELT: Final = Dialect(
    source="GDELT",
    max_length=250,
    or_operator=" OR ",
    not_operator="-",
    near_operator='near{}:"{}"',
    min_word_length=3,
    folds_accents=False,
)
_REDDIT: Final = Dialect(
    source="Reddit",
    max_length=512,
    or_operator=" OR ",
    nests=True,
    and_operator=" AND ",
    not_operator="NOT ",
    folds_accents=False,
)
# `|` binds more than the space that means AND; there are no brackets.
_YOUTUBE: Final = Dialect(source="YouTube", max_length=500, or_operator="|", group="{}", not_operator="-")
_HACKER_NEWS: Final = Dialect(source="Hacker News", max_length=250, quotes="alone")
_STACK_EXCHANGE: Final = Dialect(source="Stack Exchange", max_length=250, quotes="alone", folds_accents=False)
# A phrase in quotes is looked for sign by sign: "t mobile" would not find T-Mobile.
_DISCOURSE: Final = Dialect(source="Discourse", max_length=250, quotes="never", min_word_length=3, folds_accents=False)


def x(query: Query) -> tuple[str, ...]:
    """Return the requests for X's search."""
    return _X.rewrite(query)


def bluesky(query: Query) -> tuple[str, ...]:
    """Return the requests for Bluesky's search."""
    return _BLUESKY.rewrite(query)


def gdelt(query: Query) -> tuple[str, ...]:
    """Return the requests for GDELT; words of one or two letters are refused there."""
    return _GDELT.rewrite(query)


def reddit(query: Query) -> tuple[str, ...]:
    """Return the requests for Reddit's search."""
    return _REDDIT.rewrite(query)


def youtube(query: Query) -> tuple[str, ...]:
    """Return the requests for YouTube's search of videos."""
    return _YOUTUBE.rewrite(query)


def hacker_news(query: Query) -> tuple[str, ...]:
    """Return the requests for Hacker News (Algolia): plain words, or one phrase."""
    return _HACKER_NEWS.rewrite(query)


def stack_exchange(query: Query) -> tuple[str, ...]:
    """Return the requests for Stack Exchange: plain words, or one phrase."""
    return _STACK_EXCHANGE.rewrite(query)


def discourse(query: Query) -> tuple[str, ...]:
    """Return the requests for the search of a Discourse forum: plain words."""
    return _DISCOURSE.rewrite(query)


DIALECTS: Final[Mapping[str, Callable[[Query], tuple[str, ...]]]] = {
    "bluesky_search": bluesky,
    "discourse": discourse,
    "gdelt": gdelt,
    "hackernews": hacker_news,
    "reddit": reddit,
    "stackexchange": stack_exchange,
    "x": x,
    "youtube": youtube,
}
"""By the type of source that is searched so."""
