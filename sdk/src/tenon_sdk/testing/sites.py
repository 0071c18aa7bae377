"""Putting a site together: folder, configuration, database, plugins."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tenon_sdk.testing.backend import Backend
from tenon_sdk.testing.databases import Databases
from tenon_sdk.testing.harness import BASE_URL

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


@contextmanager
def prepared_site(
    backend: Backend, databases: Databases, dialect: str, plugins: Sequence[str], folder: Path
) -> Iterator[Path]:
    """The folder of a site on a database of its own, which goes again afterwards.

    `plugins` stand in dependency order.
    """
    prepare = preparing(backend, databases, plugins)
    with databases.database(dialect, plugins, prepare) as url:
        yield write_site(backend, folder, url)
