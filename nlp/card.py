"""Write MODEL_CARD.md from the results beside the weights: `python -m nlp.card`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from domain.markdown import table
from nlp.encoder.shipped import SHIPPED, card_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CARD: Final = Path(__file__).parent.parent / "MODEL_CARD.md"
TRAINING: Final = Path(__file__).with_name("training")
WAYS: Final = ("VADER", "TextBlob", "regression on the base embedding", "regression on the shared embedding")
SETS: Final = {
    "tweeteval_sentiment": "TweetEval sentiment",
    "umsab": "UMSAB sentiment",
    "tweeteval_emotion": "TweetEval emotion",
    "tweeteval_irony": "TweetEval irony",
    "tweeteval_offensive": "TweetEval offensive language",
    "sentitel_aspects": "Sentitel aspects",
    "sentitel_aspect_sentiment": "Sentitel, sentiment toward a given aspect",
    "sentitel_brand_sentiment": "Sentitel, sentiment toward a brand that is named",
    "afrisenti": "AfriSenti sentiment",
    "uk_operators": "UK operators' subjects (probe)",
    "language": "Language of short posts",
}
"""Names of the figures; those on rows written for Earshot are named by their task."""

ABOUT: Final = """\
`{name}`, revision `{revision}`: one multilingual encoder with a head per task. One pass over a post gives sentiment,
emotion, intent, irony, offensive language, spam, urgency, whether it is about an operator, the parts of the service
that it speaks of with the sentiment toward each, and an embedding for topics and search. It runs offline on a
processor. What each label means: `docs/labels.md`. Base: `{base}`.

**{reached} of {goals} goals are reached.** All figures are on development rows that nothing was trained on; the
brackets hold the middle 95 % of 500 bootstrap draws. The published results are on the test splits of the same sets, so
they can be compared only roughly."""

CUTS: Final = """\
Cuts and calibration were placed on rows of the training sets that were held out of training, never on the rows that
are measured here. Sentiment and emotion are divided by a temperature; every other label is scaled and shifted (Platt).
Of several labels each holds from the cut where its F1 is highest on those rows, drawn toward the cut that suits its
whole task where rows are few; what is asked alone holds from 0.5. How common irony is differs from stream to stream, so
it is scaled as if yes and no were equally common; its error above is the price of that."""

IN_FLOAT: Final = """\
The same development rows, read in float32 with the same weights. Aimed at: 99 % of the labels agree, and no figure
falls by more than 0.3 points. Tried where labels fall short of it: giving the weights more of the range that they share
with the inputs, sharing it behind GELU as well (both kept), three times as many channels in float (no gain), making
errors of rounding good by later columns (kept; it brings the weights nearer to those that were trained)."""

HINDI: Final = """\
The Hindi development rows of UMSAB carry the labels of other rows, as its first 800 Hindi training rows do (the mood \
of their English words goes with their labels no more often than by chance, in the other training rows it does): \
nobody can find them. Over the other seven languages the mean is {mean}."""

SMALL_MAY_LOSE: Final = 1.5
"""Points that a figure of the small size may lie below that of the full one: the goal."""

SMALL: Final = """\
`nlp.size = "small"` reads with `{name}`, revision `{revision}`: {layers} of the twelve layers, taught to end in the
states of all of them and to say what they say (`nlp/training/student.py`), in {runs} runs, the last on {seen} texts of
the training sets, our own more often; no label was looked at. Languages are told by the same detector. The goal is that
no figure lies more than 1.5 points below that of the full size; {short} of {figures} do."""

INTENDED: Final = """\
For: reading public posts and customer contacts about a telecom operator in bulk, as trends, shares and lists that a
person then reads. Every label carries its probability, and posts can be listed by it.

Not for: deciding anything about one person; judging employees; moderating without a person; emergencies (urgency is a
help for sorting, not an alarm that can be relied on)."""

LIMITS: Final = """\
- Irony, offence and churn threats depend on culture and context; a single post often does not tell.
- Most labelled rows are English tweets of 2013 to 2019. Intent, urgency, spam and most aspects were learned from rows
  written or labelled for Earshot, few in most languages; the tables say how many rows stand behind each figure.
- Only the first 128 tokens of a post are read; pictures, links and the thread around it are not.
- Where an own set is measured, its rows were written by those who wrote the training rows: expect less on real posts.
- Two choices were made with the measured rows in sight, so their figures flatter: the recipe of the language detector,
  and that offence holds from 0.5. The detector also learned Oromo and Tigrinya from a development split of sentiment
  rows, which have no other; none of those that it is measured on.
- Cuts and calibration were placed on rows that no stage saw, but for those written for Earshot (intent, spam, urgency
  and most aspects), which early stages had seen.
- The first run, which this one began at, dropped rows equal to measured ones, but not those nearly equal.
- Names of users are masked before reading; what a post says of a group can still sway offence and sentiment."""


def page(results: Mapping[str, Any], small: Mapping[str, Any] | None = None) -> str:
    """Return the model card, as Markdown, of the results beside the weights, and of those beside the small ones."""
    figures = results["dev"]["figures"]
    every = [
        [_name(name), figure["measure"], f"{figure['rows']:,}", f"{_share(figure['value'])} {_within(figure)}"]
        for name, figure in figures.items()
    ]
    sections = {
        "Goals": _goals(figures),
        "What each step gains": _compared(results["compared"], figures),
        "Every figure": table(["set", "measure", "rows", "figure"], every),
        "Per label": _per_label(figures),
        "Per language": _per_language(figures),
        "Confusion of sentiment": _confusion(figures),
        "What int8 costs": _in_float(results["dev"]),
        "Calibration and cuts": _calibration(results["dev"]),
        **({"The small size": _small(small, figures)} if small else {}),
        "What it learned from": _data(results),
        "What was tried for the goals that were missed": _tried(results),
        "Every run": _runs(results["runs"], results["revision"]),
        "Intended use": INTENDED,
        "Limits": LIMITS,
        "Known failures": _failures(results["dev"]["hard"]),
    }
    made = "<!-- Made by `python -m nlp.card` from the results beside the weights; do not edit. -->"
    held = [good(goal, reached(goal, figures)) for goal in goals()]
    about = ABOUT.format(
        name=results["name"],
        revision=results["revision"],
        base=f"{results['base']['name']}` at `{results['base']['revision']}",
        reached=sum(held),
        goals=len(held),
    )
    head = ["# Model card", made, about]
    return "\n\n".join([*head, *(f"## {name}\n\n{text}" for name, text in sections.items())]) + "\n"


def reached(goal: Mapping[str, Any], figures: Mapping[str, Any]) -> float | None:
    """Return the figure that a goal is about, None where it was not measured."""
    found = figures.get(goal["figure"], {}).get(goal.get("key", "value"))
    return None if found is None else float(found)


def goals() -> list[dict[str, Any]]:
    """Return what each figure was to reach (`nlp/training/goals.toml`)."""
    return list(tomllib.loads((TRAINING / "goals.toml").read_text(encoding="utf-8"))["goal"])


def licences() -> dict[str, Any]:
    """Return the terms of each set and of the base (`nlp/training/licences.toml`)."""
    return tomllib.loads((TRAINING / "licences.toml").read_text(encoding="utf-8"))


def good(goal: Mapping[str, Any], value: float | None, *, step: str = "goal") -> bool:
    """Tell whether a figure is as good as a goal, or as its `first` step."""
    if value is None:
        return False
    return bool(value <= goal[step] if goal.get("least") else value >= goal[step])


def _goals(figures: Mapping[str, Any]) -> str:
    rows, short = [], []
    for goal in goals():
        value = reached(goal, figures)
        least = bool(goal.get("least"))
        shown = "not measured" if value is None else _share(value, fine=least)
        if "key" not in goal and value is not None:
            shown += f" {_within(figures[goal['figure']])}"
        mark = "reached" if good(goal, value) else "first step" if good(goal, value, step="first") else "below"
        aims = [_share(goal[step], fine=least) for step in ("first", "goal")]
        rows.append([goal["name"], *aims, shown, mark, goal["best"]])
        if not good(goal, value):
            short.append(f"- {goal['name']}: {_behind(goal, value)}")
    told = [table(["measure", "first step", "goal", "reached", "", "best published (test)"], rows)]
    told.append("What fell short:\n\n" + "\n".join(short) if short else "Nothing fell short of its goal.")
    if emotion := figures.get("tweeteval_emotion", {}).get("also"):
        free = f"{_share(emotion['value'])} {_within(emotion)}"
        told.append(
            f"TweetEval has no emotion `none`; where Earshot may answer `none` there as well, the macro F1 is {free}."
        )
    by_language = figures.get("umsab", {}).get("by_language", {})
    others = [found["value"] for language, found in by_language.items() if language != "hi"]
    if others and "hi" in by_language:
        told.append(HINDI.format(mean=_share(sum(others) / len(others))))
    return "\n\n".join(told)


def _behind(goal: Mapping[str, Any], value: float | None) -> str:
    if value is None:
        return "not measured"
    if goal.get("least"):
        return f"{value - goal['goal']:.3f} above the goal"
    return f"{100 * (goal['goal'] - value):.1f} points below the goal"


def _compared(compared: Mapping[str, Any], figures: Mapping[str, Any]) -> str:
    rows = []
    for name, one in compared.items():
        ways = [one["ways"].get(way, {}).get("value") for way in WAYS]
        own = figures[name]["value"]
        best = max((value for value in ways if value is not None), default=None)
        gain = "" if best is None else f"{100 * (own - best):+.1f}"
        shown = ["" if value is None else _share(value) for value in ways]
        rows.append([_name(name), one["measure"], *shown, f"{_share(own)} {_within(figures[name])}", gain])
    head = ["set", "measure", *WAYS, "Earshot", "gain on the next best"]
    told = (
        "All on the same rows. VADER and TextBlob know English words only, and answer for the other languages of UMSAB"
        " all the same. The regressions learned from up to 8,000 rows of the training part of each set."
    )
    return f"{table(head, rows)}\n\n{told}"


def _per_label(figures: Mapping[str, Any]) -> str:
    rows = [
        [_name(name), label, f"{one['rows']:,}", *(_share(one[key]) for key in ("precision", "recall", "f1"))]
        for name, figure in figures.items()
        for label, one in figure.get("by_label", {}).items()
    ]
    aspects = [
        [_name(name), aspect, f"{one['rows']:,}", _share(one["value"])]
        for name, figure in figures.items()
        for aspect, one in figure.get("by_aspect", {}).items()
    ]
    return "\n\n".join(
        [
            table(["set", "label", "rows", "precision", "recall", "F1"], rows),
            "Sentiment toward an aspect, by aspect:",
            table(["set", "aspect", "rows", "accuracy"], aspects),
        ]
    )


def _per_language(figures: Mapping[str, Any]) -> str:
    rows = [
        [_name(name), figure["measure"], _listed(figure["by_language"])]
        for name, figure in figures.items()
        if len(figure.get("by_language", {})) > 1
    ]
    rows += [
        [_name(name), figure["measure"], _listed(figure["by_operator"])]
        for name, figure in figures.items()
        if "by_operator" in figure
    ]
    told = "Languages with at least ten rows; the probe by the operator that it did not see."
    return told + "\n\n" + table(["set", "measure", "per language (rows)"], rows)


def _listed(by_language: Mapping[str, Mapping[str, Any]]) -> str:
    return ", ".join(f"{code} {_share(one['value'])} ({one['rows']})" for code, one in by_language.items())


def _confusion(figures: Mapping[str, Any]) -> str:
    tables = []
    for name in ("tweeteval_sentiment", "umsab"):
        if name in figures:
            labels, counts = figures[name]["confusion"]["labels"], figures[name]["confusion"]["counts"]
            rows = [[label, *(f"{n:,}" for n in row)] for label, row in zip(labels, counts, strict=True)]
            head = ["it is", *(f"heard as {label}" for label in labels)]
            tables.append(f"{_name(name)}, rows:\n\n{table(head, rows)}")
    return "\n\n".join(tables)


def _calibration(dev: Mapping[str, Any]) -> str:
    errors = [
        [_name(name), figure["task"], f"{figure['rows']:,}", _share(figure["calibration"], fine=True)]
        for name, figure in dev["figures"].items()
        if "calibration" in figure
    ]
    cuts = [[task, ", ".join(f"{label} {cut:.2f}" for label, cut in by.items())] for task, by in dev["cuts"].items()]
    return "\n\n".join(
        [
            "Expected calibration error over 15 bins: how far a probability is from how often it comes true.",
            table(["set", "task", "rows", "error"], errors),
            CUTS,
            table(["task", "cuts"], cuts),
        ]
    )


def _in_float(dev: Mapping[str, Any]) -> str:
    figures, found = dev["figures"], dev["in_float"]
    rows = [
        [
            _name(name),
            _share(figures[name]["value"]),
            _share(value),
            f"{100 * (figures[name]['value'] - value):+.1f}",
        ]
        for name, value in found["figures"].items()
    ]
    agree = table(["task", "labels that agree"], [[task, f"{share:.1%}"] for task, share in found["agree"].items()])
    return "\n\n".join([IN_FLOAT, table(["set", "int8", "float32", "change"], rows), agree])


def _small(small: Mapping[str, Any], full: Mapping[str, Any]) -> str:
    """Return what the small size loses, figure by figure and label by label."""
    figures = {name: one for name, one in small["dev"]["figures"].items() if name != "language"}
    rows = []
    for name, one in figures.items():
        rounding = small["dev"]["in_float"]["figures"].get(name)
        rows.append(
            [
                _name(name),
                one["measure"],
                _share(full[name]["value"]),
                f"{_share(one['value'])} {_within(one)}",
                f"{100 * (one['value'] - full[name]['value']):+.1f}",
                "" if rounding is None else f"{100 * (one['value'] - rounding):+.1f}",
                _share(one["calibration"], fine=True) if "calibration" in one else "",
            ]
        )
    labels = [
        [
            _name(name),
            label,
            *(
                _share(found[label]["f1"]) if label in found else ""
                for found in (full[name]["by_label"], one["by_label"])
            ),
        ]
        for name, one in figures.items()
        for label in one.get("by_label", {})
    ]
    spoken = {name: one["by_language"] for name, one in figures.items() if len(one.get("by_language", {})) > 1}
    languages = [[_name(name), _listed(found)] for name, found in spoken.items()]
    head = ["set", "measure", "full", "small", "change", "of it by int8", "calibration error"]
    recipe = small["recipe"]
    told = SMALL.format(
        name=small["name"],
        revision=small["revision"],
        layers=len(recipe["layers"]),
        seen=f"{small['seen']:,}",
        runs=len(small["runs"]),
        short=sum(100 * (full[name]["value"] - one["value"]) > SMALL_MAY_LOSE for name, one in figures.items()),
        figures=len(figures),
    )
    return "\n\n".join(
        [
            told,
            table(head, rows),
            table(["set", "label", "F1, full", "F1, small"], labels),
            table(["set", "per language, small (rows)"], languages),
        ]
    )


def _data(results: Mapping[str, Any]) -> str:
    terms = licences()
    rows = []
    for file, used in results["data"].items():
        one = terms["sets"][file.partition("/")[0]]
        rows.append(
            [f"`{file}`", one["what"], f"{used:,}", f"{results['dropped'].get(file, 0):,}", one["licence"], one["from"]]
        )
    others = [
        f"- {one['what']} ({one['from']}): {one['licence']}; {USES[one['use']]}"
        for one in terms["sets"].values()
        if one["use"] in USES
    ]
    models = [f"- the base `{terms['base']['name']}`: {terms['base']['licence']}"]
    if results.get("teacher"):
        teacher = terms["teachers"][results["teacher"]]
        models.append(f"- what `{teacher['name']}` said of English rows, taught on the same sets: {teacher['licence']}")
    dropped = sum(results["dropped"].values())
    told = (
        f"{dropped:,} rows were dropped because their words equal or nearly equal (Jaccard 0.8) those of a row that is"
        " measured on. Names of users and links are masked before training; no post of these sets is in the repository."
    )
    stages = f"Recipe: {_plain(results['recipe'])}.\n\nStages, first to last: {_plain(results['stages'])}."
    head = ["file", "what", "rows used", "dropped", "terms as found", "from"]
    return "\n\n".join([table(head, rows), told, "Beside these:", "\n".join([*others, *models]), stages])


USES: Final = {
    "labelled by us": "only posts that we labelled trained",
    "measure": "only measured with, never trained on",
}


def _runs(runs: Sequence[Mapping[str, Any]], revision: str) -> str:
    names = [goal.get("key", goal["figure"]) for goal in goals()]
    rows = [
        [
            f"`{run['revision']}`",
            f"`{run['start']}`" if run["start"] else "the base",
            str(run["recipe"]["seed"]),
            f"{run['seen']:,}",
            str(run["minutes"]),
            *(_run_figure(name, run["dev"].get(name)) for name in names),
            f"**ships** {run.get('note', '')}".strip() if run["revision"] == revision else run.get("note", ""),
        ]
        for run in runs
    ]
    head = ["weights", "began at", "seed", "rows seen", "minutes", *(_name(name) for name in names), ""]
    return "Also those that fell short.\n\n" + table(head, rows)


def _tried(results: Mapping[str, Any]) -> str:
    """Return, for each goal that was missed, what the runs and the plainer ways came to."""
    lines = []
    for goal in goals():
        value = reached(goal, results["dev"]["figures"])
        if good(goal, value):
            continue
        name = goal.get("key", goal["figure"])
        ways = results["compared"].get(name, {}).get("ways", {})
        tried = [
            *((run.get("note") or run["revision"], run["dev"].get(name)) for run in results["runs"]),
            *((way, ways[way]["value"]) for way in WAYS if way in ways),
            *((way, macro) for way, macro in results.get("others", {}).get(name, {}).items()),
        ]
        told = "".join(f"\n  - {way}: {_run_figure(name, found)}" for way, found in tried if found is not None)
        goal_shown = _share(goal["goal"], fine=bool(goal.get("least")))
        lines.append(f"- **{goal['name']}**, goal {goal_shown}, {_behind(goal, value)}:{told}")
    return "\n".join(lines) or "Every goal is reached."


def _run_figure(name: str, value: float | None) -> str:
    return "" if value is None else _share(value, fine=name == "calibration")


def _failures(hard: Mapping[str, Any]) -> str:
    told = (
        f"Of {hard['rows']} made-up posts that are hard on purpose (`nlp/training/examples/hard.jsonl`),"
        f" {hard['right']} are heard right in everything that is asked of them, and {hard['labels_right']} of"
        f" {hard['labels']} labels are right. The others:"
    )
    rows = [
        [one["why"], one["lang"], one["text"], _plain(one["expected"]), _plain(one["heard"])] for one in hard["wrong"]
    ]
    return f"{told}\n\n{table(['what is hard', 'language', 'post', 'meant', 'heard'], rows)}"


def _name(figure: str) -> str:
    task = figure.removeprefix("written_").replace("_", " ")
    return SETS.get(figure, f"written for Earshot: {task}" if figure.startswith("written_") else task)


def _share(value: float, *, fine: bool = False) -> str:
    return f"{value:.3f}" if fine else f"{100 * value:.1f}"


def _within(figure: Mapping[str, Any]) -> str:
    low, high = figure["interval"]
    return f"({100 * low:.1f} to {100 * high:.1f})"


def _plain(value: Any) -> str:
    """Return nested data as words."""
    if isinstance(value, dict):
        return ", ".join(f"{str(key).replace('_', ' ')} {_plain(one)}" for key, one in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(_plain(one) for one in value)
    return "none" if value is None else str(value)


if __name__ == "__main__":
    CARD.write_text(page(*map(card_of, SHIPPED.values())), encoding="utf-8")
