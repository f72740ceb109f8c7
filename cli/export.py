"""`earshot export`: all that is held about one customer, for them to read or to take elsewhere."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections import defaultdict
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from actions.audit import write_down
from actions.held import held_about
from cli.forget import found_customer
from cli.screen import say
from configuration.keys import key_of
from domain.documents import instant, to_document
from domain.errors import InputError
from domain.identity import record_tombstone
from pipeline.clock import SystemClock
from pipeline.wiring import configured, opened
from reports.wording import many

if TYPE_CHECKING:
    from domain.documents import Document


def add_to(app: typer.Typer) -> None:
    """Add this command to the `earshot` command."""
    app.command("export")(export_customer)


def export_customer(
    context: typer.Context,
    customer: Annotated[
        str, typer.Option("--customer", help="The customer's pseudonym, or number in the operator's records.")
    ],
    output: Annotated[Path | None, typer.Option(help="The file to write; the screen where there is none.")] = None,
) -> None:
    """Give out all that is held about a customer, as JSON: what is kept of each kind, and their journey in words."""
    from insights.customers.journey import journey

    config = configured(context.obj)
    held: dict[str, list[Document]] = defaultdict(list)
    with opened(config) as store:
        key = found_customer(store, key_of(config), customer)
        for kind, document in held_about(store, key):
            held[kind].append(document)
        steps = [to_document(step) for step in journey(store, key, config.linking.purposes).steps]
        clock = SystemClock()
        try:
            # It is somebody's life: others on this machine do not read it.
            made = None if output is None else os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with nullcontext(sys.stdout) if made is None else os.fdopen(made, "w", encoding="utf-8") as file:
                told = {"customer": key, "held": held, "journey": steps, "made_at": instant(clock.now())}
                file.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
        except OSError as error:
            raise InputError(f"{output} cannot be written: {error.strerror}") from None
        # The audit stays when the customer is forgotten: it names what stands for them then.
        write_down(store, actor=getpass.getuser(), action="export", target=record_tombstone(key), at=clock.now())
    if output is not None:
        say(f"{many(sum(map(len, held.values())), 'document')} about the customer: {output}")
