"""Posts of one's own Facebook page and the comments under them.

Meta shows a page's posts in an order of its own, so all of the last weeks are looked at each time; the comments
under each are read newest first, back to those of the last time and over all new ones of some hours. Its cursors
may not be stored: they stay in memory, and a post whose comments were cut off is begun anew. Edits and deletions
are only seen by asking again. The first part of a comment's id is its post's; the token is shown in a header, as
OAuth has it.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

from collectors.parsing.values import as_count, clean, mentions, parse_time
from collectors.polling.pagination import PolledSettings, SourcePage, moved_at, read_each, thread_floor
from domain.documents import instant
from domain.errors import SourceBusy, SourceRefused
from domain.post import Author, Deletion, Metrics, Post
from domain.setting import Secret, setting
from domain.terms import Recheck, Terms
from transport.foreign import ODD_SHAPE, read_json_text
from transport.http import JSON_TYPES, Request, read_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from collectors.polling.pagination import Found, Polled, Position
    from collectors.polling.source_context import SourceContext
    from domain.ports import Clock
    from transport.http import Reply, Web

SOURCE: Final = "facebook"
TERMS: Final = Terms(rechecks=(Recheck(every=timedelta(days=7)),))
POST_FIELDS: Final = (
    "id,message,created_time,updated_time,permalink_url,from,shares,comments.summary(true).limit(0),"
    "reactions.summary(true).limit(0)"
)
COMMENT_FIELDS: Final = "id,message,created_time,from,parent,like_count,comment_count"
REST_S: Final = 600.0
"""How long to leave it alone where a limit is reached and no header says for how long: it counts by the hour."""
_ERRORS: Final = (400, 403, 404)
_LIMITED: Final = frozenset({4, 17, 32, 613, 80001, 80002})
_IN_TROUBLE: Final = frozenset({1, 2})
_GONE: Final = (100, 33)
_CURSORS: Final = frozenset({"after", "until", "__paging_token"})


@dataclass(frozen=True, kw_only=True)
class MetaSettings(PolledSettings):
    """A page in the configuration."""

    page: str = setting(help="Id of one's own page, a number")
    token: Secret = setting(help="Access token of the page (environment only)")
    brand: str = setting(default="", help="Brand that the comments are about")
    post_days: float = setting(default=30, unit="days", help="How old posts may be whose comments are read")
    overlap_hours: float = setting(default=24, unit="hours", help="How much is read again each time, for edits")
    version: str = setting(default="v25.0", help="Version of the interface")
    api: str = setting(default="https://graph.facebook.com", help="Address of the interface")


@dataclass(frozen=True)
class _Walk:
    """The position: up to when the comments of each post were `read`, and which posts are `left` in the walk under way.
    The first of these was asked for so many `pages`; its newest comment is of `top`."""

    read: Mapping[str, str]
    left: Sequence[str] = ()
    pages: int = 0
    top: str = ""

    def position(self) -> Position:
        return {name: value for name, value in {**vars(self), "left": list(self.left)}.items() if value}

    def after_post(self) -> _Walk:
        """Return the walk when the comments of the first post were read."""
        post, *left = self.left
        return _Walk({**self.read, post: max(self.read.get(post, ""), self.top)}, left)


class PagePosts:
    """The posts of a page and the comments under them."""

    source = SOURCE
    instance = ""
    newest_first = False
    recheck_size = 25

    def __init__(self, settings: MetaSettings, clock: Clock) -> None:
        self.key = settings.page
        self._settings = settings
        self._clock = clock
        self._cursors: dict[tuple[str, int], dict[str, str]] = {}

    def page(self, web: Web, position: Position | None, _since: datetime, /) -> SourcePage:
        """Return the next comments under the first post that is left; where none is, all posts."""
        walk = _Walk(**{"read": {}, **(position or {})})
        if not walk.left:
            first = self._clock.now() - timedelta(days=self._settings.post_days)
            params = {"fields": POST_FIELDS, "limit": "100", "since": str(int(first.timestamp()))}
            posts: list[dict[str, Any]] = []
            cursor: dict[str, str] | None = {}
            while cursor is not None:
                answer = self._ask(web, f"{self.key}/feed", params | cursor)
                posts += _listed(answer)
                cursor = _next(answer, cursor)
            left = [post["id"] for post in posts if isinstance(post.get("id"), str) and _count(post, "comments") != 0]
            found = read_each(posts, self._to_post, f"{SOURCE} post")
            return SourcePage(
                found=found, next=_Walk({one: walk.read.get(one, "") for one in left}, left).position(), done=not left
            )
        post = walk.left[0]
        cursor = self._cursors.get((post, walk.pages), {})
        params = {"filter": "stream", "order": "reverse_chronological", "fields": COMMENT_FIELDS, "limit": "100"}
        answer = self._ask(web, f"{post}/comments", params | cursor)
        found = read_each(_listed(answer) if answer else (), self._to_post, f"{SOURCE} comment")
        times = [moved_at(one) for one in found if isinstance(one, Post)]
        walk = dataclasses.replace(walk, top=max([walk.top, *map(instant, times)]))
        overlap = timedelta(hours=self._settings.overlap_hours)
        back_to = thread_floor(walk.read.get(post, ""), walk.read.values(), overlap)
        more = _next(answer, cursor)
        if more is None or (times and max(times) < back_to):
            walk = walk.after_post()
        else:
            walk = dataclasses.replace(walk, pages=walk.pages + 1)
            self._cursors = {(post, walk.pages): more}
        new = [one for one in found if not isinstance(one, Post) or moved_at(one) >= back_to]
        return SourcePage(found=new, next=walk.position(), done=not walk.left)

    def recheck(self, web: Web, native_ids: Sequence[str]) -> Sequence[Found]:
        """Return what is still there, and deletions for what is gone or hidden from us: that may come back."""
        if self._ask(web, self.key, {"fields": "id"}) is None:
            raise SourceRefused(f"Facebook does not show us the page {self.key}")
        found: list[Found] = []
        for native_id in native_ids:
            of_page = native_id.startswith(f"{self.key}_")
            answer = self._ask(web, native_id, {"fields": POST_FIELDS if of_page else COMMENT_FIELDS})
            if answer is None:
                found.append(Deletion(source=SOURCE, native_id=native_id, final=False))
            else:
                found += read_each([answer], self._to_post, f"{SOURCE} post")
        return found

    def _to_post(self, told: Mapping[str, Any]) -> Post | None:
        return to_post(told, page=self.key, brand=self._settings.brand or None)

    def _ask(self, web: Web, path: str, params: Mapping[str, str]) -> dict[str, Any] | None:
        """Return what is at a path; None where it is gone."""
        return web.read(
            Request(
                url=f"{self._settings.api.rstrip('/')}/{self._settings.version}/{path}",
                types=JSON_TYPES,
                params=params,
                headers={"Authorization": f"Bearer {self._settings.token.reveal()}"},
                also=_ERRORS,
            ),
            _read,
        )


def meta(opening: SourceContext) -> Polled:
    """Open a page."""
    return opening.polled("meta", [PagePosts(opening.settings, opening.clock)], TERMS, only_wanted=False)


def to_post(told: Mapping[str, Any], *, page: str, brand: str | None) -> Post | None:
    """Return the post or comment that Facebook tells of, None where it has no words."""
    native_id, text = told["id"], told.get("message", "").strip()
    if not text:
        return None
    of_page = native_id.startswith(f"{page}_")
    created_at = parse_time(told["created_time"])
    author = told.get("from")
    first, _, _ = native_id.partition("_")
    return Post(
        source=SOURCE,
        native_id=native_id,
        text=text,
        created_at=created_at,
        url=told.get("permalink_url") or f"https://www.facebook.com/{native_id}",
        author=Author(id=author["id"], name=author.get("name")) if author else None,
        parent_id=None if of_page else (told.get("parent") or {}).get("id") or f"{page}_{first}",
        mentions=mentions(text),
        brand=brand,
        metrics=Metrics(
            likes=_count(told, "reactions") if of_page else as_count(told.get("like_count")),
            replies=_count(told, "comments") if of_page else as_count(told.get("comment_count")),
            shares=as_count(told["shares"]["count"]) if "shares" in told else None,
        ),
        attributes={"page": page},
    )


def _count(told: Mapping[str, Any], name: str) -> int | None:
    """Return how many of something there are, None where Facebook does not say."""
    part = told.get(name)
    summary = part.get("summary") if isinstance(part, dict) else None
    return as_count(summary.get("total_count")) if isinstance(summary, dict) else None


def _listed(answer: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    listed = answer.get("data") if answer is not None else None
    if not isinstance(listed, list):
        raise SourceRefused("Facebook answered with something that is not a list")
    return [one for one in listed if isinstance(one, dict)]


def _next(answer: Mapping[str, Any] | None, cursor: Mapping[str, str]) -> dict[str, str] | None:
    """Return what leads to the next page, without the token that its address holds; None where there is none.

    Raises:
        SourceRefused: it leads to this page again.
    """
    paging = (answer or {}).get("paging")
    address = paging.get("next") if isinstance(paging, dict) else None
    if not address:
        return None
    following = {name: value for name, value in parse_qsl(urlsplit(str(address)).query) if name in _CURSORS}
    if following == cursor:
        raise SourceRefused(f"Facebook repeats its cursor {str(following)[:60]}")
    return following


def _read(reply: Reply) -> dict[str, Any] | None:
    """Return what an answer holds, None where it says that a thing is gone.

    Raises:
        SourceBusy: it says that a limit is reached, or that it is in trouble.
        SourceRefused: it says anything else than what was asked for.
    """
    if reply.status == 200:
        answer = clean(read_json(reply))
        if not isinstance(answer, dict):
            raise SourceRefused("Facebook answered with something that is not an object")
        return answer
    try:
        error = read_json_text(reply.body)["error"]
        code, subcode = int(error["code"]), int(error.get("error_subcode") or 0)
    except ODD_SHAPE:
        code, subcode = 0, 0
    if code in _IN_TROUBLE:
        raise SourceBusy(f"Facebook answered {reply.status} (code {code}): it is in trouble")
    if code in _LIMITED:
        raise SourceBusy(f"Facebook answered {reply.status} (code {code}): a limit is reached", retry_after_s=REST_S)
    if (code, subcode) == _GONE:
        return None
    raise SourceRefused(f"Facebook answered {reply.status} (code {code}): it refuses the request")
