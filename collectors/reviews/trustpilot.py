"""Public reviews of a company on Trustpilot, newest first.

Sorted lists end after 100,000 reviews. The list that goes by page token does not, but nobody says in what order it is:
a sweep reads all of it each time. Other companies' reviews need a contract of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from collectors.parsing.values import as_count, as_id, attributes, clean, clean_text, language_code, parse_time
from collectors.polling.pagination import SourcePage, read_each
from collectors.reviews.common import GONE, ReviewSettings, asked_again, review_terms, stars
from domain.errors import SourceRefused
from domain.post import Author, Deletion, Metrics, Post
from domain.setting import Secret, setting
from transport.http import JSON_TYPES, Request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from collectors.polling.pagination import Found, Polled, Position
    from collectors.polling.source_context import SourceContext
    from transport.http import Web

SOURCE: Final = "trustpilot"
PAGE_SIZE: Final = 100
MAX_PAGES: Final = 1_000
PACE_S: Final = 0.4
"""833 calls in five minutes are advised."""
_FORGOTTEN: Final = (400, 404, 410)
_START: Final = {"from": "start"}


@dataclass(frozen=True, kw_only=True)
class TrustpilotSettings(ReviewSettings):
    """A company in the configuration."""

    unit: str = setting(help="Id of the business unit")
    api_key: Secret = setting(help="API key")
    sweep: bool = setting(default=False, help="Read all reviews each time, for more than 100,000 of them")
    api: str = setting(default="https://api.trustpilot.com/v1", help="Where the interface is")


class Reviews:
    """The reviews of a company, sorted."""

    source = SOURCE
    recheck_size = 1
    newest_first = True

    def __init__(self, settings: TrustpilotSettings) -> None:
        self._settings = settings
        self._base = settings.api.rstrip("/")
        self.instance = settings.unit
        self.key = settings.unit

    def page(self, web: Web, position: Position | None, _since: datetime, /) -> SourcePage:
        """Return a page of reviews."""
        number, before = (int(position["page"]), position["last"]) if position else (1, "")
        params = {"orderBy": "createdat.desc", "page": str(number), "perPage": str(PAGE_SIZE)}
        answer, _ = web.ask_json(self._request(f"/business-units/{self.instance}/reviews", params))
        reviews = self._list(answer)
        last = str(reviews[-1].get("id")) if reviews and isinstance(reviews[-1], dict) else ""
        if last and last == before:
            raise SourceRefused(f"Trustpilot repeats its cursor: page {number} is the one before")
        more = len(reviews) >= PAGE_SIZE and number < MAX_PAGES
        return SourcePage(found=self._found(reviews), next={"page": number + 1, "last": last} if more else None)

    def recheck(self, web: Web, native_ids: Sequence[str]) -> Sequence[Found]:
        """Return reviews as they are now, and deletions for those that are gone."""
        return asked_again(
            web,
            native_ids,
            lambda native_id: self._request(f"/reviews/{native_id}", {}, also=GONE),
            lambda answer: self._found([answer]),
            lambda native_id: Deletion(source=SOURCE, instance=self.instance, native_id=native_id),
        )

    def _found(self, reviews: Sequence[Any]) -> list[Found]:
        read = partial(to_found, instance=self.instance, brand=self._settings.brand)
        return read_each(reviews, read, f"{SOURCE} {self.instance} review")

    def _list(self, answer: Any) -> list[Any]:
        reviews = answer.get("reviews") if isinstance(answer, dict) else None
        if not isinstance(reviews, list):
            raise SourceRefused("Trustpilot answered with something that is not a list of reviews")
        return reviews

    def _request(self, path: str, params: Mapping[str, str], also: tuple[int, ...] = ()) -> Request:
        headers = {"apikey": self._settings.api_key.reveal(), "Accept": JSON_TYPES[0]}
        url = f"{self._base}{path}"
        return Request(url=url, types=JSON_TYPES, params=params, headers=headers, also=also, pace_s=PACE_S)


class AllReviews(Reviews):
    """The reviews of a company by page token, all of them each time."""

    newest_first = False

    def __init__(self, settings: TrustpilotSettings) -> None:
        super().__init__(settings)
        self._begun_again = False

    def page(self, web: Web, position: Position | None, _since: datetime, /) -> SourcePage:
        """Return a page of reviews; after the last one comes the first."""
        token = position.get("token") if position else None
        params = {"perPage": str(PAGE_SIZE), **({"pageToken": token} if token else {})}
        path = f"/business-units/{self.instance}/all-reviews"
        also = _FORGOTTEN if token and not self._begun_again else ()
        answer, reply = web.ask_json(self._request(path, params, also=also))
        if reply.status in also:
            self._begun_again = True
            return SourcePage(found=(), next=_START)
        following = answer.get("nextPageToken") if isinstance(answer, dict) else None
        found = self._found(self._list(answer))
        return SourcePage(found=found, next={"token": following} if following else _START, done=not following)


def trustpilot(opening: SourceContext) -> Polled:
    """Open the reviews of a company."""
    settings: TrustpilotSettings = opening.settings
    reviews = AllReviews(settings) if settings.sweep else Reviews(settings)
    return opening.polled(SOURCE, [reviews], review_terms(settings), only_wanted=False)


def to_found(review: Mapping[str, Any], *, instance: str, brand: str) -> Found:
    """Return the post that a review is, a deletion where it is not shown at present."""
    native_id = as_id(review["id"])
    if review.get("status", "active") != "active":
        return Deletion(source=SOURCE, instance=instance, native_id=native_id, final=False)
    created_at, consumer = parse_time(review["createdAt"]), review["consumer"]
    updated_at = parse_time(review["updatedAt"]) if review.get("updatedAt") else created_at
    about = {"verified": review.get("isVerified"), "experienced_at": review.get("experiencedAt")}
    return Post(
        source=SOURCE,
        instance=instance,
        native_id=native_id,
        text=clean_text(review.get("text") or "").strip(),
        title=clean_text(review.get("title") or "").strip() or None,
        created_at=created_at,
        edited_at=updated_at if updated_at > created_at else None,
        url=f"https://www.trustpilot.com/reviews/{native_id}",
        author=Author(id=as_id(consumer["id"]), name=clean_text(consumer.get("displayName") or "") or None),
        lang=language_code(review.get("language")),
        place=clean_text(consumer.get("displayLocation") or "") or None,
        brand=brand or None,
        rating=stars(review["stars"]),
        metrics=Metrics(likes=as_count(review.get("numberOfLikes")), replies=int(bool(review.get("companyReply")))),
        attributes=clean(attributes(about)),
    )
