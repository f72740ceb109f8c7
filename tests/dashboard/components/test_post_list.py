"""Posts as a list to read: whatever they hold, they show as the text they are."""

from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dashboard.components.post_list import LONGEST, posts_html, text_html
from domain.questions import Answer
from insights.ask import POST_COLUMNS
from tests.dashboard.sample import HOSTILE

OURS = {"div", "article", "p", "span", "a"}
POST = {
    "id": "1",
    "created_at": "2019-11-25T08:05:00.000Z",
    "source": "forum",
    "author": "ann",
    "brands": "altair, nimbus",
    "language": "fr",
    "sentiment": "negative",
    "score": -0.7,
    "probability": 0.83,
    "model": "reader@r1",
    "emotion": "anger",
    "intents": "complaint, churn_threat",
    "aspects": "network:negative, price:neutral",
    "toward": "altair:negative, nimbus:positive",
    "urgent": True,
    "ironic": False,
    "offensive": False,
    "spam": False,
    "spam_reasons": None,
    "corrected": False,
    "topic": "t1",
    "place": None,
    "mentioned_places": None,
    "reach": 1234,
    "copies": 3,
    "text": "Pas de réseau",
    "url": "https://forum.example/1",
}


class Shown(HTMLParser):
    """What a browser would show, and with what elements."""

    def __init__(self, page):
        super().__init__()
        self.texts, self.tags, self.attributes = [], set(), set()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_data(self, data):
        self.texts.append(data)


def listed(**changes):
    post = POST | changes
    answer = Answer(columns=POST_COLUMNS, rows=(tuple(post[column.name] for column in POST_COLUMNS),), total=1)
    return posts_html(answer, brand_names={"altair": "Altair", "nimbus": "Nimbus"}, topic_names={"t1": "No signal"})


def test_post_says_when_about_whom_where_and_how_sure():
    assert Shown(listed()).texts == [
        "negative 83%",
        "Mon 25 Nov 2019, 08:05",
        "Altair, Nimbus",
        "forum",
        "French",
        "No signal",
        "1,234 reactions",
        "3 copies of this text",
        "open",
        "Pas de réseau",
        "Nimbus: positive",
        "network coverage: negative",
        "price and bills: neutral",
        "complaint",
        "threat to leave",
        "urgent",
        "reader@r1",
    ]


def test_spam_is_marked_with_its_signs():
    told = {"intents": "other", "aspects": None, "toward": None, "urgent": False}
    shown = Shown(listed(**told, spam=True, spam_reasons="a prize; a link"))
    assert shown.texts[-2:] == ["spam or automated: a prize; a link", "reader@r1"]
    assert "spam or automated" in Shown(listed(spam=True)).texts


def test_what_is_not_known_is_said_and_not_zero():
    unknown = (
        "brands",
        "language",
        "sentiment",
        "probability",
        "model",
        "intents",
        "aspects",
        "toward",
        "urgent",
        "topic",
        "url",
    )
    bare = dict.fromkeys(unknown)
    texts = Shown(listed(**bare, reach=0, copies=1)).texts
    assert texts == [
        "sentiment not known",
        "Mon 25 Nov 2019, 08:05",
        "no brand",
        "forum",
        "not known",
        "Pas de réseau",
        "model not known",
    ]


def test_a_correction_is_said():
    assert "corrected by a reader" in Shown(listed(corrected=True)).texts
    assert "corrected by a reader" not in Shown(listed()).texts


@pytest.mark.parametrize(("language", "said"), [("fr", ' lang="fr"'), ("ar", ' lang="ar"'), (None, "")])
def test_text_is_read_aloud_in_its_own_language(language, said):
    assert f'<p class="text" dir="auto"{said}>Pas' in listed(language=language)


@given(st.text(max_size=200))
@example(HOSTILE)
@example('" onmouseover="alert(1)')
@example("</p><style>p { display: none }</style>")
def test_any_text_is_shown_and_never_is_markup(text):
    labels = {"aspects": text, "toward": text, "intents": text, "spam": True, "spam_reasons": text, "language": text}
    shown = Shown(listed(text=text, source=text, model=text, sentiment=text, **labels))
    assert shown.tags <= OURS
    assert shown.attributes <= {"class", "dir", "lang", "title", "href", "target", "rel"}
    assert text.encode("utf-8", "replace").decode() in shown.texts or not text


def test_half_a_surrogate_pair_can_be_sent():
    assert "?" in text_html("a\ud83d").encode("utf-8").decode()


def test_very_long_text_is_cut_and_counted():
    assert Shown(text_html("x" * 1_000_000)).texts == ["x" * LONGEST, f" ... {1_000_000 - LONGEST:,} more characters"]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", " https://x.example", "//x.example", ""])
def test_only_web_addresses_are_links(url):
    assert "a" not in Shown(listed(url=url)).tags
