"""What a Mastodon server tells: statuses become posts. Pure; `collectors/social/mastodon.py` asks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

from collectors.parsing.markup import html_to_text
from collectors.parsing.values import (
    AHEAD,
    MAX_ATTRIBUTE_LENGTH,
    as_count,
    as_id,
    as_text,
    clean_text,
    dig,
    language_code,
    parse_time,
    unique_handles,
)
from domain.errors import RecordUnreadable
from domain.post import Author, Metrics, Post
from transport.foreign import ODD_SHAPE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from transport.http import Reply

SOURCE: Final = "mastodon"
_LINK: Final = re.compile(r'<([^<>]*)>\s*;[^,<]*?\brel="?(prev|next)"?')


def to_post(status: Mapping[str, Any], *, instance: str, now: datetime) -> Post:
    """Return the post that a status tells of. A reblog is a share with the text of what it passes on.

    Raises:
        RecordUnreadable: it does not have the shape of a status, or its time lies ahead of `now`.
    """
    where = f"{SOURCE} {instance} status {as_text(status.get('id'))}"
    try:
        post = _post(status, instance, now)
    except ODD_SHAPE as error:
        reason = f"not the shape of a status ({type(error).__name__}: {str(error)[:100]})"
        raise RecordUnreadable(where, reason) from None
    if post.created_at > now + AHEAD:
        raise RecordUnreadable(where, "its time lies in the future")
    return post


def _post(status: Mapping[str, Any], instance: str, now: datetime) -> Post:
    shared, account = status.get("reblog"), status["account"]
    content = shared or status
    named = [one["acct"] for one in content.get("mentions") or []]
    if shared:
        named.insert(0, shared["account"]["acct"])
    edited = content.get("edited_at")
    tags = ", ".join(str(tag["name"]) for tag in content.get("tags") or [])
    kept = {"uri": as_text(content.get("uri")), "tags": tags, **_quoted(content)}
    return Post(
        source=SOURCE,
        instance=instance,
        native_id=id_of(status),
        text="\n".join([html_to_text(content["content"]), *_shown(content)]).strip(),
        title=clean_text(content.get("spoiler_text") or "").strip() or None,
        created_at=parse_time(status["created_at"]),
        edited_at=parse_time(edited) if edited else None,
        observed_at=now,
        url=as_text(status.get("url")) or as_text(content.get("url")),
        author=Author(
            id=as_id(account["id"]),
            handle=_full_handle(account["acct"], instance),
            name=clean_text(account.get("display_name") or "").strip() or None,
            followers=_count(account, "followers_count"),
            is_bot=account["bot"] if isinstance(account.get("bot"), bool) else None,
        ),
        parent_id=as_text(status.get("in_reply_to_id")),
        shared_id=id_of(shared) if shared else None,
        mentions=unique_handles(_full_handle(handle, instance) for handle in named),
        lang=language_code(content.get("language")),
        metrics=Metrics(
            likes=_count(content, "favourites_count"),
            replies=_count(content, "replies_count"),
            shares=_count(content, "reblogs_count"),
        ),
        attributes={key: clean_text(value)[:MAX_ATTRIBUTE_LENGTH] for key, value in kept.items() if value},
    )


def _shown(status: Mapping[str, Any]) -> list[str]:
    """Return what an author says beside the text: the options of a poll, what pictures and films show."""
    options = [as_text(dig(option, "title")) for option in _listed(dig(status, "poll", "options"))]
    pictures = [as_text(dig(one, "description")) for one in _listed(status.get("media_attachments"))]
    told = [*(f"- {one}" for one in options if one), *(f"[{one}]" for one in pictures if one)]
    return [clean_text(one) for one in told]


def _quoted(status: Mapping[str, Any]) -> dict[str, str]:
    """Return the post that is quoted: which, and its words, which are not the author's."""
    quote = status.get("quote")
    quoted = quote.get("quoted_status", quote) if isinstance(quote, dict) else None
    if not isinstance(quoted, dict) or "id" not in quoted:
        told = as_text(dig(quote, "quoted_status_id"))
        return {"quoted": told} if told else {}
    words = quoted.get("content")
    return {"quoted": id_of(quoted), "quoted_text": html_to_text(words) if isinstance(words, str) else ""}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _count(values: Mapping[str, Any], key: str) -> int | None:
    return as_count(values.get(key))


def _full_handle(acct: str, instance: str) -> str:
    """Return user@server; a server leaves its own name out."""
    return clean_text(acct if "@" in acct else f"{acct}@{instance}")


def is_open(status: Mapping[str, Any]) -> bool:
    """Tell whether everybody may read a status and its author did not opt out of being indexed."""
    account = status.get("account")
    opted_out = isinstance(account, dict) and account.get("noindex") is True
    return status.get("visibility") == "public" and not opted_out


def id_of(status: Mapping[str, Any]) -> str:
    """Return a status's id."""
    return clean_text(str(status["id"]))


def age(native_id: str) -> tuple[int, str]:
    """Return what sorts ids by age: they are numbers too long for some, so by length, then as text."""
    return len(native_id), native_id


def linked(reply: Reply, relation: str, parameter: str) -> str | None:
    """Return a parameter of a link in the `Link` header; the link itself is never followed."""
    links = {match[2]: match[1] for match in _LINK.finditer(reply.headers.get("link", ""))}
    try:
        values = parse_qs(urlsplit(links.get(relation, "")).query).get(parameter)
    except ValueError:
        return None
    return values[0] if values else None
