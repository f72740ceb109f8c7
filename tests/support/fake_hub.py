"""A model hub on loopback, as far as fetching a model asks of it."""

import hashlib
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self._answer(with_body=False)

    def do_GET(self):
        self._answer(with_body=True)

    def _answer(self, *, with_body):
        path = unquote(urlsplit(self.path).path)
        self.server.asked.append(path)
        status, headers, body = self.server.found(path)
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, *args):
        """Say nothing on standard error."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, name, files, revisions):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.name, self.files, self.revisions, self.asked = name, files, (COMMIT, *revisions), []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def found(self, path):
        """Return status, headers and body of an answer."""
        if path.startswith(f"/api/models/{self.name}/revision/"):
            return self._about(path.rpartition("/")[2])
        if path.startswith(f"/api/models/{self.name}/tree/"):
            rows = [{"type": "file", "path": name, "size": len(body), "oid": "0"} for name, body in self.files.items()]
            return 200, {"Content-Type": "application/json"}, json.dumps(rows).encode()
        for revision in self.revisions:
            file = path.removeprefix(f"/{self.name}/resolve/{revision}/")
            if file in self.files:
                body = self.files[file]
                tag = hashlib.sha256(body).hexdigest()
                return 200, {"ETag": f'"{tag}"', "X-Repo-Commit": COMMIT}, body
        code = "EntryNotFound" if path.startswith(f"/{self.name}/") else "RepoNotFound"
        return 404, {"X-Error-Code": code}, b""

    def _about(self, revision):
        if revision not in self.revisions:
            return 404, {"X-Error-Code": "RevisionNotFound"}, b""
        names = [{"rfilename": name} for name in self.files]
        about = {"id": self.name, "modelId": self.name, "sha": COMMIT, "siblings": names, "tags": []}
        return 200, {"Content-Type": "application/json"}, json.dumps(about).encode()


@contextmanager
def fake_hub(name, folder, *, revisions=("main",)):
    """Serve one model: the files of a folder under `name`. `asked` remembers the paths of requests."""
    files = {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    server = _Server(name, files, revisions)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
