import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from tenon_core.events.deliver import delivery_jobs
from tenon_core.settings import CoreSettings


@pytest.fixture
def subscribe(tenon):
    """Adds handlers to the site as a plugin would."""

    def add(*handlers):
        for handler in handlers:
            tenon.site.registry.event_handlers.add("core", handler)
        tenon.site._jobs.update({job.name: job for job in delivery_jobs(handlers)})

    return add


@pytest.fixture
def settings(tenon):
    """Changes settings of the running site."""

    def change(**values):
        tenon.site._settings[CoreSettings] = CoreSettings(**values)

    return change


@contextmanager
def listening(status=200, body=b"taken", headers=None) -> Iterator[SimpleNamespace]:
    """A server that keeps what it gets; `status` may be a list that is used up."""
    got = []
    plan = SimpleNamespace(status=status, body=body, headers=headers or {}, got=got)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            length = int(self.headers.get("Content-Length", 0))
            got.append(SimpleNamespace(headers=self.headers, body=self.rfile.read(length)))
            code = plan.status.pop(0) if isinstance(plan.status, list) else plan.status
            self.send_response(code)
            for name, value in plan.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(plan.body)))
            self.end_headers()
            self.wfile.write(plan.body)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    plan.url = f"http://127.0.0.1:{server.server_port}/hook"
    try:
        yield plan
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def target():
    with listening() as plan:
        yield plan
