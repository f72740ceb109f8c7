"""Every command, path and setting that the pages name exists."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from dataclasses import fields

import pytest
import typer

from collectors.catalog import CATALOG, open_source
from collectors.records.posts import read_post_mapping
from configuration.load import load_config
from domain.config import JobSettings, LinkingSettings, ListenerSettings, NlpSettings, PrivacySettings
from domain.setting import variable
from pipeline.clock import SystemClock
from tests.support.markdown import blocks, commands, paths, settings, spoken_commands
from tests.support.tree import ROOT, product_files

PAGES = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "collectors/README.md", "docs/operating.md")
SETTINGS = {
    "NLP": NlpSettings,
    "LINKING": LinkingSettings,
    "PRIVACY": PrivacySettings,
    "JOBS": JobSettings,
    "LISTENER": ListenerSettings,
}
DECLARED = {variable(f"EARSHOT_{table}", item) for table, made in SETTINGS.items() for item in fields(made)}
DECLARED |= {"EARSHOT_STORE", "EARSHOT_HOME", "EARSHOT_CONFIG", "EARSHOT_PSEUDONYM_KEY"}
DECLARED |= {"EARSHOT_TIME_ZONE", "EARSHOT_HOLIDAYS"}
MADE_BY_THE_READER = {"earshot.toml", "reviews.toml"}


def page(name):
    """Return the text of a page, empty where there is none: `test_page_exists` says so."""
    file = ROOT / name
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def every(read):
    """Return the commands that a reader finds on the pages, as parameters."""
    return [pytest.param(words, id=f"{name}: {' '.join(words)}") for name in PAGES for words in read(page(name))]


def make_targets():
    """Return the targets of the Makefile that a person calls."""
    return set(re.search(r"^\.PHONY: (.+)$", page("Makefile"), re.MULTILINE)[1].split())


def check_make(words):
    """Fail where a target does not exist."""
    assert {word for word in words if "=" not in word} <= make_targets()


def check_earshot(words):
    """Fail where the command line would be refused; files need not exist."""
    from cli.main import app

    parse(typer.main.get_command(app), "earshot", words)


def parse(command, name, words, parent=None):
    """Parse words as the command would, groups and their commands, without running it."""
    try:
        context = command.make_context(name, list(words), parent=parent)
    except typer.Exit:
        return
    except typer.BadParameter as error:
        if "does not exist" in error.message:
            return
        raise
    if hasattr(command, "commands"):
        rest = [*context._protected_args, *context.args]
        parse(*reversed(command.resolve_command(context, rest)[:2]), command.resolve_command(context, rest)[2], context)


def check_python(words):
    """Fail where a module that is run does not exist."""
    flag, module, *_ = words
    assert flag == "-m"
    assert (ROOT / f"{module.replace('.', '/')}.py").is_file() or module == "pytest"


def check_repository_file(words):
    """Fail where a script of ours does not exist."""
    assert (ROOT / words[0]).is_file()


CHECKS = {
    "make": check_make,
    "earshot": check_earshot,
    "python": check_python,
    "bash": check_repository_file,
    "git": lambda words: None,
    "cd": lambda words: None,
    "export": lambda words: None,
    "docker": lambda words: None,
    "curl": lambda words: None,
}


@pytest.mark.parametrize("name", PAGES)
def test_page_exists(name):
    assert page(name).startswith("# ")


@pytest.mark.parametrize("words", every(commands))
def test_command_works(words):
    program = words[0].removeprefix(".venv/bin/")
    assert program in CHECKS, f"the pages call {program}, which nobody checks"
    CHECKS[program](words[1:])


def test_every_target_says_what_it_does():
    told = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    assert {line.split()[1] for line in told.splitlines()} == make_targets()


@pytest.mark.parametrize("words", every(spoken_commands))
def test_spoken_command_exists(words):
    try:
        CHECKS[words[0]](words[1:])
    except typer.BadParameter as error:
        if not error.format_message().startswith("Missing"):
            raise


@pytest.mark.parametrize("name", PAGES)
def test_paths_exist(name):
    folder = (ROOT / name).parent
    missing = [path for path in paths(page(name)) if not (ROOT / path).exists() and not (folder / path).exists()]
    assert [path for path in missing if path not in MADE_BY_THE_READER and not path.startswith(".venv/bin/")] == []


@pytest.mark.parametrize("name", PAGES)
def test_settings_exist(name):
    source = "\n".join((ROOT / file).read_text(encoding="utf-8") for file in product_files())
    of_sources = tuple(f"_{item.name}".upper() for kind in CATALOG.values() for item in fields(kind.settings))
    unknown = {setting for setting in settings(page(name)) - DECLARED if setting not in source}
    assert {setting for setting in unknown if not re.fullmatch(r"EARSHOT_SOURCE_\w+", setting)} == set()
    assert {setting for setting in unknown if not setting.endswith(of_sources)} == set()


def test_every_setting_is_documented():
    assert DECLARED - settings(page("README.md")) == set()


@pytest.mark.parametrize(("kind", "source"), CATALOG.items())
def test_every_setting_of_a_source_is_documented(kind, source):
    described = page("docs/sources.md")
    assert f"## {kind}\n" in described
    assert [item.name for item in fields(source.settings) if f"`{item.name}`" not in described] == []


@pytest.mark.parametrize("block", [block for name in PAGES for block in blocks(page(name), "toml")])
def test_configuration_or_mapping_is_accepted(block, tmp_path):
    file = tmp_path / "earshot.toml"
    file.write_text(block, encoding="utf-8")
    if "fields" in tomllib.loads(block):
        assert read_post_mapping(str(file)).fields
        return
    sources = load_config(file, {"EARSHOT_HOME": str(tmp_path)}).sources
    for name, table in sources.items():
        open_source(name, table, clock=SystemClock(), environ={}, key=b"a key for tests")


def test_import_rule_is_the_one_that_is_held():
    from tests.test_architecture import MAY_IMPORT

    rule = page("ARCHITECTURE.md").split("## Import rule")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in rule.splitlines() if line.startswith("| `")]
    told = {package: allowed for names, allowed in rows for package in re.findall(r"`(\w+)`", names)}
    free = {"index_mappings", "pipeline", "world", "cli"}
    held = {package: allowed for package, allowed in MAY_IMPORT.items() if package not in free}
    assert {package: set(re.findall(r"`(\w+)[`.]", text)) for package, text in told.items() if package in held} == held


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ("$ A=1 earshot ask --by day | head", [["earshot", "ask", "--by", "day"], ["head"]]),
        ("$ earshot analyse - \\\n  < in.jsonl\nshown", [["earshot", "analyse", "-"]]),
        ("nothing\n$ make test ARGS='a b'", [["make", "test", "ARGS=a b"]]),
    ],
)
def test_commands_are_read_as_a_shell_would(block, words):
    assert list(commands(f"```console\n{block}\n```\n")) == words


def test_wrong_words_are_found():
    app = typer.Typer()
    app.command("ask")(lambda by="day": None)
    app.command("load")(lambda: None)
    command = typer.main.get_command(app)
    parse(command, "earshot", ["ask"])
    for words in (["tell"], ["ask", "--nope"]):
        with pytest.raises(Exception, match="No such"):
            parse(command, "earshot", words)
    with pytest.raises(AssertionError):
        check_make(["nothing"])
    text = "see `stores/none.py`, `a/b/`, `x.md`, [l](m.md), `12/13 of`"
    assert paths(text) == ["stores/none.py", "a/b/", "x.md", "m.md"]


HELD_AGAINST = ("noise", "order", "processor")


def results(name):
    """Return what a proof run wrote down."""
    return json.loads((ROOT / "proof" / name).read_text(encoding="utf-8"))


def test_the_pages_of_proof_runs_are_those_of_their_results():
    from proof import identity, incidents, payloads, scale, services, speed, storms, topics, trust

    timed = map(results, ("bench_nlp.json", "speed.json", "pages.json", "processors.json"))
    assert page("docs/speed.md") == speed.page(*timed)
    loaded = map(results, ("bench_store.json", "bench_journey.json", "counting.json"))
    assert page("docs/scale.md") == scale.page(*loaded)
    assert page("docs/storms.md") == storms.page(results("storms.json"))
    assert page("docs/topics.md") == topics.page(results("topics.json"))
    assert page("docs/payloads.md") == payloads.page(results("payloads.json"))
    assert page("docs/incidents.md") == incidents.page(results("incidents.json"))
    assert page("docs/identity.md") == identity.page(results("identity.json"))
    assert page("docs/services.md") == services.page(results("services.json"))
    assert page("docs/trust.md") == trust.page(results("fuzz.json"))


def test_topics_hold_where_nothing_changed_that_should_matter():
    from proof.topics import NOW

    rands = {figures[NOW][f"rand_{name}"] for figures in results("topics.json").values() for name in HELD_AGAINST}
    assert len(results("topics.json")) == 2
    assert min(rands) >= 0.95


def test_storms_lost_and_invented_nothing_and_every_source_has_one():
    found = results("storms.json")
    assert {kind.partition(" ")[0] for kind in found} == CATALOG.keys() - {"file", "counters"}
    assert {(one["posts"], one["lost"], one["invented"], one["stale"]) for one in found.values()} == {(10_000, 0, 0, 0)}


def test_every_test_that_trust_is_built_on_is_there():
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", page("docs/trust.md"))
    assert len(named) > 20
    for file, test in named:
        assert not test or f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), test
        assert (ROOT / file).is_file(), file


def test_every_reader_was_fuzzed_and_what_was_found_is_mended():
    from tests.support.fuzz_readers import READERS

    found = results("fuzz.json")
    assert found.keys() == READERS.keys()
    assert [name for name, one in found.items() if len(one["faults"]) != one["mended"]] == []
