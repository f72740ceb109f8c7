"""`earshot demo` of a simulated operator and `earshot evaluate` on it, as a stranger calls them."""

import json
from collections import Counter

import pytest
from typer.testing import CliRunner

from cli.main import app


def run(*words):
    result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    return result.exit_code, result.stdout


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    assert demo(folder, "--world-only")[0] == 0
    return folder


def demo(folder, *more):
    return run("demo", "--seed=3", "--customers=4000", "--days=9", f"--output={folder}", "--no-browser", *more)


def test_a_world_alone_is_its_files_and_no_store(world):
    assert {path.name for path in world.iterdir()} == {
        "customers.jsonl",
        "evidence.jsonl",
        "events.jsonl",
        "places.jsonl",
        "posts.jsonl",
        "earshot.toml",
        "truth",
    }


@pytest.mark.model
def test_it_goes_through_the_whole_flow_and_is_held_against_its_truth(world, tmp_path, monkeypatch):
    monkeypatch.setattr("cli.demo.refresh_store", lambda *_: None)  # finding topics takes half a minute
    folder = tmp_path / "whole"
    assert demo(folder)[0] == 0
    for name in ("customers.jsonl", "posts.jsonl", "truth/incidents.jsonl"):
        assert (folder / name).read_bytes() == (world / name).read_bytes()
    config, truth = f"--config={folder / 'earshot.toml'}", f"--truth={folder / 'truth'}"
    code, printed = run(config, "evaluate", truth, "--format=json")
    found = json.loads(printed)
    assert code == 0
    figures = {"recall", "false_per_month_per_million", "lead_minutes_median", "delay_minutes_median", "n"}
    ways = found["incidents"]["baselines"]
    assert figures <= found["incidents"].keys()
    assert all(figures <= way.keys() for way in ways.values())
    declared = {
        (row["source"], row["handle"]): row["evidence"]
        for row in map(json.loads, (folder / "truth" / "links.jsonl").read_text().splitlines())
        if row["declared"] and row["consent"]
    }
    posts = [json.loads(line) for line in (folder / "posts.jsonl").read_text().splitlines()]
    linkable = Counter(filter(None, (declared.get((post["source"], post["author"]["handle"])) for post in posts)))
    assert len(linkable) == 3
    assert found["links"] == {
        "precision": 1.0,
        "recall": 1.0,
        "n": linkable.total(),
        "by_evidence": {kind: {"links": count, "precision": 1.0} for kind, count in linkable.items()},
    }
    code, printed = run(config, "evaluate", truth)
    assert code == 0
    assert "delay minutes median: " in printed


def test_no_truth_is_one_sentence(world, tmp_path):
    result = CliRunner().invoke(app, [f"--config={world / 'earshot.toml'}", "evaluate", f"--truth={tmp_path}"])
    assert result.exit_code != 0
    assert "there is no truth in" in str(result.exception)


def test_too_few_customers_are_refused_in_one_sentence(tmp_path):
    result = CliRunner().invoke(app, ["demo", "--customers=10", f"--output={tmp_path}", "--world-only"])
    assert "customers can be simulated" in str(result.exception)
