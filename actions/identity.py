"""What people decide about links between authors and customers, and evidence for links that is brought."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from actions.audit import write_down
from actions.changes import amended, note
from domain.conditions import Between, among
from domain.documents import ALL, REVISION
from domain.errors import InputError
from domain.link import Decision, link_document, read_link
from domain.pages import paged

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from domain.config import LinkingSettings
    from domain.link import IdentityLink, LinkState
    from domain.ports import Store

PAGE: Final = 500
_VERB: Final[Mapping[LinkState, str]] = {
    "confirmed": "confirm link",
    "refused": "refuse link",
    "revoked": "revoke link",
}


def decide(
    store: Store, link_id: str, state: LinkState, *, by: str, at: datetime, why: str | None = None
) -> IdentityLink:
    """Keep what a person decided about a link; its customer is noted, so that posts follow.

    Decisions stay, whatever is worked out anew. One that was decided so already stays as it is.

    Raises:
        InputError: there is no such link, or it cannot be decided so; the sentence says why.
        StoreError: the store did not do its part.
    """
    while True:
        document = store.get("links", [link_id], fields=(ALL, REVISION)).get(link_id)
        link = read_link(document) if document else None
        if document is None or link is None or link.state == "ended":
            raise InputError(f"there is no link {link_id!r}; `earshot links list` shows those that there are")
        if link.state == state:
            return link
        if fault := why_not(store, link, state):
            raise InputError(f"the link {link_id} cannot be {state}: {fault}")
        # All that the author is linked with: one that goes makes room for another.
        found = store.scan("links", where=[among("author", [link.author])], fields=("customer",))
        note(store, "customers", {link.customer, *(one["customer"] for one in found)})
        decided = link.decided(Decision(state=state, by=by.strip(), at=at, why=why))
        if not store.upsert("links", [link_document(decided) | {REVISION: document[REVISION]}]).conflicts:
            break
    write_down(store, actor=by.strip(), action=_VERB[state], target=link_id, what=[state], at=at)
    return decided


def follow(store: Store, settings: LinkingSettings, key: bytes, link: IdentityLink) -> int:
    """Give posts to whom they belong by the links of an author, and take them from whom they do not, at once.

    Returns how many posts changed. What is cut off here, the next refresh does: the customers stay noted.
    """
    # Late: pages are drawn without it.
    from linking.customers import CustomerLinker

    linker = CustomerLinker(store, key, settings.purposes, accept=settings.accept)
    found = store.scan("links", where=[among("author", [link.author])], fields=("customer",))
    customers = {link.customer, *(one["customer"] for one in found)}
    return len(amended(store, partial(linker.relink, customers)))


def why_not(store: Store, link: IdentityLink, state: LinkState) -> str | None:
    """Return why a link cannot be decided so, None where it can."""
    if state == "refused" and link.state == "confirmed":
        return "somebody confirmed it; revoke it"
    if state == "revoked" and link.state == "proposed":
        return "nothing is linked by it; refuse it"
    if state != "confirmed":
        return None
    if link.basis is None:
        return "no consent allows it"
    others = (
        read_link(one) for one in store.scan("links", where=[among("author", [link.author])]) if one["id"] != link.id
    )
    confirmed = next((one.id for one in others if one.state == "confirmed"), None)
    # Two customers would become one author, and through it one person.
    return f"its author is another customer by the link {confirmed}, which a person confirmed" if confirmed else None


def note_expired(store: Store, now: datetime) -> None:
    """Note the customers of links whose time is up, so that what is linked by them is looked at again."""
    over = store.scan("links", where=[Between("expires_at", end=now)], fields=("customer",))
    for page in paged(over, PAGE):
        note(store, "customers", (one["customer"] for one in page))


def forget_links(store: Store, authors: Iterable[str]) -> int:
    """Delete every link of authors, by the pseudonyms of their handles; return how many there were."""
    gone = 0
    for page in paged(authors, PAGE):
        found = store.scan("links", where=[among("author", page)], fields=("id",))
        gone += sum(store.delete("links", [one["id"] for one in links]) for links in paged(found, PAGE))
    return gone
