"""The model card is that of the weights that ship, and its terms cover all that trained them."""

from nlp.card import CARD, licences, page
from nlp.encoder.shipped import SHIPPED, card_of
from nlp.training.language_rows import SOURCES
from nlp.training.measure import LANGUAGES
from nlp.training.mixture import BY_ID, HERE, OWN_DEV, PARTS
from nlp.training.probes import OPERATORS
from nlp.training.rows import lines_of


def folder(file):
    return file.partition("/")[0]


def test_the_model_card_is_current():
    assert CARD.read_text(encoding="utf-8") == page(*map(card_of, SHIPPED.values())), "run: python -m nlp.card"


def test_every_set_that_trains_or_measures_has_its_terms():
    told = {name: one["use"] for name, one in licences()["sets"].items()}
    trained = {folder(part.file) for part in PARTS} | {OWN_DEV}
    labelled = {line["set"] for line in lines_of(HERE / BY_ID)}
    assert {name for name, use in told.items() if use == "train"} == trained
    assert {name for name, use in told.items() if use == "labelled by us"} == labelled - trained
    spoken = {folder(source.file) for source in SOURCES}
    assert {name for name, use in told.items() if use == "language"} == spoken - trained
    assert {name for name, use in told.items() if use == "measure"} == {folder(OPERATORS), folder(LANGUAGES)}
