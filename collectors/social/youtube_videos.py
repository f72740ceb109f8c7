"""Which videos of YouTube comments are read of: uploads of channels, and what searches find.

Searches cost much of what may be asked in a day. They are spread over it, so no count has to be kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from collectors.parsing.values import as_text, dig, parse_time
from collectors.social.youtube_api import QuotaSpent
from domain.documents import instant, parse_instant
from domain.entities import unescape
from transport.foreign import ODD_SHAPE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from collectors.social.youtube_api import Api
    from domain.ports import Clock
    from transport.http import Web

MOST_IDS: Final = 50
"""How many things one request asks for."""
LATE: Final = timedelta(days=2)
"""How far behind the last search the next one looks: videos appear in it late."""


@dataclass(frozen=True)
class Video:
    """A video: when it appeared, and up to when its comments were read."""

    title: str
    channel: str
    at: str
    read: str = ""


Videos: TypeAlias = dict[str, Video]
"""By their ids."""


@dataclass(frozen=True, kw_only=True)
class Finder:
    """Finds videos that are not older than `days`; the newest count where there are more than `most`."""

    api: Api
    clock: Clock
    channels: Sequence[str]
    texts: Sequence[str]
    searches_per_day: int
    days: float
    most: int

    def find(self, web: Web, known: Videos, searched: Mapping[str, str]) -> tuple[Videos, dict[str, str]]:
        """Return the videos there are now, and when what was searched for."""
        told: Videos = {}
        for channel in by_id(self.api, web, "channels", self.channels, {"part": "contentDetails"}).values():
            playlist = as_text(dig(channel, "contentDetails", "relatedPlaylists", "uploads")) or ""
            asked = {"part": "snippet,contentDetails", "playlistId": playlist, "maxResults": str(MOST_IDS)}
            told |= _read(self.api.ask(web, "playlistItems", asked).items if playlist else (), _of_playlist)
        searched = {text: time for text, time in searched.items() if text in self.texts}
        due: list[str] = []
        if self.texts and self.searches_per_day > 0:
            last = instant(self.clock.now() - timedelta(days=1) * len(self.texts) / self.searches_per_day)
            due = [text for text in self.texts if searched.get(text, "") <= last]
        for text in due:
            try:
                told |= self._search(web, text, searched.get(text))
            except QuotaSpent:
                # Searches are counted by themselves: comments can still be read.
                break
            searched[text] = instant(self.clock.now())
        first = instant(self.clock.now() - timedelta(days=self.days))
        videos = known | {
            native_id: Video(video.title, video.channel, video.at, known[native_id].read if native_id in known else "")
            for native_id, video in told.items()
        }
        newest = sorted(videos, key=lambda native_id: videos[native_id].at, reverse=True)[: self.most]
        return {native_id: videos[native_id] for native_id in newest if videos[native_id].at >= first}, searched

    def _search(self, web: Web, text: str, last: str | None) -> Videos:
        after = self.clock.now() - timedelta(days=self.days)
        if last:
            after = max(after, parse_instant(last) - LATE)
        asked = {"part": "snippet", "type": "video", "order": "date", "q": text, "maxResults": str(MOST_IDS)}
        asked["publishedAfter"] = after.strftime("%Y-%m-%dT%H:%M:%SZ")
        return _read(self.api.ask(web, "search", asked).items, _of_search)


def listed(api: Api, web: Web, path: str, ids: Iterable[str], params: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return what is there of things that are asked for by their ids."""
    wanted = sorted(set(ids))
    parts = [wanted[position : position + MOST_IDS] for position in range(0, len(wanted), MOST_IDS)]
    return [item for part in parts for item in api.ask(web, path, {**params, "id": ",".join(part)}).items]


def by_id(api: Api, web: Web, path: str, ids: Iterable[str], params: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Return the same by their ids."""
    items = listed(api, web, path, ids, params)
    return {native_id: item for item in items if (native_id := as_text(item.get("id")))}


def of_snippet(snippet: Mapping[str, Any], *, at: str = "publishedAt") -> Video:
    """Return the video that a snippet tells of."""
    return Video(snippet["title"].strip(), str(snippet["channelId"]), instant(parse_time(snippet[at])))


def _of_search(item: Mapping[str, Any]) -> tuple[str, Video]:
    # Titles are escaped here, and only here.
    return str(item["id"]["videoId"]), of_snippet(item["snippet"] | {"title": unescape(item["snippet"]["title"])})


def _of_playlist(item: Mapping[str, Any]) -> tuple[str, Video]:
    told = item["contentDetails"]
    at = told.get("videoPublishedAt") or item["snippet"]["publishedAt"]
    return str(told["videoId"]), of_snippet(item["snippet"] | {"publishedAt": at})


def _read(items: Iterable[Mapping[str, Any]], to_video: Callable[[Mapping[str, Any]], tuple[str, Video]]) -> Videos:
    """Return the videos of a list; what is not of the shape of one is passed over."""
    videos: Videos = {}
    for item in items:
        try:
            native_id, video = to_video(item)
            videos[native_id] = video
        except ODD_SHAPE:
            continue
    return videos
