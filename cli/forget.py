"""`earshot forget`: posts and authors go for good, with everything that was made of them."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from actions.audit import write_down
from actions.erase import erase
from actions.tombstones import Tombstones
from cli.screen import say
from domain.errors import InputError
from domain.identity import post_id
from domain.post import Deletion
from pipeline.clock import SystemClock
from pipeline.keys import key_of
from pipeline.wiring import configured, opened


def add_to(app: typer.Typer) -> None:
    """Add this command to the `earshot` command."""
    app.command("forget")(forget_for_good)


def forget_for_good(
    context: typer.Context,
    posts: Annotated[list[str] | None, typer.Option("--post", help="Id of a stored post; repeatable.")] = None,
    authors: Annotated[
        list[str] | None, typer.Option("--author", help="SOURCE:AUTHOR, or SOURCE@INSTANCE:AUTHOR; repeatable.")
    ] = None,
) -> None:
    """Erase posts, or all posts of authors, from the store and its files, and keep late copies out.

    What was made of them goes with them: labels, links, corrections, quotes in reports that Earshot wrote.
    """
    config, clock = configured(context.obj), SystemClock()
    by_author = list(map(_author, authors or ()))
    if not posts and not by_author:
        raise InputError("name what to forget: --post ID or --author SOURCE:AUTHOR")
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
        gone = erase(store, deletions, tombstones)
        store.expunge()
        left = [post_id(one.source, one.instance, one.native_id) for one in deletions if one.native_id is not None]
        if store.get("posts", left):
            raise InputError("a source delivered one of these posts again while it was being erased; run it again")
        for deletion in deletions:
            # The names of what was forgotten are forgotten too: its tombstones stand for it.
            for mark in tombstones.of(deletion):
                write_down(store, actor=getpass.getuser(), action="forget", target=mark, at=clock.now())
    say(f"{gone:,} {'post' if gone == 1 else 'posts'} erased with all that was made of {'it' if gone == 1 else 'them'}")


def _author(text: str) -> Deletion:
    where, colon, author = text.partition(":")
    source, _, instance = where.partition("@")
    if not (source and colon and author):
        raise InputError(f"{text!r} names no author; write SOURCE:AUTHOR or SOURCE@INSTANCE:AUTHOR")
    return Deletion(source=source, instance=instance, author_id=author)
