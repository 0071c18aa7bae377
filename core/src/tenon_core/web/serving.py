"""Serving a site: granian's processes, each with its own site and, unless told otherwise, jobs."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio.to_thread
from granian import Granian
from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from litestar import Litestar

from tenon_core.jobs.queue import DbosQueue
from tenon_core.jobs.worker import launch
from tenon_core.kernel.config import find_site
from tenon_core.site import Site
from tenon_core.web.app import create_app
from tenon_core.web.stopping import note_signals
from tenon_sdk.errors import TenonError
from tenon_sdk.text import _

JOBS = "TENON_SERVE_JOBS"
STOP_SECONDS = 30


class ServeError(TenonError):
    """The site cannot be served as asked."""

    code = "serve_error"


def serve(
    folder: Path,
    host: str = "127.0.0.1",
    port: int = 8000,
    workers: int = 1,
    *,
    jobs: bool = True,
) -> None:
    """Serves a site until the process is told to stop; requests and jobs under way may end.

    With `jobs` every process executes background jobs, too; any number of them share the work.
    Raises ConfigError for a wrong configuration, ServeError when the address is taken.
    """
    Site.open(folder).close()
    _check_free(host, port)
    os.environ["TENON_SITE"] = str(folder)
    os.environ[JOBS] = "1" if jobs else "0"
    server = Granian(
        f"{__name__}:application",
        address=host,
        port=port,
        workers=workers,
        interface=Interfaces.ASGI,
        loop=Loops.auto,
        factory=True,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    )
    server.serve()


def application() -> Litestar:
    """What a serving process runs; the site's folder is told by the environment."""
    site = Site.open(find_site())

    @asynccontextmanager
    async def running(_app: Litestar) -> AsyncIterator[None]:
        worker = None
        note_signals()
        if os.environ.get(JOBS) == "1" and isinstance(site.queue, DbosQueue):
            worker = await anyio.to_thread.run_sync(launch, site, site.queue)
        try:
            yield
        finally:
            if worker is not None:
                await anyio.to_thread.run_sync(worker.shutdown, STOP_SECONDS / 2)
            site.close()

    return create_app(site, running)


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ServeError(
                _(
                    "The address {host}:{port} cannot be used: {reason}.",
                    host=host,
                    port=port,
                    reason=error.strerror or str(error),
                )
            ) from None
