"""Tickets of a Zendesk helpdesk with their comments, in the order in which tickets changed.

The export leaves out the last minute, so its cursor misses nothing; it may be asked ten times a minute. Comments
are asked for ticket by ticket. Transcripts of chats are in neither: `collectors/helpdesks/zendesk_chats.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
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
from collectors.helpdesks.zendesk_chats import Chats
from collectors.parsing.values import as_id, attributes, clean, dig, parse_time
from collectors.polling.pagination import SourcePage, read_each
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

SOURCE: Final = "zendesk"
PAGE_SIZE: Final = 100
EXPORT_PACE_S: Final = 6.0
MAX_COMMENT_PAGES: Final = 51
"""A ticket has at most 5,000 comments."""
_FORGOTTEN: Final = (400, 422)
_GONE: Final = (404, 410)


@dataclass(frozen=True, kw_only=True)
class ZendeskSettings(TicketSettings):
    """A helpdesk in the configuration."""

    site: str = setting(help="Host name of the helpdesk, as north.zendesk.com")
    token: Secret = setting(help="API token, or an OAuth token")
    email: str = setting(default="", help="Whose API token it is; empty: it is an OAuth token")
    chats: bool = setting(default=False, help="Read the transcripts of chats too")


class Tickets:
    """All tickets of a helpdesk."""

    newest_first = False

    def __init__(self, settings: ZendeskSettings) -> None:
        self._settings = settings
        self._base = address(settings.site)
        self.instance = urlsplit(self._base).netloc
        self.key = self.instance
        self._begun_again = False

    def page(self, web: Web, position: Position | None, since: datetime, /) -> SourcePage:
        """Return the tickets that changed after a position."""
        asked = {"cursor": str(position["cursor"])} if position else {"start_time": str(max(int(since.timestamp()), 0))}
        also = _FORGOTTEN if position and not self._begun_again else ()
        request = self.request(
            "/api/v2/incremental/tickets/cursor.json",
            asked | {"per_page": str(PAGE_SIZE)},
            account=f"{self._settings.email} export",
            pace_s=EXPORT_PACE_S,
            also=also,
        )
        answer, reply = web.ask_json(request)
        if position and reply.status in also:
            self._begun_again = True
            return self.page(web, None, datetime.fromtimestamp(position["reached"], tz=UTC))
        tickets = answer.get("tickets") if isinstance(answer, dict) else None
        if not isinstance(tickets, list):
            raise SourceRefused(f"{self.instance} answered with something that is not a list of tickets")
        reached = max(map(moved, tickets), default=0)
        reached = max(reached, position["reached"] if position else int(since.timestamp()))
        after = answer.get("after_cursor")
        return SourcePage(
            found=read_threads(tickets, lambda ticket: self._thread(web, ticket), f"{SOURCE} {self.instance} ticket"),
            next={"cursor": after, "reached": reached} if after else None,
            done=bool(answer.get("end_of_stream")),
        )

    def _thread(self, web: Web, ticket: Mapping[str, Any]) -> list[Found]:
        native_id = as_id(ticket["id"])
        if ticket["status"] == "deleted":
            return [Deletion(source=SOURCE, instance=self.instance, native_id=native_id, replies=True, final=False)]
        comments: list[Any] = []
        roles: dict[Any, str] = {}
        params = {"include": "users", "page[size]": "100"}
        path = f"/api/v2/tickets/{quote(native_id, safe='')}/comments.json"
        for _ in range(MAX_COMMENT_PAGES):
            answer, reply = web.ask_json(self.request(path, params, also=_GONE))
            if reply.status in _GONE:
                break
            comments += answer["comments"]
            roles |= {user["id"]: user["role"] for user in answer.get("users") or ()}
            meta = answer.get("meta") or {}
            if not meta.get("has_more"):
                break
            params["page[after]"] = str(meta["after_cursor"])
        first = min((one for comment in comments if isinstance(one := dig(comment, "id"), int)), default=None)
        what = f"{SOURCE} {self.instance} ticket {ticket['id']}, comment"
        return read_each(comments, lambda one: self._post(one, ticket, roles, is_first=one["id"] == first), what)

    def _post(
        self, comment: Mapping[str, Any], ticket: Mapping[str, Any], roles: Mapping[Any, str], *, is_first: bool
    ) -> Post | None:
        if not (comment["public"] or self._settings.notes):
            return None
        number = comment["author_id"]
        is_customer = roles.get(number, "end-user" if number == ticket["requester_id"] else "agent") == "end-user"
        return to_post(
            comment,
            ticket,
            is_first=is_first,
            is_customer=is_customer,
            instance=self.instance,
            base=self._base,
            brand=self._settings.brand,
        )

    def request(self, path: str, params: Mapping[str, str], **more: Any) -> Request:
        """Return a request of the helpdesk, with what it knows us by."""
        token, email = self._settings.token, self._settings.email
        shown = basic(f"{email}/token", token) if email else f"Bearer {token.reveal()}"
        headers = {"Authorization": shown, "Accept": JSON_TYPES[0]}
        more.setdefault("account", email)
        return Request(url=f"{self._base}{path}", types=JSON_TYPES, params=dict(params), headers=headers, **more)


def zendesk(opening: SourceContext) -> Polled:
    """Open a helpdesk."""
    settings: ZendeskSettings = opening.settings
    tickets = Tickets(settings)
    chats = Chats(tickets.request, source=SOURCE, instance=tickets.instance, brand=settings.brand)
    listings: list[Listing] = [tickets, chats] if settings.chats else [tickets]
    return opening.polled(SOURCE, listings, ticket_terms(settings), only_wanted=False)


def to_post(
    comment: Mapping[str, Any],
    ticket: Mapping[str, Any],
    *,
    is_first: bool,
    is_customer: bool,
    instance: str,
    base: str,
    brand: str,
) -> Post:
    """Return the post that a comment is: the ticket itself where it is the first one, else a reply to it."""
    thread = as_id(ticket["id"])
    html = comment.get("html_body")
    of_ticket = {
        "status": ticket.get("status"),
        "priority": ticket.get("priority"),
        "tags": ticket.get("tags") or None,
        "satisfaction": (ticket.get("satisfaction_rating") or {}).get("score"),
    }
    channel = (comment.get("via") or ticket.get("via") or {}).get("channel")
    of_comment = {"role": role(is_customer=is_customer), "channel": channel, "public": comment["public"]}
    return Post(
        source=SOURCE,
        instance=instance,
        native_id=thread if is_first else f"{thread}/{as_id(comment['id'])}",
        text=message(html or comment.get("body"), markup=bool(html)),
        title=(message(ticket.get("subject") or "", markup=False) or None) if is_first else None,
        created_at=parse_time(comment["created_at"]),
        url=f"{base}/agent/tickets/{thread}",
        author=speaker(comment["author_id"], is_customer=is_customer),
        parent_id=None if is_first else thread,
        brand=brand or None,
        attributes=clean(attributes(of_comment | (of_ticket if is_first else {}))),
    )
