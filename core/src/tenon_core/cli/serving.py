"""`tenon serve` and `tenon worker`: the processes of a running site."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import click

from tenon_core.cli.app import App
from tenon_core.cli.base import command, option, pass_app
from tenon_core.cli.output import say, show_lines
from tenon_sdk.text import _

DEMO_FILE = "demo-log-ins.txt"


@command("serve", _("Serve the site on the network, and do its background work."))
@option("--host", default="127.0.0.1", show_default=True, help=_("Address to answer on."))
@option(
    "--port", type=click.IntRange(1, 65535), default=8000, show_default=True,
    help=_("Port to answer on."),
)  # fmt: skip
@option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True,
    help=_("Processes that answer."),
)  # fmt: skip
@option("--no-worker", is_flag=True, help=_("Leave background work to “tenon worker”."))
@pass_app
def serve(app: App, /, *, host: str, port: int, workers: int, no_worker: bool) -> None:
    from tenon_core.web.serving import serve as serve_site

    folder = app.folder()
    check_migrated(app)
    shown = f"[{host}]" if ":" in host else host
    say(_("The site answers on {address}. Stop it with Ctrl+C.", address=f"http://{shown}:{port}"))
    show_lines(demo_log_ins(folder))
    serve_site(folder, host, port, workers, jobs=not no_worker)


def demo_log_ins(folder: Path) -> str:
    path = folder / DEMO_FILE
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def check_migrated(app: App) -> None:
    """Raises PluginError while migrations wait: the entities would not fit their tables."""
    from tenon_core.kernel.discovery import PluginError
    from tenon_core.storage.migrate import pending

    with app.installation() as found:
        waiting = len(pending(found.engine, found.running()))
    if waiting:
        raise PluginError(
            _("{count} migrations did not run yet; run “tenon migrate”.", count=waiting)
        )


@command("worker", _("Do the site's background work, beside “tenon serve” or on another machine."))
@option(
    "--concurrency", type=click.IntRange(1, 64), default=4, show_default=True,
    help=_("Jobs at the same time."),
)  # fmt: skip
@pass_app
def worker(app: App, /, *, concurrency: int) -> None:
    from tenon_core.jobs.queue import DbosQueue
    from tenon_core.jobs.setup import WorkerSettings
    from tenon_core.jobs.worker import launch

    check_migrated(app)
    site = app.site()
    with _until_told() as told:
        settings = WorkerSettings(concurrency=concurrency)
        working = launch(site, cast("DbosQueue", site.queue), settings)
        say(_("The worker is running. Stop it with Ctrl+C."))
        try:
            told.wait()
        finally:
            working.shutdown()
    say(_("The worker has stopped."))


@contextmanager
def _until_told() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set."""
    told = threading.Event()
    before = {
        number: signal.signal(number, lambda *_args: told.set())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


COMMANDS = (serve, worker)
