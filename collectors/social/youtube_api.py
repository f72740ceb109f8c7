"""How YouTube's Data API is asked: a key, and errors that only the body of an answer tells apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from collectors.parsing.values import brief, clean
from domain.errors import SourceBusy, SourceRefused
from transport.foreign import ODD_SHAPE, read_json_text
from transport.http import JSON_TYPES, Request, read_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from domain.ports import Clock
    from domain.setting import Secret
    from transport.http import Reply, Web

PACIFIC: Final = ZoneInfo("America/Los_Angeles")
"""Where the day of the quota ends."""
_ERRORS: Final = (400, 403, 404)
_SPENT: Final = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_TOO_FAST: Final = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})
_NOTHING: Final = frozenset({"commentsDisabled", "videoNotFound", "playlistNotFound", "channelNotFound", "forbidden"})
"""Reasons that concern what was asked for and not us: there is nothing to be had."""
TOKEN_ENDED: Final = frozenset({"invalidPageToken", "processingFailure"})


class QuotaSpent(SourceBusy):
    """What may be asked in a day is used up."""


@dataclass(frozen=True)
class ApiAnswer:
    """The items of a page and what leads to the next one; `reason` is why there are none."""

    items: list[dict[str, Any]]
    token: str = ""
    reason: str = ""


class Api:
    """Asks with a key."""

    def __init__(self, address: str, key: Secret, clock: Clock) -> None:
        self._address = address.rstrip("/")
        self._key = key
        self._clock = clock

    def ask(self, web: Web, path: str, params: Mapping[str, str]) -> ApiAnswer:
        """Return a page of a list.

        Raises:
            QuotaSpent: until midnight, Pacific time.
            SourceBusy: it asks us to slow down, or is in trouble.
            SourceRefused: the key or the request is not good.
        """
        url, sent = f"{self._address}/{path}", {**params, "key": self._key.reveal()}
        return web.read(Request(url=url, types=JSON_TYPES, params=sent, also=_ERRORS), self._read)

    def _read(self, reply: Reply) -> ApiAnswer:
        if reply.status == 200:
            answer = clean(read_json(reply))
            items = answer.get("items", []) if isinstance(answer, dict) and "kind" in answer else None
            if not isinstance(items, list):
                raise SourceRefused("YouTube answered with something that is not a list")
            token = str(answer.get("nextPageToken") or "")
            return ApiAnswer([item for item in items if isinstance(item, dict)], token)
        try:
            reason = str(read_json_text(reply.body)["error"]["errors"][0]["reason"])
        except ODD_SHAPE:
            reason = ""
        if reason in _SPENT:
            wait_s = seconds_to_midnight(self._clock.now())
            raise QuotaSpent("what may be asked of YouTube in a day is used up", retry_after_s=wait_s)
        if reason in _TOO_FAST:
            raise SourceBusy("YouTube asks us to slow down")
        if reason in _NOTHING or reason in TOKEN_ENDED:
            return ApiAnswer([], reason=reason)
        raise SourceRefused(f"YouTube answered {reply.status}: {brief(reason or 'no reason')}")


def seconds_to_midnight(now: datetime) -> float:
    """Return how long it is until the day ends where quotas are counted."""
    midnight = (now.astimezone(PACIFIC) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight.astimezone(UTC) - now).total_seconds()
