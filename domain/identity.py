"""Ids that never change and pseudonyms that cannot be turned back without the key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Any, Final

from domain.documents import canonical_json

if TYPE_CHECKING:
    from collections.abc import Mapping

_SEPARATOR: Final = b"\x00"
_ID_BYTES: Final = 15
_LONG_NUMBER: Final = re.compile(r"\d(?:[ ().\-/]{0,2}\d){8}")
"""Nine digits or more, spaced or not: telephone numbers, IMSI, IMEI, ICCID."""
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def post_id(source: str, instance: str, native_id: str) -> str:
    """Return the stored id of a post: readable source, then 120 bits of its full address."""
    address = _SEPARATOR.join(part.encode("utf-8", "surrogatepass") for part in (source, instance, native_id))
    return f"{source}-{_text(hashlib.sha256(address).digest())}"


def pseudonym(key: bytes, purpose: str, value: str) -> str:
    """Return the keyed pseudonym of a personal identifier (HMAC-SHA-256, 120 bits kept).

    The same value has another pseudonym for another purpose, so two sets cannot be joined
    by someone who holds only one of them.
    """
    message = purpose.encode() + _SEPARATOR + value.encode("utf-8", "surrogatepass")
    return _text(hmac.new(key, message, hashlib.sha256).digest())


def customer_pseudonym(key: bytes, number: str) -> str:
    """Return the pseudonym of a customer number: the id of a customer."""
    return pseudonym(key, "customer", number.strip())


def party_pseudonym(key: bytes, number: str) -> str:
    """Return the pseudonym of the number of a person or an organisation: the id of a party."""
    return pseudonym(key, "party", number.strip())


def contact_pseudonym(key: bytes, contact: str) -> str:
    """Return the pseudonym of a telephone number (E.164) or a mail address; case makes no difference."""
    return pseudonym(key, "contact", contact.strip().lower())


def record_pseudonym(key: bytes, kind: str, number: str) -> str:
    """Return the pseudonym of the number of a record that is about one person: a bill, a ticket, an agreement."""
    return pseudonym(key, "record", _SEPARATOR.decode().join((kind, number.strip())))


def register_id(key: bytes, number: str) -> str:
    """Return what a number of the operator's registers (inventory, places, alarms) is kept as.

    That is the number itself, so that people find it again; where it may be a person's (a telephone number or that of
    a SIM names many a service, a mail address too) it is a pseudonym. Whoever reads records of the operator asks here,
    so that those of several systems meet.
    """
    bare = number.strip()
    is_personal = (_LONG_NUMBER.search(bare) and not _UUID.fullmatch(bare)) or "@" in bare
    return pseudonym(key, "register", bare) if is_personal else bare


def handle_pseudonym(key: bytes, source: str, handle: str) -> str:
    """Return the pseudonym of a handle in a source; case and a leading @ make no difference."""
    canonical = (source.strip().lower(), handle.strip().lstrip("@").lower())
    return pseudonym(key, "handle", _SEPARATOR.decode().join(canonical))


def link_id(author: str, customer: str) -> str:
    """Return the id of the link between an author, by the pseudonym of its handle, and a customer."""
    address = _SEPARATOR.join(part.encode("utf-8", "surrogatepass") for part in (author, customer))
    return f"link-{_text(hashlib.sha256(address).digest())}"


def post_tombstone(key: bytes, stored_id: str) -> str:
    """Return what stays behind of a deleted post, by its stored id."""
    return pseudonym(key, "deleted post", stored_id)


def author_tombstone(key: bytes, source: str, instance: str, author_id: str) -> str:
    """Return what stays behind of an author whose posts were deleted."""
    return pseudonym(key, "deleted author", _SEPARATOR.decode().join((source, instance, author_id)))


def record_tombstone(pseudonym: str) -> str:
    """Return what stays behind of a customer or a party that was erased, by its pseudonym, which is keyed already."""
    return fingerprint({"erased": pseudonym})


def fingerprint(content: Mapping[str, Any], *revisions: str) -> str:
    """Return a short hash of a document's content and of the model revisions that shaped it."""
    text = "\n".join((canonical_json(content), *revisions))
    return _text(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())


def _text(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest[:_ID_BYTES]).decode()
