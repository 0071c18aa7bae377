"""The processes that answer: Tenon's and the raw one's, under the same HTTP server."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen
from granian import Granian
from granian.constants import Interfaces, Loops
from granian.log import LogLevels

OURS, RAW = "tenon_core.web.serving:application", "bench.raw:application"
PATIENCE = 60.0


@frozen
class Server:
    pid: int
    port: int


@contextmanager
def serving(application: str, environment: Mapping[str, str]) -> Iterator[Server]:
    """A server process with one worker, told by its environment what to serve; jobs are off."""
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.server", application, str(port)],
        env={**os.environ, **environment, "TENON_SERVE_JOBS": "0"},
        cwd=Path(__file__).parents[1],
    )
    try:
        _wait(process, port)
        yield Server(process.pid, port)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("the server does not answer")


def main(application: str, port: int) -> None:
    Granian(
        application,
        address="127.0.0.1",
        port=port,
        workers=1,
        interface=Interfaces.ASGI,
        loop=Loops.auto,
        factory=True,
        websockets=False,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
