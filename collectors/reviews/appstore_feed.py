"""Reviews of an app from the feed that Apple shows to everybody: the newest 500 of each country, at most.

Nobody answers for this feed. In 2026 it was empty for days for apps with thousands of reviews, so an empty
one says nothing and is reported; and it does not say which reviews were taken back. Owners of the app have
a better source in App Store Connect.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from collectors.parsing.values import as_count, as_text, attributes, clean, clean_text, parse_time
from collectors.polling.pagination import SourcePage, read_each
from collectors.reviews.common import ReviewSettings, review_terms, stars
from domain.errors import ConfigurationError, RecordUnreadable, SourceBusy, SourceRefused
from domain.post import Author, Metrics, Post
from domain.setting import setting
from transport.http import JSON_TYPES, Request, read_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from collectors.polling.pagination import Polled, Position
    from collectors.polling.source_context import SourceContext
    from transport.http import Reply, Web

SOURCE: Final = "appstore_feed"
LAST_PAGE: Final = 10
PACE_S: Final = 2.0
TYPES: Final = (*JSON_TYPES, "text/javascript")


@dataclass(frozen=True, kw_only=True)
class AppStoreFeedSettings(ReviewSettings):
    """An app in the configuration."""

    app_id: str = setting(help="Number of the app, as in its address: id389801252 is 389801252")
    countries: tuple[str, ...] = setting(help="Countries whose reviews are read, as gb, de")
    overlap_hours: float = setting(default=72, unit="hours", help="How much is read again: reviews appear late")
    api: str = setting(default="https://itunes.apple.com", help="Where the feed is")


class Reviews:
    """The reviews of one country. Pages are numbered; what moves to the next one while we read comes twice."""

    newest_first = True

    def __init__(self, country: str, settings: AppStoreFeedSettings) -> None:
        self.key = f"{settings.app_id} {country}"
        self._country = country
        self._settings = settings

    def page(self, web: Web, position: Position | None, _since: datetime, /) -> SourcePage:
        """Return a page of reviews."""
        number = int(position["page"]) if position else 1
        path = f"{self._country}/rss/customerreviews/page={number}/id={self._settings.app_id}/sortBy=mostRecent/json"
        request = Request(url=f"{self._settings.api}/{path}", types=TYPES, also=(403,), pace_s=PACE_S)
        entries = web.read(request, _entries)
        where = f"{SOURCE} {self._settings.app_id} {self._country}"
        if not entries:
            empty = RecordUnreadable(where, "the feed is empty, which does not mean that there are no reviews")
            return SourcePage(found=[] if position else [empty])
        # The first entry may be the app itself.
        reviews = [
            one for one in entries if not (isinstance(one, dict) and "im:name" in one and "im:rating" not in one)
        ]
        read = partial(to_post, app=self._settings.app_id, country=self._country, brand=self._settings.brand)
        found = read_each(reviews, read, f"{where} review")
        return SourcePage(found=found, next={"page": number + 1} if number < LAST_PAGE else None)


def appstore_feed(opening: SourceContext) -> Polled:
    """Open the feed of each country."""
    settings: AppStoreFeedSettings = opening.settings
    countries = list(dict.fromkeys(country.lower() for country in settings.countries))
    if not settings.app_id.isdecimal():
        raise ConfigurationError(f"{opening.where}: app_id must be a number, as in the address of the app")
    if not countries or not all(len(country) == 2 and country.isascii() and country.isalpha() for country in countries):
        raise ConfigurationError(f"{opening.where}: countries must have two letters each, as gb or de")
    feeds = [Reviews(country, settings) for country in countries]
    return opening.polled(SOURCE, feeds, review_terms(settings, rechecks=()), only_wanted=False)


def to_post(entry: Mapping[str, Any], *, app: str, country: str, brand: str) -> Post:
    """Return the post that an entry tells of. Its time is that of the last edit; there is no other."""
    if "updated" not in entry:
        raise ValueError("the feed does not say when it was written")
    # Who wrote is told apart by the number in the address of their reviews, where there is one.
    writer = entry.get("author") or {}
    name, number = clean_text(_label(writer, "name") or ""), (_label(writer, "uri") or "").rpartition("/id")[2]
    author_id = number if number.isdecimal() else name
    kept = {"app": app, "country": country, "version": _label(entry, "im:version")}
    return Post(
        source=SOURCE,
        instance=country,
        native_id=_needed(entry, "id"),
        text=clean_text(_needed(entry, "content")),
        title=clean_text(_label(entry, "title") or "") or None,
        created_at=parse_time(_needed(entry, "updated")),
        url=f"https://apps.apple.com/{country}/app/id{app}?see-all=reviews",
        author=Author(id=author_id, name=name or None) if author_id else None,
        brand=brand or None,
        rating=stars(_needed(entry, "im:rating")),
        metrics=Metrics(likes=as_count(_label(entry, "im:voteSum"))),
        attributes=clean(attributes(kept)),
    )


def _label(values: Mapping[str, Any], key: str) -> str | None:
    """Return a value: all of them are texts in an object of their own."""
    value = values.get(key)
    return as_text(value.get("label")) if isinstance(value, dict) else None


def _needed(values: Mapping[str, Any], key: str) -> str:
    text = _label(values, key)
    if text is None:
        raise ValueError(f"no {key}")
    return text


def _entries(reply: Reply) -> list[Any]:
    """Return the entries of an answer; a single one is no list, and where there are none nothing is."""
    if reply.status == 403:
        raise SourceBusy(f"{SOURCE} answered 403, as it does to too many requests")
    answer = read_json(reply)
    feed = answer.get("feed") if isinstance(answer, dict) else None
    if not isinstance(feed, dict):
        raise SourceRefused(f"{SOURCE} answered with something that is not a feed")
    entries = feed.get("entry") or []
    return entries if isinstance(entries, list) else [entries]
