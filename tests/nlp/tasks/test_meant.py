"""The sentiment that is shown takes irony into account."""

import numpy as np
import pytest

from domain.config import NlpSettings
from nlp.enrich import TextEnricher
from nlp.tasks import TASK
from nlp.tasks.aspects import SENTIMENT
from nlp.tasks.meant import meant
from nlp.training.meant import ironic_rows
from tests.support.flows import make_post
from tests.support.tiny_models import tiny_model

HELD_OUT = [row for row in ironic_rows() if row.held_out]


def answers(*, irony, telecom, complaint=0.6):
    """Return what an encoder would say of one glad text."""
    said = {name: np.full((1, len(task.labels)), 0.2, np.float32) for name, task in TASK.items()}
    said["sentiment"] = np.array([[0.1, 0.15, 0.75]], np.float32)
    said["irony"][:], said["telecom"][:] = irony, telecom
    said["intent"][0, TASK["intent"].labels.index("complaint")] = complaint
    said[SENTIMENT] = np.full((1, len(TASK["aspects"].labels), 3), 1 / 3, np.float32)
    return said


def test_an_ironic_complaint_is_less_glad_than_its_words():
    plain = meant(answers(irony=0.02, telecom=0.95))[0]
    ironic = meant(answers(irony=0.95, telecom=0.95))[0]
    assert plain.argmax() == 2
    assert ironic[0] > 2 * plain[0]
    assert ironic.sum() == pytest.approx(1)


def test_elsewhere_the_sentiment_stays_as_it_is():
    assert meant(answers(irony=0.95, telecom=0.0)) == pytest.approx(np.array([[0.1, 0.15, 0.75]]), abs=1e-4)


def test_no_text_has_no_sentiment():
    assert meant({name: one[:0] for name, one in answers(irony=0.5, telecom=0.5).items()}).shape == (0, 3)


@pytest.mark.model
def test_of_made_up_ironic_complaints_more_are_negative_and_thanks_stay_thanks():
    read = TextEnricher(NlpSettings(), ()).enrich([make_post(i, row.text) for i, row in enumerate(HELD_OUT)])
    negative = [one.sentiment.label == "negative" for one, row in zip(read, HELD_OUT, strict=True) if row.ironic]
    glad = [one.sentiment.label == "positive" for one, row in zip(read, HELD_OUT, strict=True) if not row.ironic]
    assert (len(negative), len(glad)) == (100, 40)
    assert sum(negative) >= 66  # 61 by their words alone
    assert sum(glad) >= 34


@pytest.mark.model
def test_the_label_says_that_irony_was_weighed_and_the_post_is_known_by_it(tmp_path):
    enricher = TextEnricher(NlpSettings(), ())
    (read,) = enricher.enrich([make_post(1, "Thanks Northwind for the fourth outage this week")])
    assert "+meant@" in read.sentiment.model.revision
    assert "+meant@" not in read.irony.model.revision
    assert read.sentiment.model in enricher.models
    own = TextEnricher(NlpSettings(sentiment=tiny_model(tmp_path, ["positive", "negative", "neutral"])), ())
    assert not any("+meant@" in model.revision for model in own.models)
