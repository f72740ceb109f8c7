import json

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from collectors.search.stream_filter import StreamFilter
from domain.config import Brand
from tests.support.flows import make_post
from tests.support.listening import listened
from textquery.anchors import Anchor, anchors
from textquery.brands import brand_matcher
from textquery.evaluate import matches
from textquery.tree import And, Near, Not, Or, Phrase, Prefix
from textquery.words import MAX_WORD, spoken

TEXTS = (
    "o2",
    "O2",
    "three",
    "THREE",
    "ｔｈｒｅｅ",
    "thréé",
    "o'2",
    "o’2",
    "''",
    "ee",
    "x" * 63,
    "no",
    "网",
    "ﬁ",
    "text",
    "O2's",
    "thrée’s",
    "https://three.example/o2",
    "WWW.o2.example",
    "#o2",
    "#three_o2",
    "＃网",
    "#" + "x" * 70,
)
BETWEEN = (
    " ",
    "\n",
    "\t",
    '"',
    "\\",
    "/",
    "&",
    "<",
    "'",
    "’",
    "\u2028",
    "_",
    "-",
    "",
    "\u0301",
    "\ufe0f",
    "❤️",
    "\ud800",
    "\0",
)
CUT = (
    "o2",
    "three",
    "ee",
    "no",
    "2",
    "网",
    "fi",
    "text",
    "n",
    "s",
    "u0026",
    "x" * MAX_WORD,
    "x" * (MAX_WORD - 1),
    "ре",
    "＃o2",
    "＃three",
    "＃three＿o2",
    "＃t",
    "＃网",
    "＃" + "x" * MAX_WORD,
)


def texts():
    """Return a strategy of texts made to be told wrong: folded forms, escapes and apostrophes side by side."""
    pieces = st.sampled_from(TEXTS + BETWEEN) | st.text(max_size=3)
    return st.lists(pieces, max_size=8).map("".join)


def queries():
    """Return a strategy of queries of few words, also such as match nearly everything."""
    word = st.sampled_from(CUT)
    some = st.lists(word, min_size=1, max_size=2).map(tuple)
    leaves = st.one_of(some.map(Phrase), some.map(Prefix), st.builds(Near, some, some, st.integers(0, 3)))
    return st.recursive(
        leaves,
        lambda parts: st.one_of(
            st.lists(parts, min_size=2, max_size=3).map(lambda some: And(tuple(some))),
            st.lists(parts, min_size=2, max_size=3).map(lambda some: Or(tuple(some))),
            parts.map(Not),
        ),
        max_leaves=5,
    )


def in_ascii(event):
    return json.dumps(event)


def as_it_is(event):
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def as_go_writes(event):
    raw = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    for character in "&<>\u2028\u2029":
        raw = raw.replace(character, f"\\u{ord(character):04x}")
    return raw


def all_escaped(event):
    text = "".join(f"\\u{unit:04X}" for unit in utf_16(event["commit"]["record"]["text"]))
    return f'{{"commit":{{"record":{{"text":"{text}"}}}}}}'


def utf_16(text):
    units = text.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(units[i : i + 2], "big") for i in range(0, len(units), 2)]


WRITERS = (in_ascii, as_it_is, as_go_writes, all_escaped)


def event(text):
    return {"did": "did:plc:three2o2", "commit": {"record": {"langs": ["en"], "text": text}, "cid": "bafyo2"}}


@given(queries(), texts(), st.sampled_from(WRITERS))
@example(Phrase(("o2",)), "a''o2", as_it_is)
@example(Phrase(("o2",)), "\no2", as_it_is)
@example(Phrase(("o2",)), "&'o2", as_go_writes)
@example(Phrase(("network",)), "＼network", as_it_is)
@example(Phrase(("x" * MAX_WORD,)), "x" * 70, as_it_is)
@example(Phrase(("s",)), "\n's", as_it_is)
@example(Phrase(("s",)), "&'s", as_go_writes)
@example(Phrase(("o2",)), "O2'shttps://x.example", as_it_is)
def test_what_is_wanted_is_never_passed_over(query, text, write):
    assume("\ud800" not in text)  # no post holds half a surrogate pair
    told_apart = StreamFilter(listened({"north": query}))
    if told_apart.passes(make_post(1, text)):
        assert told_apart.may_pass(write(event(text)))


@given(st.dictionaries(st.sampled_from("abc"), queries()), texts())
def test_names_are_those_whose_query_matches(asked, text):
    named = listened(asked).find(spoken(text))
    assert named.certain == named.possible == {brand for brand in asked if matches(asked[brand], spoken(text))}


@given(queries(), texts())
def test_every_text_that_matches_holds_an_anchor(query, text):
    found, cut = anchors(query), spoken(text)
    if found is not None and matches(query, cut):
        assert any(
            word == anchor.word or (word.startswith(anchor.word) and not anchor.whole)
            for anchor in found
            for word in cut
        )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (Phrase(("no", "signal")), {Anchor("signal")}),
        (Prefix(("no", "sig")), {Anchor("sig", whole=False)}),
        (Prefix(("north", "m")), {Anchor("north")}),
        (Near(("o2",), ("bad", "network"), 3), {Anchor("network")}),
        (Or((Phrase(("ee",)), Phrase(("three",)))), {Anchor("ee"), Anchor("three")}),
        (And((Or((Phrase(("ee",)), Phrase(("o2",)))), Phrase(("down",)))), {Anchor("down")}),
        (And((Phrase(("ee",)), Phrase(("down",)), Not(Phrase(("sun",))))), {Anchor("down")}),
        (Phrase(("＃no＿signal",)), {Anchor("signal")}),
        (Prefix(("＃no＿sig",)), {Anchor("sig", whole=False)}),
        (Not(Phrase(("ee",))), None),
        (Or((Phrase(("ee",)), Not(Phrase(("o2",))))), None),
        (And((Not(Phrase(("ee",))), Not(Phrase(("o2",))))), None),
    ],
)
def test_anchors_by_example(query, found):
    assert anchors(query) == found


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("O2 is down", True),
        ("Ｏ２ is down", True),
        ("line\nO2", True),
        ("no2 and o2s", False),
        ("O2's network", True),
        ("O2’s\nnetwork", True),
        ("see O2https://x.example", True),
        ("nothing of the kind", False),
        ("o\u0301 2", False),
    ],
)
def test_nearly_all_that_is_not_wanted_is_passed_over_undecoded(text, may):
    told_apart = StreamFilter(listened({"o2": Phrase(("o2",)), "text": Phrase(("text",))}))
    assert [told_apart.may_pass(write(event(text))) for write in (in_ascii, as_it_is, as_go_writes)] == [may] * 3


def test_a_query_without_anchors_wants_to_see_everything():
    told_apart = StreamFilter(listened({"rest": Not(Phrase(("o2",)))}))
    assert told_apart.may_pass(as_it_is(event("anything")))
    assert told_apart.passes(make_post(1, "anything"))
    assert not told_apart.passes(make_post(1, "o2"))


def test_no_queries_want_nothing():
    told_apart = StreamFilter(listened({}))
    assert not told_apart.may_pass(as_it_is(event("anything")))
    assert not told_apart.passes(make_post(1, "anything"))


@pytest.mark.parametrize("raw", ['{"text":"\\u00', "\\u12", "[" * 100_000 + "\\u00e9", "{}", "o2"])
def test_what_is_no_event_is_left_to_who_decodes_it(raw):
    assert StreamFilter(listened({"o2": Phrase(("o2",))})).may_pass(raw)


def test_a_brand_is_named_once():
    asked = {"three": Or((Phrase(("three",)), Prefix(("hutch",)))), "ee": Phrase(("ee",)), "o2": Phrase(("o2",))}
    said = make_post(1, "O2 and EE and Three, once Hutchison")
    assert listened(asked).match(said) == ("ee", "o2", "three")


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize(
    "text",
    [
        "Turkcellden bıktım",
        "line\nd'Turkcell\nends",
        "Turkcell'denhttps://x.example",
        "u Vodafonu nic",
        "#FixVodafoneNow",
        "MeinVodafone",
        "Voda\u00adfone",
        "Voda&shy;fone",
        "Vоdafone",
        "KTК KT가",
        "بأورنج",
    ],
)
def test_no_form_of_a_name_is_passed_over(text, write):
    names = ("turkcell", "vodafone", "kt", "أورنج")
    told_apart = StreamFilter(brand_matcher(Brand(key=name, name=name, terms=(name,)) for name in names))
    assert told_apart.passes(make_post(1, text))
    assert told_apart.may_pass(write(event(text)))
