"""The query language: what is read, what is refused with which sentence, and that nothing breaks it."""

import string
import time
import timeit
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.errors import QueryError
from tests.support.corpora import text_queries
from tests.support.markdown import blocks
from tests.support.tree import ROOT
from textquery.evaluate import matches
from textquery.parser import parse
from textquery.tokens import MAX_DEPTH, MAX_LENGTH
from textquery.tree import And, Near, Not, Or, Phrase, Prefix, positive

HOW = "Write it in capitals, or in quotes if the word is meant"
A, B, C = Phrase(("a",)), Phrase(("b",)), Phrase(("c",))


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("a", A),
        ("A", A),
        ('"a"', A),
        ("a b", And((A, B))),
        ("a AND b", And((A, B))),
        ("+a +b", And((A, B))),
        ("a OR b", Or((A, B))),
        ("NOT a", Not(A)),
        ("NOT NOT a", A),
        ("a NOT b", And((A, Not(B)))),
        ("a -b", And((A, Not(B)))),
        ("a b OR c", Or((And((A, B)), C))),
        ("a OR b c", Or((A, And((B, C))))),
        ("a (b OR c)", And((A, Or((B, C))))),
        ("(a b) c", And((A, B, C))),
        ("a OR (b OR c)", Or((A, B, C))),
        ("NOT (a OR b)", Not(Or((A, B)))),
        ("and or not", And((Phrase(("and",)), Phrase(("or",)), Phrase(("not",))))),
        ("a TO b", And((A, Phrase(("to",)), B))),
        ("signal not", And((Phrase(("signal",)), Phrase(("not",))))),
        ("app not working", And((Phrase(("app",)), Phrase(("not",)), Phrase(("working",))))),
        ('a "or" b', And((A, Phrase(("or",)), B))),
        ("and so near/5", And((Phrase(("and",)), Phrase(("so",)), Phrase(("near", "5"))))),
        ('"no signal"', Phrase(("no", "signal"))),
        ("5g-mast", Phrase(("5g", "mast"))),
        ("信号", Phrase(("信", "号"))),
        ("Café won't", And((Phrase(("cafe",)), Phrase(("wont",))))),
        ("#down, @o2!", And((Phrase(("＃down",)), Phrase(("o2",))))),
        ("#Nó_Signal＃5G", Phrase(("no", "signal", "5g"))),
        ("#Nó_Signal", Phrase(("＃no＿signal",))),
        ("“＃信号”", Phrase(("＃信号",))),
        ("#north*", Prefix(("＃north",))),
        ('"#no signal"', Phrase(("no", "signal"))),
        ("#5g-mast", Phrase(("5g", "mast"))),
        ('"a \\"b\\" (c): d?"', Phrase(("a", "b", "c", "d"))),
        ("a\\:b", Phrase(("a", "b"))),
        ("a\\*", A),
        ("outag*", Prefix(("outag",))),
        ("5g-ma*", Prefix(("5g", "ma"))),
        ('"no sig*"', Prefix(("no", "sig"))),
        ('"a b"~5', Near(("a",), ("b",), 5)),
        ("a NEAR/0 b", Near(("a",), ("b",), 0)),
        ('a NEAR/3 "b c"', Near(("a",), ("b", "c"), 3)),
        ("c OR NOT a NEAR/3 b", Or((C, Not(Near(("a",), ("b",), 3))))),
        ("c a NEAR/3 b OR c", Or((And((C, Near(("a",), ("b",), 3))), C))),
    ],
)
def test_meaning(text, meaning):
    assert parse(text) == meaning


@pytest.mark.parametrize(
    "quotes", ["“”", "„“", "””", "«»", "»«", "‹›", "「」", "『』", "‘’", "’’", "‚‘", "`´", "``", "＂＂", '“"']
)
def test_any_quotation_marks_make_a_phrase(quotes):
    begin, end = quotes
    assert parse(f"a {begin}no signal{end} b") == parse('a "no signal" b')
    assert parse(f"({begin}no sig*{end} OR a) NOT {begin}b c{end}~2") == parse('("no sig*" OR a) NOT "b c"~2')


def test_an_apostrophe_is_no_quotation_mark():
    assert parse("boys’ can’t ’tis") == And((Phrase(("boys",)), Phrase(("cant",)), Phrase(("tis",))))
    assert parse("‘can’t get through’ a") == And((Phrase(("cant", "get", "through")), A))


@pytest.mark.parametrize("sign", ["-", "–", "—", "−", "!", "--", "－", "！"])
def test_every_dash_before_a_term_excludes_it(sign):
    assert parse(f"outage {sign}york") == parse("outage NOT york")
    assert parse(f"outage {sign}(york OR “a b”)") == parse('outage NOT (york OR "a b")')
    assert parse(f"down{sign}time") == Phrase(("down", "time"))


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("(a OR b) NEAR/5 c", "(a NEAR/5 c) OR (b NEAR/5 c)"),
        ("c NEAR/5 (a OR b)", "(c NEAR/5 a) OR (c NEAR/5 b)"),
        ('(a OR b) NEAR/5 (c OR "d e")', '(a NEAR/5 c) OR (a NEAR/5 "d e") OR (b NEAR/5 c) OR (b NEAR/5 "d e")'),
        ("((a OR b) OR a) NEAR/5 (c)", "(a NEAR/5 c) OR (b NEAR/5 c)"),
        ("c NOT (a OR b) NEAR/5 c", "c NOT ((a NEAR/5 c) OR (b NEAR/5 c))"),
    ],
)
def test_near_between_groups_is_near_between_any_of_their_words(text, meaning):
    assert parse(text) == parse(meaning)


def test_groups_may_make_many_pairs_but_not_any_number():
    def group(letter, size):
        return f"({' OR '.join(f'{letter}{i}' for i in range(size))})"

    assert len(parse(f"{group('a', 20)} NEAR/2 {group('b', 20)}").parts) == 400
    with pytest.raises(QueryError, match=r"character 130: NEAR joins more than 400 pairs of words here"):
        parse(f"{group('a', 20)} NEAR/2 {group('b', 21)}")
    with pytest.raises(QueryError, match="NEAR between more than 400 pairs"):
        parse(f"{group('a', 20)} NEAR/2 {group('b', 20)} -(c NEAR/2 d)")


def test_signs_of_other_keyboards_are_read():
    assert parse("＋a （b OR c）") == parse("+a (b OR c)")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "the text query is empty"),
        (" \n", "the text query is empty"),
        ("a" * 4001, "the text query is longer than 4000 characters"),
        ("AND", "character 1: AND comes where a word is expected"),
        ("a OR OR b", "character 6: OR comes where a word is expected"),
        ("a AND", "character 3: a word is missing after AND"),
        ("NOT", "character 1: a word is missing after NOT"),
        ("()", "character 2: ) comes where a word is expected"),
        ("(a", "character 1: the bracket ( is never closed"),
        ("a (b (c)", "character 3: the bracket ( is never closed"),
        ("a)", "character 2: the bracket ) closes nothing"),
        ('a "b', 'character 3: the quotation mark " is never closed'),
        ('a"b', 'character 1: the quotation mark " stands inside a word'),
        ("'a b'", "character 1: ' cannot stand here; put the text in quotes if it belongs to it"),
        ("brand:o2", "character 6: fields are not supported; put the text in quotes if the colon belongs to it"),
        ("a~2", "character 2: fuzzy terms are not supported; ~ stands after two words in quotes"),
        ("[a TO b]", "character 1: ranges are not supported"),
        ("a >5", "character 3: ranges are not supported"),
        ("/a.*/", "character 1: regular expressions are not supported"),
        ("a b^2", "character 4: boosts are not supported"),
        ("a?", "character 1: the only wildcard is a * at the end of a word"),
        ("b *a", "character 3: the only wildcard is a * at the end of a word"),
        ("*", "character 1: * has no letters or digits to search for"),
        ("a 👍", "character 3: 👍 has no letters or digits to search for"),
        ("a && b", "character 3: && has no letters or digits to search for"),
        ('"a"~3', "character 1: ~ takes exactly two words in the quotes, not 1"),
        ('"a b c"~3', "character 1: ~ takes exactly two words in the quotes, not 3"),
        ('"a b"~', "character 6: the distance must be a whole number from 0 to 1000"),
        ('"a b"~1.5', "character 6: the distance must be a whole number from 0 to 1000"),
        ('"a b"~1001', "character 6: the distance must be a whole number from 0 to 1000"),
        ("a NEAR/x b", "character 3: the distance must be a whole number from 0 to 1000"),
        ("a NEAR b", "character 3: NEAR needs a distance in words: NEAR/5"),
        ("no signal or slow", f"character 11: did you mean OR? {HOW}"),
        ("(a) Or (b)", f"character 5: did you mean OR? {HOW}"),
        ("signal and wifi", f"character 8: did you mean AND? {HOW}"),
        ("signal and not wifi", f"character 8: did you mean AND? {HOW}"),
        ("signal near/5 down", f"character 8: did you mean NEAR/5? {HOW}"),
        ("signal AND not wifi", f"character 12: did you mean NOT? {HOW}"),
        ("not wifi OR signal", f"character 1: did you mean NOT? {HOW}"),
        ('signal not "no wifi"', f"character 8: did you mean NOT? {HOW}"),
        ("signal not (wifi)", f"character 8: did you mean NOT? {HOW}"),
        ("a “b", "character 3: the quotation mark “ is never closed"),
        ("a 「b", "character 3: the quotation mark 「 is never closed"),
        ("a‘s ‘b", "character 5: the quotation mark ‘ is never closed"),
        ("b”", "character 1: the quotation mark ” stands inside a word"),
        ("a – b", "character 3: – cannot stand here; put the text in quotes if it belongs to it"),
        ("a –", "character 3: – cannot stand here; put the text in quotes if it belongs to it"),
        ("a -", "character 3: a word is missing after -"),
        ("（a", "character 1: the bracket （ is never closed"),
        ("NEAR/5 b", "character 1: NEAR stands between two words, phrases in quotes, or groups of these joined by OR"),
        (
            "a NEAR/5 (b c)",
            "character 3: NEAR stands between two words, phrases in quotes, or groups of these joined by OR",
        ),
        (
            "a NEAR/5 b NEAR/5 c",
            "character 12: NEAR stands between two words, phrases in quotes, or groups of these joined by OR",
        ),
        (
            'TO NEAR/5 "a b"~3',
            "character 4: NEAR stands between two words, phrases in quotes, or groups of these joined by OR",
        ),
        ("a NEAR/5", "character 3: a word is missing after NEAR/5"),
        ("a NEAR/5 A", "character 1: two different words are needed to be near each other"),
        ("#b NEAR/5 a", "character 1: a hashtag cannot be near another word; without the # it can"),
        ("a NEAR/5 (b OR c*)", "character 16: a word with * cannot be near another"),
        (
            "a NEAR/5 (b OR (c NOT d))",
            "character 3: NEAR stands between two words, phrases in quotes, or groups of these joined by OR",
        ),
        ("(a OR b) NEAR/5 (c OR B)", "character 2: two different words are needed to be near each other"),
        ("a NEAR/5 (b OR #c)", "character 16: a hashtag cannot be near another word; without the # it can"),
        ("#", "character 1: # has no letters or digits to search for"),
        ("#_*", "character 1: #_* has no letters or digits to search for"),
        ("a NEAR/5 b*", "character 10: a word with * cannot be near another"),
        ("(" * 21 + "a" + ")" * 21, "character 21: the query is nested deeper than 20 levels"),
        ("NOT " * 21 + "a", "character 81: the query is nested deeper than 20 levels"),
        ("a " * 201, "character 401: the query has more than 200 terms"),
    ],
)
def test_refusal(text, sentence):
    with pytest.raises(QueryError) as refused:
        parse(text)
    assert str(refused.value).removeprefix("text query, ") == sentence


SYNTAX = [
    *"()[]{}\"'~^:*?/\\+-<>=!&| “”„«»‘’「」`–—（）",
    " AND ",
    " OR ",
    " NOT ",
    " NEAR/2 ",
    " TO ",
    " or ",
    " not ",
    " near/3 ",
    "#",
    "＃",
    "_",
    "~3",
    "a",
    "é",
    "信",
    "👍",
    "\x00",
    "\n",
]


@given(st.lists(st.sampled_from(SYNTAX), max_size=60).map("".join) | st.text(max_size=60))
@example("(" * 4000)
@example("-" * 4000)
@example("a^" * 2000)
@example('"' * 3999)
@example('TO NEAR/5 "a b"~3')
@example("(a OR #b) NEAR/3 c")
@example("\\")
@example("a OR " * 799 + "a")
@settings(deadline=None, derandomize=True, max_examples=300)
def test_any_text_is_read_or_refused(text):
    with suppress(QueryError):
        query = parse(text)
        assert all(leaf.left and leaf.right if isinstance(leaf, Near) else leaf.words for leaf in positive(query))
        assert depth(query) <= 2 * MAX_DEPTH + 1
        assert matches(query, ["a"]) in (True, False)


def depth(query):
    """Return how deep a tree is."""
    parts = query.parts if isinstance(query, And | Or) else [query.part] if isinstance(query, Not) else []
    return 1 + max(map(depth, parts), default=0)


# What a query begins with, and what is repeated in it.
LONG = [
    *((opening, "a") for opening in ('"', "“", "«", "「", "‘", "’", "`", "/", "^", "~", "#", "NEAR/")),
    *((opening, "\\a") for opening in ('"', "‘", "/", "")),
    *(("‘", piece) for piece in ("’a", "a’", "a’ ")),
    *(
        ("", piece)
        for piece in ('"', "(", "-", "!", "a", "\\", "’a ", "‘a ", "“a” ", "a_", "#a_", "a OR ", "a or ", "1:", "not ")
    ),
]


@pytest.mark.parametrize(("opening", "piece"), LONG)
def test_reading_takes_time_in_proportion_to_the_text(opening, piece):
    # A reader that goes back over the text at each piece would take 256 times as long for 16 times the text.
    def seconds(size):
        text = (opening + piece * size)[:size]

        def read():
            with suppress(QueryError):
                parse(text)

        return min(timeit.repeat(read, timer=time.process_time, number=1, repeat=7))

    assert seconds(MAX_LENGTH) < 64 * seconds(MAX_LENGTH // 16) + 0.002


@given(text_queries(), text_queries())
@settings(deadline=None, derandomize=True, max_examples=100)
def test_operators_are_what_brackets_make_of_them(one, other):
    assert parse(f"{one} OR {other}") == parse(f"({one}) OR ({other})")
    assert parse(f"({one}) ({other})") == parse(f"{one} AND {other}")
    assert parse(f"NOT (NOT ({one}))") == parse(one)


def test_positive_leaves_are_those_that_a_post_can_have():
    assert positive(parse('a OR (b* NOT c) OR NOT ("a c" OR c)')) == (A, Prefix(("b",)))
    assert positive(parse("NOT a")) == ()


def test_queries_are_read_by_many_threads_at_once():
    texts = [f'{letter} OR "{letter} x" NOT (y {letter}*)' for letter in string.ascii_lowercase] * 20
    alone = [parse(text) for text in texts]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(parse, texts)) == alone


def test_the_queries_of_the_documentation_can_be_read():
    (examples,) = blocks((ROOT / "docs" / "queries.md").read_text(encoding="utf-8"), "text")
    assert len({parse(line) for line in examples.splitlines()}) == 11, "NOT wifi and -wifi are the same"
