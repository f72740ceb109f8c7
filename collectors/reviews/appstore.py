"""Reviews of an app of one's own in the App Store, from App Store Connect, newest first.

A review that is edited keeps its id and gets a new date, so it comes again by itself; who took one back is not said.
Rest is taken where the rolling hour is used up. Apple refuses bursts earlier than its headers say.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

from collectors.parsing.values import as_id, attributes, clean, clean_text, parse_time
from collectors.polling.pagination import SourcePage, read_each
from collectors.reviews.common import GONE, ReviewSettings, asked_again, review_terms, stars
from domain.errors import SourceRefused
from domain.post import Author, Deletion, Metrics, Post
from domain.setting import Secret, setting
from transport.http import JSON_TYPES, Request
from transport.logins import Login, Token
from transport.signing import private_text, signed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from collectors.polling.pagination import Found, Polled, Position
    from collectors.polling.source_context import SourceContext
    from domain.ports import Clock
    from transport.http import Web

SOURCE: Final = "appstore"
PAGE_SIZE: Final = 200
TOKEN_LIFE: Final = timedelta(minutes=19)
"""Apple takes no token that is good for more than 20 minutes."""


@dataclass(frozen=True, kw_only=True)
class AppStoreSettings(ReviewSettings):
    """An app in the configuration."""

    app: str = setting(help="Number of the app, as in its address: id389801252 is 389801252")
    issuer: str = setting(help="Issuer id of the API key")
    key_id: str = setting(help="Id of the API key")
    key: Secret | None = setting(default=None, help="The private key itself, in PEM; or else `key_file`")
    key_file: str = setting(default="", help="The file of the private key, AuthKey_....p8")
    api: str = setting(default="https://api.appstoreconnect.apple.com", help="Where the interface is")


class Reviews:
    """All reviews of an app."""

    source = SOURCE
    recheck_size = 1
    newest_first = True

    def __init__(self, settings: AppStoreSettings, login: Login) -> None:
        self._settings = settings
        self._base = settings.api.rstrip("/")
        self._login = login
        self.instance = settings.app
        self.key = settings.app

    def page(self, web: Web, position: Position | None, _since: datetime, /) -> SourcePage:
        """Return a page of reviews."""
        first = {"sort": "-createdDate", "limit": str(PAGE_SIZE), "include": "response"}
        request = self._request(web, f"/v1/apps/{self.instance}/customerReviews", position or first)
        answer, _ = web.ask_json(request)
        reviews = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(reviews, list):
            raise SourceRefused("App Store Connect answered with something that is not a list of reviews")
        # Of the address of the next page only the query is taken: the token goes to no other host.
        following = (answer.get("links") or {}).get("next")
        return SourcePage(
            found=self._found(reviews), next=dict(parse_qsl(urlsplit(following).query)) if following else None
        )

    def recheck(self, web: Web, native_ids: Sequence[str]) -> Sequence[Found]:
        """Return reviews as they are now, and deletions for those that are gone."""
        return asked_again(
            web,
            native_ids,
            lambda one: self._request(web, f"/v1/customerReviews/{one}", {"include": "response"}, also=GONE),
            lambda answer: self._found([answer["data"]]),
            lambda one: Deletion(source=SOURCE, instance=self.instance, native_id=one),
        )

    def _found(self, reviews: Sequence[Any]) -> list[Found]:
        read = partial(to_post, instance=self.instance, brand=self._settings.brand)
        return read_each(reviews, read, f"{SOURCE} {self.instance} review")

    def _request(self, web: Web, path: str, params: Mapping[str, str], also: tuple[int, ...] = ()) -> Request:
        headers = {**self._login.headers(web), "Accept": JSON_TYPES[0]}
        url, account = f"{self._base}{path}", self._settings.key_id
        return Request(url=url, types=JSON_TYPES, params=params, headers=headers, also=also, account=account)


def appstore(opening: SourceContext) -> Polled:
    """Open the reviews of an app.

    Raises:
        ConfigurationError: there is no private key, or it is none.
    """
    settings: AppStoreSettings = opening.settings
    key = private_text(settings.key, settings.key_file, where=opening.where, names="key, key_file")
    own_token(settings, key, opening.clock, opening.where)
    login = Login(lambda _: own_token(settings, key, opening.clock, opening.where), opening.clock)
    return opening.polled(SOURCE, [Reviews(settings, login)], review_terms(settings), only_wanted=False)


def own_token(settings: AppStoreSettings, key: str, clock: Clock, where: str) -> Token:
    """Return a token that we sign.

    Raises:
        ConfigurationError: the key is none.
    """
    now = int(clock.now().timestamp())
    life_s = int(TOKEN_LIFE.total_seconds())
    claims = {"iss": settings.issuer, "iat": now, "exp": now + life_s, "aud": "appstoreconnect-v1"}
    return Token(signed(claims, key, algorithm="ES256", key_id=settings.key_id, where=where), life_s)


def to_post(review: Mapping[str, Any], *, instance: str, brand: str) -> Post:
    """Return the post that a review is. Nicknames are unique, and all that is said of authors."""
    said, response = review["attributes"], (review.get("relationships") or {}).get("response") or {}
    nickname = clean_text(said.get("reviewerNickname") or "").strip()
    return Post(
        source=SOURCE,
        instance=instance,
        native_id=as_id(review["id"]),
        text=clean_text(said.get("body") or "").strip(),
        title=clean_text(said.get("title") or "").strip() or None,
        created_at=parse_time(said["createdDate"]),
        url=f"https://apps.apple.com/app/id{instance}",
        author=Author(id=nickname, name=nickname) if nickname else None,
        brand=brand or None,
        rating=stars(said["rating"]),
        metrics=Metrics(replies=int(response["data"] is not None) if "data" in response else None),
        attributes=clean(attributes({"territory": said.get("territory")})),
    )
