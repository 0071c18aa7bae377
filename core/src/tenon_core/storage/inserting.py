"""Plain inserts of many rows at the speed of the driver."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    processors = [_processor(connection, table, name) for name in names]
    binds = list(zip(names, processors, strict=True))
    values = [
        tuple(
            process(value) if (value := row.get(name)) is not None and process else value
            for name, process in binds
        )
        for row in rows
    ]
    quote = connection.dialect.identifier_preparer.quote
    columns = ", ".join(map(quote, names))
    if connection.dialect.name == "postgresql" and len(rows) >= COPIED:
        _copy(connection, f"COPY {quote(table.name)} ({columns}) FROM STDIN", values)
        return
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    marks = ", ".join([mark] * len(names))
    statement = f"INSERT INTO {quote(table.name)} ({columns}) VALUES ({marks})"
    connection.exec_driver_sql(statement, values)


def _processor(connection: Connection, table: Table, name: str) -> Callable[[Any], Any] | None:
    """What makes of a value what the driver takes."""
    type_ = table.c[name].type
    found: Callable[[Any], Any] | None = type_._cached_bind_processor(connection.dialect)  # noqa: SLF001 (what a compiled statement asks, too)
    return found


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
