"""Whether a post is about mobile data, the line at home, the network or calls: `python -m proof.services`.

Reads `proof/services_challenge.jsonl`: posts in ten languages, written for this alone by somebody who had not seen what
the model learns from; none of them trains anything. Writes `proof/services.json` and from it `docs/services.md`; with
`--page` the page alone, from what was written last.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from domain.config import NlpSettings
from domain.markdown import table
from nlp.clean import model_text
from nlp.encoder.encoder import Encoder
from nlp.encoder.shipped import encoder_model, weights_of
from nlp.tasks import aspects

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

POSTS: Final = Path(__file__).with_name("services_challenge.jsonl")
RESULTS: Final = Path(__file__).with_name("services.json")
PAGE: Final = Path("docs/services.md")
GOAL: Final = 0.85
OF_GOAL: Final = ("data", "broadband")


def main() -> None:
    """Read the posts and write down what came of it."""
    if sys.argv[1:] != ["--page"]:
        rows = [json.loads(line) for line in POSTS.read_text(encoding="utf-8").splitlines()]
        RESULTS.write_text(json.dumps(measured(rows, NlpSettings()), indent=2) + "\n", encoding="utf-8")
    PAGE.write_text(page(json.loads(RESULTS.read_text(encoding="utf-8"))), encoding="utf-8")


def measured(rows: Sequence[Mapping[str, Any]], settings: NlpSettings) -> dict[str, Any]:
    """Return how well the aspects of posts are heard, by aspect and by language, and what is taken for what."""
    encoder = Encoder.open(settings, weights=weights_of(settings))
    found = encoder.read([model_text(row["text"]) for row in rows]).probabilities[aspects.TASK.name]
    heard = [
        {
            label
            for label, one, cut in zip(aspects.LABELS, row, encoder.cuts(aspects.TASK.name), strict=True)
            if one >= cut
        }
        for row in found
    ]
    true = [set(row["aspects"]) for row in rows]
    languages = sorted({row["lang"] for row in rows})
    return {
        "model": encoder_model(settings).revision,
        "posts": len(rows),
        "by_aspect": {label: scores(label, true, heard) for label in aspects.LABELS},
        "by_language": {
            language: {
                label: scores(
                    label,
                    [one for one, row in zip(true, rows, strict=True) if row["lang"] == language],
                    [one for one, row in zip(heard, rows, strict=True) if row["lang"] == language],
                )["f1"]
                for label in OF_GOAL
            }
            for language in languages
        },
        "data_heard_as": Counter(
            ", ".join(sorted(one)) or "nothing" for told, one in zip(true, heard, strict=True) if told == {"data"}
        ).most_common(),
    }


def scores(label: str, true: Sequence[set[str]], heard: Sequence[set[str]]) -> dict[str, Any]:
    """Return how many posts are about something, and precision, recall and F1 of hearing it; None of nothing."""
    both = sum(label in one and label in other for one, other in zip(true, heard, strict=True))
    real, said = (sum(label in one for one in some) for some in (true, heard))
    return {
        "posts": real,
        "precision": round(both / said, 3) if said else None,
        "recall": round(both / real, 3) if real else None,
        "f1": round(2 * both / (real + said), 3) if real + said else None,
    }


def page(found: Mapping[str, Any]) -> str:
    """Return the page."""
    rows = [
        (
            label,
            *(_shown(one[name]) for name in ("posts", "precision", "recall", "f1")),
            str(GOAL) if label in OF_GOAL else "",
        )
        for label, one in found["by_aspect"].items()
        if one["posts"]
    ]
    languages = [
        (language, *(_shown(one[label]) for label in OF_GOAL)) for language, one in found["by_language"].items()
    ]
    return (
        "\n\n".join(
            [
                OPENING.format(**found),
                table(("aspect", "posts", "precision", "recall", "F1", "goal"), rows),
                "## By language",
                table(("language", *(f"F1 of {label}" for label in OF_GOAL)), languages),
                "## What posts about data alone are taken for",
                table(("heard", "posts"), [(heard, str(many)) for heard, many in found["data_heard_as"]]),
            ]
        )
        + "\n"
    )


def _shown(value: float | None) -> str:
    return "none" if value is None else f"{value}"


OPENING: Final = """# Which service a post is about

Made by `python -m proof.services` from `proof/services.json`; do not edit. {posts} posts in ten languages
(`proof/services_challenge.jsonl`) were written for this alone, by somebody who had not seen what the model (revision
`{model}`) learns from: people who say that their phone has no internet, that the line at home is down, that
there is no signal, that calls fail, in the words that people use."""


if __name__ == "__main__":
    main()
