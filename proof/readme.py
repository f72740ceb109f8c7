"""Make the README's figures from `proof/results.json`: `python -m proof.readme`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

from domain.markdown import table
from nlp.card import goals, reached
from nlp.encoder.shipped import WEIGHTS, card_of

ROOT: Final = Path(__file__).parent.parent
RESULTS: Final = ROOT / "proof" / "results.json"
README: Final = ROOT / "README.md"
STORES: Final = {"sqlite": "SQLite", "elasticsearch": "Elasticsearch"}


def section() -> str:
    """Return the README's figures as Markdown."""
    results = json.loads(RESULTS.read_text())
    return "\n\n".join([_proof(results), _analyse(results["analyse"]), _model(card_of(WEIGHTS))])


def written(readme: str, name: str, text: str) -> str:
    """Return the README with the text between the marks of a name replaced."""
    start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    pattern = re.escape(start) + ".*?" + re.escape(end)
    return re.sub(pattern, lambda _match: f"{start}\n{text}\n{end}", readme, flags=re.DOTALL)


def _proof(results: dict[str, Any]) -> str:
    stores = [name for name in STORES if name in results]
    rows: list[tuple[str, ...]] = [
        _row("posts stored (near-identical texts once)", results, stores, lambda r: f"{r['posts']:,} ({r['once']:,})"),
        _row("collect, label, link, store", results, stores, lambda r: f"{r['ingest']['wall_s']:.0f} s"),
        _row("posts a second", results, stores, lambda r: f"{r['posts_per_s']:.0f}"),
        _row("peak memory", results, stores, lambda r: f"{r['ingest']['peak_mb']:,.0f} MB"),
        _row("topics and events afterwards", results, stores, lambda r: f"{r['settle']['wall_s']:.0f} s"),
        _row("all of it again", results, stores, lambda r: f"{r['again']['wall_s']:.1f} s, {_again(r)}"),
        _row(
            "killed (SIGKILL) and started again", results, stores, lambda r: f"at {r['killed_at']:,} posts: {_kill(r)}"
        ),
        _row("dashboard: first paint, headline, first chart", results, stores, lambda r: _paint(r, "")),
        _row("the same, first visitor", results, stores, lambda r: _paint(r, "first_visitor_")),
    ]
    return f"Measured on {results['machine']}.\n\n{table(['', *(STORES[name] for name in stores)], rows)}"


def _row(name: str, results: dict[str, Any], stores: list[str], figure: Any) -> tuple[str, ...]:
    return (name, *(figure(results[store]) for store in stores))


def _again(result: dict[str, Any]) -> str:
    return "nothing changed" if result["again_changed_nothing"] else "**something changed**"


def _kill(result: dict[str, Any]) -> str:
    return "the same documents" if result["killed_and_again_is_the_same"] else "**other documents**"


def _paint(result: dict[str, Any], prefix: str) -> str:
    figures = result["first_paint_s"]
    found = [figures.get(prefix + what) for what in ("paint", "content", "chart")]
    return ", ".join("not measured" if seconds is None else f"{seconds:.1f} s" for seconds in found)


def _analyse(figures: dict[str, Any]) -> str:
    return (
        f"`earshot analyse`: first line after {figures['first_line_s']:.1f} s, then {figures['posts_per_s']:.0f} posts"
        f" a second; peak memory {figures['peak_mb']:,} MB."
    )


def _model(card: dict[str, Any]) -> str:
    figures = card["dev"]["figures"]
    rows = [(goal["name"], _reached(goal, figures)) for goal in goals()]
    name = f"`{card['name']}`, revision `{card['revision']}`"
    told = f"The model ({name}), on development rows that it was not trained on, with 95 % intervals:"
    return f"{told}\n\n{table(['measure', 'figure'], rows)}"


def _reached(goal: dict[str, Any], figures: dict[str, Any]) -> str:
    value = reached(goal, figures)
    if value is None:
        return "not measured"
    if goal.get("key"):
        return f"{value:.3f}"
    low, high = figures[goal["figure"]]["interval"]
    return f"{100 * value:.1f} ({100 * low:.1f} to {100 * high:.1f})"


if __name__ == "__main__":
    README.write_text(written(README.read_text(), "figures", section()))
