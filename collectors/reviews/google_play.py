"""Reviews of an app of one's own in Google Play. It must run daily: only the last seven days are shown.

In what order is not said, so all of them are read each time, and single ones are asked for again only as long as they
are shown: whether an older one that is not found was taken back nobody knows. Older reviews are in the monthly reports
of the Play Console, which can be read as files.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from collectors.parsing.values import as_count, as_id, attributes, clean, clean_text, language_code, parse_time
from collectors.polling.pagination import SourcePage, read_each
from collectors.reviews.common import GONE, ReviewSettings, asked_again, review_terms, stars
from domain.errors import ConfigurationError, SourceRefused
from domain.post import Author, Deletion, Metrics, Post
from domain.setting import Secret, setting
from domain.terms import Recheck
from transport.http import JSON_TYPES, Request
from transport.logins import Login, Token, granted
from transport.signing import private_text, signed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from collectors.polling.pagination import Found, Polled, Position
    from collectors.polling.source_context import SourceContext
    from transport.http import Web

SOURCE: Final = "google_play"
PAGE_SIZE: Final = 100
SCOPE: Final = "https://www.googleapis.com/auth/androidpublisher"
ASSERTION_LIFE_S: Final = 3600
RECHECKS: Final = (Recheck(every=timedelta(days=1), up_to=timedelta(days=6)),)


@dataclass(frozen=True, kw_only=True)
class GooglePlaySettings(ReviewSettings):
    """An app in the configuration."""

    package: str = setting(help="Package name of the app, as com.north.app")
    account: Secret | None = setting(default=None, help="The JSON key of a service account; or else `account_file`")
    account_file: str = setting(default="", help="The file with the JSON key of a service account")
    api: str = setting(default="https://androidpublisher.googleapis.com", help="Where the interface is")
    overlap_hours: float = setting(default=192, unit="hours", help="How much is read again each time: all there is")


class Reviews:
    """The reviews of an app of the last seven days."""

    source = SOURCE
    recheck_size = 1
    newest_first = True

    def __init__(self, settings: GooglePlaySettings, login: Login) -> None:
        self._settings = settings
        self._reviews = f"{settings.api.rstrip('/')}/androidpublisher/v3/applications/{settings.package}/reviews"
        self._login = login
        self.instance = settings.package
        self.key = settings.package

    def page(self, web: Web, position: Position | None, _since: datetime, /) -> SourcePage:
        """Return a page of reviews."""
        answer, _ = web.ask_json(self._request(web, self._reviews, {"maxResults": str(PAGE_SIZE), **(position or {})}))
        # Where there are no reviews the answer is an empty object.
        reviews = answer.get("reviews", []) if isinstance(answer, dict) else None
        if not isinstance(reviews, list):
            raise SourceRefused("Google Play answered with something that is not a list of reviews")
        following = (answer.get("tokenPagination") or {}).get("nextPageToken")
        return SourcePage(found=self._found(reviews), next={"token": following} if following else None)

    def recheck(self, web: Web, native_ids: Sequence[str]) -> Sequence[Found]:
        """Return reviews as they are now, and deletions for those that are gone."""
        return asked_again(
            web,
            native_ids,
            lambda one: self._request(web, f"{self._reviews}/{one}", {}, also=GONE),
            lambda answer: self._found([answer]),
            lambda one: Deletion(source=SOURCE, instance=self.instance, native_id=one),
        )

    def _found(self, reviews: Sequence[Any]) -> list[Found]:
        read = partial(to_post, instance=self.instance, brand=self._settings.brand)
        return read_each(reviews, read, f"{SOURCE} {self.instance} review", key="reviewId")

    def _request(self, web: Web, url: str, params: Mapping[str, str], also: tuple[int, ...] = ()) -> Request:
        headers = {**self._login.headers(web), "Accept": JSON_TYPES[0]}
        return Request(url=url, types=JSON_TYPES, params=params, headers=headers, also=also, account=self.instance)


def google_play(opening: SourceContext) -> Polled:
    """Open the reviews of an app.

    Raises:
        ConfigurationError: there is no service account, or it is none.
    """
    settings: GooglePlaySettings = opening.settings
    text = private_text(settings.account, settings.account_file, where=opening.where, names="account, account_file")
    try:
        told = json.loads(text)
        account = {name: str(told[name]) for name in ("client_email", "private_key", "private_key_id", "token_uri")}
    except (ValueError, KeyError, TypeError, RecursionError):
        # What the parser says may quote the key.
        raise ConfigurationError(f"{opening.where}: this is not the JSON key of a service account") from None

    def assertion() -> str:
        now = int(opening.clock.now().timestamp())
        claims = {"iss": account["client_email"], "scope": SCOPE, "aud": account["token_uri"], "iat": now}
        claims["exp"] = now + ASSERTION_LIFE_S
        key, key_id = account["private_key"], account["private_key_id"]
        return signed(claims, key, algorithm="RS256", key_id=key_id, where=opening.where)

    def fetch(web: Web) -> Token:
        form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion()}
        return granted(web, account["token_uri"], form)

    assertion()
    reviews = Reviews(settings, Login(fetch, opening.clock))
    return opening.polled(SOURCE, [reviews], review_terms(settings, RECHECKS), only_wanted=False)


def to_post(review: Mapping[str, Any], *, instance: str, brand: str) -> Post:
    """Return the post that a review is. Nobody has more than one of an app, so its id tells authors apart."""
    native_id = as_id(review["reviewId"])
    comments = review["comments"]
    said = next((comment["userComment"] for comment in comments if "userComment" in comment), None)
    if said is None:
        raise ValueError("no comment of a user")
    text = said.get("originalText") or said["text"]
    title, body = text.split("\t", 1) if "\t" in text else ("", text)
    about = {
        "app_version": said.get("appVersionName"),
        "android": said.get("androidOsVersion"),
        "device": said.get("device"),
    }
    return Post(
        source=SOURCE,
        instance=instance,
        native_id=native_id,
        text=clean_text(body).strip(),
        title=clean_text(title).strip() or None,
        created_at=parse_time(said["lastModified"]["seconds"]),
        url=f"https://play.google.com/store/apps/details?id={instance}&reviewId={native_id}",
        author=Author(id=native_id, name=clean_text(review.get("authorName") or "").strip() or None),
        lang=language_code(said.get("reviewerLanguage")),
        brand=brand or None,
        rating=stars(said["starRating"]),
        metrics=Metrics(
            likes=as_count(said.get("thumbsUpCount")),
            replies=int(any("developerComment" in comment for comment in comments)),
        ),
        attributes=clean(attributes(about)),
    )
