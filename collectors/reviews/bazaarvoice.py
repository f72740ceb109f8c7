"""Reviews of products that Bazaarvoice keeps for a retailer, in the order in which they changed.

The interface says what went wrong in the body of a 200. There is no cursor, and whether a key may filter by the time of
change depends on its client: see `time_field`. What a retailer shares with others keeps the name it came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from collectors.parsing.values import as_count, as_id, attributes, brief, clean, clean_text, language_code, parse_time
from collectors.polling.pagination import SourcePage, read_each
from collectors.polling.time_slices import Slice
from collectors.reviews.common import ReviewSettings, review_terms, stars
from domain.errors import SourceBusy, SourceRefused
from domain.post import Author, Deletion, Metrics, Post
from domain.setting import Secret, setting
from transport.foreign import ODD_SHAPE
from transport.http import JSON_TYPES, Request, read_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from collectors.polling.pagination import Found, Polled, Position
    from collectors.polling.source_context import SourceContext
    from transport.http import Reply, Web

SOURCE: Final = "bazaarvoice"
PAGE_SIZE: Final = 100
MAX_OFFSET: Final = 300_000
_PASSES: Final = frozenset({"ERROR_REQUEST_LIMIT_REACHED", "ERROR_UNKNOWN"})
"""What is over soon; other errors stay until somebody acts."""


@dataclass(frozen=True, kw_only=True)
class BazaarvoiceSettings(ReviewSettings):
    """A client's reviews in the configuration."""

    client: str = setting(help="Name of the client that the key is for")
    passkey: Secret = setting(help="API key")
    filters: tuple[str, ...] = setting(default=(), help="Which reviews, as ProductId:eq:P1; all must hold")
    time_field: str = setting(default="LastModificationTime", help="The time that the key may filter and sort by")
    api: str = setting(default="https://api.bazaarvoice.com", help="Where the interface is; stg.api for tests")


class Reviews:
    """The reviews that a key shows."""

    source = SOURCE
    recheck_size = PAGE_SIZE
    newest_first = False

    def __init__(self, settings: BazaarvoiceSettings) -> None:
        self._settings = settings
        self.instance = settings.client
        self.key = " ".join([settings.client, *settings.filters])

    def page(self, web: Web, position: Position | None, since: datetime, /) -> SourcePage:
        """Return the reviews that changed after a position."""
        at = Slice.at(position, since, timedelta(hours=self._settings.overlap_hours))
        field, offset = self._settings.time_field, at.skip * PAGE_SIZE
        if offset > MAX_OFFSET:
            raise SourceRefused(f"{SOURCE} shows no more than {MAX_OFFSET} reviews, all of one second")
        wanted = [f"{field}:gte:{at.since}", *self._settings.filters]
        reviews = self._ask(web, wanted, [("Sort", f"{field}:asc"), ("Offset", str(offset))])
        last = str(reviews[-1].get("Id")) if reviews and isinstance(reviews[-1], dict) else ""
        times = []
        for review in reviews:
            try:
                times.append(int(parse_time(review[field]).timestamp()))
            except ODD_SHAPE:
                times.append(0)
        onward = at.after(times, last, size=PAGE_SIZE, name=SOURCE)
        return SourcePage(found=self._found(reviews), next=onward, done=bool(onward.get("ended")))

    def recheck(self, web: Web, native_ids: Sequence[str]) -> Sequence[Found]:
        """Return reviews as they are now, and deletions for those that are shown no more."""
        escaped = [native_id.replace("\\", "\\\\").replace(",", "\\,").replace(":", "\\:") for native_id in native_ids]
        found = self._found(self._ask(web, [f"Id:eq:{','.join(escaped)}"], []))
        there = {one.native_id for one in found if isinstance(one, Post | Deletion)}
        if len(there) < len(found):
            # Something could not be read; whose it was is not known.
            return found
        return found + [self._deletion(native_id) for native_id in native_ids if native_id not in there]

    def _ask(self, web: Web, filters: Sequence[str], more: Sequence[tuple[str, str]]) -> list[Any]:
        settings = self._settings
        query = [("apiversion", "5.4"), ("passkey", settings.passkey.reveal()), ("Limit", str(PAGE_SIZE)), *more]
        query += [("Filter", one) for one in filters]
        url = f"{settings.api.rstrip('/')}/data/reviews.json?{urlencode(query)}"
        return web.read(Request(url=url, types=JSON_TYPES, account=settings.client), _results)

    def _found(self, reviews: Sequence[Any]) -> list[Found]:
        return read_each(reviews, self._one, f"{SOURCE} {self.instance} review", key="Id")

    def _one(self, review: Mapping[str, Any]) -> Found:
        if review.get("ModerationStatus", "APPROVED") != "APPROVED":
            return self._deletion(as_id(review["Id"]))
        return to_post(review, instance=self.instance, brand=self._settings.brand)

    def _deletion(self, native_id: str) -> Deletion:
        return Deletion(source=SOURCE, instance=self.instance, native_id=native_id, final=False)


def bazaarvoice(opening: SourceContext) -> Polled:
    """Open the reviews of a client."""
    settings: BazaarvoiceSettings = opening.settings
    return opening.polled(SOURCE, [Reviews(settings)], review_terms(settings), only_wanted=False)


def to_post(review: Mapping[str, Any], *, instance: str, brand: str) -> Post:
    """Return the post that a review is. One that is stars alone has no text.

    When it was edited is not known: the time of change moves with every vote, too.
    """
    about = {
        "product": review.get("ProductId"),
        "source_client": review.get("SourceClient"),
        "syndicated": review.get("IsSyndicated"),
    }
    replies = max(as_count(review.get("TotalCommentCount")) or 0, len(review.get("ClientResponses") or ()))
    return Post(
        source=SOURCE,
        instance=instance,
        native_id=as_id(review["Id"]),
        text=clean_text(review.get("ReviewText") or "").strip(),
        title=clean_text(review.get("Title") or "").strip() or None,
        created_at=parse_time(review["SubmissionTime"]),
        author=Author(id=as_id(review["AuthorId"]), name=clean_text(review.get("UserNickname") or "") or None),
        lang=language_code(review.get("ContentLocale")),
        place=clean_text(review.get("UserLocation") or "") or None,
        brand=brand or None,
        rating=stars(review["Rating"], review.get("RatingRange") or 5),
        metrics=Metrics(likes=as_count(review.get("TotalPositiveFeedbackCount")), replies=replies),
        attributes=clean(attributes(about)),
    )


def _results(reply: Reply) -> list[Any]:
    answer = read_json(reply)
    if not isinstance(answer, dict):
        raise SourceRefused(f"{SOURCE} answered with something that is not a list of reviews")
    if answer.get("HasErrors"):
        errors = answer.get("Errors") or ()
        codes = [str(error.get("Code")) for error in errors if isinstance(error, dict)]
        kind = SourceBusy if _PASSES & {*codes} else SourceRefused
        raise kind(f"{SOURCE} answered {', '.join(map(brief, codes)) or 'an error without a name'}")
    if not isinstance(answer.get("Results"), list):
        raise SourceRefused(f"{SOURCE} answered with something that is not a list of reviews")
    return list(answer["Results"])
