"""Comments under videos of YouTube: of channels that are named, and of videos that a search finds.

The comments of each video are read newest first, back to those of the last time and over all that are some hours
old. Replies do not move a comment up: those to older comments are not seen. A comment has its video's title for
a title, so a brand that only the video names is found.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from collectors.parsing.values import as_count, as_id, as_text, dig, mentions, parse_time
from collectors.polling.pagination import SearchedSettings, SourcePage, gone, moved_at, read_each, thread_floor
from collectors.search.dialects import youtube as search_texts
from collectors.social.youtube_api import TOKEN_ENDED, Api
from collectors.social.youtube_videos import MOST_IDS, Finder, Video, by_id, listed, of_snippet
from domain.documents import instant
from domain.post import Author, Deletion, Metrics, Post
from domain.setting import Secret, setting
from domain.terms import Recheck, Terms
from transport.foreign import ODD_SHAPE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from collectors.polling.pagination import Found, Polled, Position
    from collectors.polling.source_context import SourceContext
    from transport.http import Web

SOURCE: Final = "youtube"
KEEP: Final = timedelta(days=30)
RECHECK: Final = timedelta(days=14)
PLAIN: Final = {"textFormat": "plainText"}
ALL: Final = {**PLAIN, "maxResults": "100"}


@dataclass(frozen=True, kw_only=True)
class YouTubeSettings(SearchedSettings):
    """Videos in the configuration."""

    key: Secret = setting(help="API key (environment only)")
    channels: tuple[str, ...] = setting(default=(), help="Ids of channels whose comments are all kept")
    brand: str = setting(default="", help="Brand that comments on these channels are about")
    searches_per_day: int = setting(
        default=50, unit="searches", help="Most searches to spend on finding videos; YouTube allows 100; 0: none"
    )
    most_videos: int = setting(
        default=100, unit="videos", help="Most videos, the newest, to read comments of each time"
    )
    video_days: float = setting(default=30, unit="days", help="How long after it appeared a video's comments are read")
    derived_metrics_accepted: bool = setting(
        default=False,
        help="Whether YouTube's amendment on derived metrics was accepted; without it there are no labels",
    )
    overlap_hours: float = setting(default=24, unit="hours", help="How much is read again each time, for replies")
    api: str = setting(default="https://www.googleapis.com/youtube/v3", help="Address of the interface")


@dataclass(frozen=True)
class _Walk:
    """The position: the videos that are known, when what was searched for, and which videos are left in the walk under
    way. The first of these has come to `token`; its newest comment is of `top`."""

    videos: Mapping[str, Video]
    searched: Mapping[str, str]
    left: Sequence[str] = ()
    token: str = ""
    top: str = ""

    @classmethod
    def of(cls, position: Position) -> _Walk:
        videos = {native_id: Video(**video) for native_id, video in position.get("videos", {}).items()}
        return cls(**{"searched": {}, **position, "videos": videos})

    def position(self) -> Position:
        videos = {native_id: vars(video) for native_id, video in self.videos.items()}
        return {
            name: value for name, value in {**vars(self), "videos": videos, "left": list(self.left)}.items() if value
        }

    def after_video(self) -> _Walk:
        """Return the walk when the comments of the first video were read."""
        native_id, *left = self.left
        video = self.videos[native_id]
        read = dataclasses.replace(video, read=max(video.read, self.top))
        return _Walk({**self.videos, native_id: read}, self.searched, left)


class Comments:
    """The comments under all videos."""

    source = SOURCE
    instance = ""
    newest_first = False
    recheck_size = MOST_IDS

    def __init__(
        self,
        texts: Sequence[str],
        settings: YouTubeSettings,
        opening: SourceContext,
        wanted: Callable[[Post], bool] | None,
    ) -> None:
        self.key = "\n".join([*settings.channels, *texts])
        self._settings = settings
        self._wanted = wanted
        self._api = Api(settings.api, settings.key, opening.clock)
        self._finder = Finder(
            api=self._api,
            clock=opening.clock,
            channels=settings.channels,
            texts=texts,
            searches_per_day=settings.searches_per_day,
            days=settings.video_days,
            most=settings.most_videos,
        )

    def page(self, web: Web, position: Position | None, _since: datetime, /) -> SourcePage:
        """Return the next comments of the first video that is left; where none is, look for videos."""
        walk = _Walk.of(position or {})
        if not walk.left:
            videos, searched = self._finder.find(web, dict(walk.videos), walk.searched)
            return SourcePage(found=(), next=_Walk(videos, searched, [*videos]).position() or None, done=not videos)
        native_id = walk.left[0]
        video = walk.videos[native_id]
        asked = {"part": "snippet,replies", "videoId": native_id, "order": "time", **ALL}
        answer = self._api.ask(web, "commentThreads", asked | _page_token(walk.token))
        if answer.reason in TOKEN_ENDED:
            answer = self._api.ask(web, "commentThreads", asked)
        told = [comment for thread in answer.items for comment in self._thread(web, thread)]
        brand = self._brand(video)
        found = read_each(told, lambda one: to_post(one, native_id, video, brand), f"{SOURCE} comment")
        posts = [one for one in found if isinstance(one, Post)]
        walk = dataclasses.replace(walk, top=max([walk.top, *(instant(post.created_at) for post in posts)]))
        overlap = timedelta(hours=self._settings.overlap_hours)
        back_to = thread_floor(video.read, (one.read for one in walk.videos.values()), overlap)
        first = [post.created_at for post in posts if not post.parent_id]
        if answer.token and not (first and max(first) < back_to):
            walk = dataclasses.replace(walk, token=answer.token)
        else:
            walk = walk.after_video()
        wanted = None if video.channel in self._settings.channels else self._wanted
        recent = [one for one in found if not isinstance(one, Post) or moved_at(one) >= back_to]
        new = [one for one in recent if not isinstance(one, Post) or wanted is None or wanted(one)]
        return SourcePage(found=new, next=walk.position(), done=not walk.left)

    def recheck(self, web: Web, native_ids: Sequence[str]) -> Sequence[Found]:
        """Return comments as they are now, and deletions for those that are gone."""
        comments = listed(self._api, web, "comments", native_ids, {"part": "snippet", **PLAIN})
        missing = gone(native_ids, [comment.get("id") for comment in comments])
        # A comment by itself says neither its video nor how many replies it has.
        threads = by_id(self._api, web, "commentThreads", filter(None, map(_thread_of, comments)), {"part": "snippet"})
        where = {one: as_text(dig(thread, "snippet", "videoId")) or "" for one, thread in threads.items()}
        videos = by_id(self._api, web, "videos", set(where.values()) - {""}, {"part": "snippet"})

        def read(comment: Mapping[str, Any]) -> Post | None:
            video_id = where.get(_thread_of(comment), "")
            if video_id not in videos:
                # One that is not of the shape has no thread either, and is named for it.
                return None if _thread_of(comment) else to_post(comment, "", Video("", "", ""), None)
            video = of_snippet(videos[video_id]["snippet"])
            count = dig(threads.get(comment["id"]), "snippet", "totalReplyCount")
            return to_post({**comment, "replies": count}, video_id, video, self._brand(video))

        deletions = [Deletion(source=SOURCE, native_id=one) for one in missing]
        return [*read_each(comments, read, f"{SOURCE} comment"), *deletions]

    def _brand(self, video: Video) -> str | None:
        return (self._settings.brand or None) if video.channel in self._settings.channels else None

    def _thread(self, web: Web, thread: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Return a comment and its replies; what is no thread is returned as it is."""
        try:
            count = as_count(thread["snippet"].get("totalReplyCount")) or 0
            told = dig(thread, "replies", "comments")
            replies = told if isinstance(told, list) else []
            if len(replies) < count:
                # Only the first ones come with their thread.
                asked = {"part": "snippet", "parentId": as_id(thread["id"]), **ALL}
                replies, token, last = [], "", None
                while token != last:
                    answer = self._api.ask(web, "comments", asked | _page_token(token))
                    replies += answer.items
                    last, token = token, answer.token or token
            return [thread["snippet"]["topLevelComment"] | {"replies": count}, *replies]
        except ODD_SHAPE:
            return [thread]


def youtube(opening: SourceContext) -> Polled:
    """Open the comments under the videos of channels and searches.

    Raises:
        ConfigurationError: there are neither channels nor anything to search for.
    """
    settings: YouTubeSettings = opening.settings
    searched = settings.query or opening.brands.queries or not settings.channels
    texts = opening.searches(search_texts) if searched and settings.searches_per_day > 0 else ()
    terms = Terms(keep=KEEP, label=settings.derived_metrics_accepted, link=False, rechecks=(Recheck(every=RECHECK),))
    wanted = None if settings.everything else opening.wanted()
    return opening.polled(SOURCE, [Comments(texts, settings, opening, wanted)], terms, only_wanted=False)


def to_post(comment: Mapping[str, Any], video_id: str, video: Video, brand: str | None) -> Post:
    """Return the post that a comment is; `replies` in it is how many it has, where that is known."""
    told = comment["snippet"]
    native_id, text, name = as_id(comment["id"]), told["textDisplay"].strip(), told.get("authorDisplayName", "")
    created_at, updated_at = parse_time(told["publishedAt"]), parse_time(told["updatedAt"])
    author_id = told.get("authorChannelId", {}).get("value")
    return Post(
        source=SOURCE,
        native_id=native_id,
        text=text,
        title=video.title or None,
        created_at=created_at,
        edited_at=updated_at if updated_at > created_at else None,
        url=f"https://www.youtube.com/watch?v={video_id}&lc={native_id}",
        author=Author(id=author_id, handle=name.lstrip("@") or None) if author_id else None,
        parent_id=told.get("parentId"),
        mentions=mentions(text),
        brand=brand,
        metrics=Metrics(likes=as_count(told.get("likeCount")), replies=as_count(comment.get("replies"))),
        attributes={"video": video_id, "channel": video.channel},
    )


def _thread_of(comment: Mapping[str, Any]) -> str:
    """Return the id of the thread that a comment begins or replies to; empty where it does not say."""
    return as_text(dig(comment, "snippet", "parentId")) or as_text(comment.get("id")) or ""


def _page_token(token: str) -> dict[str, str]:
    return {"pageToken": token} if token else {}
