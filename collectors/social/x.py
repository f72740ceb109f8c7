"""Posts of X: the search of the last seven days, where every post that is read costs money.

A walk goes from the newest post back to where the last whole one began. Where it is and how many posts
were read today (UTC) is in its place, so the budget holds across runs; what is beyond it comes the
next day, as far as the search reaches. Each version of an edited post has an id of its own: the first
one names the post.
"""

from __future__ import annotations

import dataclasses
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from collectors.parsing.values import as_count, clean, language_code, mentions, parse_time, unique_handles
from collectors.polling.pagination import SearchedSettings, SourcePage, read_each
from collectors.search.dialects import x as search_texts
from domain.documents import instant, parse_instant
from domain.entities import unescape
from domain.errors import ConfigurationError, SourceRefused
from domain.post import Author, Deletion, Metrics, Post
from domain.setting import Secret, setting
from domain.terms import Recheck, Terms
from transport.foreign import ODD_SHAPE
from transport.http import JSON_TYPES, Request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collectors.polling.pagination import Found, Polled, Position
    from collectors.polling.source_context import SourceContext
    from domain.ports import Clock
    from transport.http import Web

SOURCE: Final = "x"
REACH: Final = timedelta(days=7) - timedelta(minutes=5)
"""How far the search goes back, less what our clock may be off."""
FEWEST: Final = 10
MOST: Final = 100
"""How many posts one request may ask for."""
FIELDS: Final = {
    "tweet.fields": "author_id,conversation_id,created_at,edit_history_tweet_ids,entities,geo,lang,note_tweet,"
    "public_metrics,referenced_tweets",
    "expansions": "author_id,geo.place_id,referenced_tweets.id",
    "user.fields": "name,public_metrics,username",
    "place.fields": "full_name",
}
_SHARE: Final = re.compile(r"RT @\w{1,64}: ")
_EPOCH_MS: Final = 1_288_834_974_657
_LONGEST_ID: Final = 19
_NO_LANGUAGE: Final = frozenset({"und", "zxx", "art", "qam", "qct", "qht", "qme", "qst"})
_OLD_CODES: Final = {"in": "id", "iw": "he"}


@dataclass(frozen=True, kw_only=True)
class XSettings(SearchedSettings):
    """A search of X in the configuration."""

    token: Secret = setting(help="Bearer token of the app (environment only)")
    most_posts_per_day: int = setting(
        default=1000,
        unit="posts",
        help="Most new posts to pay for each day (UTC), with those that they pass on; shared evenly by searches",
    )
    recheck_days: float = setting(
        default=7, unit="days", help="Up to what age posts are asked for again each day, and paid again; then monthly"
    )
    linking_contract: str = setting(
        default="", help="The agreement or opt-in that allows linking posts with customers; empty: they are not linked"
    )
    since_days: float = setting(default=7, unit="days", help="How far back the first collection goes, at most 7")
    overlap_hours: float = setting(default=0.5, unit="hours", help="How much is read again each time, for latecomers")
    api: str = setting(default="https://api.x.com", help="Address of the interface")


@dataclass(frozen=True)
class _Walk:
    """The position of a search: `since` is the newest post of the last whole walk; the walk under way began at
    `top`, goes back to `start`, has come to `until` and goes on with `token`. `read` is of `day`."""

    since: str = ""
    start: str = ""
    top: str = ""
    until: str = ""
    token: str = ""
    day: str = ""
    read: int = 0

    def ended(self) -> _Walk:
        return _Walk(since=self.top or self.since, day=self.day, read=self.read)

    def position(self) -> Position:
        return {name: value for name, value in vars(self).items() if value}


class Search:
    """One search, read from the newest post backwards."""

    source = SOURCE
    instance = ""
    newest_first = False
    recheck_size = MOST

    def __init__(self, text: str, settings: XSettings, clock: Clock, *, most_a_day: int) -> None:
        self.key = text
        self._settings = settings
        self._clock = clock
        self._most_a_day = most_a_day

    def page(self, web: Web, position: Position | None, since: datetime, /) -> SourcePage:
        """Return the next posts of a walk; none where the budget of the day is used up."""
        walk, now = _Walk(**(position or {})), self._clock.now()
        read = walk.read if walk.day == now.date().isoformat() else 0
        if self._most_a_day - read < FEWEST:
            return SourcePage(found=(), next=position, done=True)
        if walk.until and posted_at(walk.until) < now - REACH:
            walk = walk.ended()
        if not walk.start:
            overlap = timedelta(hours=self._settings.overlap_hours)
            start = posted_at(walk.since) - overlap if walk.since else since
            walk = dataclasses.replace(walk, start=instant(max(start, now - REACH)))
        answer = self._search(web, walk, min(self._most_a_day - read, MOST))
        found, ids = self._found(answer), _ids(_records(answer, "data"))
        # Those up to `since` were paid for already. What posts pass on, quote or answer may cost as much as they do.
        paid = ids | _ids(_records(answer.get("includes"), "tweets"))
        if new := sum(one > int(walk.since or 0) for one in paid):
            walk = dataclasses.replace(walk, day=now.date().isoformat(), read=read + new)
        if ids:
            walk = dataclasses.replace(walk, top=walk.top or str(max(ids)), until=str(min(ids)))
        token = str(answer["meta"].get("next_token", ""))
        if not token:
            return SourcePage(found=found, next=walk.ended().position(), done=True)
        if token == walk.token:
            raise SourceRefused(f"the search of X repeats its cursor {token[:60]!r}")
        return SourcePage(found=found, next=dataclasses.replace(walk, token=token).position())

    def recheck(self, web: Web, native_ids: Sequence[str]) -> Sequence[Found]:
        """Return posts as they are now, and deletions for those that are gone or are no longer shown to us."""
        answer = self._lookup(web, native_ids)
        newest: list[Any] = []
        for post in _records(answer, "data"):
            with suppress(*ODD_SHAPE):
                newest.append(_versions(post)[-1])
        edited = {one for one in newest if isinstance(one, str) and one} - {*native_ids}
        found = self._found(answer)
        if edited:
            found += self._found(self._lookup(web, sorted(edited)))
        # Not found, or not ours to see: those may come back.
        errors = [one for one in _records(answer, "errors") if one.get("parameter") == "ids"]
        gone = [one for one in errors if one.get("value") in native_ids]
        return found + [
            Deletion(source=SOURCE, native_id=one["value"], final="not-found" in str(one.get("type"))) for one in gone
        ]

    def _found(self, answer: Mapping[str, Any]) -> list[Found]:
        users, places, posts = (
            {one["id"]: one for one in _records(answer.get("includes"), name) if isinstance(one.get("id"), str)}
            for name in ("users", "places", "tweets")
        )
        return read_each(_records(answer, "data"), lambda post: to_post(post, users, places, posts), f"{SOURCE} post")

    def _search(self, web: Web, walk: _Walk, size: int) -> Any:
        params = {"query": self.key, "sort_order": "recency", "max_results": str(size), "start_time": walk.start}
        reply = None
        if walk.token:
            asked = self._request("search/recent", params | {"next_token": walk.token}, also=(400,))
            answer, reply = web.ask_json(asked)
        if reply is None or reply.status == 400:
            # The token of an earlier run is no longer good: the walk goes on below the oldest post that it read.
            params["start_time"] = instant(max(parse_instant(walk.start), self._clock.now() - REACH))
            until = {"until_id": walk.until} if walk.until else {}
            answer, _ = web.ask_json(self._request("search/recent", params | until))
        if not isinstance(answer, dict) or not isinstance(answer.get("meta"), dict):
            raise SourceRefused("the search of X answered with something that is not a list of posts")
        return clean(answer)

    def _lookup(self, web: Web, ids: Sequence[str]) -> Any:
        answer, _ = web.ask_json(self._request("", {"ids": ",".join(ids)}))
        return clean(answer) if isinstance(answer, dict) else {}

    def _request(self, path: str, params: Mapping[str, str], also: tuple[int, ...] = ()) -> Request:
        url = f"{self._settings.api.rstrip('/')}/2/tweets{f'/{path}' if path else ''}"
        headers = {"Authorization": f"Bearer {self._settings.token.reveal()}"}
        # Each address has a limit of its own.
        return Request(
            url=url, types=JSON_TYPES, params={**params, **FIELDS}, headers=headers, also=also, account=path or "lookup"
        )


def x(opening: SourceContext) -> Polled:
    """Open the searches for all brands.

    Raises:
        ConfigurationError: there is nothing to search for, or less to spend than a search needs.
    """
    settings: XSettings = opening.settings
    texts = opening.searches(search_texts)
    share = settings.most_posts_per_day // len(texts)
    if share < FEWEST:
        raise ConfigurationError(
            f"{opening.where}: most_posts_per_day must be at least {FEWEST * len(texts)}, "
            f"{FEWEST} for each of {len(texts)} searches"
        )
    listings = [Search(text, settings, opening.clock, most_a_day=share) for text in texts]
    days = timedelta(days=settings.recheck_days)
    terms = Terms(
        link=bool(settings.linking_contract),
        rechecks=(Recheck(every=timedelta(days=1), up_to=days), Recheck(every=timedelta(days=30))),
    )
    return opening.polled(SOURCE, listings, terms, only_wanted=not settings.everything)


def to_post(
    post: Mapping[str, Any],
    users: Mapping[str, Any],
    places: Mapping[str, Any],
    others: Mapping[str, Any] | None = None,
) -> Post | None:
    """Return the post that X tells of, None where it is a version that was edited since.

    `others` are the posts that came along by their ids: what is passed on stands cut in the post that does so.
    """
    versions = _versions(post)
    if post["id"] != versions[-1]:
        return None
    text = _text(post)
    created_at = parse_time(post["created_at"])
    author = _author(post, users)
    related = {one["type"]: one["id"] for one in post.get("referenced_tweets", ())}
    entities = post.get("entities", {})
    named = [mention["username"] for mention in entities.get("mentions", ())]
    passed_on = (others or {}).get(related.get("retweeted", ""))
    if passed_on is not None:
        text = f"{(_SHARE.match(text) or [''])[0]}{_text(passed_on)}"
        named += [mention["username"] for mention in passed_on.get("entities", {}).get("mentions", ())]
    place = places.get(post.get("geo", {}).get("place_id"), {})
    shared, code = related.get("retweeted"), language_code(post.get("lang"))
    # What X counts for a passed on post is that of the post itself.
    counts = {} if shared else post.get("public_metrics", {})
    attributes = {
        "conversation": post.get("conversation_id"),
        "quoted": related.get("quoted"),
        "tags": ", ".join(tag["tag"] for tag in entities.get("hashtags", ())),
    }
    return Post(
        source=SOURCE,
        native_id=versions[0],
        text=text,
        created_at=posted_at(versions[0]) if len(versions) > 1 else created_at,
        edited_at=created_at if len(versions) > 1 else None,
        url=f"https://x.com/{(author and author.handle) or 'i'}/status/{post['id']}",
        author=author,
        parent_id=related.get("replied_to"),
        shared_id=shared,
        mentions=unique_handles(named) or mentions(text),
        lang=None if code is None or code in _NO_LANGUAGE else _OLD_CODES.get(code, code),
        place=place.get("full_name"),
        metrics=Metrics(
            likes=as_count(counts.get("like_count")),
            replies=as_count(counts.get("reply_count")),
            shares=as_count(counts.get("retweet_count", 0) + counts.get("quote_count", 0)) if counts else None,
            views=as_count(counts.get("impression_count")),
        ),
        attributes={name: value for name, value in attributes.items() if value},
    )


def _text(post: Mapping[str, Any]) -> str:
    return unescape(post.get("note_tweet", {}).get("text") or post["text"])


def _ids(posts: Sequence[Mapping[str, Any]]) -> set[int]:
    told = [post.get("id") for post in posts]
    return {int(one) for one in told if isinstance(one, str) and one.isdecimal() and len(one) <= _LONGEST_ID}


def posted_at(native_id: str) -> datetime:
    """Return when a post was made: its id, of 63 bits, begins with the milliseconds since X began to count so."""
    return datetime.fromtimestamp(((int(native_id) % 2**63 >> 22) + _EPOCH_MS) / 1000, tz=UTC)


def _versions(post: Mapping[str, Any]) -> list[str]:
    return list(post.get("edit_history_tweet_ids") or [post["id"]])


def _author(post: Mapping[str, Any], users: Mapping[str, Any]) -> Author | None:
    if "author_id" not in post:
        return None
    user = users.get(post["author_id"], {})
    return Author(
        id=post["author_id"],
        handle=user.get("username"),
        name=user.get("name"),
        followers=as_count(user.get("public_metrics", {}).get("followers_count")),
    )


def _records(answer: Any, name: str) -> list[dict[str, Any]]:
    found = answer.get(name) if isinstance(answer, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
