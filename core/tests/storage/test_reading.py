"""Connections for lists: kept, read-only, given up after a time, closed with their engine."""

from __future__ import annotations

import sqlite3
from typing import Any

import psycopg
import pytest

from tenon_core.storage import reading
from tenon_core.storage.reading import Cursor, TooLong
from tenon_sdk.testing import Tenon

ENDLESS = {
    "sqlite": "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n",
    "postgresql": "SELECT pg_sleep(600)",
}


def _one(cursor: Cursor) -> Any:
    return cursor.fetch("SELECT 1", [])[0][0]


def test_a_connection_is_used_again(tenon: Tenon) -> None:
    drivers = []
    for _turn in range(3):
        with Cursor(tenon.site) as cursor:
            assert _one(cursor) == 1
            drivers.append(cursor._reader.driver)
    assert len(set(drivers)) == 1
    with Cursor(tenon.site) as first, Cursor(tenon.site) as second:
        assert first._reader is not second._reader


def test_reading_without_end_is_given_up(tenon: Tenon) -> None:
    tenon.site.engine.dispose()
    tenon.site.readers.seconds = 0.05
    with Cursor(tenon.site) as cursor:
        with pytest.raises(TooLong):
            cursor.fetch(ENDLESS[tenon.site.engine.dialect.name], [])
        assert _one(cursor) == 1
    with Cursor(tenon.site) as cursor:
        assert _one(cursor) == 1


def test_they_close_with_their_engine(tenon: Tenon) -> None:
    with Cursor(tenon.site) as idle:
        kept = idle._reader
    with Cursor(tenon.site) as used:
        assert used._reader is kept
        with Cursor(tenon.site) as other:
            resting = other._reader
        tenon.site.engine.dispose()
        with pytest.raises(Exception, match="closed"):
            resting.driver.execute("SELECT 1")
        assert _one(used) == 1
    with pytest.raises(Exception, match="closed"):
        kept.driver.execute("SELECT 1")


def test_a_connection_that_was_cut_is_replaced(
    tenon: Tenon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was not is used again; SQLite has no server that could cut it."""
    monkeypatch.setattr(reading, "IDLE_SECONDS", -1.0)
    native = tenon.site.engine.dialect.name == "postgresql"
    for cut in {False, native}:
        with Cursor(tenon.site) as before:
            kept = before._reader
            number = before.fetch("SELECT pg_backend_pid()", [])[0][0] if cut else None
        if cut:
            with tenon.site.engine.connect() as connection:
                connection.exec_driver_sql("SELECT pg_terminate_backend(%s, 10000)", (number,))
        with Cursor(tenon.site) as after:
            assert _one(after) == 1
            assert (after._reader is kept) != cut


def test_nothing_is_written(tenon: Tenon) -> None:
    refused = (sqlite3.OperationalError, psycopg.errors.ReadOnlySqlTransaction)
    with Cursor(tenon.site) as cursor, pytest.raises(refused, match="read"):
        cursor.fetch("DELETE FROM core_tag RETURNING id", [])
