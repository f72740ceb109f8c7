"""The key of the pseudonyms is made where it is first needed, once, and by nothing that only reads."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from configuration.load import load_config
from domain.errors import ConfigurationError
from pipeline.keys import key_of


@pytest.fixture
def config(tmp_path):
    return load_config(environ={"EARSHOT_HOME": str(tmp_path / "home")})


def test_reading_the_configuration_makes_nothing(config):
    assert not config.home.exists()


def test_a_key_is_made_once_and_is_its_owners_alone(config):
    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(lambda _: key_of(config), range(16)))
    assert len(keys) == 1
    assert len(next(iter(keys))) >= 32
    assert [file.name for file in config.home.iterdir()] == ["pseudonym.key"]
    assert (config.home / "pseudonym.key").stat().st_mode & 0o777 == 0o600


def test_the_environment_comes_first(tmp_path):
    config = load_config(environ={"EARSHOT_HOME": str(tmp_path), "EARSHOT_PSEUDONYM_KEY": "ours"})
    assert key_of(config) == b"ours"
    assert list(tmp_path.iterdir()) == []


def test_a_home_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "home").write_text("a file")
    with pytest.raises(ConfigurationError, match="the key of the customers' pseudonyms"):
        key_of(load_config(environ={"EARSHOT_HOME": str(tmp_path / "home")}))
