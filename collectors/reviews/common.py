"""What all sources of reviews have in common: settings, terms, stars out of five, and being asked one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from collectors.parsing.values import parse_number
from collectors.polling.pagination import PolledSettings
from domain.errors import RecordUnreadable
from domain.setting import setting
from domain.terms import Recheck, Terms
from transport.foreign import recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from collectors.polling.pagination import Found
    from transport.http import Request, Web

WEEKLY: Final = (Recheck(every=timedelta(days=7)),)
"""No source says which reviews were taken back, and those behind the overlap are edited too."""
GONE: Final = (404, 410)
_STARS: Final = 5.0


@dataclass(frozen=True, kw_only=True)
class ReviewSettings(PolledSettings):
    """What every source of reviews can be told."""

    brand: str = setting(default="", help="The brand that is reviewed")
    keep_days: float = setting(
        default=365, unit="days", help="How long a review stays after it was last seen; 0: until it is taken back"
    )


def review_terms(settings: ReviewSettings, rechecks: tuple[Recheck, ...] = WEEKLY) -> Terms:
    """Return the terms of reviews."""
    return Terms(keep=timedelta(days=settings.keep_days) if settings.keep_days > 0 else None, rechecks=rechecks)


def stars(value: Any, best: Any = _STARS) -> float:
    """Return a rating from 1 to 5, whatever the best one is called at its source.

    Raises:
        ValueError: it is no rating.
    """
    given, most = parse_number(value), parse_number(best)
    if given is None or most is None or not 1 <= given <= most or most <= 1:
        raise ValueError(f"no rating from 1 to {best}")
    return round(1 + (given - 1) * (_STARS - 1) / (most - 1), 2)


def asked_again(
    web: Web,
    native_ids: Sequence[str],
    request: Callable[[str], Request],
    read: Callable[[Any], Iterable[Found]],
    gone: Callable[[str], Found],
) -> list[Found]:
    """Return what became of single reviews; `request` lets the statuses in GONE through. What is odd is named."""
    found: list[Found] = []
    for native_id in native_ids:
        answer, reply = web.ask_json(request(native_id))
        try:
            with recorded(f"review {native_id}"):
                found += [gone(native_id)] if reply.status in GONE else read(answer)
        except RecordUnreadable as error:
            found.append(error)
    return found
