"""What is done, to be measured by Prometheus, and whether the process is well: two pages on a loopback port."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Any, Final
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import ThreadingWSGIServer
from prometheus_client.registry import Collector

from domain.documents import parse_instant
from domain.errors import ConfigurationError, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from prometheus_client.metrics_core import Metric

ADDRESS: Final = "127.0.0.1"
_COUNTERS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "earshot_in": ("Records that came into a stage", ("fetched", "unreadable")),
    "earshot_out": ("Documents that a stage added, updated or deleted", ("added", "updated", "deleted", "changed")),
    "earshot_failed": ("Records that a stage could not read", ("unreadable",)),
}
_GAUGES: Final[Mapping[str, tuple[str, str]]] = {
    "earshot_faults": ("How often in a row a stage ended with an error", "faults"),
    "earshot_last_success_timestamp_seconds": ("When a stage last ended well", "last_success"),
    "earshot_next_run_timestamp_seconds": ("When a stage is next due", "next_run"),
    "earshot_lag_seconds": ("Age of the newest post that came", "lag_s"),
    "earshot_oldest_waiting_seconds": ("How long the oldest change has waited for its links", "waiting_s"),
    "earshot_requests_left": ("Requests that a source still allows", "requests_left"),
}


class Status(Collector):
    """The records of `pipeline.status` as metrics, labelled by stage (the job) and source."""

    def __init__(self, records: Callable[[], list[dict[str, Any]]]) -> None:
        self._records = records

    def describe(self) -> Iterable[Metric]:
        """Return nothing: what there is stands in the store, and is asked for when it is measured."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield what stands in the store now."""
        records = self._records()
        for name, (about, fields) in _COUNTERS.items():
            counter = CounterMetricFamily(name, about, labels=("stage", "source"))
            for record in records:
                counter.add_metric((record["job"], record["source"] or ""), sum(record[field] for field in fields))
            yield counter
        for name, (about, field) in _GAUGES.items():
            gauge = GaugeMetricFamily(name, about, labels=("stage", "source"))
            for record in records:
                if (value := record[field]) is not None:
                    number = parse_instant(value).timestamp() if isinstance(value, str) else value
                    gauge.add_metric((record["job"], record["source"] or ""), number)
            yield gauge


@contextmanager
def serving(
    port: int,
    records: Callable[[], list[dict[str, Any]]],
    ill: Callable[[], str | None],
    *,
    setting: str = "jobs.metrics_port",
    registry: CollectorRegistry | None = None,
) -> Iterator[None]:
    """Serve `/metrics` and `/healthz` on a loopback port for the length of a block; port 0 serves nothing.

    `ill` says in a sentence what is wrong with the process, None where nothing is. `registry` holds what else is
    measured; `setting` is what the port is called.

    Raises:
        ConfigurationError: the port is taken.
    """
    if not port:
        yield
        return
    pages = _pages(records, ill, registry or CollectorRegistry())
    try:
        server = make_server(ADDRESS, port, pages, server_class=ThreadingWSGIServer, handler_class=_Quiet)
    except OSError as error:
        raise ConfigurationError(f"{setting}: {ADDRESS}:{port} cannot be served: {error.strerror}") from None
    with server:
        Thread(target=server.serve_forever, name="metrics", daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()


def _pages(
    records: Callable[[], list[dict[str, Any]]], ill: Callable[[], str | None], registry: CollectorRegistry
) -> WSGIApplication:
    registry.register(Status(records))
    metrics = make_wsgi_app(registry)

    def pages(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        try:
            if path == "/metrics":
                body: Iterable[bytes] = metrics(environ, start_response)
                return body
            answer, sentence = ("404 Not Found", "there are /metrics and /healthz") if path != "/healthz" else ("", "")
            if not answer:
                sentence = ill() or ""
                answer = "503 Service Unavailable" if sentence else "200 OK"
        except StoreError as error:
            answer, sentence = "503 Service Unavailable", str(error)
        start_response(answer, [("Content-Type", "text/plain; charset=utf-8")])
        return [f"{sentence or 'well'}\n".encode()]

    return pages


class _Quiet(WSGIRequestHandler):
    """Leaves no line for each request."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Say nothing."""
