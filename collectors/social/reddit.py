"""Posts and comments of subreddits, as a contract with Reddit allows.

Without a contract the interface may not be used commercially. What is deleted there must go here too and
leave nothing behind, what was not seen for 48 hours goes as well. A listing ends after some 1,000 items;
a cursor whose item was removed shows nothing more, so each walk begins anew.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from collectors.parsing.markup import html_to_text
from collectors.parsing.values import as_count, as_text, clean, dig, mentions, parse_time
from collectors.polling.pagination import PolledSettings, SourcePage, gone, read_each
from domain.errors import ConfigurationError, RecordUnreadable, SourceRefused
from domain.post import Author, Deletion, Metrics, Post
from domain.setting import Secret, setting
from domain.terms import Recheck, Terms
from transport.http import JSON_TYPES, Request, read_json
from transport.logins import Login, basic, granted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from collectors.polling.pagination import Found, Polled, Position
    from collectors.polling.source_context import SourceContext
    from transport.http import Web

SOURCE: Final = "reddit"
KEEP: Final = timedelta(hours=48)
RECHECK: Final = timedelta(hours=24)
PAGE_SIZE: Final = 100
AGENT: Final = re.compile(r"[\w.-]+:[\w.-]+:[\w.-]+ \(by /?u/[\w-]+\)")
_GONE: Final = frozenset({"[deleted]", "[removed]"})
_CLOSED: Final = (403, 404)


@dataclass(frozen=True, kw_only=True)
class RedditSettings(PolledSettings):
    """Subreddits in the configuration."""

    subreddits: tuple[str, ...] = setting(help="Names of the subreddits, without r/")
    client_id: str = setting(help="Id of the app that Reddit approved")
    client_secret: Secret = setting(help="Its secret (environment only)")
    user_agent: str = setting(help="Who asks, as Reddit demands it: PLATFORM:APP:VERSION (by /u/NAME)")
    contract: str = setting(default="", help="The contract with Reddit that allows this; without one nothing is read")
    contract_allows_labels: bool = setting(default=False, help="Whether it allows labels to be derived from posts")
    contract_allows_links: bool = setting(default=False, help="Whether it allows linking posts with customers")
    everything: bool = setting(default=False, help="Keep posts that name none of the brands too")
    since_days: float = setting(default=2, unit="days", help="How far back the first collection goes")
    overlap_hours: float = setting(default=1, unit="hours", help="How much is read again each time, for latecomers")
    login: str = setting(default="https://www.reddit.com", help="Address that gives tokens")
    api: str = setting(default="https://oauth.reddit.com", help="Address of the interface")


class Subreddit:
    """The newest posts of a subreddit (`new`), or its newest comments (`comments`)."""

    source = SOURCE
    instance = ""
    newest_first = True
    recheck_size = PAGE_SIZE

    def __init__(self, name: str, listing: str, settings: RedditSettings, login: Login) -> None:
        self.key = f"{name.lower()}/{listing}"
        self._name = name
        self._settings = settings
        self._login = login
        self._begun_again = False

    def page(self, web: Web, position: Position | None, _since: datetime, /) -> SourcePage:
        """Return the items after a position; what is closed to us is named, and the other subreddits go on."""
        self._begun_again = self._begun_again and position is not None
        params = {"limit": str(PAGE_SIZE), **(position or {})}
        request = self._request(web, f"/r/{self.key}", params, also=_CLOSED)
        answer, reply = web.ask_json(request)
        if reply.status in _CLOSED:
            said = read_json(reply)
            if not isinstance(said, dict) or "reason" not in said:
                raise SourceRefused(f"Reddit answered {reply.status} for r/{self._name}: it forbids this")
            closed = RecordUnreadable(f"{SOURCE} r/{self._name}", f"it is closed ({str(said['reason'])[:40]})")
            return SourcePage(found=(closed,))
        data = _data(answer)
        if position and not data["children"] and not self._begun_again:
            # The end; or what we would go on behind was removed, and Reddit shows nothing behind that. The walk
            # begins anew, once.
            self._begun_again = True
            return SourcePage(found=(), next={}, lasting=False)
        found = read_each(data["children"], to_found, f"{SOURCE} item", key="kind")
        after = as_text(data.get("after"))
        return SourcePage(found=found, next={"after": after} if after else None, lasting=False)

    def recheck(self, web: Web, native_ids: Sequence[str]) -> Sequence[Found]:
        """Return items as they are now, and deletions for those that are gone."""
        answer, _ = web.ask_json(self._request(web, "/api/info", {"id": ",".join(native_ids)}))
        things = _data(answer)["children"]
        missing = gone(native_ids, [dig(thing, "data", "name") for thing in things])
        deletions = [Deletion(source=SOURCE, native_id=native_id) for native_id in missing]
        return [*read_each(things, to_found, f"{SOURCE} item", key="kind"), *deletions]

    def _request(self, web: Web, path: str, params: Mapping[str, str], also: tuple[int, ...] = ()) -> Request:
        headers = {**self._login.headers(web), "User-Agent": self._settings.user_agent}
        return Request(
            url=f"{self._settings.api.rstrip('/')}{path}",
            types=JSON_TYPES,
            params={"raw_json": "1", **params},
            headers=headers,
            also=also,
            account=self._settings.client_id,
        )


def reddit(opening: SourceContext) -> Polled:
    """Open the subreddits.

    Raises:
        ConfigurationError: no contract is named, or we would not say who asks.
    """
    settings: RedditSettings = opening.settings
    if not settings.contract:
        raise ConfigurationError(
            f"{opening.where}: Reddit allows commercial use only by contract; name yours in the setting contract"
        )
    if not AGENT.fullmatch(settings.user_agent):
        raise ConfigurationError(f"{opening.where}: user_agent must be like PLATFORM:APP:VERSION (by /u/NAME)")
    shown = {"Authorization": basic(settings.client_id, settings.client_secret), "User-Agent": settings.user_agent}
    address = f"{settings.login.rstrip('/')}/api/v1/access_token"
    login = Login(lambda web: granted(web, address, {"grant_type": "client_credentials"}, shown), opening.clock)
    listings = [
        Subreddit(name.removeprefix("r/"), listing, settings, login)
        for name in settings.subreddits
        for listing in ("new", "comments")
    ]
    terms = Terms(
        keep=KEEP,
        label=settings.contract_allows_labels,
        link=settings.contract_allows_links,
        tombstone=False,
        rechecks=(Recheck(every=RECHECK),),
    )
    return opening.polled(SOURCE, listings, terms, only_wanted=not settings.everything)


def to_found(thing: Mapping[str, Any]) -> Found:
    """Return the post or comment that Reddit tells of, a deletion where its author or a moderator took it away."""
    item = clean(thing["data"])
    comment = thing["kind"] == "t1"
    if item.get("removed_by_category") or _GONE & {item.get("author"), item.get("body"), item.get("selftext")}:
        return Deletion(source=SOURCE, native_id=item["name"])
    part = "body" if comment else "selftext"
    text = html_to_text(item.get(f"{part}_html") or "") or item[part].strip()
    title = "" if comment else item["title"].strip()
    # Old comments do not say where they are.
    path = item.get("permalink") or f"/comments/{item['link_id'].removeprefix('t3_')}/_/{item['id']}/"
    attributes = {
        "subreddit": item["subreddit"],
        "thread": item.get("link_id"),
        "link": None if comment or item.get("is_self") else item.get("url"),
    }
    return Post(
        source=SOURCE,
        native_id=item["name"],
        # A post that is only a link has its title for a text.
        text=text or title,
        title=title if title and text else None,
        created_at=parse_time(item["created_utc"]),
        # Of old ones Reddit says only that they were edited, not when.
        edited_at=None if isinstance(item.get("edited", False), bool) else parse_time(item["edited"]),
        url=f"https://www.reddit.com{path}",
        author=Author(id=item.get("author_fullname") or item["author"], handle=item["author"]),
        parent_id=item.get("parent_id"),
        shared_id=item.get("crosspost_parent"),
        mentions=mentions(text),
        metrics=Metrics(
            likes=None if item.get("score_hidden") or item.get("hide_score") else as_count(item.get("score")),
            replies=as_count(item.get("num_comments")),
        ),
        attributes={name: value for name, value in attributes.items() if value},
    )


def _data(answer: Any) -> Mapping[str, Any]:
    """Return what is in a listing.

    Raises:
        SourceRefused: it is none.
    """
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, dict) or not isinstance(data.get("children"), list):
        raise SourceRefused("Reddit answered with something that is not a listing")
    return data
