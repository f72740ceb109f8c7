"""One Elasticsearch: its address, how to get in, and the sentences for all that can go wrong with it."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit

import elastic_transport
import elasticsearch
from elasticsearch.serializer import JsonSerializer

from domain.errors import ConfigurationError, StoreError, StoreRefused, StoreUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

SCHEMES: Final = {"elasticsearch": "http", "elasticsearch+https": "https"}
DEFAULT_PORT: Final = 9200
DEFAULT_PREFIX: Final = "earshot"
REQUEST_TIMEOUT_S: Final = 30.0
READ_RETRIES: Final = 3
RED_PATIENCE_S: Final = 2
MAX_REASON: Final = 300

_PREFIX: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_RED: Final = "a part of it is not available (its health is red)"
_IN_WORDS: Final = re.compile(r"\] ([^()\[\]]+)")
_SECRETS: Final = "EARSHOT_ELASTICSEARCH_API_KEY, or _USER and _PASSWORD"
_REASONS: Final[Mapping[str, str]] = {
    "unavailable_shards_exception": _RED,
    "no_shard_available_action_exception": _RED,
    "search_phase_execution_exception": _RED,
    "es_rejected_execution_exception": "it is overloaded and stayed so",
    "circuit_breaking_exception": "it is short of memory and stayed so",
}


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where Elasticsearch is, as it is shown to people, and what our indices' names begin with."""

    url: str
    prefix: str

    @classmethod
    def parse(cls, url: str) -> Address:
        """Read `elasticsearch://host[:port][/prefix]` or `elasticsearch+https://...`.

        Raises:
            ConfigurationError: it is something else, or holds a password.
        """
        parts = urlsplit(url)
        if "@" in parts.netloc:
            raise ConfigurationError(f"a store's address holds no user or password; set {_SECRETS} instead")
        try:
            scheme, host, port = SCHEMES[parts.scheme], parts.hostname, parts.port or DEFAULT_PORT
        except (KeyError, ValueError):
            host = None
        prefix = parts.path.strip("/") or DEFAULT_PREFIX
        if not host or parts.query or parts.fragment or not _PREFIX.fullmatch(prefix):
            raise ConfigurationError(
                f"{url!r} is not the address of an Elasticsearch: elasticsearch://HOST:PORT or "
                "elasticsearch+https://HOST:PORT, and /PREFIX (a-z, 0-9, - and _) where wanted"
            )
        return cls(url=f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}", prefix=prefix)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How indices lie in a cluster; `replicas` None is one where there are several data nodes, and none on one."""

    shards: int = 1
    replicas: int | None = None
    refresh: str = "1s"

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Layout:
        """Read it from the environment.

        Raises:
            ConfigurationError: a number is none.
        """
        found: dict[str, Any] = {}
        numbers = {"shards": ("EARSHOT_ELASTICSEARCH_SHARDS", 1), "replicas": ("EARSHOT_ELASTICSEARCH_REPLICAS", 0)}
        for name, (variable, least) in numbers.items():
            text = environ.get(variable)
            if text:
                if not text.isdecimal() or int(text) < least:
                    raise ConfigurationError(f"{variable} must be a whole number from {least} on")
                found[name] = int(text)
        if environ.get("EARSHOT_ELASTICSEARCH_REFRESH"):
            found["refresh"] = environ["EARSHOT_ELASTICSEARCH_REFRESH"]
        return cls(**found)

    def settings(self, data_nodes: int) -> dict[str, Any]:
        """Return the settings of an index in a cluster with so many nodes that hold data."""
        replicas = min(1, data_nodes - 1) if self.replicas is None else self.replicas
        return {"number_of_shards": self.shards, "number_of_replicas": replicas, "refresh_interval": self.refresh}


class Cluster:
    """The client with our settings. `ask` is the one way to it: what fails comes out as one sentence."""

    def __init__(self, address: Address, environ: Mapping[str, str], *, timeout_s: float = REQUEST_TIMEOUT_S) -> None:
        self.address = address
        self.timeout_s = timeout_s
        self.layout = Layout.of(environ)
        self._data_nodes: int | None = None
        credentials = _credentials(address, environ)
        user, password = credentials.get("basic_auth", ("", ""))
        sent = base64.b64encode(f"{user}:{password}".encode()).decode()
        # As they are and as they are sent.
        self._secrets = [one for one in (credentials.get("api_key"), password and sent, password) if one]
        self.client = elasticsearch.Elasticsearch(
            address.url,
            serializers={"application/json": _Json(address.url)},
            request_timeout=timeout_s,
            max_retries=READ_RETRIES,
            retry_on_status=(429,),
            **credentials,
        )

    def ask(self, method: Callable[..., T], /, **arguments: Any) -> T:
        """Call a method of the client.

        Raises:
            StoreUnreachable: nothing answers, or not in time, or not over TLS.
            StoreRefused: Elasticsearch said no.
        """
        try:
            answer = method(**arguments)
        except elastic_transport.ConnectionTimeout:
            raise StoreUnreachable(f"{self} did not answer within {self.timeout_s:g} s") from None
        except elastic_transport.TlsError as failure:
            raise StoreUnreachable(
                f"{self} does not answer over TLS as it should ({_cause(failure)}); "
                "check the address and EARSHOT_ELASTICSEARCH_CA_FILE"
            ) from None
        except (elasticsearch.UnsupportedProductError, elastic_transport.SerializationError, AttributeError):
            # The client itself looks for fields in whatever comes.
            raise StoreUnreachable(f"what answers at {self.address.url} is not Elasticsearch") from None
        except elastic_transport.TransportError as failure:
            raise StoreUnreachable(f"{self} cannot be reached: {_cause(failure)}") from None
        except elasticsearch.ApiError as failure:
            raise self._said_no(failure) from None
        if isinstance(answer, elastic_transport.ApiResponse) and not isinstance(answer.body, bool | dict):
            raise StoreUnreachable(f"what answers at {self.address.url} is not Elasticsearch")
        return answer

    def nodes(self) -> int:
        """Return how many nodes hold data."""
        if self._data_nodes is None:
            self._data_nodes = max(1, self.ask(self.client.cluster.health)["number_of_data_nodes"])
        return self._data_nodes

    def check_health(self, indices: str) -> None:
        """See that Elasticsearch answers and that all parts of these indices are there, new ones after a moment.

        Raises:
            StoreUnreachable: it does not answer.
            StoreRefused: an index is red; names it.
        """
        health = self.ask(
            # 408: they are not better than red yet.
            self.client.options(ignore_status=408).cluster.health,
            index=indices,
            level="indices",
            wait_for_status="yellow",
            timeout=f"{RED_PATIENCE_S}s",
        )
        red = [name for name, one in health.get("indices", {}).items() if one["status"] == "red"]
        if red:
            raise StoreRefused(f"{self} cannot serve {red[0]}: {_RED}")

    def refusal(self, error: Mapping[str, Any], *, index: str, document: str | None = None) -> StoreRefused:
        """Return an error object of Elasticsearch's as one sentence."""
        error = next(iter(error.get("root_cause") or ()), error)
        kind, reason = str(error.get("type")), self._deepest(error)
        if kind == "cluster_block_exception":
            block = f"writing is blocked: {reason}"
            if "flood-stage" in reason:
                block = "its disk is full (flood-stage watermark), make room and run again"
            return StoreRefused(f"{self} takes nothing for {index}: {block}")
        if kind in _REASONS:
            return StoreRefused(f"{self} cannot serve {index}: {_REASONS[kind]}")
        if document is not None:
            return StoreRefused(f"{self} does not take the document {document} into {index}: {reason}")
        return StoreRefused(f"{self} refused: {kind}: {reason}")

    def _said_no(self, failure: elasticsearch.ApiError) -> StoreError:
        status = failure.meta.status
        body: Any = failure.body
        error = body.get("error", {}) if isinstance(body, dict) else {}
        if status == 401:
            return StoreRefused(f"{self} does not let us in: check {_SECRETS}")
        if not isinstance(error, dict) or not error:
            return StoreUnreachable(f"{self} answered {status} without saying why")
        if error.get("type") == "security_exception":
            return StoreRefused(f"{self} does not allow us to do this: {self._deepest(error)}")
        return self.refusal(error, index=str(error.get("index") or f"{self.address.prefix}-*"))

    def _deepest(self, error: Mapping[str, Any]) -> str:
        """Return the reason at the bottom of an error object, the most telling one, without our secrets."""
        while isinstance(error.get("caused_by"), dict):
            error = error["caused_by"]
        reason = " ".join(str(error.get("reason")).split())
        for secret in self._secrets:
            reason = reason.replace(secret, "***")
        return reason[:MAX_REASON]

    def __str__(self) -> str:
        return f"Elasticsearch at {self.address.url}"


class _Answer(dict[str, Any]):
    """What Elasticsearch answers; a field that is not there says that this is none."""

    url = ""

    def __missing__(self, name: str) -> Any:
        raise StoreUnreachable(f"what answers at {self.url} is not Elasticsearch: it says nothing of {name!r}")


class _Json(JsonSerializer):
    """JSON in ASCII: lone surrogates, which UTF-8 cannot hold, travel as escapes. Answers are objects."""

    def __init__(self, url: str) -> None:
        self._url = url

    def json_dumps(self, data: Any) -> bytes:
        return json.dumps(data, default=self.default, separators=(",", ":")).encode("ascii")

    def json_loads(self, data: bytes) -> Any:
        try:
            found = json.loads(data)
        except RecursionError:
            raise ValueError("nested too deep") from None
        if not isinstance(found, dict):
            raise TypeError("no object")
        answer = _Answer(found)
        answer.url = self._url
        return answer


def _credentials(address: Address, environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the client's arguments for who we are and whom we trust.

    Raises:
        ConfigurationError: a user without a password, or a CA file that is not there.
    """
    names = ("API_KEY", "USER", "PASSWORD", "CA_FILE")
    key, user, password, ca_file = (
        environ.get(f"EARSHOT_ELASTICSEARCH_{name}") or environ.get(f"ELASTICSEARCH_{name}") for name in names
    )
    arguments: dict[str, Any] = {}
    if key:
        arguments["api_key"] = key
    elif user and password:
        arguments["basic_auth"] = (user, password)
    elif user or password:
        raise ConfigurationError("EARSHOT_ELASTICSEARCH_USER and EARSHOT_ELASTICSEARCH_PASSWORD belong together")
    if ca_file and address.url.startswith("https:"):
        if not Path(ca_file).is_file():
            raise ConfigurationError(f"EARSHOT_ELASTICSEARCH_CA_FILE names {ca_file}, which is not a file")
        arguments["ca_certs"] = ca_file
    return arguments


def _cause(failure: elastic_transport.TransportError) -> str:
    """Return why a connection failed: what follows the error's number or name in brackets."""
    found = _IN_WORDS.search(str(failure.message))
    return found[1].strip() if found else str(failure.message)[:MAX_REASON]
