"""Runs of one thing without an end, as nobody writes them but who means harm, and how long they are read."""

import gc
import time

UNITS = {
    "letters": "a",
    "capitals": "A",
    "words": "north wind ",
    "spaces": " ",
    "line ends": "\n",
    "Windows line ends": "\r\n",
    "tabs": "\t",
    "at": "@",
    "handles": "@a ",
    "handles without spaces": "@a",
    "mail addresses": "a@b.c ",
    "halves of addresses": "a@",
    "hashtags": "#a",
    "hashes": "#",
    "links": "https://a.example/ ",
    "beginnings of links": "http://",
    "www": "www.",
    "paths": "a/",
    "names of hosts": "ab.",
    "square brackets": "[",
    "round brackets": "(",
    "closing brackets": ")]}",
    "tags": "<a>",
    "beginnings of tags": "<",
    "attributes": '<a b="',
    "comments": "<!--",
    "declarations": "<![CDATA[",
    "digits": "1",
    "digits apart": "1 ",
    "digits and dashes": "1-",
    "digits in brackets": "(1",
    "times": "11:11 ",
    "dots": ".",
    "dots after letters": "a.",
    "ellipses": "…",
    "three dots apart": "... ",
    "ideographs": "天",
    "kana": "カ",
    "Hangul": "한",
    "letters of Hangul": "\u1100\u1161",
    "Thai": "ก",
    "Arabic": "ب",
    "ligatures": "ﷺ",
    "emoji": "😀",
    "joined emoji": "👩\u200d",
    "flags": "🇬🇧",
    "combining marks": "\u0301\u0323",
    "letters with marks": "a\u0301",
    "quotes": '"',
    "quoted letters": '"a',
    "apostrophes": "a'",
    "typographic apostrophes": "’",
    "entities": "&amp;",
    "ampersands": "&",
    "beginnings of entities": "&#",
    "numbers as entities": "&#1;",
    "backslashes": "\\",
    "escaped quotes": '\\"',
    "colons": "a:",
    "dashes": "-",
    "rules": "---\n",
    "low lines": "_",
    "quoted lines": "> a\n",
    "beginnings of mails": "\nFrom a 11:11 2026\n",
    "places": "London, ",
    "places without spaces": "東京",
    "marks of reposts": "RT @a: ",
    "invisible characters": "\u200b",
    "zeros": "\0",
}
"""What is repeated, by name."""
SHORT, LONG = 12_500, 200_000
TRIES = 10
NO_TIME_S = 0.03
"""What takes no longer is left alone: it is measured badly, and harms nobody."""
SLACK = 4.0
"""How many times as long as linear work it may take. Of a text of sixteen times the length quadratic work takes 16."""


def run(name, length):
    """Return a text of this length."""
    unit = UNITS[name]
    return (unit * (length // len(unit) + 1))[:length]


def grows_too_fast(read, name, short=SHORT, long=LONG):
    """Tell whether the longer run takes much longer than its length accounts for.

    Time is that of the thread, so that others do not count; the best of several tries is taken.
    """
    most = SLACK * long / short
    quick, slow = float("inf"), float("inf")
    for _ in range(TRIES):
        slow = min(slow, _seconds(read, run(name, long)))
        if slow <= NO_TIME_S:
            return False
        quick = min(quick, _seconds(read, run(name, short)))
        if slow <= most * quick:
            return False
    return True


def _seconds(read, text):
    """Return how long reading takes; garbage of all the tests before is not looked through meanwhile."""
    gc.disable()
    try:
        began = time.thread_time()
        read(text)
        return time.thread_time() - began
    finally:
        gc.enable()
