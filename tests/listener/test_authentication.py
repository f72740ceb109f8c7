"""Who may send: who shows the token or signs the body; nobody else, and nobody learns why from a log."""

import hashlib
import hmac
import json

import pytest

from domain.config import ListenerSettings
from domain.errors import ConfigurationError
from domain.setting import Secret
from listener.authentication import Authentication
from tests.support.pushed import SECRET, TOKEN, inbox, listening, notification

BODY = json.dumps(notification("1")).encode()
JSON = {"Content-Type": "application/json"}


def signed(body=BODY, secret=SECRET):
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


RIGHT = {
    "token": {"Authorization": f"Bearer {TOKEN}"},
    "token in other letters": {"authorization": f"bearer {TOKEN}"},
    "signature": {"X-Hub-Signature-256": f"sha256={signed()}"},
    "bare signature": {"X-Hub-Signature-256": signed().upper()},
}
WRONG = {
    "nothing": {},
    "another token": {"Authorization": "Bearer no"},
    "a longer token": {"Authorization": f"Bearer {TOKEN}x"},
    "no bearer": {"Authorization": TOKEN},
    "letters of no ASCII": {"Authorization": "Bearer \u00e9".encode()},
    "another signature": {"X-Hub-Signature-256": f"sha256={signed(b'other')}"},
    "signed by another": {"X-Hub-Signature-256": signed(secret="another secret")},
    "an empty signature": {"X-Hub-Signature-256": ""},
    "a wrong token with a signature": {"Authorization": "Bearer no", "X-Hub-Signature-256": signed()},
}


@pytest.mark.parametrize("headers", RIGHT.values(), ids=RIGHT)
def test_who_proves_it_is_heard(store, headers):
    with listening(store, token=TOKEN, secret=SECRET) as client:
        assert client.post("/listener", content=BODY, headers=JSON | headers).status_code == 201
        assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("headers", WRONG.values(), ids=WRONG)
def test_who_does_not_is_not_heard_on_any_path(store, caplog, headers):
    with listening(store, token=TOKEN, secret=SECRET) as client:
        for path in ("/listener", "/events", "/webhooks/crm"):
            answer = client.post(path, content=BODY, headers={**JSON, **headers})
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
            assert TOKEN not in answer.text + caplog.text
    assert inbox(store) == []


def test_each_of_both_alone_does_not_open_for_the_other(store):
    with listening(store, token=TOKEN) as client:
        assert client.post("/listener", content=BODY, headers=JSON | RIGHT["signature"]).status_code == 401
    with listening(store, secret=SECRET) as client:
        assert client.post("/listener", content=BODY, headers=JSON | RIGHT["token"]).status_code == 401
        assert client.post("/listener", content=BODY + b" ", headers=JSON | RIGHT["signature"]).status_code == 401
        assert client.post("/listener", content=BODY, headers=JSON | RIGHT["signature"]).status_code == 201


def test_who_shows_no_token_sends_no_body_for_nothing(store):
    with listening(store, token=TOKEN, body_limit=10) as client:
        assert client.post("/webhooks/a", content=b" " * 1_000).status_code == 401


def test_a_web_page_on_this_machine_may_not_send(store):
    with listening(store) as client:
        for path in ("/listener", "/webhooks/crm"):
            answer = client.post(path, content=BODY, headers=JSON | {"Origin": "https://evil.example"})
            assert answer.status_code == 403
    assert inbox(store) == []


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "earshot.example", "localhost.example", ""])
def test_it_does_not_listen_to_other_machines_without_a_secret(host):
    with pytest.raises(ConfigurationError, match="set EARSHOT_LISTENER_TOKEN or EARSHOT_LISTENER_SECRET"):
        Authentication(ListenerSettings(host=host))
    Authentication(ListenerSettings(host=host, token=Secret(TOKEN)))
    Authentication(ListenerSettings(host=host, secret=Secret(SECRET)))
    with pytest.raises(ConfigurationError, match="set EARSHOT_LISTENER_TOKEN"):
        Authentication(ListenerSettings(host=host, token=Secret("")))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.1.2.3"])
def test_to_this_machine_it_does(host):
    Authentication(ListenerSettings(host=host))


@pytest.mark.parametrize("name", ["token", "secret"])
def test_a_secret_that_can_be_guessed_is_none(name):
    with pytest.raises(ConfigurationError, match=f"EARSHOT_LISTENER_{name.upper()} must have at least 16 characters"):
        Authentication(ListenerSettings(**{name: Secret("short")}))
