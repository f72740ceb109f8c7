"""The real encoder out of its package."""

import os
import subprocess
import sys
from typing import Final

import numpy as np
import pytest
import torch

from domain.config import NlpSettings
from domain.errors import ModelError
from nlp.bench import made_posts
from nlp.clean import model_text
from nlp.encoder.base import packed_base
from nlp.encoder.encoder import Encoder, batches_by_length, network_of
from nlp.encoder.graph import STATES, states_graph
from nlp.encoder.heads import Heads
from nlp.encoder.int8 import PAIR, Quantised
from nlp.encoder.shipped import WEIGHTS
from nlp.encoder.tokens import where_named
from nlp.encoder.weights import head_shapes, load, save
from nlp.tasks import sentiment, toward
from textquery.places import places_of

pytestmark = pytest.mark.model

TEXTS = [
    "No signal in Leeds again, this is a joke",
    "Kein Netz in Leeds, schon wieder, das ist ein Witz",
    "I love the new shop, friendly people",
    "",
    "😡",
]


@pytest.fixture(scope="module")
def encoder():
    return Encoder.open(NlpSettings())


def test_the_graph_says_what_transformers_and_the_heads_say():
    trained, base = load(WEIGHTS), packed_base()
    base.put(trained.layers)
    heads = Heads.of(trained.heads)
    where = [((text.index("Leeds"), text.index("Leeds") + 5),) if "Leeds" in text else () for text in TEXTS]
    given = [(spans, ()) if spans else () for spans in where]
    tokens, named = base.tokenizer.named(TEXTS, given)
    ids, mask = base.batch(tokens)
    with torch.inference_mode():
        states = base.model(input_ids=ids, attention_mask=mask).last_hidden_state
        outputs = heads(states, mask, torch.from_numpy(where_named(named, tuple(ids.shape))))
        probabilities = heads.probabilities(outputs.logits)
    exact = NlpSettings(precision="float32")
    network, tokenizer = network_of(trained, exact, graph=states_graph)
    said = np.array([bool(text) for text in TEXTS])
    real = mask.bool() & torch.from_numpy(said)[:, None]
    ours = Encoder.open(exact).read(TEXTS, given)
    assert np.allclose(network(tokenizer(TEXTS))[STATES][:, : real.shape[1]][real], states[real], atol=2e-5)
    assert np.allclose(ours.embeddings[said], outputs.embedding[said], atol=2e-5)
    assert ours.probabilities.keys() == probabilities.keys()
    for name, theirs in probabilities.items():
        assert np.allclose(ours.probabilities[name][said], theirs[said], atol=2e-5), name
    # Of no words the two marks alone are read; there the two differ in the fifth digit.
    assert np.allclose(ours.embeddings[~said], outputs.embedding[~said], atol=1e-4)


def test_of_two_brands_the_one_that_is_blamed_is_felt_worse_toward(encoder):
    texts, names = [], []
    for bad, good in (("Vodafone", "giffgaff"), ("giffgaff", "Vodafone")):
        for text in (
            f"Left {bad}, they were awful. {good} is brilliant",
            f"{good} is so much better than {bad}",
            f"{bad} never worked at home, with {good} I have full bars",
        ):
            texts.append(text)
            names.append((tuple(places_of((bad,), text)), tuple(places_of((good,), text))))
    found = encoder.read(texts, names).probabilities[toward.SENTIMENT]
    blamed, praised = found[:, :2, sentiment.LABELS.index("negative")].mean(0)
    assert blamed > 1.5 * praised


def test_one_text_is_read_once_for_each_way_in_which_its_names_stand(encoder):
    text = "left O2 for EE"
    names = [(((5, 7),),), (((12, 14),),), (((5, 7),),)]
    found = encoder.read([text] * 3, names)
    leaving = found.probabilities[toward.SWITCH][:, 0]
    assert (leaving[0] == leaving[2]).all()
    assert not np.allclose(leaving[0], leaving[1])
    assert np.allclose(found.embeddings[0], found.embeddings[1], atol=1e-6)


def test_int8_gives_the_labels_of_float_and_nearly_the_same_digits():
    texts = [model_text(text) for text in made_posts(400)]
    exact = Encoder.open(NlpSettings(precision="float32")).read(texts)
    quick = Encoder.open(NlpSettings(precision="int8")).read(texts)
    agree = exact.sentiment.argmax(1) == quick.sentiment.argmax(1)
    assert agree.mean() >= 0.99
    assert (exact.embeddings * quick.embeddings).sum(1).mean() > 0.995
    # What they disagree on were near ties.
    margins = np.sort(exact.sentiment[~agree], axis=1)
    assert (margins[:, -1] - margins[:, -2] < 0.2).all()


def test_a_processor_without_units_for_bytes_reads_in_float(monkeypatch):
    monkeypatch.setattr("nlp.encoder.encoder.has_byte_units", lambda: False)
    careful = Encoder.open(NlpSettings()).read(TEXTS)
    assert np.array_equal(careful.sentiment, Encoder.open(NlpSettings(precision="float32")).read(TEXTS).sentiment)


PRODUCTS: Final = """
import sys
import numpy as np, openvino, openvino.opset13 as ops
from nlp.encoder.graph import product
from nlp.encoder.int8 import Quantised
from nlp.encoder.network import compiled
weight, levels = (np.load(name) for name in sys.argv[1:])
ones = [np.ones(width, np.float32) for width in weight.shape]
x = ops.parameter(levels.shape, np.float32)
for zero in (0, 128):
    graph = openvino.Model([product(x, Quantised(weight, *ones, step=1.0, zero=zero))], [x])
    found = compiled(graph, threads=1)(levels - zero)[0]
    assert np.array_equal(found, ((levels - zero).astype(int) @ weight.T.astype(int)).astype(np.float32)), zero
"""


def test_a_processor_without_vnni_adds_up_what_ships_exactly(tmp_path):
    matrix = load(WEIGHTS).matrices["layer.0.attention.output.dense.weight"]
    assert pairs(matrix.weight).max() <= PAIR
    chance = np.random.default_rng(7)
    np.save(tmp_path / "weight.npy", matrix.weight)
    # The largest bytes, and any.
    levels = np.concatenate(
        [np.full((8, matrix.weight.shape[1]), 255), chance.integers(0, 256, (56, matrix.weight.shape[1]))]
    )
    np.save(tmp_path / "levels.npy", levels.astype(np.float32))
    files = [str(tmp_path / name) for name in ("weight.npy", "levels.npy")]
    subprocess.run(
        [sys.executable, "-c", PRODUCTS, *files], check=True, env={**os.environ, "ONEDNN_MAX_CPU_ISA": "AVX2"}
    )


def test_a_matrix_of_an_earlier_version_is_bounded_and_changes_little():
    chance = np.random.default_rng(3)
    weight = chance.integers(-127, 128, (40, 64)).astype(np.int8)
    ones = np.ones(40, np.float32), np.ones(64, np.float32)
    bounded = Quantised(weight, *ones, step=1.0, zero=128).bounded()
    assert pairs(bounded.weight).max() <= PAIR
    assert np.abs(bounded.matrix() - weight).max() <= bounded.scale.max() / 2
    assert bounded.bounded() is bounded


def pairs(weight):
    size = np.abs(weight.astype(int))
    return size[:, 0::2] + size[:, 1::2]


READ: Final = """
import socket, sys
asked = []
socket.getaddrinfo = socket.create_connection = lambda *where, **_: asked.append(where)
from nlp.encoder.encoder import Encoder
from domain.config import NlpSettings
Encoder.open(NlpSettings()).read(["no signal"])
"""


def test_reading_needs_no_torch():
    check = READ + "assert not {'torch', 'transformers'} & {*sys.modules}"
    subprocess.run([sys.executable, "-c", check], check=True)


def test_reading_tells_nobody_and_leaves_nothing_behind(tmp_path):
    check = READ + "assert not asked and 'openvino_telemetry.main' not in sys.modules"
    subprocess.run([sys.executable, "-c", check], check=True, env={**os.environ, "HOME": str(tmp_path)})
    assert not list(tmp_path.iterdir())


def test_a_text_alone_gets_what_it_gets_among_others(encoder):
    texts = [model_text(text) for text in made_posts(60)]
    together = encoder.read(texts)
    alone = encoder.read([texts[7]])
    assert np.allclose(alone.sentiment[0], together.sentiment[7], atol=0.02)


def test_an_unknown_precision_is_one_sentence():
    with pytest.raises(ModelError, match="precision is 'fp4'; it can be auto, int8, float32"):
        Encoder.open(NlpSettings(precision="fp4"))


def test_the_same_meaning_is_near_in_other_languages(encoder):
    embeddings = encoder.read([model_text(text) for text in TEXTS]).embeddings
    assert np.allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-4)
    english, german, praise = embeddings[:3]
    assert english @ german > english @ praise + 0.2


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("This is the worst network I have ever had, I am so angry", 0),
        ("Best service ever, thank you so much, I love it", 2),
        ("C'est nul, encore une panne, je suis furieux", 0),
        ("Super Service, vielen Dank, ich bin begeistert", 2),
        ("Qué horror, otra vez sin internet, estoy harto", 0),
        ("خدمة سيئة جدا ولا أنصح بها أحدا", 0),
        ("The shop in the high street opens at nine on Monday", 1),
    ],
)
def test_plain_moods_are_heard(encoder, text, label):
    assert encoder.read([text]).sentiment[0].argmax() == label


def test_equal_texts_are_read_once_and_get_the_same(encoder):
    readings = encoder.read([TEXTS[0], TEXTS[2], TEXTS[0]])
    assert np.array_equal(readings.sentiment[0], readings.sentiment[2])
    assert np.allclose(readings.sentiment.sum(1), 1, atol=1e-5)


def test_how_many_threads_read_changes_no_digit(encoder):
    texts = [model_text(text) for text in made_posts(200)]
    one, three = (Encoder.open(NlpSettings(threads=count)).read(texts) for count in (1, 3))
    assert np.array_equal(one.embeddings, three.embeddings)
    assert all(np.array_equal(rows, three.probabilities[name]) for name, rows in one.probabilities.items())


def test_what_goes_wrong_in_a_thread_is_not_swallowed(encoder, monkeypatch):
    def broken(batch, names):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(encoder, "_network", broken)
    with pytest.raises(RuntimeError, match="out of memory"):
        encoder.read(TEXTS)


def test_the_same_page_gives_the_same_digits(encoder):
    assert np.array_equal(encoder.read(TEXTS).embeddings, encoder.read(TEXTS).embeddings)


def test_batches_hold_every_text_once_and_stay_within_their_tokens():
    lengths = np.array([5, 128, 3, 90, 17, 2_000, 8])
    batches = list(batches_by_length(lengths, tokens=200))
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    assert all(len(batch) == 1 or len(batch) * lengths[batch].max() <= 200 for batch in batches)


def test_weights_survive_the_way_to_disk_and_back(tmp_path):
    trained = load(WEIGHTS)
    revision = save(
        tmp_path / "w.safetensors",
        vectors=trained.vectors,
        matrices=trained.matrices,
        heads=trained.heads,
        name="again",
    )
    again = load(tmp_path / "w.safetensors")
    assert again.revision == revision
    assert all(np.array_equal(again.layers[name], layer) for name, layer in trained.layers.items())


@pytest.mark.parametrize("lost", ["cut_irony", "tasks.emotion.weight", "queries"])
def test_weights_with_other_heads_are_one_sentence(tmp_path, lost):
    trained = load(WEIGHTS)
    heads = {name: array for name, array in trained.heads.items() if name != lost}
    for other in (heads, {**heads, lost: trained.heads[lost][:-1]}):
        save(tmp_path / "w", vectors=trained.vectors, matrices=trained.matrices, heads=other, name="other")
        with pytest.raises(ModelError, match="holds other heads than this version of Earshot reads; train it again"):
            load(tmp_path / "w")


def test_a_weights_file_keeps_all_of_the_heads():
    assert {name: array.shape for name, array in Heads(12).state().items()} == head_shapes(12)


def test_missing_and_foreign_weights_are_one_sentence(tmp_path):
    with pytest.raises(ModelError, match="missing"):
        load(tmp_path / "none.safetensors")
    with pytest.raises(ModelError, match="cannot be loaded"):
        Encoder.open(NlpSettings(encoder=str(tmp_path)))
