"""Plain inserts of many rows at the speed of the driver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError

# Below this, setting a COPY up costs more than it saves.
COPIED = 20


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts rows as they are: every column that any of them names, NULL where one does not.

    Defaults of columns are not filled in, but for those of the database where no row names the
    column. Violated constraints raise the errors of an ordinary insert.
    """
    if not rows:
        return
    names = list(dict.fromkeys(name for row in rows for name in row))
    bound = (_bound(connection, table, name, rows) for name in names)
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


def _bound(
    connection: Connection, table: Table, name: str, rows: Sequence[Mapping[str, Any]]
) -> list[Any]:
    """A column's values as the driver takes them; the same moment or author is converted once."""
    process = table.c[name].type._cached_bind_processor(connection.dialect)  # noqa: SLF001 (what a compiled statement asks, too)
    values = [row.get(name) for row in rows]
    if process is None:
        return values
    bound: list[Any] = []
    last = converted = None
    for value in values:
        if value is not last:
            last, converted = value, None if value is None else process(value)
        bound.append(converted)
    return bound


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
