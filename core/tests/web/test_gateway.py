"""Around the handlers: health, proxies, search, the server process."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tenon_core.kernel.config import write_config
from tenon_core.storage.engine import make_engine
from tenon_core.web.api.proxies import Proxies
from tenon_core.web.serving import ServeError, serve


def test_health_tells_a_load_balancer(web, monkeypatch):
    assert web(None).get("/api/health").json() == {"status": "ok", "checks": {"database": "ok"}}
    web.site.loaded.quarantined["sales"] = None
    degraded = web(None).get("/api/health")
    assert (degraded.status_code, degraded.json()["status"]) == (200, "degraded")

    class Gone:
        def connect(self):
            raise OSError("no route to 10.1.2.3")

    monkeypatch.setattr(web.site, "read_engine", Gone())
    down = web(None).get("/api/health")
    assert (down.status_code, down.json()["checks"]) == (503, {"database": "error"})
    assert "10.1.2.3" not in down.text


def test_search_finds_what_may_be_seen(web):
    mine = web.account("own", name="广州智光电气股份有限公司")
    web.account("all", name="智光储能科技")
    her = web("own")
    found = her.get("search?q=智光").json()["items"]
    assert [(h["entity"], h["id"]) for h in found] == [("core.account", mine)]
    assert her.get("search?q=zgdq&limit=1").json()["items"][0]["title"].startswith("广州")
    assert her.get("search?q=智光&entities=lathe.order").json()["items"] == []
    assert len(web("all").get("search?q=智光").json()["items"]) == 2
    assert web("nobody").get("search?q=智光").json()["items"] == []
    for query, name in (("", "q"), ("q=", "q"), ("q=x&limit=0", "limit"), ("q=x&limit=101", "limit"),
                        ("q=x&entities=a.b", "entities"), ("q=x&nope=1", "nope"),
                        ("q=x&entities=core.team_member", "entities")):  # fmt: skip
        answer = her.get(f"search?{query}")
        assert (answer.status_code, list(answer.json()["fields"])) == (422, [name])


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "seen"),
    [
        ((), "10.0.0.1", b"1.2.3.4", ("10.0.0.1", False)),
        (("10.0.0.0/8",), "10.0.0.1", b"1.2.3.4", ("1.2.3.4", True)),
        (("10.0.0.0/8",), "10.0.0.1", b"6.6.6.6, 1.2.3.4, 10.9.9.9", ("1.2.3.4", True)),
        (("10.0.0.0/8",), "9.9.9.9", b"1.2.3.4", ("9.9.9.9", False)),
        (("10.0.0.0/8",), "10.0.0.1", b"<script>", ("10.0.0.1", True)),
        (("::1/128",), "::1", b"2001:db8::7", ("2001:db8::7", True)),
        (("10.0.0.0/8",), None, b"1.2.3.4", (None, False)),
    ],
)
def test_only_trusted_proxies_are_believed(trusted, peer, forwarded, seen):
    headers = {b"x-forwarded-for": forwarded, b"x-forwarded-proto": b"https"}
    assert Proxies(trusted).seen(peer, "http", headers) == seen


def test_a_taken_port_is_one_clear_error(tmp_path):
    write_config(tmp_path, site={"name": "x"}, database={"url": "sqlite:///x.sqlite3"})
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ServeError, match=f"127.0.0.1:{port}"):
            serve(tmp_path, port=port)


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_the_server_starts_answers_and_stops(tmp_path, free_port):
    write_config(
        tmp_path, site={"name": "x", "secret": "s"}, database={"url": "sqlite:///x.sqlite3"}
    )
    make_engine(f"sqlite:///{tmp_path / 'x.sqlite3'}").connect().close()
    program = (
        "from pathlib import Path; from tenon_core.web.serving import serve;"
        f"serve(Path({str(tmp_path)!r}), port={free_port}, jobs=False)"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", program], stderr=subprocess.PIPE, env={**os.environ}
    )
    try:
        answer = _ask(f"http://127.0.0.1:{free_port}/api/health", server)
        assert answer["checks"] == {"database": "ok"}
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0
    finally:
        server.kill()
        said = server.communicate()[1].decode()
    assert "Traceback" not in said
    assert Path(tmp_path / "x.sqlite3").exists()


def _ask(url, server):
    for _try in range(150):
        assert server.poll() is None, server.stderr.read().decode()
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return json.load(answer)
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not answer")


def test_a_large_body_is_read_only_from_who_may_send_something(web):
    operations = {"operations": [{"op": "create", "data": {"name": "x" * 2_000_000}}]}
    nobody = web(None).post("lathe/order/batch", json=operations)
    assert (nobody.status_code, nobody.json()["code"]) == (401, "unauthenticated")
    assert web("own").post("lathe/order/batch", json=operations).status_code == 422
    # A route for files takes what a document may have, in base64.
    upload = {"entity": "core.account", "file_name": "a.csv", "content": "QUFB" * 500_000}
    assert web("own").post("core/import", json=upload).status_code == 403
    assert web("own").post("lathe/echo", json={"word": "x" * 2_000_000}).status_code == 413


def test_an_application_can_be_served_again(web):
    from litestar.testing import TestClient

    from tenon_core.web.app import create_app

    app = create_app(web.site)
    token = {"Authorization": f"Bearer {web.token('own')}"}
    for _n in range(2):
        with TestClient(app) as outer:
            with TestClient(app) as inner:
                assert inner.get("/api/v1/auth/me", headers=token).status_code == 200
            assert outer.get("/api/v1/auth/me", headers=token).status_code == 200


def test_addresses_outside_the_api_lead_a_stranger_to_the_log_in(web):
    for path in ("/", "/core/account"):
        answer = web.client.get(path, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/login")
        assert "Traceback" not in answer.text


def test_unknown_addresses_tell_nothing(web):
    for path in ("/nothing", "/docs"):
        answer = web.client.get(path, follow_redirects=False)
        assert answer.status_code == 404
        assert "Traceback" not in answer.text
