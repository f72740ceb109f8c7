"""Posts of Bluesky that a search finds: for one's own account, where the whole stream is too much.

The search is made for people and does not promise to find all; `collectors/social/jetstream.py` hears everything. Both
give a post the same id. A token is asked for with an app password and made anew from the one before it.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from collectors.parsing.values import as_count, brief, clean, dig, parse_time
from collectors.polling.pagination import SearchedSettings, SourcePage, gone, read_each
from collectors.search.dialects import bluesky as search_texts
from collectors.social.jetstream_events import POSTS, SOURCE, StreamEvent, microseconds, to_post
from domain.documents import instant
from domain.errors import SourceRefused
from domain.post import Author, Deletion, Metrics
from domain.setting import Secret, setting
from domain.terms import Recheck, Terms
from transport.foreign import ODD_SHAPE
from transport.http import JSON_TYPES, Request, read_json
from transport.logins import Login, Token

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from collectors.polling.pagination import Found, Polled, Position
    from collectors.polling.source_context import SourceContext
    from domain.ports import Clock
    from domain.post import Post
    from transport.http import Web

TERMS: Final = Terms(
    rechecks=(Recheck(every=timedelta(days=1), up_to=timedelta(days=7)), Recheck(every=timedelta(days=7)))
)
PAGE_SIZE: Final = 100
MOST_IDS: Final = 25
GOOD_FOR_S: Final = 3600.0
"""Tokens are good for some two hours; it is not said."""


@dataclass(frozen=True, kw_only=True)
class BlueskySearchSettings(SearchedSettings):
    """A search of Bluesky in the configuration."""

    account: str = setting(help="Handle of one's own account, without @")
    password: Secret = setting(help="An app password of it (environment only)")
    server: str = setting(default="https://bsky.social", help="Where the account signs in")


class Session:
    """One account's way in: asks for tokens and knows the server where the account lives."""

    def __init__(self, settings: BlueskySearchSettings) -> None:
        self._settings = settings
        self._renewal = ""
        self.server = settings.server.rstrip("/")

    def token(self, web: Web) -> Token:
        """Return a token: made from the last one if that is still good, since few may sign in anew.

        Raises:
            SourceBusy: too many were asked for.
            SourceRefused: the account or its password is not good.
        """
        if self._renewal:
            try:
                return self._told(web, "refreshSession", headers={"Authorization": f"Bearer {self._renewal}"}, form={})
            except SourceRefused:
                self._renewal = ""
        signed = {"identifier": self._settings.account, "password": self._settings.password.reveal()}
        return self._told(web, "createSession", document=signed)

    def _told(self, web: Web, name: str, **sent: Any) -> Token:
        url = f"{self._settings.server.rstrip('/')}/xrpc/com.atproto.server.{name}"
        answer, _ = web.ask_json(Request(url=url, types=JSON_TYPES, **sent))
        try:
            value, self._renewal = str(answer["accessJwt"]), str(answer["refreshJwt"])
            services = (answer.get("didDoc") or {}).get("service", ())
            homes = [one["serviceEndpoint"] for one in services if str(one["id"]).endswith("#atproto_pds")]
        except ODD_SHAPE:
            raise SourceRefused(f"{self._settings.server} gave no token") from None
        self.server = str(homes[0]).rstrip("/") if homes else self.server
        return Token(value, GOOD_FOR_S)


class Search:
    """What one search finds, newest first."""

    source = SOURCE
    instance = ""
    newest_first = True
    recheck_size = MOST_IDS

    def __init__(self, text: str, session: Session, login: Login, clock: Clock) -> None:
        self.key = text
        self._session = session
        self._login = login
        self._clock = clock

    def page(self, web: Web, position: Position | None, since: datetime, /) -> SourcePage:
        """Return the posts behind a position."""
        params = {"q": self.key, "sort": "latest", "limit": str(PAGE_SIZE), "since": instant(since), **(position or {})}
        answer = self._ask(web, "searchPosts", params)
        cursor = answer.get("cursor")
        return SourcePage(found=self._found(answer), next={"cursor": str(cursor)} if cursor else None)

    def recheck(self, web: Web, native_ids: Sequence[str]) -> Sequence[Found]:
        """Return posts as they are now, and deletions for those that are gone or are not shown: they may come back."""
        answer = self._ask(web, "getPosts", [("uris", native_id) for native_id in native_ids])
        missing = gone(native_ids, [dig(view, "uri") for view in answer["posts"]])
        return [*self._found(answer), *(Deletion(source=SOURCE, native_id=one, final=False) for one in missing)]

    def _found(self, answer: Mapping[str, Any]) -> list[Found]:
        now = self._clock.now()
        return read_each(answer["posts"], lambda view: view_to_post(view, now=now), f"{SOURCE} post", key="uri")

    def _ask(self, web: Web, name: str, params: Mapping[str, str] | Sequence[tuple[str, str]]) -> Mapping[str, Any]:
        headers = self._login.headers(web)
        url = f"{self._session.server}/xrpc/app.bsky.feed.{name}?{urlencode(params)}"
        answer, reply = web.ask_json(Request(url=url, types=JSON_TYPES, headers=headers, also=(400,)))
        if reply.status == 400:
            said = read_json(reply)
            error = said.get("error") if isinstance(said, dict) else ""
            raise SourceRefused(f"Bluesky answered 400 to {name}: {brief(error)}")
        if not isinstance(answer, dict) or not isinstance(answer.get("posts"), list):
            raise SourceRefused(f"Bluesky answered {name} with something that is not a list of posts")
        return answer


def bluesky_search(opening: SourceContext) -> Polled:
    """Open the searches for the brands."""
    settings: BlueskySearchSettings = opening.settings
    session = Session(settings)
    login = Login(session.token, opening.clock)
    searches = [Search(text, session, login, opening.clock) for text in opening.searches(search_texts)]
    return opening.polled("bluesky_search", searches, TERMS, only_wanted=not settings.everything)


def view_to_post(view: Mapping[str, Any], *, now: datetime) -> Post:
    """Return the post that a view shows: what the stream tells of it, who wrote it, and how it was received.

    Raises:
        RecordUnreadable: it has no text.
    """
    did, collection, rkey = view["uri"].removeprefix("at://").split("/")
    if collection != POSTS:
        raise ValueError(f"{brief(collection)} are no posts")
    seen = microseconds(parse_time(view["indexedAt"]))
    event = StreamEvent(
        kind="commit", did=did, time_us=seen, operation="create", collection=POSTS, rkey=rkey, record=view["record"]
    )
    author = clean(view["author"])
    return dataclasses.replace(
        to_post(event, now=now),
        author=Author(id=did, handle=author.get("handle"), name=author.get("displayName") or None),
        metrics=Metrics(
            likes=as_count(view.get("likeCount")),
            replies=as_count(view.get("replyCount")),
            shares=as_count(view["repostCount"] + view.get("quoteCount", 0)) if "repostCount" in view else None,
        ),
    )
