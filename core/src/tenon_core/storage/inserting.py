"""Plain inserts of many rows at the speed of the driver."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from sqlalchemy import Column, Connection, Table
from sqlalchemy.exc import DBAPIError

from tenon_sdk.types import Guid, Json, UtcDateTime

# Below this, setting a COPY up costs more than it saves.
COPIED = 20
_encode = msgspec.json.Encoder().encode


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts rows as they are: every column that any of them names, NULL where one does not.

    Defaults of columns are not filled in, but for those of the database where no row names the
    column. Violated constraints raise the errors of an ordinary insert.
    """
    if not rows:
        return
    names = list(dict.fromkeys(chain.from_iterable(rows)))
    bound = (_bound(connection, table.c[name], [row.get(name) for row in rows]) for name in names)
    values = list(zip(*bound, strict=True))
    quote = connection.dialect.identifier_preparer.quote
    columns = ", ".join(map(quote, names))
    if connection.dialect.name == "postgresql" and len(rows) >= COPIED:
        _copy(connection, f"COPY {quote(table.name)} ({columns}) FROM STDIN", values)
        return
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    marks = ", ".join([mark] * len(names))
    statement = f"INSERT INTO {quote(table.name)} ({columns}) VALUES ({marks})"
    connection.exec_driver_sql(statement, values)


def _bound(connection: Connection, column: Column[Any], values: list[Any]) -> list[Any]:
    """A column's values as the driver takes them; the same moment or author is converted once."""
    process = _processor(connection, column)
    if process is None:
        return values
    bound: list[Any] = []
    last = converted = None
    for value in values:
        if value is not last:
            last, converted = value, None if value is None else process(value)
        bound.append(converted)
    return bound


def _processor(connection: Connection, column: Column[Any]) -> Callable[[Any], Any] | None:
    """What a compiled statement does with each value, by shorter ways where that costs much."""
    type_ = column.type
    if isinstance(type_, Json):
        return _json
    if isinstance(type_, Guid):
        return _guid
    if isinstance(type_, UtcDateTime) and connection.dialect.name == "postgresql":
        return _moment
    process: Callable[[Any], Any] | None = type_._cached_bind_processor(connection.dialect)  # noqa: SLF001 (what a compiled statement asks, too)
    return process


def _json(value: Any) -> str:
    """JSON, ids and exact numbers as text; `json` is slow and takes what msgspec does not:
    half a character, and more than 64 bits.
    """
    try:
        return _encode(value).decode()
    except (UnicodeEncodeError, OverflowError):
        return json.dumps(value, default=str)


def _moment(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError("a point in time needs a time zone")
    return value.isoformat()


def _guid(value: UUID | str) -> str:
    return id_text(value if isinstance(value, UUID) else UUID(value))


@lru_cache(maxsize=20_000)
def id_text(id_: UUID) -> str:
    """An id's 36 characters; a new record's are needed several times, and making them is slow."""
    return str(id_)


def _copy(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    cursor: Any = connection.connection.cursor()
    try:
        with cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:
        raise DBAPIError.instance(
            statement, None, error, psycopg.Error, dialect=connection.dialect
        ) from error
