"""The whole life of a plugin, from its wheel, in an environment that knows nothing of ours."""

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest

MACHINE = {"name": "Schuler 400", "tonnes": 400, "account_id": None}


@pytest.fixture(scope="session")
def environment(make_environment):
    return make_environment("tenon_press", "tenon_paint")


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@contextmanager
def served(environment, site):
    """The site's address while it serves."""
    port = free_port()
    command = [environment.bin / "tenon", "--site", site, "serve", "--port", str(port)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        address = f"http://127.0.0.1:{port}"
        try:
            wait_until_it_answers(process, address)
            yield address
        finally:
            process.terminate()
            process.wait(30)


def wait_until_it_answers(process, address):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, process.stdout.read()
        try:
            urllib.request.urlopen(f"{address}/api/health", timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the site does not answer")


def ask(address, token, path, data=None, method=None):
    """(status, answer) of one request."""
    body = None if data is None else json.dumps(data).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{address}/api/v1/{path}", body, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")


@pytest.fixture
def site(environment, database, tenon_databases, tmp_path):
    """A new site; `tenon` runs a command on it."""
    with tenon_databases.empty(database) as url:
        folder = tmp_path / "site"
        environment.run("tenon", "init", folder, "--database", url)

        def tenon(*arguments, **options):
            return environment.run("tenon", "--site", folder, *arguments, **options)

        tenon.folder = folder
        yield tenon


def states(tenon):
    return {
        row["key"]: row["status"] for row in json.loads(tenon("plugin", "list", "--json").stdout)
    }


def use(environment, tenon, token):
    """Makes a customer and a press through the API and puts it to work; returns the press."""
    with served(environment, tenon.folder) as address:
        _status, account = ask(address, token, "core/account", {"name": "智光电气"})
        status, made = ask(
            address, token, "press/machine", {**MACHINE, "account_id": account["id"]}
        )
        assert status == 201, made
        status, moved = ask(
            address, token, f"press/machine/{made['id']}/commission", {"on": "2026-03-09"}
        )
        assert (status, moved["state"]) == (200, "running"), moved
        status, refused = ask(address, token, "press/machine", {"name": "x", "tonnes": 9_999})
        assert status in {409, 422}, refused
        status, strongest = ask(address, token, "press/strongest?least=1")
        assert strongest["tonnes"] == 400
    return made["id"]


def test_from_its_wheel_to_its_end_and_back(environment, site):
    assert states(site) == {"paint": "installed", "press": "installed"}
    site("plugin", "enable", "press", "paint")
    assert states(site) == {"paint": "enabled", "press": "enabled"}
    site("user", "add", "ann", "--role", "administrator")
    token = site("token", "add", "ann").stdout.splitlines()[-1]
    machine = use(environment, site, token)
    assert site("press", "strongest").stdout.strip() == "400"

    running = site("plugin", "disable", "press", check=False)
    assert running.returncode != 0
    assert "Presses are running. (1)" in running.stderr
    with served(environment, site.folder) as address:
        ask(address, token, f"press/machine/{machine}/scrap", {})
    site("plugin", "disable", "press")
    assert states(site) == {"paint": "enabled", "press": "disabled"}
    with served(environment, site.folder) as address:
        assert ask(address, token, "press/machine")[0] == 404
        assert ask(address, token, "core/account")[1]["items"]

    planned = site("plugin", "plan", "press").stdout
    assert "press_machine" in planned
    site("plugin", "purge", "press", "--yes")
    (archive,) = (site.folder / "escrow").iterdir()
    site("plugin", "restore", archive)
    site("plugin", "enable", "press")
    with served(environment, site.folder) as address:
        status, found = ask(address, token, f"press/machine/{machine}")
    assert (status, found["name"], found["state"]) == (200, "Schuler 400", "scrapped")
