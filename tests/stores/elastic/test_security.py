"""A server with TLS and passwords: who gets in, and what those hear who do not."""

import pytest

from domain.errors import StoreRefused, StoreUnreachable
from domain.questions import Filters
from stores.open import open_store
from tests.support.stored_posts import stored_post

pytestmark = pytest.mark.elastic


def test_user_password_and_ca_file_open_the_store(secured_elastic):
    store = open_store(secured_elastic.url, environ=secured_elastic.environ)
    store.upsert("posts", [stored_post()])
    assert store.count_by(Filters(), ())[0].total == 1
    store.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"EARSHOT_ELASTICSEARCH_PASSWORD": "guessed-word"},
        {"EARSHOT_ELASTICSEARCH_USER": "guessed-word"},
        {"EARSHOT_ELASTICSEARCH_API_KEY": "guessed-word"},
    ],
    ids=lambda wrong: next(iter(wrong)).rpartition("_")[2].lower(),
)
def test_wrong_credentials(secured_elastic, wrong):
    with pytest.raises(StoreRefused) as caught:
        open_store(secured_elastic.url, environ={**secured_elastic.environ, **wrong})
    sentence = str(caught.value)
    assert "does not let us in: check EARSHOT_ELASTICSEARCH_API_KEY, or _USER and _PASSWORD" in sentence
    assert "guessed-word" not in sentence
    assert secured_elastic.environ["EARSHOT_ELASTICSEARCH_PASSWORD"] not in sentence


def test_a_certificate_that_nobody_vouches_for(secured_elastic):
    environ = {key: value for key, value in secured_elastic.environ.items() if not key.endswith("CA_FILE")}
    with pytest.raises(StoreUnreachable, match=r"TLS.*EARSHOT_ELASTICSEARCH_CA_FILE"):
        open_store(secured_elastic.url, environ=environ)


def test_a_ca_file_that_holds_no_certificate(secured_elastic, tmp_path):
    file = tmp_path / "ca.pem"
    file.write_text("not a certificate")
    environ = {**secured_elastic.environ, "EARSHOT_ELASTICSEARCH_CA_FILE": str(file)}
    with pytest.raises(StoreUnreachable, match="TLS"):
        open_store(secured_elastic.url, environ=environ)


def test_plain_http_where_tls_is_spoken(secured_elastic):
    with pytest.raises(StoreUnreachable, match="cannot be reached"):
        open_store(secured_elastic.url.replace("+https", ""), environ=secured_elastic.environ)
