"""Reviews of one's own shops on Google (Business Profile), what changed last first.

Google puts its translation into a comment; only what the reviewer wrote is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from collectors.parsing.values import as_id, attributes, clean_text, parse_time
from collectors.polling.pagination import SourcePage, read_each
from collectors.reviews.common import GONE, ReviewSettings, asked_again, review_terms, stars
from domain.errors import ConfigurationError, SourceRefused
from domain.post import Author, Deletion, Metrics, Post
from domain.setting import Secret, setting
from transport.http import JSON_TYPES, Request
from transport.logins import Login, granted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from collectors.polling.pagination import Found, Polled, Position
    from collectors.polling.source_context import SourceContext
    from transport.http import Web

SOURCE: Final = "google_business"
PAGE_SIZE: Final = 50
_STARS: Final = {"ONE": 1, "TWO": 2, "THREE": 3, "FOUR": 4, "FIVE": 5}
_TRANSLATED: Final = "(Translated by Google)"
_ORIGINAL: Final = "(Original)"


@dataclass(frozen=True, kw_only=True)
class GoogleBusinessSettings(ReviewSettings):
    """Shops in the configuration."""

    locations: tuple[str, ...] = setting(help="The shops, as accounts/1/locations/2")
    client_id: str = setting(help="OAuth client of the project that Google gave access")
    client_secret: Secret = setting(help="Secret of the OAuth client")
    refresh_token: Secret = setting(help="Refresh token of somebody who manages the shops")
    api: str = setting(default="https://mybusiness.googleapis.com/v4", help="Where the interface is")
    login: str = setting(default="https://oauth2.googleapis.com/token", help="Where tokens are given")


class Reviews:
    """All reviews of a shop. Names of reviews hold account and shop, so any listing can ask for any of them."""

    source = SOURCE
    instance = ""
    recheck_size = 1
    newest_first = True

    def __init__(self, settings: GoogleBusinessSettings, location: str, login: Login) -> None:
        self._settings = settings
        self._base = settings.api.rstrip("/")
        self._login = login
        self.key = location.strip("/")

    def page(self, web: Web, position: Position | None, _since: datetime, /) -> SourcePage:
        """Return a page of reviews."""
        params = {"pageSize": str(PAGE_SIZE), "orderBy": "updateTime desc", **(position or {})}
        answer, _ = web.ask_json(self._request(web, f"{self.key}/reviews", params))
        # Where there are no reviews the answer is an empty object.
        reviews = answer.get("reviews", []) if isinstance(answer, dict) else None
        if not isinstance(reviews, list):
            raise SourceRefused("Google answered with something that is not a list of reviews")
        following = answer.get("nextPageToken")
        return SourcePage(found=self._found(reviews), next={"pageToken": following} if following else None)

    def recheck(self, web: Web, native_ids: Sequence[str]) -> Sequence[Found]:
        """Return reviews as they are now, and deletions for those that are gone."""
        return asked_again(
            web,
            native_ids,
            lambda name: self._request(web, name, {}, also=GONE),
            lambda answer: self._found([answer]),
            lambda name: Deletion(source=SOURCE, native_id=name),
        )

    def _found(self, reviews: Sequence[Any]) -> list[Found]:
        read = partial(to_post, brand=self._settings.brand)
        return read_each(reviews, read, f"{SOURCE} review", key="name")

    def _request(self, web: Web, name: str, params: Mapping[str, str], also: tuple[int, ...] = ()) -> Request:
        headers = {**self._login.headers(web), "Accept": JSON_TYPES[0]}
        url, account = f"{self._base}/{name}", self._settings.client_id
        return Request(url=url, types=JSON_TYPES, params=params, headers=headers, also=also, account=account)


def google_business(opening: SourceContext) -> Polled:
    """Open the reviews of shops.

    Raises:
        ConfigurationError: no shop is named, or not by its full name.
    """
    settings: GoogleBusinessSettings = opening.settings
    for location in settings.locations or ("",):
        if [*location.strip("/").split("/")[::2]] != ["accounts", "locations"]:
            raise ConfigurationError(f"{opening.where}: locations are named as accounts/1/locations/2")
    form = {
        "grant_type": "refresh_token",
        "client_id": settings.client_id,
        "client_secret": settings.client_secret.reveal(),
        "refresh_token": settings.refresh_token.reveal(),
    }
    login = Login(lambda web: granted(web, settings.login, form), opening.clock)
    shops = [Reviews(settings, location, login) for location in settings.locations]
    return opening.polled(SOURCE, shops, review_terms(settings), only_wanted=False)


def to_post(review: Mapping[str, Any], *, brand: str) -> Post:
    """Return the post that a review is. Authors have no id; the one review that each has of a shop tells them apart."""
    name, reviewer = as_id(review["name"]), review.get("reviewer") or {}
    created_at = parse_time(review["createTime"])
    updated_at = parse_time(review.get("updateTime") or review["createTime"])
    return Post(
        source=SOURCE,
        native_id=name,
        text=original(clean_text(review.get("comment") or "")),
        created_at=created_at,
        edited_at=updated_at if updated_at > created_at else None,
        author=Author(id=name, name=clean_text(reviewer.get("displayName") or "").strip() or None),
        brand=brand or None,
        rating=stars(_STARS[review["starRating"]]),
        metrics=Metrics(replies=int(bool(review.get("reviewReply")))),
        attributes=attributes({"location": name.partition("/reviews/")[0]}),
    )


def original(comment: str) -> str:
    """Return what the reviewer wrote: behind `(Original)`, or before the translation."""
    if _ORIGINAL in comment and comment.lstrip().startswith(_TRANSLATED):
        return comment.rpartition(_ORIGINAL)[2].strip()
    return comment.partition(_TRANSLATED)[0].strip() or comment.strip()
