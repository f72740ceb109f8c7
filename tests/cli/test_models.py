"""`earshot models`: what there is, bringing what there is not, and whether all of it is right."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from domain.config import NlpSettings
from nlp.encoder.shipped import NAME, WEIGHTS, revision_of
from nlp.encoder.weights import load
from nlp.hub.checks import faults
from nlp.hub.inventory import inventory
from nlp.tasks import TASK
from tests.support.fake_hub import COMMIT, fake_hub
from tests.support.tiny_models import tiny_model
from tests.support.tree import ROOT

NOWHERE = "http://127.0.0.1:9"
RUN = "from cli.main import run; import sys; run()"
TORCH = "import atexit, sys; atexit.register(lambda: print('torch' in sys.modules, file=sys.stderr)); " + RUN

READ = "from nlp.hub.head import HubTask; from nlp.tasks import TASK; print(HubTask(TASK['irony'], '{name}').model)"


@pytest.fixture
def earshot(tmp_path):
    """The command in a process of its own, with a cache of its own: the hub's address is read when it starts."""

    def run(*words, hub=NOWHERE, script=RUN, **environ):
        known = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "EARSHOT_"))}
        homes = {"EARSHOT_HOME": str(tmp_path / "home"), "HF_HOME": str(tmp_path / "cache"), "HF_ENDPOINT": hub}
        return subprocess.run(
            [sys.executable, "-c", script, *words], cwd=tmp_path, capture_output=True, text=True, check=False,
            env=known | homes | {"PYTHONPATH": str(ROOT)} | environ,
        )  # fmt: skip

    return run


@pytest.fixture
def published(tmp_path):
    """A model as a hub has it, with a page, a program in place of weights and a second form of them."""
    folder = tmp_path / "published"
    tiny_model(folder, ["not ironic", "irony"])
    (folder / "README.md").write_text("---\nlicense: mit\n---\nA tiny model.\n")
    (folder / "pytorch_model.bin").write_bytes(b"a pickle")
    (folder / "onnx").mkdir()
    (folder / "onnx" / "model.json").write_text("{}")
    return folder


def test_the_list_says_what_answers_each_task_and_loads_nothing(earshot):
    done = earshot("models", "list", "--format", "json", script=TORCH)
    rows = {row["task"]: row for row in json.loads(done.stdout)}
    assert rows.keys() >= {*TASK, "encoder", "embedding", "language", "places"}
    assert rows["irony"]["model"] == NAME
    assert rows["irony"]["revision"] == revision_of(WEIGHTS)
    assert rows["irony"]["MB"] == round(WEIGHTS.stat().st_size / 1e6, 1)
    assert rows["irony"]["there"] == "yes"
    assert all(row["licence"] for row in rows.values())
    assert done.stderr.strip() == "False"


def test_a_model_in_place_of_a_head_is_listed_whether_it_is_there_or_not(published):
    rows = {row.task: row for row in inventory(NlpSettings(irony=str(published), spam="nobody/nothing@v1"))}
    assert (rows["irony"].model, rows["irony"].licence, rows["irony"].there) == (str(published), "mit", True)
    assert (rows["spam"].model, rows["spam"].revision, rows["spam"].there) == ("nobody/nothing", "v1", False)
    assert rows["sentiment"].model == NAME


def test_what_is_pulled_is_used_without_a_network(earshot, published):
    with fake_hub("somebody/tiny", published, revisions=("main", "v1")) as hub:
        done = earshot("models", "pull", "somebody/tiny@v1", hub=hub.url)
        asked = " ".join(hub.asked)
    assert done.stdout.strip() == f"somebody/tiny@{COMMIT[:12]}", done.stderr
    assert "licence mit" in done.stderr
    assert "model.safetensors" in asked
    assert "pytorch_model.bin" not in asked
    assert "onnx/" not in asked
    rows = json.loads(earshot("models", "list", "--format", "json", EARSHOT_NLP_IRONY="somebody/tiny@v1").stdout)
    (irony,) = [row for row in rows if row["task"] == "irony"]
    assert (irony["model"], irony["revision"], irony["there"]) == ("somebody/tiny", COMMIT[:12], "yes")
    assert COMMIT[:12] in earshot(script=READ.format(name="somebody/tiny@v1")).stdout


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("somebody/other", "the hub has no public model somebody/other"),
        ("somebody/tiny@v9", "the model somebody/tiny has no revision v9"),
        ("not a name", "there is no folder not a name"),
    ],
)
def test_what_the_hub_does_not_have_is_one_sentence(earshot, published, name, told):
    with fake_hub("somebody/tiny", published) as hub:
        done = earshot("models", "pull", name, hub=hub.url)
    assert done.returncode == 1
    assert told in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_hub_that_cannot_be_reached_is_one_sentence(earshot):
    done = earshot("models", "pull", "somebody/tiny")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == ["earshot: somebody/tiny is not on this machine and the hub cannot be reached"]


def test_a_model_without_safetensors_weights_is_refused(earshot, published):
    (published / "model.safetensors").unlink()
    with fake_hub("somebody/tiny", published) as hub:
        done = earshot("models", "pull", "somebody/tiny", hub=hub.url)
    assert done.returncode == 1
    assert "no safetensors weights" in done.stderr


@pytest.mark.model
def test_what_ships_is_right(earshot):
    done = earshot("models", "check")
    assert (done.stdout, done.returncode) == ("", 0)
    assert "all models are right" in done.stderr
    assert re.search(
        r"^arithmetic: (int8|float32); this processor has (no )?units for sums of products of bytes\. "
        r"About [\d,]+ short posts a second$",
        done.stderr,
        re.MULTILINE,
    )


@pytest.mark.model
def test_a_processor_without_units_for_bytes_is_said_to_read_in_float(earshot):
    done = earshot("models", "check", ONEDNN_MAX_CPU_ISA="AVX2")
    assert "arithmetic: float32; this processor has no units for sums of products of bytes. About" in done.stderr


@pytest.mark.model
def test_faults_are_one_sentence_each(earshot, published):
    done = earshot("models", "check", EARSHOT_NLP_EMOTION=str(published), EARSHOT_NLP_SPAM="nobody/nothing")
    assert done.returncode == 1
    told = done.stdout.splitlines()
    assert any(line.startswith(f"the emotion model {published} must have the labels") for line in told)
    assert any(line.startswith("nobody/nothing is not on this machine") for line in told)


@pytest.mark.model
def test_weights_that_changed_or_lost_their_minds_are_found(tmp_path):
    from nlp.encoder.weights import save

    trained = load(WEIGHTS)
    path = tmp_path / "mine.safetensors"
    trained.heads["tasks.sentiment.weight"][:] = 0
    save(path, vectors=trained.vectors, matrices=trained.matrices, heads=trained.heads, name="mine")
    shutil.copy(WEIGHTS.with_suffix(".json"), path.with_suffix(".json"))
    told = list(faults(NlpSettings(weights=str(path)), lambda step: None))
    assert any(line.startswith(f"{path} has the revision {revision_of(path)} and its card") for line in told)
    assert any(line.startswith("sentiment of") and "should be" in line for line in told)
