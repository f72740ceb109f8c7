"""A real Elasticsearch for the tests: the official minimal distribution, fetched by Maven, on a free loopback port.

`ELASTICSEARCH_URL` names a server to use instead. `python -m tests.support.elastic_server` starts
one by hand, prints its address and stops it on Ctrl-C. Every start lives in a folder of its own,
unzipped in about a second and removed at the end; only the download is kept.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from stores.elastic.cluster import Address, Cluster

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

VERSION: Final = "9.2.8"
COORDINATES: Final = f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{VERSION}:zip"
COPY: Final = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
OLDEST_JDK: Final = 21
JDK_FOLDER: Final = Path("/usr/lib/jvm")
START_TIMEOUT_S: Final = 180
STOP_TIMEOUT_S: Final = 30
USER, PASSWORD = "earshot", "throw-away"

_HTTP: Final = re.compile(r"HttpServerTransport.*publish_address \{(?P<address>127\.0\.0\.1:\d+)\}")
_SETTINGS: Final = """\
cluster.name: earshot-tests
cluster.max_shards_per_node: 10000
cluster.routing.allocation.disk.threshold_enabled: false
discovery.type: single-node
network.host: 127.0.0.1
http.port: 0
transport.port: 0
"""
_OPEN: Final = "xpack.security.enabled: false\n"
_SECURED: Final = f"""\
xpack.security.enabled: true
xpack.security.autoconfiguration.enabled: false
xpack.security.http.ssl.enabled: true
xpack.security.http.ssl.keystore.path: http.p12
xpack.security.http.ssl.keystore.password: {PASSWORD}
"""
# The shell ends the server when its standard input closes: at our stop, and also when we are killed.
_TIED_TO_US: Final = """\
exec 3<&0
"$@" </dev/null 3<&- & server=$!
(cat <&3 >/dev/null; kill $server) 2>/dev/null &
wait $server
"""


class ServerMissing(Exception):
    """A server cannot be had on this machine: one line that says what is missing and how to get it."""


@dataclass(frozen=True, kw_only=True)
class ElasticServer:
    """A running server: `url` as stores.open takes it, and the environment that goes with it."""

    url: str
    environ: Mapping[str, str] = field(default_factory=dict)


@contextlib.contextmanager
def elastic_server(*, secured: bool = False) -> Iterator[ElasticServer]:
    """Yield a running server; `secured` asks for TLS and a password.

    Raises:
        ServerMissing: Maven or a JDK is missing, or the server did not start.
    """
    named = os.environ.get("ELASTICSEARCH_URL")
    if named and not secured:
        yield _named(named)
        return
    with tempfile.TemporaryDirectory(prefix="earshot-elasticsearch-") as folder:
        server = _Installation(Path(folder), _jdk())
        server.unpack(_distribution())
        if secured:
            server.secure()
        with server.running() as address:
            if secured:
                yield ElasticServer(url=f"elasticsearch+https://{address}", environ=server.credentials)
            else:
                yield ElasticServer(url=f"elasticsearch://{address}")


class MortalServer:
    """A server that can be killed like a machine that loses its power, and started again on what it had."""

    def __init__(self, installation: _Installation) -> None:
        self._installation = installation
        self._running = contextlib.ExitStack()
        self.url = ""

    def start(self) -> None:
        """Start it; it gets another port."""
        self.url = f"elasticsearch://{self._running.enter_context(self._installation.running())}"

    def kill(self) -> None:
        """End it without a word."""
        self._installation.kill()
        self._running.close()

    def stop(self) -> None:
        """End it as others are ended."""
        self._running.close()


@contextlib.contextmanager
def mortal_server() -> Iterator[MortalServer]:
    """Yield a running server of its own.

    Raises:
        ServerMissing: Maven or a JDK is missing, or the server did not start.
    """
    with tempfile.TemporaryDirectory(prefix="earshot-elasticsearch-") as folder:
        installation = _Installation(Path(folder), _jdk())
        installation.unpack(_distribution())
        server = MortalServer(installation)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def erase(url: str, environ: Mapping[str, str], *, templates: bool = True) -> None:
    """Delete the indices of the store at an address, and its templates."""
    cluster = Cluster(Address.parse(url), environ)
    with contextlib.closing(cluster.client) as client:
        names = list(client.indices.get(index=f"{cluster.address.prefix}-*", features="aliases"))
        if names:
            client.indices.delete(index=names)
        if templates:
            client.options(ignore_status=404).indices.delete_index_template(name=f"{cluster.address.prefix}-*")


def cache_folder() -> Path:
    """Return where downloads are kept: EARSHOT_CACHE, else `earshot` in the user's cache folder."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("EARSHOT_CACHE") or Path(cache) / "earshot")


class _Installation:
    """One unzipped server with a throw-away configuration, run by a user without privileges."""

    def __init__(self, folder: Path, jdk: Path) -> None:
        self._folder = folder
        self._home = folder / f"elasticsearch-{VERSION}"
        self._jdk = jdk
        self._temporary = folder / "tmp"
        # The server refuses to run as root.
        self._user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self._group = 0

    @property
    def credentials(self) -> dict[str, str]:
        return {
            "EARSHOT_ELASTICSEARCH_USER": USER,
            "EARSHOT_ELASTICSEARCH_PASSWORD": PASSWORD,
            "EARSHOT_ELASTICSEARCH_CA_FILE": str(self._folder / "ca.pem"),
        }

    def unpack(self, archive: Path) -> None:
        with zipfile.ZipFile(archive) as content:
            content.extractall(self._folder)
        self._temporary.mkdir()
        for program in (self._home / "bin").iterdir():
            program.chmod(0o755)
        (self._home / "config" / "elasticsearch.yml").write_text(_SETTINGS + _OPEN)
        self._hand_over()

    def secure(self) -> None:
        """Add a certificate for 127.0.0.1 and a user who may do everything."""
        config = self._home / "config"
        (config / "elasticsearch.yml").write_text(_SETTINGS + _SECURED)
        keystore = ["-alias", "http", "-keystore", config / "http.p12", "-storepass", PASSWORD]
        names = ["-dname", "CN=localhost", "-ext", "san=ip:127.0.0.1,dns:localhost", "-validity", "3"]
        self._call(self._jdk / "bin" / "keytool", "-genkeypair", "-keyalg", "EC", *names, *keystore)
        self._call(self._jdk / "bin" / "keytool", "-exportcert", "-rfc", *keystore, "-file", self._folder / "ca.pem")
        self._call(self._home / "bin" / "elasticsearch-users", "useradd", USER, "-p", PASSWORD, "-r", "superuser")
        self._hand_over()

    @contextlib.contextmanager
    def running(self) -> Iterator[str]:
        """Yield `host:port` once the server answers there."""
        log = self._folder / "output.log"
        with log.open("w") as output:
            server = subprocess.Popen(
                ["/bin/sh", "-c", _TIED_TO_US, "sh", str(self._home / "bin" / "elasticsearch")],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self._home,
                env=self._environ(),
                start_new_session=True,
                user=self._user.pw_uid if self._user else None,
                group=self._user.pw_gid if self._user else None,
                extra_groups=[] if self._user else None,
            )
        assert server.stdin
        self._group = server.pid
        try:
            yield _address(server, log)
        finally:
            server.stdin.close()
            server.wait(timeout=STOP_TIMEOUT_S)

    def kill(self) -> None:
        """End the running server and all that it started, at once."""
        os.killpg(self._group, signal.SIGKILL)

    def _environ(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "ES_JAVA_HOME": str(self._jdk),
            # Its own choice outlives a server that is killed.
            "ES_TMPDIR": str(self._temporary),
            "ES_JAVA_OPTS": "-Xms512m -Xmx512m",
            "CLI_JAVA_OPTS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        }

    def _call(self, *command: str | Path) -> None:
        subprocess.run(command, check=True, capture_output=True, env=self._environ())

    def _hand_over(self) -> None:
        if self._user:
            for item in (self._folder, *self._folder.rglob("*")):
                os.chown(item, self._user.pw_uid, self._user.pw_gid)


def _named(url: str) -> ElasticServer:
    scheme, _, rest = url.partition("://")
    ours = {"http": "elasticsearch", "https": "elasticsearch+https"}.get(scheme, scheme)
    return ElasticServer(url=f"{ours}://{rest.rstrip('/')}", environ=dict(os.environ))


def _address(server: subprocess.Popen[bytes], log: Path) -> str:
    give_up = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < give_up and server.poll() is None:
        if found := _HTTP.search(log.read_text(errors="replace")):
            return found["address"]
        time.sleep(0.1)
    last = [line for line in log.read_text(errors="replace").splitlines() if "rror" in line] or ["no message"]
    raise ServerMissing(f"Elasticsearch {VERSION} did not start: {last[0][:300]}")


def _jdk() -> Path:
    """Return the home of a JDK that is new enough."""
    on_path = shutil.which("java")
    homes = [
        *(Path(os.environ[name]) for name in ("ES_JAVA_HOME", "JAVA_HOME") if os.environ.get(name)),
        *sorted(JDK_FOLDER.glob("*"), reverse=True),
        *([Path(on_path).resolve().parent.parent] if on_path else []),
    ]
    for home in homes:
        if _release(home) >= OLDEST_JDK:
            return home
    raise ServerMissing(
        f"the Elasticsearch tests need a JDK {OLDEST_JDK} or newer: install one (Debian: openjdk-21-jdk-headless) "
        "or set ES_JAVA_HOME, or name a running server in ELASTICSEARCH_URL"
    )


def _release(home: Path) -> int:
    """Return the feature release of a Java home without starting it, 0 where there is none."""
    try:
        found = re.search(r'JAVA_VERSION="(\d+)', (home / "release").read_text())
    except OSError:
        return 0
    return int(found[1]) if found and (home / "bin" / "java").exists() else 0


def _distribution() -> Path:
    """Return the server's archive from the cache; fetch it at the first use."""
    archive = cache_folder() / f"elasticsearch-{VERSION}.zip"
    if archive.exists():
        return archive
    maven = shutil.which("mvn")
    if maven is None:
        raise ServerMissing(
            "the Elasticsearch tests need Maven to fetch the server: install it (Debian: maven), "
            "or name a running server in ELASTICSEARCH_URL"
        )
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        command = [maven, "--quiet", "--batch-mode", COPY, f"-Dartifact={COORDINATES}", f"-DoutputDirectory={folder}"]
        fetched = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder)
        if fetched.returncode:
            reason = (fetched.stdout.strip() or fetched.stderr.strip() or "no message").splitlines()[0]
            raise ServerMissing(f"Maven could not fetch Elasticsearch {VERSION}: {reason[:300]}")
        (Path(folder) / archive.name).replace(archive)
    return archive


def _by_hand() -> None:
    try:
        with elastic_server() as server, contextlib.suppress(KeyboardInterrupt):
            sys.stdout.write(f"{server.url}\n")
            sys.stdout.flush()
            while True:
                time.sleep(3600)
    except ServerMissing as missing:
        sys.exit(str(missing))


if __name__ == "__main__":
    _by_hand()
