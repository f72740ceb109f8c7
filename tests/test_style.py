"""The style budget of CONTRIBUTING.md. The lists of exceptions may only shrink.

Annotations, docstrings, broad `except` and `print` are ruff's business; what is held here is
that ruff is asked for them and that nobody silences it in passing.
"""

from __future__ import annotations

import ast
import re
import statistics
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.support.tree import ROOT, product_files, project, tracked_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_FILE, P90_FILE, MEDIAN_FILE = 500, 350, 150
MAX_FUNCTION, P90_FUNCTION, MEDIAN_FUNCTION = 60, 35, 12
CALLED_ONCE = 15
"""Of a hundred functions, those that are private and named nowhere but at one call."""

HELD_BY_RUFF = {
    "ANN": "annotations",
    "BLE": "broad except",
    "D1": "docstrings of everything public, of every module",
    "T20": "print",
    "TID": "absolute imports",
}

NOT_THE_PRODUCT = {"tests/**", ".ci/**"}

SILENCED: dict[str, set[str]] = {
    # file: the codes that it may silence, each with its reason beside the line
}

# Written so that the patterns do not find themselves.
REGISTRIES = rb"(?:pypi|pythonhosted|npmjs|golang|debian|maven|maven[.]apache)[.](?:org|com)|crates[.]io"
OUR_MACHINES = rb"(?<![\w.~}])/(?:root|home/\w+|work|opt/wheels)/"
FORBIDDEN = re.compile(REGISTRIES + rb"|" + OUR_MACHINES)

SUPPRESSION = re.compile(r"#\s*noqa(?::\s*(?P<codes>[A-Z0-9, ]+))?")


def lines_of(file: Path) -> int:
    """Return how many lines a file has."""
    return (ROOT / file).read_text(encoding="utf-8").count("\n")


def functions(source: str) -> Iterator[tuple[str, int]]:
    """Yield the name and the length in lines of every function, nested ones too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def silenced(source: str) -> set[str]:
    """Return the codes that a file silences and that the budget names; `all` where it names none."""
    found = set()
    for match in SUPPRESSION.finditer(source):
        codes = (match["codes"] or "all").replace(",", " ").split()
        found.update(code for code in codes if code == "all" or code.startswith(tuple(HELD_BY_RUFF)))
    return found


def p90(values: list[int]) -> float:
    """Return the value that nine in ten do not exceed."""
    return statistics.quantiles(values, n=10, method="inclusive")[-1]


def product_functions() -> list[tuple[str, int]]:
    """Return file, name and length of every function of the product."""
    return [
        (f"{file}: {name}", length)
        for file in product_files()
        for name, length in functions((ROOT / file).read_text(encoding="utf-8"))
    ]


def test_files_are_short():
    lengths = {file: lines_of(file) for file in product_files()}
    written = [length for length in lengths.values() if length > 3]
    assert [str(file) for file, length in lengths.items() if length > MAX_FILE] == []
    assert p90(written) <= P90_FILE
    assert statistics.median(written) <= MEDIAN_FILE


def test_functions_are_short():
    found = product_functions()
    lengths = [length for _, length in found]
    assert [f"{name} has {length} lines" for name, length in found if length > MAX_FUNCTION] == []
    assert p90(lengths) <= P90_FUNCTION
    assert statistics.median(lengths) <= MEDIAN_FUNCTION


def called_once(source: str) -> list[str]:
    """Return the private functions of a file that are named at their definition and once more."""
    words = Counter(re.findall(r"\w+", source))
    private = [name for name, _ in functions(source) if name.startswith("_") and not name.startswith("__")]
    return [name for name in private if words[name] == 2]


def test_few_helpers_serve_one_caller():
    sources = [(ROOT / file).read_text(encoding="utf-8") for file in product_files()]
    assert 100 * sum(len(called_once(source)) for source in sources) <= CALLED_ONCE * len(product_functions())


def test_a_helper_of_one_caller_is_seen():
    assert called_once("def _a(): ...\ndef _b(): ...\n_a()\n_b()\n_b()\ndef __init__(): ...") == ["_a"]


def test_tests_stay_readable():
    tests = [file for file in tracked_files() if file.parts[0] == "tests" and file.suffix == ".py"]
    assert [f"{file} has {lines_of(file)} lines" for file in tests if lines_of(file) > MAX_FILE] == []


@pytest.mark.parametrize(("group", "what"), HELD_BY_RUFF.items())
def test_ruff_is_asked_for(group, what):
    settings = project()["tool"]["ruff"]["lint"]
    ignored = {code for code in settings["ignore"] if code.startswith(group)}
    assert group in settings["select"], what
    assert ignored <= {"ANN401", "D105", "D107"}, what
    spared = {files: codes for files, codes in settings["per-file-ignores"].items() if files not in NOT_THE_PRODUCT}
    assert [files for files, codes in spared.items() if any(code.startswith(group) for code in codes)] == [], what


def test_types_are_strict_everywhere():
    settings = project()["tool"]["mypy"]
    assert settings["strict"] is True
    assert {file.parts[0] for file in product_files()} - {"index_mappings"} == set(settings["files"])


def test_nobody_silences_the_budget_in_passing():
    found = {str(file): silenced((ROOT / file).read_text(encoding="utf-8")) for file in product_files()}
    assert {name: codes for name, codes in found.items() if codes} == SILENCED


def test_nothing_of_our_machines_is_in_the_tree():
    hits = [
        f"{file}: {match[0].decode()}"
        for file in tracked_files()
        for match in [FORBIDDEN.search((ROOT / file).read_bytes())]
        if match
    ]
    assert hits == []


@pytest.mark.parametrize(
    "words",
    [
        ("https://pypi", "org/simple"),
        ("https://repo", "maven", "apache", "org"),
        ('open("/root', '.cache")'),
        ("see /work", "main"),
        ("/home/somebody", "x"),
    ],
)
def test_forbidden_text_is_found(words):
    joints = (".", "/")
    assert any(FORBIDDEN.search(joint.join(words).encode()) for joint in joints)


@pytest.mark.parametrize("text", ["framework/x", "~/work/x", "https://a.example/home.html", "a /worker/ b"])
def test_ordinary_text_is_not_forbidden(text):
    assert not FORBIDDEN.search(text.encode())


def test_lengths_and_silencers_are_seen():
    source = "def f():\n    def g():\n        return 1  # noqa: BLE001, E501\n    return g\n"
    assert dict(functions(source)) == {"f": 4, "g": 2}
    assert silenced(source) == {"BLE001"}
    assert silenced("x = 1  # noqa") == {"all"}
    assert p90([*range(1, 11)]) == pytest.approx(9.1)
