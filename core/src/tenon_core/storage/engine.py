"""Engines for SQLite and PostgreSQL, set up so that both behave alike."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from functools import cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DisconnectionError

READ_ONLY = "tenon_read_only"
USED_AT = "tenon_used_at"

# A connection that rested this long may have been cut meanwhile, as by a restart of the server.
IDLE_SECONDS = 2.0

# A write waits this long for another one on SQLite before it is refused.
BUSY_TIMEOUT_MS = 15_000


def make_engine(url: str, pool_size: int = 10) -> Engine:
    """An engine for `url`.

    SQLite runs in WAL mode with foreign keys held. A transaction that may write takes the write
    lock when it begins (`BEGIN IMMEDIATE`), so that it can never fail half-way because another
    one wrote meanwhile; one with the execution option `READ_ONLY` never blocks anybody.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(
            parsed, pool_size=pool_size, max_overflow=pool_size, hide_parameters=True
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    engine = create_engine(
        parsed,
        pool_size=pool_size,
        max_overflow=pool_size,
        hide_parameters=True,
        connect_args={"options": "-c timezone=UTC"},
    )
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", partial(_ping_idle, engine))
    return engine


def _note_use(_connection: Any, record: Any) -> None:
    record.info[USED_AT] = time.monotonic()


def _ping_idle(engine: Engine, connection: Any, record: Any, _proxy: Any) -> None:
    """Asks the server whether it is still there, but not at every use: that costs a round trip."""
    used_at = record.info.get(USED_AT)
    if used_at is None or time.monotonic() - used_at < IDLE_SECONDS:
        return
    try:
        engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error:
        raise DisconnectionError from None


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.create_function("tenon_day", 2, _day_in_zone, deterministic=True)
    connection.create_function("tenon_period", 2, period_start, deterministic=True)
    connection.isolation_level = None  # the driver must not begin transactions by itself
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA cache_size = -65536")
    cursor.execute("PRAGMA temp_store = MEMORY")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    read_only = connection.get_execution_options().get(READ_ONLY, False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _day_in_zone(moment: str | None, zone: str) -> str | None:
    """The local day of a stored moment; PostgreSQL has `timezone()` for it."""
    if moment is None:
        return None
    return datetime.fromisoformat(moment).astimezone(_zone(zone)).date().isoformat()


_zone = cache(ZoneInfo)


def period_start(day: str | None, period: str) -> str | None:
    """First day of the day's week (Monday), month, quarter or year, as `date_trunc` gives it."""
    if day is None:
        return None
    parsed = date.fromisoformat(day)
    match period:
        case "week":
            parsed -= timedelta(days=parsed.weekday())
        case "month":
            parsed = parsed.replace(day=1)
        case "quarter":
            parsed = parsed.replace(month=(parsed.month - 1) // 3 * 3 + 1, day=1)
        case "year":
            parsed = parsed.replace(month=1, day=1)
        case _:  # a day is its own beginning
            pass
    return parsed.isoformat()
