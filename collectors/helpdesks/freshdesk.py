"""Tickets of a Freshdesk helpdesk with their conversations, in the order in which tickets changed.

A list shows at most 300 pages; we rarely turn one (see `collectors.polling.time_slices`). Deleted tickets lie in a
list of their own, from where they may come back; that it takes `updated_since` too is known from clients only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from collectors.helpdesks.tickets import (
    TicketSettings,
    address,
    message,
    moved,
    read_threads,
    role,
    speaker,
    ticket_terms,
)
from collectors.parsing.values import as_id, attributes, clean, parse_time
from collectors.polling.pagination import BEGINNING, SourcePage, read_each
from collectors.polling.time_slices import Slice
from domain.errors import SourceRefused
from domain.post import Deletion, Post
from domain.setting import Secret, setting
from transport.http import JSON_TYPES, Request
from transport.logins import basic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collectors.polling.pagination import Found, Listing, Polled, Position
    from collectors.polling.source_context import SourceContext
    from transport.http import Web

SOURCE: Final = "freshdesk"
PAGE_SIZE: Final = 100
MAX_PAGES: Final = 300
MAX_CONVERSATION_PAGES: Final = 50
_STATUS: Final = {2: "open", 3: "pending", 4: "resolved", 5: "closed"}
_PRIORITY: Final = {1: "low", 2: "medium", 3: "high", 4: "urgent"}
_CHANNEL: Final = {1: "email", 2: "portal", 3: "phone", 7: "chat", 9: "widget", 10: "outbound email"}
_OUTBOUND: Final = 10
_GONE: Final = (404, 410)


@dataclass(frozen=True, kw_only=True)
class FreshdeskSettings(TicketSettings):
    """A helpdesk in the configuration."""

    site: str = setting(help="Host name of the helpdesk, as north.freshdesk.com")
    api_key: Secret = setting(help="API key of an agent who may see all tickets")


class _Asking:
    """What both listings ask with."""

    def __init__(self, settings: FreshdeskSettings, name: str) -> None:
        self._settings = settings
        self._base = address(settings.site)
        self.instance = urlsplit(self._base).netloc
        self.key = f"{self.instance} {name}"

    def _list(self, web: Web, path: str, params: Mapping[str, str], also: tuple[int, ...] = ()) -> list[Any] | None:
        """Return a list that the helpdesk shows, None where it is gone."""
        headers = {"Authorization": basic(self._settings.api_key.reveal(), Secret("X")), "Accept": JSON_TYPES[0]}
        size = {"per_page": str(PAGE_SIZE)}
        request = Request(
            url=f"{self._base}/api/v2{path}", types=JSON_TYPES, params={**params, **size}, headers=headers, also=also
        )
        answer, reply = web.ask_json(request)
        if reply.status in also:
            return None
        if not isinstance(answer, list):
            raise SourceRefused(f"{self.instance} answered with something that is not a list")
        return answer

    def _deletion(self, ticket: Mapping[str, Any]) -> Deletion:
        return Deletion(source=SOURCE, instance=self.instance, native_id=as_id(ticket["id"]), replies=True, final=False)


class Tickets(_Asking):
    """All tickets of a helpdesk."""

    newest_first = False

    def page(self, web: Web, position: Position | None, since: datetime, /) -> SourcePage:
        """Return the tickets that changed after a position."""
        at = Slice.at(position, since, timedelta(hours=self._settings.overlap_hours))
        if at.skip >= MAX_PAGES:
            raise SourceRefused(f"{self.instance} shows no more than {MAX_PAGES} pages, all of one second")
        order = {"order_by": "updated_at", "order_type": "asc", "include": "description"}
        params = {"updated_since": _instant(at.since), "page": str(1 + at.skip), **order}
        tickets = self._list(web, "/tickets", params) or []
        last = str(tickets[-1].get("id")) if tickets and isinstance(tickets[-1], dict) else ""
        onward = at.after([*map(moved, tickets)], last, size=PAGE_SIZE, name=self.instance)
        found = read_threads(tickets, lambda ticket: self._thread(web, ticket), f"{SOURCE} {self.instance} ticket")
        return SourcePage(found=found, next=onward, done=bool(onward.get("ended")))

    def _thread(self, web: Web, ticket: Mapping[str, Any]) -> list[Found]:
        if ticket.get("deleted") or ticket.get("spam"):
            return [self._deletion(ticket)]
        native_id = as_id(ticket["id"])
        what, brand = f"{SOURCE} {self.instance} ticket", self._settings.brand
        # What is wrong with the ticket's own words takes nothing from the replies.
        first = read_each(
            [ticket], lambda one: ticket_to_post(one, instance=self.instance, base=self._base, brand=brand), what
        )
        path = f"/tickets/{quote(native_id, safe='')}/conversations"
        conversations: list[Any] = []
        for number in range(1, 1 + MAX_CONVERSATION_PAGES):
            page = self._list(web, path, {"page": str(number)}, also=_GONE) or []
            conversations += page
            if len(page) < PAGE_SIZE:
                break

        def reply(one: Mapping[str, Any]) -> Post | None:
            if one["private"] and not self._settings.notes:
                return None
            return conversation_to_post(one, native_id, instance=self.instance, base=self._base, brand=brand)

        return [*first, *read_each(conversations, reply, f"{what} {native_id}, conversation")]


class DeletedTickets(_Asking):
    """What was deleted in a helpdesk."""

    newest_first = True

    def page(self, web: Web, position: Position | None, since: datetime, /) -> SourcePage:
        """Return the deletions before a position."""
        number = int(position["page"]) if position else 1
        order = {"order_by": "updated_at", "order_type": "desc", "filter": "deleted"}
        params = {"updated_since": _instant(max(int(since.timestamp()), 0)), "page": str(number), **order}
        tickets = self._list(web, "/tickets", params) or []
        more = len(tickets) >= PAGE_SIZE and number < MAX_PAGES
        return SourcePage(
            found=read_each(tickets, self._deletion, f"{SOURCE} {self.instance} deleted ticket"),
            next={"page": number + 1} if more else None,
            moved=BEGINNING + timedelta(seconds=max(map(moved, tickets))) if tickets else None,
        )


def freshdesk(opening: SourceContext) -> Polled:
    """Open a helpdesk."""
    settings: FreshdeskSettings = opening.settings
    listings: list[Listing] = [Tickets(settings, "tickets"), DeletedTickets(settings, "deleted tickets")]
    return opening.polled(SOURCE, listings, ticket_terms(settings), only_wanted=False)


def ticket_to_post(ticket: Mapping[str, Any], *, instance: str, base: str, brand: str) -> Post:
    """Return the post that a ticket is: its description."""
    native_id, channel = as_id(ticket["id"]), ticket.get("source")
    is_customer = channel != _OUTBOUND
    text, html = ticket.get("description_text"), ticket.get("description")
    about = {
        "role": role(is_customer=is_customer),
        "channel": _CHANNEL.get(channel) if isinstance(channel, int) else None,
        "status": _STATUS.get(ticket.get("status", 0)),
        "priority": _PRIORITY.get(ticket.get("priority", 0)),
        "tags": ticket.get("tags") or None,
    }
    return Post(
        source=SOURCE,
        instance=instance,
        native_id=native_id,
        text=message(_first_of(text, html), markup=text is None),
        title=message(ticket.get("subject") or "", markup=False) or None,
        created_at=parse_time(ticket["created_at"]),
        url=f"{base}/a/tickets/{native_id}",
        author=speaker(ticket.get("requester_id" if is_customer else "responder_id"), is_customer=is_customer),
        brand=brand or None,
        attributes=clean(attributes(about)),
    )


def conversation_to_post(conversation: Mapping[str, Any], ticket: str, *, instance: str, base: str, brand: str) -> Post:
    """Return the post that a message in a ticket is: a reply to the ticket's own post."""
    is_customer = bool(conversation["incoming"])
    text, html = conversation.get("body_text"), conversation.get("body")
    about = {"role": role(is_customer=is_customer), "public": not conversation["private"]}
    return Post(
        source=SOURCE,
        instance=instance,
        native_id=f"{ticket}/{as_id(conversation['id'])}",
        text=message(_first_of(text, html), markup=text is None),
        created_at=parse_time(conversation["created_at"]),
        url=f"{base}/a/tickets/{ticket}",
        author=speaker(conversation.get("user_id"), is_customer=is_customer),
        parent_id=ticket,
        brand=brand or None,
        attributes=attributes(about),
    )


def _first_of(text: Any, html: Any) -> Any:
    """Return a message in the form that it has; one with neither holds only what is attached."""
    return next((one for one in (text, html) if one is not None), "")


def _instant(second: int) -> str:
    return datetime.fromtimestamp(second, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
