"""Posts of a Discourse forum: the forum's own feed of all posts, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from collectors.parsing.markup import html_to_text
from collectors.parsing.values import as_count, as_id, clean_text, mentions, parse_time
from collectors.polling.pagination import PolledSettings, SourcePage, read_each
from domain.errors import SourceRefused
from domain.post import Author, Deletion, Metrics, Post
from domain.setting import Secret, setting
from domain.terms import Recheck, Terms
from transport.http import JSON_TYPES, Request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from collectors.polling.pagination import Found, Polled, Position
    from collectors.polling.source_context import SourceContext
    from transport.http import Web

SOURCE: Final = "discourse"
TERMS: Final = Terms(rechecks=(Recheck(every=timedelta(days=30)),))
_GONE: Final = (403, 404, 410)


@dataclass(frozen=True, kw_only=True)
class DiscourseSettings(PolledSettings):
    """A forum in the configuration."""

    forum: str = setting(help="Host name of the forum")
    api_key: Secret | None = setting(default=None, help="Key, where the forum wants one (environment only)")
    api_user: str = setting(default="", help="Whom the key belongs to")
    everything: bool = setting(default=False, help="Keep posts that name none of the brands too")


class Forum:
    """All posts of a forum."""

    source = SOURCE
    newest_first = True
    recheck_size = 1

    def __init__(self, settings: DiscourseSettings) -> None:
        forum = settings.forum if "://" in settings.forum else f"https://{settings.forum}"
        self._base = forum.rstrip("/")
        self._settings = settings
        self.instance = urlsplit(self._base).netloc
        self.key = self.instance

    def page(self, web: Web, position: Position | None, _since: datetime, /) -> SourcePage:
        """Return the posts before a position."""
        params = {"before": str(position["before"])} if position else {}
        answer, _ = web.ask_json(self._request("/posts.json", params))
        posts = answer.get("latest_posts") if isinstance(answer, dict) else None
        if not isinstance(posts, list):
            raise SourceRefused(f"{self.instance} answered with something that is not a list of posts")
        found = read_each(posts, self._found, f"{SOURCE} {self.instance} post")
        ids = [post["id"] for post in posts if isinstance(post, dict) and isinstance(post.get("id"), int)]
        return SourcePage(found=found, next={"before": min(ids)} if ids and min(ids) > 1 else None)

    def recheck(self, web: Web, native_ids: Sequence[str]) -> Sequence[Found]:
        """Return posts as they are now, and deletions for those that are gone."""
        found: list[Found] = []
        for native_id in native_ids:
            answer, reply = web.ask_json(self._request(f"/posts/{native_id}.json", also=_GONE))
            if reply.status in _GONE:
                found.append(Deletion(source=SOURCE, instance=self.instance, native_id=native_id))
            else:
                found += read_each([answer], self._found, f"{SOURCE} {self.instance} post")
        return found

    def _found(self, post: Mapping[str, Any]) -> Found | None:
        return to_found(post, instance=self.instance, base=self._base)

    def _request(self, path: str, params: Mapping[str, str] | None = None, also: tuple[int, ...] = ()) -> Request:
        key, user = self._settings.api_key, self._settings.api_user
        headers = {"Api-Key": key.reveal(), "Api-Username": user} if key else {}
        headers["Accept"] = JSON_TYPES[0]
        return Request(url=f"{self._base}{path}", types=JSON_TYPES, params=params or {}, headers=headers, also=also)


def discourse(opening: SourceContext) -> Polled:
    """Open a forum."""
    return opening.polled(SOURCE, [Forum(opening.settings)], TERMS, only_wanted=not opening.settings.everything)


def to_found(post: Mapping[str, Any], *, instance: str, base: str) -> Found | None:
    """Return the post that the forum tells of, a deletion where it was taken back, None where it is hidden."""
    native_id = as_id(post["id"])
    if post.get("deleted_at") or post.get("user_deleted"):
        return Deletion(source=SOURCE, instance=instance, native_id=native_id)
    if post.get("hidden"):
        return None
    created_at, updated_at = parse_time(post["created_at"]), parse_time(post["updated_at"])
    text = html_to_text(post["cooked"])
    parent = post.get("reply_to_post_number")
    topic, number = post["topic_id"], post["post_number"]
    # Action 2 of the forum's summary is to like.
    actions = post.get("actions_summary") or ()
    likes = next((action["count"] for action in actions if action.get("id") == 2 and "count" in action), None)
    return Post(
        source=SOURCE,
        instance=instance,
        native_id=native_id,
        text=text,
        title=clean_text(post.get("topic_title") or "").strip() or None,
        created_at=created_at,
        edited_at=updated_at if post.get("version", 1) > 1 and updated_at > created_at else None,
        url=f"{base}/t/{topic}/{number}",
        author=Author(id=clean_text(post["username"]), handle=clean_text(post["username"])),
        mentions=mentions(text),
        metrics=Metrics(replies=as_count(post.get("reply_count")), likes=as_count(likes)),
        attributes={"topic": str(topic), **({"reply_to": f"{topic}/{parent}"} if parent else {})},
    )
