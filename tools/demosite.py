"""The demo company in a browser: what the tests of the pages and `make screenshots` share.

The site is made by `tenon demo` and served by `tenon serve`, as a person would; the browser is the
system's own Chromium, which reaches nothing but this machine.
"""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import Browser, BrowserContext, Playwright

from environment import find_browser

PASSWORD = "tenon and mortise"  # noqa: S105 (of the demo company; everybody knows it)
PATIENCE = 60
"""Seconds after which a server counts as not starting."""

TENON = Path(sys.executable).with_name("tenon")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-features=OptimizationHints,MediaRouter,Translate",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


def make_demo(folder: Path) -> None:
    """Makes the demo company in `folder`, on SQLite."""
    subprocess.run([TENON, "demo", "--site", folder], check=True, stdout=subprocess.DEVNULL)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serves the site on a free port, with its worker; gives its address without a slash.

    Raises RuntimeError with what the server said when it does not start.
    """
    port = _free_port()
    site, log = f"http://127.0.0.1:{port}", folder / "serve.log"
    command = (TENON, "serve", "--site", folder, "--port", str(port))
    with log.open("w") as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
    try:
        if not _answers(f"{site}/login", process):
            raise RuntimeError(f"The site does not start:\n{log.read_text()}")
        yield site
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(address: str, process: subprocess.Popen[bytes]) -> bool:
    """Whether the server answers before it ends or patience does."""
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        try:
            with urlopen(address, timeout=PATIENCE):  # noqa: S310 (composed here)
                return True
        except OSError:
            time.sleep(0.05)  # asked again: nothing tells when a port opens
    return False


def launch(playwright: Playwright) -> Browser:
    """Starts the system's Chromium. Raises RuntimeError where there is none."""
    executable = find_browser()
    if executable is None:
        raise RuntimeError("Chromium is not installed; `make environment` installs it")
    return playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)


def log_in(context: BrowserContext, site: str, login: str) -> None:
    """Gives the context the cookies of this person of the demo company."""
    form: dict[str, str | float | bool] = {"login": login, "password": PASSWORD}
    answer = context.request.post(f"{site}/login", form=form)
    if not answer.ok or answer.url.endswith("/login"):
        raise RuntimeError(f"{login} could not log in: {answer.status}")
