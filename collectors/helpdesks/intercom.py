"""Conversations of an Intercom workspace with their parts, in the order in which conversations changed.

Each conversation is asked for by itself, since a search shows no parts; it then has its newest 500 parts, older ones
were read before. What was redacted is deleted here too, and so are conversations in the list of deleted ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from collectors.helpdesks.tickets import TicketSettings, message, read_threads, role, speaker, ticket_terms
from collectors.parsing.values import as_id, as_second, attributes, clean, dig, parse_time
from collectors.polling.pagination import SourcePage, read_each
from domain.errors import SourceRefused
from domain.post import Deletion, Post
from domain.setting import Secret, setting
from transport.http import JSON_TYPES, Request

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from collectors.polling.pagination import Found, Listing, Polled, Position
    from collectors.polling.source_context import SourceContext
    from transport.http import Web

SOURCE: Final = "intercom"
VERSION: Final = "2.16"
PAGE_SIZE: Final = 50
DELETED_PAGE_SIZE: Final = 60
_CUSTOMERS: Final = frozenset({"user", "lead", "contact"})
_FORGOTTEN: Final = (400, 404, 422)
_GONE: Final = (404, 410)


@dataclass(frozen=True, kw_only=True)
class IntercomSettings(TicketSettings):
    """A workspace in the configuration."""

    workspace: str = setting(help="Id of the workspace, as in the address of its inbox")
    token: Secret = setting(help="Access token of an app in the workspace")
    api: str = setting(default="https://api.intercom.io", help="Where the interface is; api.eu or api.au in regions")
    inbox: str = setting(default="https://app.intercom.com", help="Where agents read conversations")


class _Asking:
    """What both listings ask with."""

    def __init__(self, settings: IntercomSettings, key: str) -> None:
        self.key = key
        self._settings = settings
        self._base = settings.api.rstrip("/")
        self._begun_again = False
        self.instance = settings.workspace

    def _request(self, path: str, **more: Any) -> Request:
        headers = {"Authorization": f"Bearer {self._settings.token.reveal()}", "Intercom-Version": VERSION}
        headers["Accept"] = JSON_TYPES[0]
        return Request(url=f"{self._base}{path}", types=JSON_TYPES, headers=headers, account=self.instance, **more)

    def _list(self, answer: Any) -> list[Any]:
        conversations = answer.get("conversations") if isinstance(answer, dict) else None
        if not isinstance(conversations, list):
            raise SourceRefused(f"Intercom ({self.instance}) answered with something that is not a list")
        return conversations


class Conversations(_Asking):
    """All conversations of a workspace."""

    newest_first = False

    def page(self, web: Web, position: Position | None, since: datetime, /) -> SourcePage:
        """Return the conversations that changed after a position."""
        if position is None:
            begins = max(int(since.timestamp()), 1)
        else:
            # A walk that ended is overlapped by the next one.
            overlap = timedelta(hours=self._settings.overlap_hours if position.get("ended") else 0)
            begins = max(int(position["since"] - overlap.total_seconds()), 1)
        after = (position or {}).get("after")
        wanted = {"field": "updated_at", "operator": ">", "value": begins - 1}
        document = {
            "query": {"operator": "AND", "value": [wanted]},
            "pagination": {"per_page": PAGE_SIZE, **({"starting_after": after} if after else {})},
            "sort": {"field": "updated_at", "order": "ascending"},
        }
        also = _FORGOTTEN if after and not self._begun_again else ()
        answer, reply = web.ask_json(self._request("/conversations/search", document=document, also=also))
        reached = (position or {}).get("reached", begins)
        if reply.status in also:
            self._begun_again = True
            return self.page(web, {"since": reached}, since)
        conversations = self._list(answer)
        reached = max([reached, *(as_second(dig(one, "updated_at")) or 0 for one in conversations)])
        following = ((answer.get("pages") or {}).get("next") or {}).get("starting_after")
        onward = {"since": begins, "after": following} if following else {"since": reached, "ended": True}
        what = f"{SOURCE} {self.instance} conversation"
        found = read_threads(conversations, lambda one: self._thread(web, as_id(one["id"])), what)
        return SourcePage(found=found, next=onward | {"reached": reached}, done=not following)

    def _thread(self, web: Web, native_id: str) -> list[Found]:
        request = self._request(
            f"/conversations/{quote(native_id, safe='')}", params={"display_as": "plaintext"}, also=_GONE
        )
        answer, reply = web.ask_json(request)
        if reply.status in _GONE:
            return []
        parts = ((answer.get("conversation_parts") or {}).get("conversation_parts")) or []
        what = f"{SOURCE} {self.instance} conversation {native_id}, part"
        opening = [{**answer["source"], "id": None, "created_at": answer["created_at"]}] if answer.get("source") else []
        remarks = [rating] if (rating := answer.get("conversation_rating") or {}).get("remark") else []
        return [
            *read_each([*opening, *parts], lambda part: to_found(part, answer, self._settings), what),
            *read_each(remarks, lambda rating: remark_to_post(rating, answer, self._settings), what),
        ]


class DeletedConversations(_Asking):
    """What was deleted in a workspace."""

    newest_first = True

    def page(self, web: Web, position: Position | None, _since: datetime, /) -> SourcePage:
        """Return the deletions before a position."""
        number = int(position["page"]) if position else 1
        params = {"page": str(number), "per_page": str(DELETED_PAGE_SIZE), "order": "desc"}
        answer, _ = web.ask_json(self._request("/conversations/deleted", params=params))
        gone = self._list(answer)
        times = [time for one in gone if (time := as_second(dig(one, "deleted_at"))) is not None]
        more = bool(gone) and number < ((answer.get("pages") or {}).get("total_pages") or 0)

        def deletion(one: Mapping[str, Any]) -> Deletion:
            return Deletion(source=SOURCE, instance=self.instance, native_id=as_id(one["id"]), replies=True)

        return SourcePage(
            found=read_each(gone, deletion, f"{SOURCE} {self.instance} deleted conversation"),
            next={"page": number + 1} if more else None,
            moved=parse_time(max(times)) if times else None,
        )


def intercom(opening: SourceContext) -> Polled:
    """Open a workspace."""
    settings: IntercomSettings = opening.settings
    workspace = settings.workspace
    listings: list[Listing] = [
        Conversations(settings, workspace),
        DeletedConversations(settings, f"{workspace} deleted"),
    ]
    return opening.polled(SOURCE, listings, ticket_terms(settings), only_wanted=False)


def to_found(part: Mapping[str, Any], conversation: Mapping[str, Any], settings: IntercomSettings) -> Found | None:
    """Return the post that a part is, a deletion where it was redacted, None where it has no words or is not read.

    The part that began the conversation has no id of its own and is the conversation. Notes need the setting `notes`.
    """
    if str(part.get("part_type", "")).startswith("note") and not settings.notes:
        return None
    thread, number = as_id(conversation["id"]), part["id"]
    native_id = thread if number is None else f"{thread}/{as_id(number)}"
    if part.get("redacted"):
        return Deletion(source=SOURCE, instance=settings.workspace, native_id=native_id)
    if not part.get("body"):
        return None
    author = part["author"]
    is_customer = author["type"] in _CUSTOMERS
    is_bot = author["type"] == "bot" or bool(author.get("from_ai_agent"))
    title = conversation.get("title") or part.get("subject") or ""
    return Post(
        source=SOURCE,
        instance=settings.workspace,
        native_id=native_id,
        text=message(part["body"], markup=False),
        title=(message(title, markup=True) or None) if number is None else None,
        created_at=parse_time(part["created_at"]),
        url=_address(thread, settings),
        author=speaker(author["id"], is_customer=is_customer, is_bot=is_bot),
        parent_id=None if number is None else thread,
        brand=settings.brand or None,
        attributes=clean(
            attributes(
                {"role": role(is_customer=is_customer), "type": part.get("part_type")}
                | (_of_conversation(conversation) if number is None else {})
            )
        ),
    )


def remark_to_post(rating: Mapping[str, Any], conversation: Mapping[str, Any], settings: IntercomSettings) -> Post:
    """Return the post that a customer's remark on the help is."""
    thread, contact = as_id(conversation["id"]), (rating.get("contact") or {}).get("id")
    return Post(
        source=SOURCE,
        instance=settings.workspace,
        native_id=f"{thread}/rating",
        text=message(rating["remark"], markup=False),
        created_at=parse_time(rating["created_at"]),
        url=_address(thread, settings),
        author=speaker(contact, is_customer=True),
        parent_id=thread,
        brand=settings.brand or None,
        rating=float(rating["rating"]),
        attributes={"role": role(is_customer=True), "type": "rating"},
    )


def _of_conversation(conversation: Mapping[str, Any]) -> dict[str, Any]:
    rating, tags = conversation.get("conversation_rating") or {}, (conversation.get("tags") or {}).get("tags") or ()
    return {
        "status": conversation.get("state"),
        "channel": (conversation.get("source") or {}).get("type"),
        "tags": [tag["name"] for tag in tags] or None,
        "satisfaction": rating.get("rating"),
    }


def _address(thread: str, settings: IntercomSettings) -> str:
    return f"{settings.inbox}/a/inbox/{settings.workspace}/inbox/conversation/{thread}"
