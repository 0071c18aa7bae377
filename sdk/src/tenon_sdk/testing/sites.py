"""Putting a site together: folder, configuration, database, plugins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from tenon_sdk.testing.backend import Backend
from tenon_sdk.testing.clock import Clock
from tenon_sdk.testing.databases import Databases
from tenon_sdk.testing.harness import BASE_URL, Tenon

SITE = {
    "name": "Test",
    "locale": "en",
    "zone": "Asia/Shanghai",
    "currency": "CNY",
    "secret": "a secret that only tests know of",
    "base_url": BASE_URL,
}


def write_site(backend: Backend, folder: Path, url: str) -> Path:
    """A site's folder with its `tenon.toml`."""
    folder.mkdir(parents=True, exist_ok=True)
    backend.write_config(folder, site=SITE, database={"url": url, "pool_size": 4})
    return folder


def preparing(
    backend: Backend, databases: Databases, plugins: Sequence[str]
) -> Callable[[str], None]:
    """What fills a template: migrations, permissions and ready roles of these plugins."""

    def prepare(url: str) -> None:
        folder = write_site(backend, databases.folder / f"prepare-{abs(hash(url))}", url)
        backend.prepare(folder, plugins)

    return prepare


def open_tenon(
    stack: ExitStack,
    backend: Backend,
    databases: Databases,
    dialect: str,
    plugins: Sequence[str],
    folder: Path,
    clock: Clock,
) -> Tenon:
    """A booted site; it is closed and its database removed with `stack`."""
    ordered = backend.order(plugins)
    prepare = preparing(backend, databases, ordered)
    url = stack.enter_context(databases.database(dialect, ordered, prepare))
    write_site(backend, folder / "site", url)
    made = Tenon(backend, folder / "site", ordered, clock, dialect)
    stack.callback(made.close)
    return made
