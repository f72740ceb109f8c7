"""A proxy in front of a real Elasticsearch that is busy at times, and remembers what was asked."""

import contextlib
import http.client
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BUSY = {"type": "es_rejected_execution_exception", "reason": "rejected execution of coordinating operation"}


class Proxy:
    """`asked` holds (method, path) of every request; the flags say how many more times to misbehave."""

    def __init__(self, url):
        self.upstream = url.partition("://")[2]
        self.asked = []
        self.turn_away = 0
        self.turn_away_every_second_item = 0
        self.url = ""

    def answer(self, method, path, headers, body):
        """Return status, headers and body for a request."""
        self.asked.append((method, path))
        if path.startswith("/_bulk") and self.turn_away:
            self.turn_away -= 1
            return 429, {}, json.dumps({"error": {"root_cause": [BUSY], **BUSY}, "status": 429}).encode()
        if path.startswith("/_bulk") and self.turn_away_every_second_item:
            self.turn_away_every_second_item -= 1
            return self._half(method, path, headers, body)
        return self._forward(method, path, headers, body)

    def _half(self, method, path, headers, body):
        """Let the server write the even documents, say of the odd ones that there was no room."""
        lines = body.decode().splitlines()
        writes = ["\n".join(lines[start : start + 2]) for start in range(0, len(lines), 2)]
        kept = "".join(f"{write}\n" for write in writes[::2]).encode()
        status, answered, content = self._forward(method, path, headers, kept)
        items = iter(json.loads(content)["items"])
        rejected = {"index": {"status": 429, "error": BUSY}}
        mixed = [next(items) if place % 2 == 0 else rejected for place in range(len(writes))]
        return status, answered, json.dumps({"errors": True, "took": 1, "items": mixed}).encode()

    def _forward(self, method, path, headers, body):
        upstream = http.client.HTTPConnection(self.upstream, timeout=60)
        with contextlib.closing(upstream):
            passed = {name: headers[name] for name in ("content-type", "accept", "authorization") if headers[name]}
            upstream.request(method, path, body=body, headers=passed)
            answer = upstream.getresponse()
            return answer.status, {"x-elastic-product": "Elasticsearch"}, answer.read()


@contextlib.contextmanager
def proxy(url):
    """Yield a running proxy for the Elasticsearch at a store's address; its own address is `url`."""
    ours = Proxy(url)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self):
            body = self.rfile.read(int(self.headers["content-length"] or 0))
            status, headers, content = ours.answer(self.command, self.path, self.headers, body)
            self.send_response(status)
            for name, value in {"content-type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = _any  # noqa: N815  # the names that http.server asks for

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    # A server behind it that is gone is what a test is about, and no news.
    server.handle_error = lambda *_: None
    ours.url = f"elasticsearch://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield ours
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
