"""The key of the pseudonyms is made where it is first needed, once, and by nothing that only reads."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from configuration.keys import key_of
from configuration.load import load_config
from domain.errors import ConfigurationError
from pipeline.wiring import opened
from tests.support.tree import ROOT


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


def test_all_that_is_written_is_its_owners_alone_whatever_the_umask(tmp_path):
    posts = tmp_path / "posts.jsonl"
    posts.write_text('{"id": "1", "text": "no signal in Leeds", "created_at": "2026-03-03T10:00:00Z"}\n')
    home = tmp_path / "home"
    command = [sys.executable, "-m", "cli", "ingest", "--path", str(posts), "--no-refresh"]
    environ = os.environ | {"EARSHOT_HOME": str(home)}
    subprocess.run(command, env=environ, cwd=ROOT, check=True, umask=0o022, capture_output=True)
    found = {path.name: oct(path.stat().st_mode & 0o777) for path in (home, *home.iterdir())}
    assert found.pop("home") == "0o700"
    assert "earshot.sqlite" in found
    assert set(found.values()) == {"0o600"}


def test_what_was_open_to_others_is_mended_and_said(config, caplog):
    config.home.mkdir(mode=0o755)
    config.home.chmod(0o755)
    file = config.home / "earshot.sqlite"
    with opened(config):
        file.chmod(0o644)
    with opened(config):
        assert (config.home.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    assert f"{config.home} was open to other users" in caplog.text
    assert f"{file} was open to other users" in caplog.text


def test_of_what_was_private_all_along_nothing_is_said(config, caplog):
    with opened(config):
        pass
    with opened(config):
        assert config.home.stat().st_mode & 0o777 == 0o700
    assert "open to other users" not in caplog.text
