"""A real server that is killed in the middle of a bulk, or whose disk fills up: nothing lost, nothing twice, and on."""

import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from domain.errors import StoreError, StoreRefused, StoreUnreachable
from pipeline.ingest import ingest
from stores.elastic.store import ElasticStore
from stores.open import open_store
from tests.conftest import started
from tests.support.elastic_proxy import proxy
from tests.support.elastic_server import mortal_server
from tests.support.flows import ListCollector, flow_to, make_post

pytestmark = pytest.mark.elastic

PATIENCE_S = 120
PAGES = [[make_post(f"{page}-{number}", f"no signal {page} {number}") for number in range(4)] for page in range(3)]
ALL = {post.native_id for page in PAGES for post in page}


@pytest.fixture(scope="module")
def mortal():
    """A server of this file's own: what happens to it happens to no other test."""
    with started(mortal_server) as server:
        yield server


@pytest.fixture
def behind(mortal):
    """A proxy that stays where it is, whatever becomes of the server."""
    with proxy(mortal.url) as between:
        yield between


@pytest.fixture
def store(behind):
    with closing(ElasticStore.connect(f"{behind.url}/troubles", {})) as opened:
        yield opened


def stored(store):
    """Return the native ids of all posts, each as often as it is there."""
    return sorted(post["native_id"] for post in store.scan("posts"))


def collected(store):
    """Collect all pages; return the error of the store that it ended with, if any."""
    try:
        ingest(ListCollector(PAGES), flow_to(store), lambda _: None)
    except StoreError as error:
        return error
    return None


def in_time(done):
    """Wait for what the server does at its own pace."""
    ends = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < ends
        time.sleep(0.5)


def test_killed_in_the_middle_of_a_bulk(mortal, behind, store, monkeypatch):
    answer, bulks = behind.answer, []

    def answers(method, path, headers, body):
        if path.startswith("/_bulk") and b"no signal 1" in body:
            bulks.append(path)
            lines = body.splitlines(keepends=True)
            # Half of the page is written, and nobody hears of it.
            answer(method, path, headers, b"".join(lines[: len(lines) // 4 * 2]))
            mortal.kill()
        return answer(method, path, headers, body)

    monkeypatch.setattr(behind, "answer", answers)
    error = collected(store)
    assert isinstance(error, StoreUnreachable)
    assert "\n" not in str(error)
    assert len(bulks) == 1
    monkeypatch.setattr(behind, "answer", answer)
    mortal.start()
    behind.upstream = mortal.url.partition("://")[2]
    in_time(lambda: store._client.cluster.health()["status"] in {"green", "yellow"})
    half = stored(store)
    assert len(PAGES[0]) < len(half) < 2 * len(PAGES[0])
    # The same process goes on where the last whole page was.
    assert collected(store) is None
    assert stored(store) == sorted(ALL)


def test_a_disk_that_fills_up_and_is_given_room(mortal, behind, store):
    assert collected(store) is None
    post = make_post("later", "no signal at last")
    with closing(ElasticStore.connect(f"{mortal.url}/troubles", {})) as direct:
        settings = direct._client.cluster.put_settings
        name = "cluster.routing.allocation.disk"
        marks = {f"{name}.watermark.{mark}": "900pb" for mark in ("low", "high", "flood_stage")}
        settings(persistent={**marks, f"{name}.threshold_enabled": True, "cluster.info.update.interval": "10s"})

        def blocked():
            found = direct._client.indices.get_settings(index="troubles-*", flat_settings=True)
            return any("index.blocks.read_only_allow_delete" in one["settings"] for one in found.values())

        try:
            in_time(blocked)
            with pytest.raises(StoreRefused) as caught:
                ingest(ListCollector([*PAGES, [post]]), flow_to(store), lambda _: None)
            assert "its disk is full (flood-stage watermark), make room and run again" in str(caught.value)
            assert "\n" not in str(caught.value)
            assert stored(store) == sorted(ALL)
        finally:
            settings(persistent=dict.fromkeys([*marks, f"{name}.threshold_enabled", "cluster.info.update.interval"]))
        in_time(lambda: not blocked())
    ingest(ListCollector([*PAGES, [post]]), flow_to(store), lambda _: None)
    assert stored(store) == sorted({*ALL, "later"})


def another_authority(file):
    """Write the certificate of somebody whom the server does not know."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def test_the_certificate_of_another_authority(secured_elastic, tmp_path):
    file = tmp_path / "ca.pem"
    another_authority(file)
    environ = {**secured_elastic.environ, "EARSHOT_ELASTICSEARCH_CA_FILE": str(file)}
    with pytest.raises(StoreUnreachable, match=r"TLS.*EARSHOT_ELASTICSEARCH_CA_FILE") as caught:
        open_store(secured_elastic.url, environ=environ)
    assert "\n" not in str(caught.value)
