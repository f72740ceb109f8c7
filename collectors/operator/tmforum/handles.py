"""Handles that people declared: in which source, and what.

The interfaces have one free text for it. Read are `acct:ann@o.example`, `@ann`, `ann`, and the address of a profile;
in which source is the contact's type, else what the address says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from collectors.operator.tmforum.fields import bare_word
from collectors.parsing.values import as_text

if TYPE_CHECKING:
    from collections.abc import Mapping

_SOURCES: Final = {
    "x": ("x", "twitter", "xtwitter", "twitterhandle", "twitterid", "xcom"),
    "bluesky": ("bluesky", "bsky", "atproto"),
    "mastodon": ("mastodon", "fediverse", "activitypub"),
    "facebook": ("facebook", "fb", "facebookid", "meta"),
    "reddit": ("reddit",),
    "youtube": ("youtube",),
    "discourse": ("discourse", "forum", "community"),
    "hackernews": ("hackernews",),
    "stackexchange": ("stackexchange", "stackoverflow", "superuser"),
}
_SOURCE_OF: Final = {name: source for source, names in _SOURCES.items() for name in names}
_HOSTS: Final = {
    "twitter.com": "x",
    "x.com": "x",
    "bsky.app": "bluesky",
    "facebook.com": "facebook",
    "reddit.com": "reddit",
    "youtube.com": "youtube",
}
_BEFORE_HANDLES: Final = frozenset(("profile", "user", "u", "channel", "c"))
"""What stands in the address of a profile before the handle."""
_OF_REFERENCES: Final = ("externalReferenceType", "externalIdentifierType")
MOST_CHARACTERS: Final = 200


def handle_in(medium: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return source and handle that a contact or a reference elsewhere holds, None where it holds none."""
    told = as_text(medium.get("socialNetworkId")) or _referred(medium)
    if not told or len(told) > MOST_CHARACTERS or told != told.strip() or " " in told:
        return None
    types = (
        medium.get(name) for name in ("contactType", "mediumType", "externalReferenceType", "externalIdentifierType")
    )
    named = [text for one in types if isinstance(one, str) and (text := bare_word(one).removesuffix("id"))]
    source = next((_SOURCE_OF[name] for name in named if name in _SOURCE_OF), None)
    if "://" in told:
        return _of_address(told, source)
    if told.lower().startswith("acct:"):
        source, told = source or "mastodon", told[5:]
    # A type that none of our sources has is kept: a mapping of files may call its source so.
    source = source or next((name for name in named if name not in {"social", "socialnetwork", "socialmedia"}), None)
    handle = told.strip().lstrip("@")
    return (source, handle) if source and handle else None


def _referred(medium: Mapping[str, Any]) -> str | None:
    """Return what a reference to another system (TMF632) names, where that is a network of our sources."""
    kind = next((medium[name] for name in _OF_REFERENCES if name in medium), None)
    if not isinstance(kind, str) or bare_word(kind).removesuffix("id") not in _SOURCE_OF:
        return None
    return as_text(medium.get("name")) or as_text(medium.get("id"))


def _of_address(address: str, source: str | None) -> tuple[str, str] | None:
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    except ValueError:
        return None
    path = [unquote(part) for part in parts.path.split("/") if part]
    while path and path[0].lower() in _BEFORE_HANDLES:
        path = path[1:]
    if not path:
        return None
    source = source or _HOSTS.get(host) or ("mastodon" if path[0].startswith("@") else None)
    handle = path[0].lstrip("@")
    if source == "mastodon" and "@" not in handle:
        handle = f"{handle}@{host}"
    return (source, handle) if source and handle else None
