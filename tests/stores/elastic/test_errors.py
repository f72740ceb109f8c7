"""What goes wrong with an Elasticsearch is one clear sentence, nothing is lost, and no cursor moves."""

import json
import socket
import threading
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import ConfigurationError, StoreRefused, StoreUnreachable
from domain.questions import Filters, Page
from stores.elastic.cluster import Address
from stores.elastic.store import ElasticStore
from tests.support.stored_posts import stored_post

CURSOR = {"id": "somewhere", "source": "somewhere", "state": {"line": 7}}
PASSWORD = "s3cret-word"
ENVIRON = {"EARSHOT_ELASTICSEARCH_USER": "ann", "EARSHOT_ELASTICSEARCH_PASSWORD": PASSWORD}


def refused(caught):
    """Return the sentence of an error, which is one line and shows no secret."""
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert "Traceback" not in sentence
    assert PASSWORD not in sentence
    return sentence


@contextmanager
def listening(answer=None):
    """Yield the port of a server that gives one answer, or none at all."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        if answer is None:
            yield server.getsockname()[1]
            return

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(answer[0])
            for name, value in zip(("X-Elastic-Product", "Content-Type"), answer[2:], strict=False):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer[1])

        def log_message(self, *arguments):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def test_nothing_listens():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(StoreUnreachable) as caught:
        ElasticStore.connect(f"elasticsearch://127.0.0.1:{port}", ENVIRON)
    assert refused(caught) == f"Elasticsearch at http://127.0.0.1:{port} cannot be reached: Connection refused"


def test_no_such_host():
    with pytest.raises(StoreUnreachable) as caught:
        ElasticStore.connect("elasticsearch://nowhere.invalid", ENVIRON)
    assert "http://nowhere.invalid:9200 cannot be reached" in refused(caught)


def test_no_answer_in_time():
    with listening() as port, pytest.raises(StoreUnreachable) as caught:
        ElasticStore.connect(f"elasticsearch://127.0.0.1:{port}", ENVIRON, timeout_s=0.2)
    assert refused(caught).endswith("did not answer within 0.2 s")


CLAIMS = ("Elasticsearch", "application/json")


@pytest.mark.parametrize(
    "answer",
    [
        *[(200, b"hello"), (200, b"{}"), (404, b""), (500, b"<html>")],
        (200, b"<html>", "Elasticsearch", "text/html"),
        *[(200, body, *CLAIMS) for body in (b"{}", b"[]", b"null", b"", b"7", b"[" * 50_000, b'{"a":' * 50_000)],
    ],
    ids=lambda answer: f"{answer[0]} {answer[1][:9]}",
)
def test_something_else_answers(answer):
    with listening(answer) as port, pytest.raises(StoreUnreachable) as caught:
        ElasticStore.connect(f"elasticsearch://127.0.0.1:{port}", ENVIRON)
    assert f"127.0.0.1:{port}" in refused(caught)


def test_no_tls_where_tls_is_expected():
    with listening((200, b"{}")) as port, pytest.raises(StoreUnreachable) as caught:
        ElasticStore.connect(f"elasticsearch+https://127.0.0.1:{port}", ENVIRON)
    assert "TLS" in refused(caught)
    assert "EARSHOT_ELASTICSEARCH_CA_FILE" in refused(caught)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("elasticsearch://es.example", "http://es.example:9200 earshot"),
        ("elasticsearch://es.example:9201/", "http://es.example:9201 earshot"),
        ("elasticsearch+https://es.example/other", "https://es.example:9200 other"),
        ("elasticsearch://[::1]:9200/o2", "http://[::1]:9200 o2"),
    ],
)
def test_addresses(url, shown):
    address = Address.parse(url)
    assert f"{address.url} {address.prefix}" == shown


@pytest.mark.parametrize(
    "url",
    [
        "http://es.example",
        "elasticsearch://",
        "elasticsearch://es.example:port",
        "elasticsearch://es.example:70000",
        "elasticsearch://es.example/Upper",
        "elasticsearch://es.example/a,b",
        "elasticsearch://es.example/a/b",
        "elasticsearch://es.example?x=1",
    ],
)
def test_other_addresses_are_explained(url):
    with pytest.raises(ConfigurationError, match="elasticsearch://HOST:PORT"):
        Address.parse(url)


@given(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=12, max_size=20))
def test_a_password_in_an_address_is_not_repeated(password):
    with pytest.raises(ConfigurationError) as caught:
        Address.parse(f"elasticsearch://ann:{password}@es.example")
    assert password not in str(caught.value)


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"EARSHOT_ELASTICSEARCH_USER": "ann"}, "belong together"),
        ({"ELASTICSEARCH_PASSWORD": PASSWORD}, "belong together"),
        ({"EARSHOT_ELASTICSEARCH_CA_FILE": "nowhere.pem"}, "nowhere.pem"),
    ],
    ids=["user", "password", "ca-file"],
)
def test_half_of_the_credentials_is_explained(environ, sentence):
    with pytest.raises(ConfigurationError) as caught:
        ElasticStore.connect("elasticsearch+https://127.0.0.1:1", environ)
    assert sentence in refused(caught)


@pytest.mark.elastic
def test_a_full_disk(elastic_store):
    old, new = stored_post(), stored_post()
    elastic_store.upsert("posts", [old], cursor=CURSOR)
    settings = elastic_store._client.indices.put_settings
    # What Elasticsearch itself does to every index of a node whose disk is full.
    settings(index=elastic_store._cluster.address.prefix + "-posts", settings={"blocks.read_only_allow_delete": True})
    with pytest.raises(StoreRefused) as caught:
        elastic_store.upsert("posts", [new], cursor=CURSOR | {"state": {"line": 8}})
    assert "its disk is full (flood-stage watermark), make room and run again" in refused(caught)
    assert elastic_store.get("cursors", [CURSOR["id"]]) == {CURSOR["id"]: CURSOR}
    assert set(elastic_store.get("posts", [old["id"], new["id"]])) == {old["id"]}
    settings(index=elastic_store._cluster.address.prefix + "-posts", settings={"blocks.read_only_allow_delete": None})
    assert elastic_store.upsert("posts", [new], cursor=CURSOR | {"state": {"line": 8}}).added == 1


@pytest.mark.elastic
def test_a_red_index(elastic, new_elastic_url):
    with closing(ElasticStore.connect(new_elastic_url, elastic.environ)) as store:
        nowhere = {"index.routing.allocation.require._name": "no-such-node"}
        name = f"{store._cluster.address.prefix}-posts-2026-03"
        store._client.indices.create(index=name, settings=nowhere, wait_for_active_shards=0, timeout="0s")
        for question in (
            lambda: store.count_by(Filters(), ()),
            lambda: store.search(Filters(), order="newest", page=Page()),
            lambda: list(store.scan("posts")),
            lambda: store.upsert("posts", [stored_post()], cursor=CURSOR),
        ):
            with pytest.raises(StoreRefused) as caught:
                question()
            assert "not available (its health is red)" in refused(caught)
        assert store.get("cursors", [CURSOR["id"]]) == {}


@pytest.mark.elastic
def test_a_red_index_beside_good_ones_gives_no_half_answers(elastic, new_elastic_url):
    with closing(ElasticStore.connect(new_elastic_url, elastic.environ)) as store:
        store.upsert("posts", [stored_post()])
        nowhere = {"index.routing.allocation.require._name": "no-such-node"}
        name = f"{store._cluster.address.prefix}-posts-2026-04"
        store._client.indices.create(index=name, settings=nowhere, wait_for_active_shards=0, timeout="0s")
        with pytest.raises(StoreRefused) as caught:
            store.count_by(Filters(), ("day",))
        assert "red" in refused(caught)


@pytest.mark.elastic
def test_a_value_that_the_mapping_refuses_stops_no_other(elastic_store):
    good, other = stored_post(), stored_post()
    bad = [stored_post() | {"metrics": {"likes": 2**63}}, stored_post() | {"edited_at": "yesterday"}]
    with pytest.raises(StoreRefused) as caught:
        elastic_store.upsert("posts", [good, *bad, other], cursor=CURSOR)
    assert bad[0]["id"] in refused(caught)
    assert refused(caught).endswith("(1 more documents were not taken)")
    assert set(elastic_store.get("posts", [one["id"] for one in (good, *bad, other)])) == {good["id"], other["id"]}
    assert elastic_store.get("cursors", [CURSOR["id"]]) == {}


@pytest.mark.elastic
def test_a_post_without_a_time_is_refused(elastic_store):
    with pytest.raises(StoreRefused, match="created_at"):
        elastic_store.upsert("posts", [{"id": "p1", "text": "when?"}])


@pytest.mark.parametrize(
    ("environ", "sent"),
    [
        ({"EARSHOT_ELASTICSEARCH_API_KEY": "c2VjcmV0a2V5"}, "ApiKey c2VjcmV0a2V5"),
        (
            {"EARSHOT_ELASTICSEARCH_USER": "ann", "EARSHOT_ELASTICSEARCH_PASSWORD": "hunter22"},
            "Basic YW5uOmh1bnRlcjIy or ann:hunter22",
        ),
    ],
)
def test_what_it_repeats_of_our_credentials_is_not_shown(environ, sent):
    error = {"type": "illegal_argument_exception", "reason": f"no handler for header Authorization: {sent}"}
    body = json.dumps({"error": error, "status": 400}).encode()
    with listening((400, body, *CLAIMS)) as port, pytest.raises(StoreRefused) as caught:
        ElasticStore.connect(f"elasticsearch://127.0.0.1:{port}", environ)
    told = refused(caught)
    assert "no handler for header Authorization" in told
    assert not any(secret in told for secret in ("c2VjcmV0a2V5", "YW5uOmh1bnRlcjIy", "hunter22"))
