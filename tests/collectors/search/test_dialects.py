"""Expressions in the languages of the sources: what is written, and that nothing which is meant is missed.

What a source would find is worked out by a reader of its language that knows nothing of how we write it.
"""

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from collectors.catalog import CATALOG
from collectors.polling.pagination import SearchedSettings
from collectors.search.dialects import DIALECTS
from domain.errors import QueryError
from textquery.evaluate import matches
from textquery.parser import parse
from textquery.tree import And, Near, Not, Or, Phrase, Prefix
from textquery.words import words

LONGEST = {"x": 512, "reddit": 512, "youtube": 500}
NORTH = 'northmobile OR "north mobile" OR (north NEAR/5 signal) NOT "north sea"'
TOKEN = re.compile(r'near(?P<n>\d+):"(?P<near>[^"]*)"|"(?P<phrase>[^"]*)"|(?P<sign>[()|-])|(?P<word>[^\s()|"-]+)')


class Reader:
    """Says whether a text is found by a request: `a OR b`, `-a`, brackets, phrases and what a source has beside."""

    def __init__(self, request, text, *, either="OR", both=None, bar="-", tight=False, cut=words):
        assert TOKEN.sub("", request).strip() == ""
        self._tokens = list(TOKEN.finditer(request))
        self._text = text
        self._either, self._both, self._bar, self._tight, self._cut = either, both, bar, tight, cut

    def finds(self):
        said = self._all() if self._tight else self._any()
        assert not self._tokens
        return said

    def _next(self):
        return self._tokens[0][0] if self._tokens else None

    def _any(self):
        said = [self._one() if self._tight else self._all()]
        while self._next() == self._either:
            self._tokens.pop(0)
            said.append(self._one() if self._tight else self._all())
        return any(said)

    def _all(self):
        said = [self._any() if self._tight else self._one()]
        while self._next() not in (None, ")", self._either):
            if self._next() == self._both:
                self._tokens.pop(0)
            said.append(self._any() if self._tight else self._one())
        return all(said)

    def _one(self):
        token = self._tokens.pop(0)
        if token[0] == self._bar:
            return not self._one()
        if token[0] == "(":
            said = self._any()
            assert self._tokens.pop(0)[0] == ")"
            return said
        if token["near"]:
            return near(token["near"].split(), int(token["n"]), self._text)
        assert token["phrase"] or token["word"]
        return holds(self._cut(token["phrase"] or token["word"]), self._text)


def holds(phrase, text):
    return any(text[at : at + len(phrase)] == phrase for at in range(len(text)))


def near(wanted, most, text):
    """As the strictest of sources counts: how far words are moved to stand in a row, one way or the other."""

    def moves(rest, offset):
        if not rest:
            return [[]]
        places = [at - offset for at, word in enumerate(text) if word == rest[0]]
        return [[place, *others] for place in places for others in moves(rest[1:], offset + 1)]

    return any(max(found) - min(found) <= most for found in moves(wanted, 0))


def plain(request, text):
    """All words, or one phrase; OR, brackets and - are nothing to this source."""
    assert re.fullmatch(r'"[^"]+"|[^"()|-]+', request)
    if request.startswith('"'):
        return holds(words(request), text)
    return all(holds(words(word), text) for word in request.split())


def bluesky(request, text):
    """Words and phrases, all of them; -; `OR` would be a word."""
    assert not re.search(r"[()|]|\bOR\b", request)
    return Reader(request, text).finds()


def gdelt(request, text):
    """OR in brackets alone, and no brackets in them; every word has three letters."""
    assert not re.search(r"\([^)]*[(-]", request)
    assert " OR " not in re.sub(r"\([^)]*\)", "", request)
    assert not re.search(r"\([^)]*near\d", request)
    assert all(len(word) >= 3 for word in re.findall(r"\w+", re.sub(r"near\d+:|\bOR\b", "", request)))
    return Reader(request, text).finds()


def discourse(request, text):
    assert '"' not in request
    assert all(len(word) >= 3 for word in request.split())
    return plain(request, text)


FINDS = {
    "bluesky_search": bluesky,
    "discourse": discourse,
    "gdelt": gdelt,
    "hackernews": plain,
    "reddit": lambda request, text: Reader(request, text, both="AND", bar="NOT").finds(),
    "stackexchange": plain,
    "x": lambda request, text: Reader(request, text).finds(),
    "youtube": lambda request, text: Reader(request, text, either="|", tight=True).finds(),
}
VOCABULARY = ["north", "sea", "signal", "mobile", "o2", "5g", "or", "not", "near", "信", "号"]
PHRASES = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=3).map(tuple)
NEARS = st.builds(Near, PHRASES, PHRASES, st.integers(0, 3)).filter(lambda near: near.left != near.right)
TEXTS = st.lists(st.sampled_from([*VOCABULARY, "signals", "nord"]), max_size=10)


def queries(leaves):
    parts = {"min_size": 2, "max_size": 3}
    return st.recursive(
        leaves,
        lambda one: st.one_of(
            st.lists(one, **parts).map(lambda many: And(tuple(many))),
            st.lists(one, **parts).map(lambda many: Or(tuple(many))),
            one.map(Not),
        ),
        max_leaves=7,
    )


def sent(kind, query):
    """Return what a source would be sent, or give the example up where it cannot be asked."""
    try:
        return DIALECTS[kind](query)
    except QueryError:
        assume(False)


@pytest.mark.parametrize("kind", DIALECTS)
@given(queries(st.builds(Phrase, PHRASES) | st.builds(Prefix, PHRASES) | NEARS), st.lists(TEXTS, max_size=8))
@settings(deadline=None, derandomize=True, max_examples=100)
def test_whatever_an_expression_asks_for_is_found_by_one_of_the_requests(kind, query, texts):
    requests = sent(kind, query)
    assert len(requests) == len(set(requests)) > 0
    assert all(request == request.strip() for request in requests)
    for text in texts:
        assert any(FINDS[kind](request, text) for request in requests) or not matches(query, text)


@pytest.mark.parametrize("kind", ["x", "reddit", "youtube", "bluesky_search"])
@given(queries(st.builds(Phrase, PHRASES)), st.lists(TEXTS, max_size=8))
@settings(deadline=None, derandomize=True, max_examples=100)
def test_what_a_source_can_say_is_said_exactly(kind, query, texts):
    requests = sent(kind, query)
    for text in texts:
        assert any(FINDS[kind](request, text) for request in requests) == matches(query, text)


@pytest.mark.parametrize(
    ("kind", "requests"),
    [
        ("x", ['(northmobile OR "north mobile") OR (north signal -"north sea")']),
        ("reddit", ['(northmobile OR "north mobile") OR (north AND signal AND NOT "north sea")']),
        ("youtube", ['northmobile|"north mobile"', 'north signal -"north sea"']),
        ("gdelt", ['(northmobile OR "north mobile")', 'near9:"north signal" -"north sea"']),
        ("bluesky_search", ["northmobile", '"north mobile"', 'north signal -"north sea"']),
        ("hackernews", ["northmobile", '"north mobile"', "north signal"]),
        ("stackexchange", ["northmobile", '"north mobile"', "north signal"]),
        ("discourse", ["northmobile", "north mobile", "north signal"]),
    ],
)
def test_one_expression_in_every_language(kind, requests):
    assert DIALECTS[kind](parse(NORTH)) == tuple(requests)


@pytest.mark.parametrize(
    ("kind", "text", "requests"),
    [
        ("x", "(three OR ee) (signal OR down) -wifi", ["(three OR ee) (signal OR down) -wifi"]),
        ("youtube", "(three OR ee) (signal OR down) -wifi", ["three|ee signal|down -wifi"]),
        ("gdelt", "(three OR ee) (signal OR down) -wifi", ["(signal OR down) -wifi"]),
        ("hackernews", "(three OR ee) signal -wifi", ["signal three", "signal ee"]),
        ("x", "three OR three signal", ["three"]),
        ("x", '"no sig*" three', ["no three"]),
        ("x", "sig* three", ["three"]),
        ("x", "three -(a b)", ["(three -a) OR (three -b)"]),
        ("x", "three -(a OR b*)", ["three -a"]),
        ("x", "three NOT a NEAR/2 b", ["three"]),
        ("gdelt", "o2 signal -5g", ["signal"]),
        ("gdelt", '"t mobile signal"', ['"mobile signal"']),
        ("gdelt", '"lost signal" NEAR/2 down', ['near8:"lost signal down" "lost signal"']),
        ("x", '"信号" three', ['"信号" three']),
        ("x", "or NOT and", ['"or" -"and"']),
        ("hackernews", '"no signal" three', ["no signal three"]),
        (
            "hackernews",
            "(lost OR no OR bad) NEAR/2 (signal OR sound)",
            ["lost signal", "lost sound", "no signal", "no sound", "bad signal", "bad sound"],
        ),
        ("hackernews", f"({' OR '.join(f'a{i}' for i in range(20))}) NEAR/2 (signal OR más)", ["signal", "mas"]),
        (
            "stackexchange",
            f"({' OR '.join(f'a{i}' for i in range(20))}) NEAR/2 (signal OR más)",
            ["signal", "mas", "más"],
        ),
        (
            "gdelt",
            f"(signal OR network) NEAR/2 ({' OR '.join(f'three{i}' for i in range(20))})",
            ["(signal OR network)"],
        ),
        ("gdelt", f"three NOT (signal OR mast) NEAR/2 ({' OR '.join(f'a{i}' for i in range(20))})", ["three"]),
        ("x", "#Telefónica three -#north", ["three (telefonica OR telefónica)"]),
        ("hackernews", "#No_Signal", ['"no signal"']),
        ("x", "(lost OR no) NEAR/2 (signal OR sound)", ["(lost OR no) (signal OR sound)"]),
        ("discourse", '"t-mobile" OR "no signal"', ["mobile", "signal"]),
    ],
)
def test_what_a_language_lacks_is_widened(kind, text, requests):
    assert DIALECTS[kind](parse(text)) == tuple(requests)


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        ("x", "NOT a", "X cannot be searched for what may be said without any whole word"),
        ("x", "a OR NOT b", "X cannot be searched for what may be said without any whole word"),
        ("bluesky_search", "outag*", "Bluesky cannot be searched for what may be said without any whole word"),
        ("reddit", "three OR outag*", "Reddit cannot be searched for what may be said without any whole word"),
        ("gdelt", "three OR o2", "GDELT cannot be searched for what may be said without any whole word of at least 3"),
    ],
)
def test_what_cannot_be_asked_without_asking_for_everything_is_refused(kind, text, told):
    with pytest.raises(QueryError, match=told):
        DIALECTS[kind](parse(text))


ACCENTED = ["telefónica", "telefonica", "móvil", "movil", "señal", "senal", "straße", "strasse", "está"]
SPANISH = ["Telefónica", '"telefónica móvil" OR Straße', "telefónica NEAR/2 señal -está", '"señal Móvil está"']


@pytest.mark.parametrize(("kind", "syntax"), [("x", {}), ("gdelt", {}), ("reddit", {"both": "AND", "bar": "NOT"})])
@pytest.mark.parametrize("expression", SPANISH)
@given(st.lists(st.lists(st.sampled_from(ACCENTED), max_size=6), max_size=10))
@settings(deadline=None, derandomize=True, max_examples=50)
def test_accents_are_asked_for_where_a_source_tells_them_apart(kind, syntax, expression, texts):
    query = parse(expression)
    for text in texts:
        found = any(Reader(request, text, cut=str.split, **syntax).finds() for request in DIALECTS[kind](query))
        assert found or not matches(query, words(" ".join(text)))


@pytest.mark.parametrize(
    ("kind", "text", "requests"),
    [
        ("x", "telefónica OR movistar", ["(telefonica OR telefónica OR movistar)"]),
        ("x", "three -más", ["three -mas -más"]),
        ("x", '"más mó*"', ["(mas OR más)"]),
        ("gdelt", "telefónica NEAR/3 señal", ["(telefonica OR telefónica) (senal OR señal)"]),
        ("stackexchange", "telefónica", ["telefonica", "telefónica"]),
        ("youtube", "telefónica", ["telefonica"]),
        ("x", '"á é í o"', ['("a e" OR "a é" OR "á e" OR "á é")']),
        ("x", 'three -"á é í"', ["three"]),
    ],
)
def test_a_word_with_accents_is_asked_for_both_ways(kind, text, requests):
    assert DIALECTS[kind](parse(text)) == tuple(requests)


@pytest.mark.parametrize("kind", DIALECTS)
@pytest.mark.parametrize(
    "text",
    [
        " OR ".join(f'"brandname number{i:02}"' for i in range(90)),
        " OR ".join(f"brand{i:03} signal{i:03} NOT mast{i:03}" for i in range(60)),
        "(" + ") (".join(" OR ".join(f"word{i}{j}" for j in range(9)) for i in range(9)) + ")",
        "north " + " ".join(f"-{'mast' * 15}{i:02}" for i in range(40)),
        '"' + " ".join(f"{'mast' * 15}{i:02}" for i in range(40)) + '"',
    ],
    ids=["names", "alternatives", "product", "exclusions", "phrase"],
)
def test_long_expressions_become_requests_that_are_taken(kind, text):
    query, requests = parse(text), DIALECTS[kind](parse(text))
    assert max(map(len, requests)) <= LONGEST.get(kind, 250)
    assert len(requests) <= (8 if kind in {"x", "reddit"} else 90)
    meant = words(re.sub(r"\bOR\b|NOT \w+|-\w+", "", text))
    assert matches(query, meant)
    assert any(FINDS[kind](request, meant) for request in requests)


@pytest.mark.parametrize("kind", DIALECTS)
@pytest.mark.parametrize(
    "word", ['a"b', 'signal" OR "x', "(signal", "sig|nal -x", "from:ann", "-signal", "signal)(", "\n"]
)
def test_no_sign_of_a_term_reaches_a_source(kind, word):
    query = Or((Phrase(("network", word)), Near(("network", word), ("outage",), 2)))
    query = And((query, Not(Phrase((word,))), Not(Phrase(("net", word))), Or((query, Phrase(("network",), (word,))))))
    for request in DIALECTS[kind](query):
        assert not set(request) & set(":\n")
        FINDS[kind](request, ["network", "outage"])
        assert "network" in request


def test_every_source_that_is_searched_has_its_language():
    searched = {kind for kind, source in CATALOG.items() if issubclass(source.settings, SearchedSettings)}
    assert searched <= set(DIALECTS)
