"""The driver's own connections for lists: outside of transactions, and not without end.

Measured: to take a connection from the engine's pool, switch it to single statements and back,
and return it costs as much on PostgreSQL as a fifth of a whole list. These stay as they are.
"""

from __future__ import annotations

import sqlite3
import time
from collections import deque
from contextlib import suppress
from typing import Any, Protocol, Self

import psycopg
from attrs import define, field, frozen
from sqlalchemy import Connection, Engine, event

from tenon_core.storage.engine import IDLE_SECONDS
from tenon_sdk.errors import TenonError
from tenon_sdk.text import _

# SQLite asks whether to go on after so many steps of its machine, about every millisecond.
STEPS = 50_000


class TooLong(TenonError):
    """A list, count or sum that would have to read too much; narrower ones may be answered."""

    code = "too_long"

    def __init__(self) -> None:
        super().__init__(
            _("This would read too many records. Narrow it by a filter, or sort otherwise.")
        )


@define(eq=False)
class _Reader:
    """A connection with the cursor that all its statements run on.

    `pool` is the engine's at that time; an engine that was disposed of has another.
    """

    driver: Any
    cursor: Any
    pool: Any
    used_at: float = field(factory=time.monotonic)
    deadline: float = 0.0


class Readers:
    """The reading connections of an engine; safe between threads.

    As many stay open as the engine's pool holds. They close with the engine.
    """

    def __init__(self, engine: Engine, seconds: float) -> None:
        self.seconds = seconds
        self._engine = engine
        self._native = engine.dialect.name == "postgresql"
        self._most: int = engine.pool.size()  # type: ignore[attr-defined]
        self._idle: deque[_Reader] = deque()
        event.listen(engine, "engine_disposed", self._close)

    def take(self) -> _Reader:
        """A connection for one thread until it is given back; opened if none is idle."""
        while True:
            try:
                reader = self._idle.pop()
            except IndexError:
                return self._open()
            if reader.pool is self._engine.pool and self._answers(reader):
                return reader
            _shut(reader)

    def give(self, reader: _Reader) -> None:
        reader.used_at = time.monotonic()
        broken = self._native and reader.driver.closed
        if broken or reader.pool is not self._engine.pool or len(self._idle) >= self._most:
            _shut(reader)
        else:
            self._idle.append(reader)

    def _open(self) -> _Reader:
        pooled = self._engine.raw_connection()
        driver: Any = pooled.driver_connection
        pooled.detach()
        if not self._native:
            driver.execute("PRAGMA query_only = ON")
            reader = _Reader(driver, driver.cursor(), self._engine.pool)
            driver.set_progress_handler(lambda: time.monotonic() > reader.deadline, STEPS)
            return reader
        driver.autocommit = True
        driver.execute(f"SET statement_timeout = {max(1, round(self.seconds * 1_000))}")
        driver.execute("SET default_transaction_read_only = on")
        return _Reader(driver, driver.cursor(binary=True), self._engine.pool)

    def _answers(self, reader: _Reader) -> bool:
        """Whether the server is still there; asked of what rested a while alone."""
        if not self._native or time.monotonic() - reader.used_at < IDLE_SECONDS:
            return True
        try:
            self._engine.dialect.do_ping(reader.driver)
        except psycopg.Error:
            return False
        return True

    def _close(self, _engine: Engine) -> None:
        with suppress(IndexError):
            while True:
                _shut(self._idle.pop())


def _shut(reader: _Reader) -> None:
    with suppress(psycopg.Error, sqlite3.Error):
        reader.driver.close()


class Reading(Protocol):
    """What runs a statement in the driver's own words."""

    @property
    def dialect(self) -> str: ...

    def fetch(self, sql: str, values: list[Any]) -> list[Any]:
        """All rows."""


@frozen
class Within:
    """Reading in an open transaction, whose own writes are seen."""

    connection: Connection

    @property
    def dialect(self) -> str:
        return self.connection.dialect.name

    def fetch(self, sql: str, values: list[Any]) -> list[Any]:
        return list(self.connection.exec_driver_sql(sql, tuple(values)).all())


class Cursor:
    """What statements of lists run on: a reading connection for as long as a request needs it.

    With `connection` it is that of an open transaction, whose own writes it sees.
    """

    def __init__(self, site: Any, connection: Connection | None = None) -> None:
        self._given = connection
        self.dialect: str = site.engine.dialect.name
        if connection is None:
            self._readers: Readers = site.readers

    def __enter__(self) -> Self:
        if self._given is None:
            self._reader = self._readers.take()
            self._cursor = self._reader.cursor
            return self
        driver: Any = self._given.connection.driver_connection
        native = self.dialect == "postgresql"
        self._cursor = driver.cursor(binary=True) if native else driver.cursor()
        return self

    def __exit__(self, *_error: object) -> None:
        if self._given is None:
            self._readers.give(self._reader)
        else:
            self._cursor.close()

    def fetch(self, sql: str, values: list[Any]) -> list[Any]:
        """All rows. Raises TooLong when the time for reading is over."""
        if self._given is None:
            self._reader.deadline = time.monotonic() + self._readers.seconds
        try:
            self._cursor.execute(sql, values)
            rows: list[Any] = self._cursor.fetchall()
        except (sqlite3.OperationalError, psycopg.errors.QueryCanceled) as error:
            if isinstance(error, sqlite3.Error) and str(error) != "interrupted":
                raise
            raise TooLong from None
        return rows
