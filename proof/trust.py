"""Whether to trust Earshot with people's data: `docs/trust.md`, from the figures of `proof/fuzz.py`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from domain.markdown import table

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE: Final = Path("docs/trust.md")
OPENING: Final = """# Trust

For a reader who must decide whether to trust Earshot with people's data. Each claim names the test that holds it;
the tests run before every change. What is known not to hold stands in `docs/known-limits.md`.

**Kept** are posts with the public name and handle of their authors as the source gave them, labels, links and
counts, in one store of your own; columns of files only where a mapping names them
(`tests/collectors/records/test_mapping.py::test_extra_is_looked_into_and_what_no_field_names_is_dropped`), with
e-mail addresses, phone and account numbers in kept columns masked
(`tests/collectors/records/test_mapping.py::test_what_identifies_a_person_in_a_kept_column_is_a_word_and_counted`).
What a source's terms limit is let go in time
(`tests/actions/test_purge_expired.py::test_posts_go_when_their_time_is_up`). Files are their owner's alone whatever
the umask (`tests/configuration/test_keys.py`).

**Never kept** are customer numbers and customers' handles: they become keyed pseudonyms at the door
(`tests/collectors/operator/test_records.py`; wherever in an answer of the operator's own systems they stand,
`tests/collectors/operator/tmforum/test_privacy.py`), a post is linked to a customer only by a declared handle and with
consent (`tests/linking/test_customers.py::test_no_consent_no_link`), and a withdrawal holds at once
(`tests/linking/test_customers.py::test_a_withdrawal_holds_from_the_next_page_on`). But a linked post still holds
its author's public name: who may read the store reads both.

**Erased** means in no byte of the store's files and of the reports written from it
(`tests/cli/test_forget.py::test_what_is_forgotten_is_in_no_byte_of_the_files`), and late copies stay out
(`tests/cli/test_forget.py::test_a_late_copy_of_what_was_forgotten_stays_out`). A customer is given all that is held
about them, and goes with all of it from every kind
(`tests/cli/test_forget.py::test_a_customer_is_given_all_that_is_held_and_then_forgotten_in_every_byte`,
`tests/actions/test_forget_customer.py`). Reports that somebody copied or
moved, and backups, are not reached; a backup that is restored brings nothing erased back
(`tests/contracts/test_saving.py::test_what_was_erased_since_the_backup_stays_away`).

**Nothing goes out.** The dashboard connects to nobody, whoever asks it and whatever is drawn
(`tests/dashboard/test_guard.py::test_it_turns_to_nobody_whoever_asks_and_whatever_is_drawn`), answers its own pages
alone (`tests/dashboard/test_guard.py::test_pages_of_other_servers_on_this_machine_are_not_ours`) and tells the
browser to load nothing from elsewhere
(`tests/dashboard/test_guard.py::test_every_answer_says_what_a_browser_may_do`). What is taken along as CSV runs in
no spreadsheet (`tests/dashboard/components/test_tables.py::test_strangers_names_are_no_formulas`). Secrets are in
no message (`tests/transport/test_redaction.py`).

**Nothing is lost or doubled** where a run is killed
(`tests/pipeline/test_ingest.py::test_killed_and_started_again_it_ends_with_exactly_the_same_documents`), where a
real Elasticsearch is killed in the middle of a bulk
(`tests/stores/elastic/test_troubles.py::test_killed_in_the_middle_of_a_bulk`) or its disk fills up
(`tests/stores/elastic/test_troubles.py::test_a_disk_that_fills_up_and_is_given_room`), where the clock goes back an
hour (`tests/contracts/test_clock_back.py`), and where a command runs twice at once (`tests/cli/test_at_once.py`).

## What strangers send

Posts are hostile input. Every reader was given documents with something done to their bytes or their values,
numbered, so that each can be made again; one in fifty is a piece repeated to 4,000 and to 16,000 bytes, where the
longer one may take eight times as long at most (linear is four, quadratic sixteen). A fault is any error outside
the tree of `domain/errors.py`, a process that dies, twenty seconds of processor time, or time that grows faster
than the length. Each kind of fault was mended with a test; *mended* counts inputs that showed one and are read or
refused in a sentence now. *Slowest* is processor time, on two cores that others used too, over a kilobyte at least:
the first input of a source also pays for opening it. *Grown* is how much more memory the process held at the end of
a slice than after its first hundred inputs; slices are of some seconds."""

READING: Final = """This page is made by `python -m proof.fuzz` from `proof/fuzz.json`; a bounded slice of the same
inputs is a test (`tests/collectors/test_fuzz.py`). Not fuzzed: what libraries read without us (configurations of
models of a hub, TLS, HTTP itself), and Elasticsearch's answers, which have tests of their own
(`tests/stores/elastic/test_errors.py`)."""


def page(results: Mapping[str, Any]) -> str:
    """Return the page."""
    head = ("reader", "inputs", "repeated", "found", "mended", "slowest, ms/KB", "grown, MB")
    rows = [
        (
            name,
            f"{one['executions']:,}",
            f"{one['stretched']:,}",
            f"{len(one['faults'])}",
            f"{one['mended']}",
            f"{one['ms_per_kb']:.1f}",
            f"{one['growth_mb']}",
        )
        for name, one in sorted(results.items())
    ]
    sums = [sum(one["executions"] for one in results.values()), sum(len(one["faults"]) for one in results.values())]
    mended = sum(one["mended"] for one in results.values())
    told = f"In all {sums[0]:,} inputs; {sums[1]} kinds of fault found, {mended} of them mended."
    return "\n\n".join([OPENING, told, table(head, rows), READING]) + "\n"
