"""Tokens that we sign: by the book, and never with a word of the key in an error."""

import jwt
import pytest

from domain.errors import ConfigurationError
from domain.setting import Secret
from tests.support.cases_stores import keys
from transport.signing import private_text, signed

WHERE = "[source.mine]"


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_a_token_says_what_it_should_and_who_signed(algorithm):
    private, public = keys(algorithm)
    token = signed({"iss": "north"}, private, algorithm=algorithm, key_id="k1", where=WHERE)
    assert jwt.decode(token, public, algorithms=[algorithm]) == {"iss": "north"}
    assert jwt.get_unverified_header(token) == {"alg": algorithm, "kid": "k1", "typ": "JWT"}


def test_a_key_whose_line_breaks_were_lost_in_a_variable_is_a_key():
    private, public = keys("ES256")
    token = signed({"iss": "north"}, private.replace("\n", "\\n"), algorithm="ES256", key_id="k1", where=WHERE)
    assert jwt.decode(token, public, algorithms=["ES256"]) == {"iss": "north"}


@pytest.mark.parametrize("key", ["", "s3cr3t", "-----BEGIN PRIVATE KEY-----\ns3cr3t\n-----END PRIVATE KEY-----"])
def test_what_is_no_key_says_so_without_showing_it(key):
    with pytest.raises(ConfigurationError, match="is none for ES256") as caught:
        signed({}, key, algorithm="ES256", key_id="k1", where=WHERE)
    assert "s3cr3t" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_key_of_another_kind_is_none():
    with pytest.raises(ConfigurationError, match="is none for ES256"):
        signed({}, keys("RS256")[0], algorithm="ES256", key_id="k1", where=WHERE)


def test_the_environment_goes_before_the_file(tmp_path):
    file = tmp_path / "key.p8"
    file.write_text("from the file")
    assert private_text(None, str(file), where=WHERE, names="key, key_file") == "from the file"
    assert private_text(Secret("mine"), str(file), where=WHERE, names="key, key_file") == "mine"


def test_without_either_the_settings_are_named(tmp_path):
    with pytest.raises(ConfigurationError, match="one of key, key_file must be set"):
        private_text(None, "", where=WHERE, names="key, key_file")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        private_text(None, str(tmp_path / "none"), where=WHERE, names="key, key_file")
