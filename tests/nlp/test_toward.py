"""What rows teach of whom something is felt toward."""

import pytest

from nlp.clean import model_text
from nlp.tasks import toward
from nlp.training.rows import UNKNOWN, Row, read_rows, sentitel_row, written_row
from nlp.training.toward import as_if_named, exchanged

LEFT = (
    '{"text": "Left Telvia, Kanto is great, @KantoMobile", "lang": "en", "brands": ['
    '{"name": "Telvia", "sentiment": "negative", "switch": "from"},'
    '{"name": "Kanto", "sentiment": "positive", "switch": "to"},'
    '{"name": "Lumo", "sentiment": "neutral", "switch": "none"}]}'
)


def rows_of(tmp_path, line, reader=written_row):
    path = tmp_path / "rows.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    return list(read_rows(path, reader))


def test_a_row_teaches_what_is_felt_toward_each_brand_that_stands_in_it(tmp_path):
    (row,) = rows_of(tmp_path, LEFT)
    assert row.text == "Left Telvia, Kanto is great, @user"
    assert [[row.text[slice(*span)] for span in spans] for spans in row.names] == [["Telvia"], ["Kanto"]]
    unknown = [UNKNOWN] * (toward.MOST - 2)
    assert row.targets[toward.SENTIMENT] == (0, 2, *unknown)
    assert row.targets[toward.SWITCH] == (1, 2, *unknown)


def test_of_a_tweet_with_two_feelings_toward_one_target_nothing_is_taught(tmp_path):
    line = (
        '{"text": "MTN is cheap, MTN is slow, Airtel is down", "lang": "en", "extra": {"opinions": ['
        '{"target": "MTN", "aspect": "Data", "polarity": "positive"},'
        '{"target": "MTN", "aspect": "Network", "polarity": "negative"},'
        '{"target": "Airtel", "aspect": "Network", "polarity": "negative"}]}}'
    )
    (row,) = rows_of(tmp_path, line, sentitel_row)
    assert [row.text[slice(*span)] for spans in row.names for span in spans] == ["Airtel"]
    assert row.targets[toward.SENTIMENT][:2] == (0, UNKNOWN)


def test_names_are_exchanged_and_what_is_felt_stays_in_its_place():
    text = "Telvia out, Kanto in. Telvia!"
    names = (((0, 6), (22, 28)), ((12, 17),))
    (other,) = exchanged([Row(text, "en", {toward.SENTIMENT: (0, 2)}, names=names)])
    assert other.text == "Kanto out, Telvia in. Kanto!"
    assert [[other.text[slice(*span)] for span in spans] for spans in other.names] == [["Kanto", "Kanto"], ["Telvia"]]
    assert other.targets[toward.SENTIMENT] == (0, 2)


@pytest.mark.parametrize("names", [(((0, 6),),), (((0, 6),), ()), (((0, 6),), ((0, 10),))])
def test_a_row_whose_names_cannot_be_exchanged_is_left_out(names):
    assert not list(exchanged([Row("Telvia Max is down", "en", {}, names=names)]))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("so happy with Kanto today", "Kanto"),
        ("never again @kanto", "@user"),
        ("love #mylife", "#mylife"),
        ("Bad.", None),
    ],
)
def test_a_word_of_a_general_row_stands_for_a_name(text, name):
    rows = list(as_if_named([Row(model_text(text), "en", {"sentiment": (2,)})]))
    assert [row.text[slice(*row.names[0][0])] for row in rows] == ([name] if name else [])
    assert all(row.targets == {toward.SENTIMENT: (2, *[UNKNOWN] * (toward.MOST - 1))} for row in rows)
