"""What all helpdesks have in common: their settings and terms, whose words a message is, and no card numbers.

A ticket is a post, each message in it a reply to that post. Its author's handle is the helpdesk's own number of
the customer: it says nothing by itself, and customers who declare it can be linked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from collectors.parsing.markup import html_to_text
from collectors.parsing.values import as_id, clean_text, parse_time
from collectors.polling.pagination import PolledSettings, read_each
from collectors.records.identifiers import CARD_LIKE, check_digit_holds
from domain.post import Author
from domain.setting import setting
from domain.terms import Terms
from transport.foreign import ODD_SHAPE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from collectors.polling.pagination import Found

HIDDEN_CARD: Final = "[card number]"
"""What stands for the number of a payment card."""

# Visa, Mastercard, American Express, and those that begin with 6; no IMEI and no number of a SIM begins so.
_CARD: Final = re.compile(r"4\d{12}(?:\d{3}){0,2}|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|6\d{15,18}")


@dataclass(frozen=True, kw_only=True)
class TicketSettings(PolledSettings):
    """What every helpdesk can be told."""

    brand: str = setting(default="", help="The brand whose helpdesk it is")
    notes: bool = setting(default=False, help="Read what agents note for one another too")
    keep_days: float = setting(
        default=365, unit="days", help="How long a message stays after it was last read; 0: until it is deleted there"
    )
    overlap_hours: float = setting(default=0.25, unit="hours", help="How much is read again each time, for edits")


def ticket_terms(settings: TicketSettings) -> Terms:
    """Return the terms of first-party messages: what the operator's own schedule says."""
    return Terms(keep=timedelta(days=settings.keep_days) if settings.keep_days > 0 else None)


def address(host: str) -> str:
    """Return the address of a host that may be given with or without https://."""
    return (host if "://" in host else f"https://{host}").rstrip("/")


def speaker(number: Any, *, is_customer: bool, is_bot: bool | None = None) -> Author | None:
    """Return who wrote a message, None where nobody did. Only customers have a handle that a customer can declare."""
    if number is None:
        return None
    author_id = as_id(number)
    return Author(id=author_id, handle=author_id if is_customer else None, is_bot=is_bot)


def role(*, is_customer: bool) -> str:
    """Return what the attribute `role` of a message says; what agents write are the brand's own words."""
    return "customer" if is_customer else "agent"


def message(text: Any, *, markup: bool) -> str:
    """Return the text of a message without the numbers of payment cards.

    Raises:
        TypeError: it is no text.
    """
    if not isinstance(text, str):
        raise TypeError("a message without a text")
    return without_cards(html_to_text(text) if markup else clean_text(text).strip())


def moved(ticket: Any) -> int:
    """Return when a ticket changed, in seconds since 1970; 0 where it does not say."""
    try:
        return int(parse_time(ticket["updated_at"]).timestamp())
    except ODD_SHAPE:
        return 0


def without_cards(text: str) -> str:
    """Return a text in which no number of a payment card can be read."""

    def hidden(found: re.Match[str]) -> str:
        # Digits of every script are those of ASCII, as int() reads them.
        digits = "".join(str(int(one)) for one in found[0] if one.isdecimal())
        return HIDDEN_CARD if _CARD.fullmatch(digits) and check_digit_holds(digits) else found[0]

    return CARD_LIKE.sub(hidden, text)


def read_threads(tickets: Iterable[Any], read: Callable[[Any], Iterable[Found]], what: str) -> list[Found]:
    """Return what the messages of each ticket come to; a ticket that is not of the shape is named."""
    found: list[Found] = []

    def one(ticket: Any) -> None:
        found.extend(read(ticket))

    return [*read_each(tickets, one, what), *found]
