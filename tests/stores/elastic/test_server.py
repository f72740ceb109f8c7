"""The server for tests ends with the tests, and says in one line what it lacks."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import elastic_server as module
from tests.support.elastic_server import ServerMissing

SLEEPING = [sys.executable, "-c", "print('up', flush=True); import time; time.sleep(600)"]


def test_the_server_ends_when_we_do():
    command = ["/bin/sh", "-c", module._TIED_TO_US, "sh", *SLEEPING]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as shell:
        assert shell.stdout.readline() == b"up\n"
        assert shell.poll() is None
        shell.stdin.close()  # what the system does when a process is killed
        assert shell.wait(timeout=60) != 0
        assert shell.stdout.read() == b""  # nobody holds the other end: the server is gone


def test_a_server_that_ends_by_itself_is_noticed():
    command = ["/bin/sh", "-c", module._TIED_TO_US, "sh", sys.executable, "-c", "raise SystemExit(3)"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as shell:
        assert shell.wait(timeout=60) == 3


def test_no_jdk(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "JDK_FOLDER", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("ES_JAVA_HOME", "JAVA_HOME"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ServerMissing, match=r"JDK 21 or newer: install one .* ELASTICSEARCH_URL"):
        module._jdk()


@pytest.mark.parametrize(("version", "release"), [("17.0.15", 0), ("21.0.1", 21), ("25", 25)])
def test_a_jdk_is_known_by_its_release_file(monkeypatch, tmp_path, version, release):
    (tmp_path / "jdk" / "bin").mkdir(parents=True)
    (tmp_path / "jdk" / "bin" / "java").touch()
    (tmp_path / "jdk" / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n')
    monkeypatch.setattr(module, "JDK_FOLDER", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("ES_JAVA_HOME", "JAVA_HOME"):
        monkeypatch.delenv(name, raising=False)
    if release:
        assert module._jdk() == tmp_path / "jdk"
    else:
        with pytest.raises(ServerMissing):
            module._jdk()


def test_no_maven(monkeypatch, tmp_path):
    monkeypatch.setenv("EARSHOT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServerMissing, match=r"Maven to fetch the server: install it .* ELASTICSEARCH_URL"):
        module._distribution()


def test_the_cache_follows_the_environment(monkeypatch):
    monkeypatch.delenv("EARSHOT_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert module.cache_folder() == Path("/caches/earshot")
    monkeypatch.setenv("EARSHOT_CACHE", "/elsewhere")
    assert module.cache_folder() == Path("/elsewhere")


def test_a_named_server_is_used(monkeypatch):
    monkeypatch.setenv("ELASTICSEARCH_URL", "https://es.example:9200/")
    with module.elastic_server() as server:
        assert server.url == "elasticsearch+https://es.example:9200"
