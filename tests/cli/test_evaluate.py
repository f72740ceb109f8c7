"""`earshot demo` of a simulated operator and `earshot evaluate` on it, as a stranger calls them."""

import json

import pytest
from typer.testing import CliRunner

from cli.main import app


def run(*words):
    result = CliRunner().invoke(app, [str(word) for word in words])
    return result.exit_code, result.stdout


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    options = ("--seed=3", "--customers=1000", "--days=9", f"--output={folder}", "--no-browser", "--world-only")
    assert run("demo", *options)[0] == 0
    return folder


def test_a_world_alone_is_its_files_and_no_store(world):
    assert {path.name for path in world.iterdir()} == {
        "customers.jsonl", "events.jsonl", "places.jsonl", "posts.jsonl", "earshot.toml", "truth",
    }  # fmt: skip


def test_its_posts_can_be_taken_in_and_evaluated(world):
    config = f"--config={world / 'earshot.toml'}"
    for kind in ("customers", "events"):
        loading = ("load", kind, f"--path={world / kind}.jsonl", "--no-refresh")
        assert run(config, *loading)[0] == 0
    truth = f"--truth={world / 'truth'}"
    code, printed = run(config, "evaluate", truth, "--format=json")
    found = json.loads(printed)
    assert code == 0
    assert {
        "recall",
        "false_per_month_per_million",
        "lead_minutes_median",
        "delay_minutes_median",
        "n",
        "baselines",
    } <= (found["incidents"].keys())
    assert found["events"] == {"precision": None, "recall": None, "calibration_error": None, "n": 0}
    assert found["links"] == {"precision": None, "recall": None, "n": 0, "by_evidence": {}}
    code, printed = run(config, "evaluate", truth)
    assert code == 0
    assert "precision: cannot be measured" in printed


def test_no_truth_is_one_sentence(world, tmp_path):
    result = CliRunner().invoke(app, [f"--config={world / 'earshot.toml'}", "evaluate", f"--truth={tmp_path}"])
    assert result.exit_code != 0
    assert "there is no truth in" in str(result.exception)


def test_too_few_customers_are_refused_in_one_sentence(tmp_path):
    result = CliRunner().invoke(app, ["demo", "--customers=10", f"--output={tmp_path}", "--world-only"])
    assert "customers can be simulated" in str(result.exception)
