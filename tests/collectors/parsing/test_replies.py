import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collectors.parsing.replies import own_markup, own_words

OWN = "Still no signal.\n\nThe mast is dark."


@pytest.mark.parametrize(
    "rest",
    [
        "\n\nOn Fri, 20 Nov 2026 at 10:00, North Mobile <help@north.example> wrote:\n> Hello Ann,\n>\n> try again\n",
        "\n\nOn Fri, 20 Nov 2026 at 10:00, North Mobile Customer Care Team\n<help@north.example> wrote:\n\n> Hello\n",
        "\n\nAm 20.11.2026 um 10:00 schrieb North:\n> Hallo\n> > noch einer\n",
        "\n\n-----Original Message-----\nFrom: North\nSent: today\n\nHello",
        "\n\n-----Ursprüngliche Nachricht-----\nVon: North\n\nHallo",
        "\n\n________________________________\nFrom: North <h@n.example>\nSent: Friday\nTo: Ann\nSubject: hi\n\nHello",
        "\n\nDe : North\nEnvoyé : vendredi\nÀ : Ann\nObjet : bonjour\n\nBonjour",
        "\n\n发件人：North\n发送时间：2026\n收件人：Ann\n\n你好",
        "\n-- \nAnn\nSales\n+44 1",
        "\r\n--\r\nAnn",
    ],
)
def test_what_is_answered_and_the_signature_go(rest):
    assert own_words(OWN + rest) == OWN


def test_answers_between_quotes_stay():
    text = "> Is the box on?\nYes.\n> And the light?\nRed."
    assert own_words(text) == "Yes.\nRed."


@pytest.mark.parametrize(
    "text",
    [
        "---------- Forwarded message ---------\nFrom: Ann\nDate: today\nSubject: hi\n\nNo signal",
        "> only a quote",
        "Name: Ann\nFrom: Leeds\nTo: York\nProblem: no signal",
        "From: my flat I have\nno signal at all",
        "Prices:\n\n--- a --- b\n2 > 1",
    ],
)
def test_a_mail_that_says_nothing_else_or_only_looks_so_stays(text):
    assert own_words(text) == text


def test_markup_ends_where_the_quote_begins():
    assert own_markup('<p>No</p><blockquote class="x" type="cite">old</blockquote>') == "<p>No</p>"
    assert own_markup('<p>No</p><div dir="ltr" class="gmail_quote_container">old</div>') == "<p>No</p>"
    assert own_markup('<p>No</p><div id="divRplyFwdMsg">old</div>') == "<p>No</p>"
    assert own_markup("<blockquote>mine</blockquote>") == "<blockquote>mine</blockquote>"


@given(st.text(alphabet="> -_:\nFrom ab", max_size=300))
@example("  a \nb")
def test_nothing_is_made_up(text):
    own = own_words(text)
    assert {line.strip() for line in own.split("\n")} <= {line.strip() for line in text.split("\n")}
    assert bool(own) == bool(text.strip())


def test_long_lines_take_no_time():
    assert own_words("-" * 1_000_000 + " x")
    assert own_words(" " * 1_000_000 + "x")
    assert own_markup("<div " * 200_000)
