"""Which worker processes are alive, known from locks that end with their process.

A lock needs no clock and no heartbeat: a process that was killed, and on PostgreSQL a machine
that lost its network, releases it without doing anything.
"""

import hashlib
import os
import socket
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

LOCK_CLASS = 0x54454E4F
"""First half of our advisory locks' keys on PostgreSQL, "TENO" in ASCII."""

KEEPALIVES = "SET tcp_keepalives_idle = 15; SET tcp_keepalives_interval = 5"


class Liveness(Protocol):
    executor_id: str

    def hold(self) -> None:
        """Takes our own lock, or makes sure of it."""

    def dead(self, executor_ids: Iterable[str]) -> set[str]:
        """Those of the given executors whose lock nobody holds."""

    def release(self) -> None:
        """Gives our own lock back."""


def liveness_of(engine: Engine) -> Liveness:
    executor_id = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"
    if engine.dialect.name == "sqlite":
        return FileLocks(Path(engine.url.database or ""), executor_id)
    return AdvisoryLocks(engine, executor_id)


def alive(engine: Engine) -> int:
    """How many workers hold a lock on this database now."""
    if engine.dialect.name == "sqlite":
        database = Path(engine.url.database or "")
        locks = FileLocks(database, "")
        journals = ("-journal", "-wal", "-shm")
        found = locks.folder.iterdir() if locks.folder.is_dir() else ()
        names = {path.name for path in found if not path.name.endswith(journals)}
        return len(names - locks.dead(names))
    held = text(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 "
        "AND classid = :kind AND granted "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    with engine.connect() as conn:
        return int(conn.execute(held, {"kind": LOCK_CLASS}).scalar_one())


class AdvisoryLocks:
    """One session lock per process; the server ends the session of a machine that is gone."""

    def __init__(self, engine: Engine, executor_id: str) -> None:
        self.engine, self.executor_id = engine, executor_id
        self._connection: Connection | None = None

    def hold(self) -> None:
        if self._connection is not None:
            try:
                self._connection.execute(text("SELECT 1"))
            except DBAPIError:
                self.release()
        if self._connection is None:
            connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            connection.exec_driver_sql(KEEPALIVES)
            key = {"kind": LOCK_CLASS, "key": _number(self.executor_id)}
            connection.execute(text("SELECT pg_try_advisory_lock(:kind, :key)"), key)
            self._connection = connection

    def dead(self, executor_ids: Iterable[str]) -> set[str]:
        held = text(
            "SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 "
            "AND classid = :kind AND granted "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        with self.engine.connect() as conn:
            alive = set(conn.execute(held, {"kind": LOCK_CLASS}).scalars())
        return {e for e in executor_ids if _number(e) not in alive}

    def release(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


class FileLocks:
    """One small file per process beside the database, locked by SQLite's own means."""

    def __init__(self, database: Path, executor_id: str) -> None:
        self.executor_id = executor_id
        self.folder = database.with_name(f"{database.name}-workers")
        self._lock: sqlite3.Connection | None = None

    def hold(self) -> None:
        if self._lock is None:
            self.folder.mkdir(exist_ok=True)
            self._lock = _locked(self._path(self.executor_id))

    def dead(self, executor_ids: Iterable[str]) -> set[str]:
        return {e for e in executor_ids if e != self.executor_id and not self._is_locked(e)}

    def release(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None
            self._path(self.executor_id).unlink(missing_ok=True)
            with suppress(OSError):
                self.folder.rmdir()

    def _is_locked(self, executor_id: str) -> bool:
        path = self._path(executor_id)
        if not path.exists():
            return False
        try:
            _locked(path).close()
        except sqlite3.OperationalError:
            return True
        path.unlink(missing_ok=True)
        return False

    def _path(self, executor_id: str) -> Path:
        return self.folder / executor_id


def _locked(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        connection.close()
        raise
    return connection


def _number(executor_id: str) -> int:
    """The second half of an advisory lock's key: 31 bits of the name's hash."""
    return int.from_bytes(hashlib.sha256(executor_id.encode()).digest()[:4], "big") >> 1
