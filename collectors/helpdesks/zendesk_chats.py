"""Transcripts of a Zendesk helpdesk's chats, in the order in which chats ended or changed.

The export goes on behind the time, and where it says so the id, that an answer ends with. What a chat
looks like is known from Zendesk's own description alone: entries that are not of it are named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from collectors.helpdesks.tickets import message, read_threads, role, speaker
from collectors.parsing.values import as_id, attributes, clean, parse_time
from collectors.polling.pagination import SourcePage, read_each
from domain.errors import SourceRefused
from domain.post import Deletion, Post

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from collectors.polling.pagination import Found, Position
    from transport.http import Request, Web

PATH: Final = "/api/v2/chat/incremental/chats"
PAGE_SIZE: Final = 1_000
PACE_S: Final = 6.0
_SPOKEN: Final = "chat.msg"
_VISITOR: Final = "Visitor"


class Chats:
    """All chats of a helpdesk; `ask` makes a request of a path, parameters and more."""

    newest_first = False

    def __init__(self, ask: Callable[..., Request], *, source: str, instance: str, brand: str) -> None:
        self._ask = ask
        self._source = source
        self._instance = instance
        self._brand = brand
        self.key = f"{instance} chats"

    def page(self, web: Web, position: Position | None, since: datetime, /) -> SourcePage:
        """Return the chats that ended after a position."""
        begins = dict(position or {"start_time": str(max(int(since.timestamp()), 0))})
        asked = {**begins, "limit": str(PAGE_SIZE), "fields": "chats(*)"}
        answer, _ = web.ask_json(self._ask(PATH, asked, account="chats", pace_s=PACE_S))
        chats = answer.get("chats") if isinstance(answer, dict) else None
        if not isinstance(chats, list):
            raise SourceRefused(f"{self._instance} answered with something that is not a list of chats")
        ends = {"start_time": answer.get("end_time"), "start_id": answer.get("end_id")}
        following = {name: str(value) for name, value in ends.items() if value is not None}
        return SourcePage(
            found=read_threads(chats, self._thread, f"{self._source} {self._instance} chat"),
            next=following if "start_time" in following else None,
            done=len(chats) < PAGE_SIZE,
        )

    def _thread(self, chat: Mapping[str, Any]) -> list[Found]:
        thread = f"chat/{as_id(chat['id'])}"
        if chat.get("deleted"):
            return [Deletion(source=self._source, instance=self._instance, native_id=thread, replies=True)]
        # Who found nobody there left one message instead.
        left = {"type": _SPOKEN, "sender_type": _VISITOR, "msg": chat.get("message"), "timestamp": chat["timestamp"]}
        history = chat.get("history") or ([left] if chat.get("message") else [])
        if not isinstance(history, list):
            raise TypeError("the history is no list")
        spoken = [entry for entry in history if not isinstance(entry, dict) or entry.get("type") == _SPOKEN]
        what = f"{self._source} {self._instance} {thread}, message"
        places = iter(range(len(spoken)))
        return read_each(spoken, lambda entry: self._post(entry, chat, thread, next(places)), what, key="msg_id")

    def _post(self, entry: Mapping[str, Any], chat: Mapping[str, Any], thread: str, position: int) -> Post:
        """Return the post that a message is: the chat itself where it is the first one, else a reply to it."""
        is_customer = entry["sender_type"] == _VISITOR
        visitor = chat.get("visitor") or {}
        number = visitor.get("id") if is_customer else entry.get("sender_id") or entry.get("nick")
        told = {
            "role": role(is_customer=is_customer),
            "channel": "chat",
            "ticket": chat.get("zendesk_ticket_id"),
            "satisfaction": chat.get("rating") if position == 0 else None,
        }
        return Post(
            source=self._source,
            instance=self._instance,
            native_id=thread if position == 0 else f"{thread}/{entry.get('msg_id') or position}",
            text=message(entry["msg"], markup=False),
            created_at=parse_time(entry["timestamp"]),
            author=speaker(number, is_customer=is_customer),
            parent_id=None if position == 0 else thread,
            brand=self._brand or None,
            attributes=clean(attributes(told)),
        )
