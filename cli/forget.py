"""`earshot forget`: posts, authors and customers go for good, with everything that was made of them."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from actions.audit import write_down
from actions.erase import erase
from actions.forget_customer import forget_customer
from actions.tombstones import Tombstones
from cli.screen import say
from configuration.keys import key_of
from domain.errors import InputError
from domain.identity import customer_pseudonym, post_id, record_tombstone
from domain.post import Deletion
from pipeline.clock import SystemClock
from pipeline.wiring import configured, opened
from reports.wording import many

if TYPE_CHECKING:
    from domain.ports import Store


def add_to(app: typer.Typer) -> None:
    """Add this command to the `earshot` command."""
    app.command("forget")(forget_for_good)


def forget_for_good(
    context: typer.Context,
    posts: Annotated[list[str] | None, typer.Option("--post", help="Id of a stored post; repeatable.")] = None,
    authors: Annotated[
        list[str] | None, typer.Option("--author", help="SOURCE:AUTHOR, or SOURCE@INSTANCE:AUTHOR; repeatable.")
    ] = None,
    customers: Annotated[
        list[str] | None,
        typer.Option("--customer", help="A customer's pseudonym, or number in the operator's records; repeatable."),
    ] = None,
) -> None:
    """Erase posts, all posts of authors, or all that is held about customers; keep late copies out.

    What was made of them goes with them: labels, links, corrections, quotes in reports that Earshot wrote. Posts of a
    customer go where somebody said that their author is that customer; posts that are likely theirs lose their link.
    """
    config, clock = configured(context.obj), SystemClock()
    by_author = list(map(_author, authors or ()))
    if not (posts or by_author or customers):
        raise InputError("name what to forget: --post ID, --author SOURCE:AUTHOR or --customer CUSTOMER")
    with opened(config) as store:
        stored = store.get("posts", posts or (), fields=("source", "instance", "native_id"))
        by_id = []
        for key in posts or ():
            if key not in stored:
                raise InputError(f"there is no post {key!r}")
            post = stored[key]
            by_id.append(
                Deletion(source=post["source"], instance=post.get("instance", ""), native_id=post["native_id"])
            )
        deletions = [*by_id, *by_author]
        tombstones = Tombstones(store, key_of(config), clock)
        named = [found_customer(store, key_of(config), customer) for customer in customers or ()]
        gone = erase(store, deletions, tombstones)
        records = 0
        for customer in named:
            held = forget_customer(store, customer, tombstones, clock.now())
            gone += held["posts"]
            records += sum(held.values()) - held["posts"]
        store.expunge()
        left = [post_id(one.source, one.instance, one.native_id) for one in deletions if one.native_id is not None]
        if store.get("posts", left):
            raise InputError("a source delivered one of these posts again while it was being erased; run it again")
        for deletion in deletions:
            # The names of what was forgotten are forgotten too: its tombstones stand for it.
            for mark in tombstones.of(deletion):
                write_down(store, actor=getpass.getuser(), action="forget", target=mark, at=clock.now())
        for customer in named:
            mark = record_tombstone(customer)
            write_down(store, actor=getpass.getuser(), action="forget", target=mark, at=clock.now())
    others = f"{many(records, 'record')} and " if named else ""
    say(f"{others}{many(gone, 'post')} erased with all that was made of {'it' if gone == 1 and not named else 'them'}")


def found_customer(store: Store, key: bytes, name: str) -> str:
    """Return the pseudonym of a stored customer who is called by it, or by their number.

    Raises:
        InputError: there is no such customer.
    """
    names = (name, customer_pseudonym(key, name))
    there = store.get("customers", names, fields=("id",))
    for one in names:
        if one in there:
            return one
    raise InputError("there is no such customer, by pseudonym or by number")


def _author(text: str) -> Deletion:
    where, colon, author = text.partition(":")
    source, _, instance = where.partition("@")
    if not (source and colon and author):
        raise InputError(f"{text!r} names no author; write SOURCE:AUTHOR or SOURCE@INSTANCE:AUTHOR")
    return Deletion(source=source, instance=instance, author_id=author)
