"""What answers say about limits, in every dialect that sources speak. Pure: nothing is remembered here.

| dialect | said by |
|---|---|
| `X-RateLimit-Remaining/-Reset` (a time, seconds since 1970 or from now) | Mastodon, Reddit, Intercom |
| `X-RateLimit-Remaining` alone | Freshdesk |
| `X-Rate-Limit-Remaining/-Reset` | X, Zendesk |
| `RateLimit-Remaining/-Reset`, `RateLimit: "policy";r=0;t=5` (IETF draft) | Bluesky, Zendesk |
| `X-Rate-Limit: user-hour-lim:3500;user-hour-rem:500;` | App Store Connect |
| `X-App-Usage`, `X-Business-Use-Case-Usage`: shares in percent as JSON | Meta |
| `X-Bazaarvoice-QPM-*`, `X-Bazaarvoice-Quota-*`: allotted and current | Bazaarvoice |
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from transport.foreign import read_json_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

UNSAID_S: Final = 60.0
"""How long to rest where nothing is left and nobody says until when."""
ROLLING_HOUR_S: Final = 300.0
"""How long to rest where a rolling hour is used up: some of it is free again by then."""
BUSY_PERCENT: Final = 80.0
"""Share of Meta's allowance from which we rest; at 100 it blocks the whole app."""

_DELTA_BELOW: Final = 100_000_000
"""A reset below this is seconds from now, above it seconds since 1970."""
_FIELD: Final = re.compile(r"\b(remaining|reset|r|t)\s*=\s*(\d{1,12})")
_BETWEEN_POLICIES: Final = re.compile(r',(?=\s*")')
_NUMBER: Final = re.compile(r"[ \t]*[0-9]{1,12}(\.[0-9]{1,6})?[ \t]*")
_NAMES: Final = (
    ("x-ratelimit-remaining", "x-ratelimit-reset"),
    ("x-rate-limit-remaining", "x-rate-limit-reset"),
    ("ratelimit-remaining", "ratelimit-reset"),
)
_APPLE: Final = re.compile(r"user-hour-rem:(\d{1,12})")
_BAZAARVOICE: Final = (("qpm", 60.0), ("quota", ROLLING_HOUR_S))


@dataclass(frozen=True)
class Allowance:
    """How many requests are left, and for how many seconds from now that holds."""

    left: float
    for_s: float


def allowances(headers: Mapping[str, str], now: datetime) -> list[Allowance]:
    """Return every limit that an answer's headers (names in lower case) state; what makes no sense is passed over."""
    return [allowance for dialect in _DIALECTS for allowance in dialect(headers, now)]


def _remaining(headers: Mapping[str, str], now: datetime) -> Iterator[Allowance]:
    said: list[tuple[str, str | None]] = [(headers.get(left, ""), headers.get(reset)) for left, reset in _NAMES]
    # One field may hold several policies: "burst";r=0;t=5, "day";r=900;t=3600
    for policy in _BETWEEN_POLICIES.split(headers.get("ratelimit", "")):
        found: dict[str, str] = dict(_FIELD.findall(policy))
        said.append((found.get("r", found.get("remaining", "")), found.get("t", found.get("reset"))))
    for left, reset in said:
        if _NUMBER.fullmatch(left):
            for_s = UNSAID_S if reset is None else _seconds_until(reset, now)
            if for_s is not None:
                yield Allowance(float(left), for_s)


def _apple(headers: Mapping[str, str], _now: datetime) -> Iterator[Allowance]:
    if found := _APPLE.search(headers.get("x-rate-limit", "")):
        yield Allowance(float(found[1]), ROLLING_HOUR_S)


def _meta(headers: Mapping[str, str], _now: datetime) -> Iterator[Allowance]:
    for name in ("x-app-usage", "x-business-use-case-usage"):
        for usage in _objects(headers.get(name, "")):
            shares = [value for key, value in usage.items() if key in _META_SHARES and isinstance(value, int | float)]
            minutes = usage.get("estimated_time_to_regain_access")
            rest_s = ROLLING_HOUR_S
            if isinstance(minutes, int | float) and 0 < minutes < _DELTA_BELOW / 60:
                rest_s = 60.0 * minutes
            if shares and max(shares) >= BUSY_PERCENT:
                yield Allowance(0.0, rest_s)


_META_SHARES: Final = frozenset({"call_count", "total_time", "total_cputime"})


def _bazaarvoice(headers: Mapping[str, str], now: datetime) -> Iterator[Allowance]:
    for kind, rest_s in _BAZAARVOICE:
        said = [headers.get(f"x-bazaarvoice-{kind}-{part}", "") for part in ("allotted", "current")]
        if all(map(_NUMBER.fullmatch, said)):
            reset = headers.get(f"x-bazaarvoice-{kind}-reset")
            until_s = _seconds_until(reset, now) if reset else rest_s
            yield Allowance(float(said[0]) - float(said[1]), rest_s if until_s is None else until_s)


_DIALECTS: Final[tuple[Callable[[Mapping[str, str], datetime], Iterator[Allowance]], ...]] = (
    _remaining,
    _apple,
    _meta,
    _bazaarvoice,
)


def _seconds_until(value: str, now: datetime) -> float | None:
    try:
        number: float | None = float(value)
    except ValueError:
        number = None
    try:
        if number is None:
            time = datetime.fromisoformat(value.strip())
            return max(((time if time.tzinfo else time.replace(tzinfo=UTC)) - now).total_seconds(), 0.0)
        until = number if number < _DELTA_BELOW else (datetime.fromtimestamp(number, tz=UTC) - now).total_seconds()
    except (ValueError, OverflowError, OSError):
        return None
    return until if 0 <= until < _DELTA_BELOW else None


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Yield the objects in a JSON text: itself, or those in its lists."""
    try:
        value = read_json_text(text) if text else {}
    except ValueError:
        return
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from (item for item in inner if isinstance(item, dict)) if isinstance(inner, list) else ()
