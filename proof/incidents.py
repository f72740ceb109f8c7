"""What the look-out for incidents found in real posts: `python -m proof.incidents` writes `docs/incidents.md`.

From `proof/incidents.json`: the incidents that `earshot incidents replay --format json` printed for each set, with what
we judge each to be.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from domain.markdown import table

if TYPE_CHECKING:
    from collections.abc import Sequence

RESULTS: Final = Path(__file__).with_name("incidents.json")
PAGE: Final = Path("docs/incidents.md")
JUDGED: Final = {"fault": "a fault", "story": "no fault, but a story", "campaign": "a campaign, no fault"}

LOOKS: Final = {"fault": "a fault", "one_text": "one text", "campaign": "a campaign"}

OPENING: Final = """# Incidents in real posts

Made by `python -m proof.incidents` from `proof/incidents.json`; do not edit. `earshot incidents replay` was asked what
looks at these posts would have found, with the settings that ship; every incident that fired is here, with what we
judge it to be after reading its posts. The sets are small samples of what was said, so numbers of people are low. None
of them has events of a network, so every incident is of the kind `posts`."""

LEFT: Final = """How much sooner than an alarm, and how many are missed, is measured where the truth is known
(`docs/world.md`). What posts look like follows from a sample of them at the look at which an incident stood out most:
where half of them and more lie within 0.82 (cosine of embeddings) of another, one text is passed on, with small
changes; where half of them speak of prices as well, people were called upon. In a simulated operator's posts people who
tell of one fault in their own words lie at 0.6 to 0.8 of whoever is nearest, variants of one joke at 0.86. Such an
incident is listed and says what it looks like; it is not held back."""


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(json.loads(RESULTS.read_text(encoding="utf-8"))), encoding="utf-8")


def page(sets: Sequence[dict[str, Any]]) -> str:
    """Return the page."""
    every = [one for found in sets for one in found["incidents"]]
    counts = ", ".join(f"{sum(one['judged'] == key for one in every)} {what}" for key, what in JUDGED.items())
    parts = [OPENING, f"**{len(every)} incidents: {counts}.** None without a story behind it."]
    for found in sets:
        rows = [
            (
                one["start"][:16].replace("T", " "),
                (one["end"] or "")[:16].replace("T", " "),
                f"{one['brand']}, {one['aspect']}",
                str(one["people"]),
                f"{one['expected']:.1f}",
                LOOKS[one["nature"]],
                f"{JUDGED[one['judged']]}: {one['why']}",
            )
            for one in found["incidents"]
        ]
        looks = (
            f"{found['from']} to {found['to']}, a look every {found['step_minutes']} minutes, {found['posts']:,} posts."
        )
        parts += [f"## {found['name']}", looks]
        parts.append(table(("from (UTC)", "to", "about", "people", "usual", "looks like", "what it was"), rows))
    return "\n\n".join([*parts, LEFT]) + "\n"


if __name__ == "__main__":
    main()
