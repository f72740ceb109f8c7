"""Whether the models at work are whole, load, and say what they should of sentences with a plain answer."""

from __future__ import annotations

import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from domain.errors import ModelError
from nlp.clean import model_text
from nlp.encoder.shipped import WEIGHTS, card_of, revision_of, weights_of
from nlp.hub.inventory import LANGUAGES, PLACES, replacement, shipped
from nlp.language.detector import LanguageDetector
from nlp.tasks import TASK
from nlp.tasks.intent import OTHER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from domain.config import NlpSettings

T = TypeVar("T")

TIMED: Final = 450
"""Short texts that are read to tell how fast."""
EXPECTED: Final = (
    ("sentiment", "This is the worst network I have ever had, I am so angry", "negative"),
    ("sentiment", "Best service ever, thank you so much, I love it", "positive"),
    ("sentiment", "The shop in the high street opens at nine on Monday", "neutral"),
    ("emotion", "Stop ringing me five times a day, I am furious!", "anger"),
    ("emotion", "So happy with my new phone, what a lovely day", "joy"),
    ("intent", "How do I activate my eSIM?", "question"),
    ("intent", "No signal for three days and nobody answers, this is not good enough", "complaint"),
    ("aspects", "No signal in Leeds since this morning", "network"),
    ("aspects", "My bill went up again, far too expensive", "price"),
)
"""Task, text, and the label that holds of it: clear enough for any model that is worth having."""
SPOKEN: Final = (
    ("The network has been down since this morning", "en"),
    ("Le réseau est en panne depuis ce matin", "fr"),
    ("Das Netz ist seit heute Morgen ausgefallen", "de"),
)
WHERE: Final = (("No signal in Leeds since this morning", "Leeds"), ("Sin señal en Madrid desde ayer", "Madrid"))


def faults(settings: NlpSettings, say: Callable[[str], None]) -> Iterator[str]:
    """Check every model at work; yield each fault as one sentence. `say` hears of each step."""
    say("checking that files are as they were made")
    files = [WEIGHTS, shipped(LANGUAGES), shipped(PLACES)]
    with suppress(ModelError):  # loading them says what is wrong
        files.append(weights_of(settings))
    for file in dict.fromkeys(file for file in files if file is not None):
        card = file.with_suffix(".json")
        if not file.is_file():
            yield f"{file} is missing"
        elif card.is_file():
            yield from _caught(_card, file)
        elif file.suffix == WEIGHTS.suffix:
            yield f"{file} has no card ({card.name}) beside it"
    say(f"arithmetic: {expected_speed(settings)}")
    steps = (("the encoder and its heads", _encoder), ("languages", _languages), ("places", _places))
    for name, step in steps:
        say(f"checking {name}")
        yield from _caught(step, settings)
    for task in TASK:
        if replacement(settings, task):
            say(f"checking the {task} model {replacement(settings, task)}")
            yield from _caught(partial(_replaced, task=task), settings)


def expected_speed(settings: NlpSettings) -> str:
    """Return in one line which arithmetic the encoder runs in here, why, and how many posts a second to expect."""
    from nlp.encoder.encoder import Encoder, arithmetic
    from nlp.encoder.network import has_byte_units

    runs = arithmetic(settings)
    why = f"has {'units' if has_byte_units() else 'no units'} for sums of products of bytes"
    try:
        encoder = Encoder.open(settings, weights=weights_of(settings))
    except ModelError:
        return f"{runs}; this processor {why}"
    texts = [f"{text}, {number}" for number in range(TIMED // len(EXPECTED)) for _, text, _ in EXPECTED]
    encoder.read(texts[: len(EXPECTED)])  # the first texts wait for kernels
    began = time.perf_counter()
    encoder.read(texts)
    rate = len(texts) / (time.perf_counter() - began)
    return f"{runs}; this processor {why}. About {float(f'{rate:.1g}'):,.0f} short posts a second"


def _card(file: Path) -> Iterator[str]:
    told, found = card_of(file).get("revision"), revision_of(file)
    if told != found:
        yield f"{file} has the revision {found} and its card speaks of {told}; install Earshot again"


def _caught(step: Callable[[T], Iterator[str]], about: T) -> Iterator[str]:
    try:
        yield from step(about)
    except ModelError as error:
        yield str(error)


def _encoder(settings: NlpSettings) -> Iterator[str]:
    from nlp.encoder.encoder import Encoder

    encoder = Encoder.open(settings, weights=weights_of(settings))
    readings = encoder.read([model_text(text) for _, text, _ in EXPECTED])
    for i, (task, text, label) in enumerate(EXPECTED):
        if replacement(settings, task):
            continue
        labels, probabilities = TASK[task].labels, readings.probabilities[task][i].tolist()
        if TASK[task].kind == "one":
            found = [labels[max(range(len(labels)), key=probabilities.__getitem__)]]
        else:
            held = zip(labels, probabilities, encoder.cuts(task), strict=True)
            found = [name for name, p, cut in held if p >= cut and name != OTHER]
        if label not in found:
            yield f"{task} of {text!r} is {' and '.join(found) or 'nothing'} and should be {label}"


def _replaced(settings: NlpSettings, *, task: str) -> Iterator[str]:
    """Load a replacement; what it says of a sentence is its own affair, but it must say something."""
    from nlp.hub.head import HubTask

    model = HubTask(TASK[task], replacement(settings, task))
    row = model.probabilities([model_text(EXPECTED[0][1])])[0]
    if row.min() < 0 or row.max() > 1:
        yield f"the {task} model {model.model.name} gives {row.tolist()} as probabilities"


def _languages(_settings: NlpSettings) -> Iterator[str]:
    detected = LanguageDetector().detect([text for text, _ in SPOKEN], [None] * len(SPOKEN))
    for (text, code), found in zip(SPOKEN, detected, strict=True):
        if found.code != code:
            yield f"the language of {text!r} is {found.code} and should be {code}"


def _places(_settings: NlpSettings) -> Iterator[str]:
    if shipped(PLACES) is None:
        return
    from nlp.places.finder import PlaceFinder

    finder = PlaceFinder()
    for text, name in WHERE:
        names = [place.name for place in finder.find(text)]
        if name not in names:
            yield f"the places of {text!r} are {', '.join(names) or 'none'} and should be {name}"
