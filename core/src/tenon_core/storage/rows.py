"""Rows of a table out of the database and back in, exactly as they are stored.

On SQLite values are taken as the file holds them. On PostgreSQL every value travels as the text
that PostgreSQL itself writes and reads, whatever its type. Both need no declared entities, so
that also a plugin whose package is broken can be archived.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, inspect, text

CHUNK = 1000
BYTES = "$bytes"


@frozen
class Shape:
    """A stored table's columns in their order, with PostgreSQL's name of each type."""

    table: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    primary_key: tuple[str, ...]


def shape_of(connection: Connection, table: str) -> Shape:
    """Columns that the database computes by itself are left out."""
    inspector = inspect(connection)
    columns = [c for c in inspector.get_columns(table) if not c.get("computed")]
    types = {c["name"]: str(c["type"]) for c in columns}
    if connection.dialect.name == "postgresql":
        statement = text(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
            "WHERE attrelid = to_regclass(:name) AND attnum > 0"
        )
        quoted = connection.dialect.identifier_preparer.quote(table)
        types = {str(n): str(t) for n, t in connection.execute(statement, {"name": quoted})}
    names = tuple(c["name"] for c in columns)
    key = inspector.get_pk_constraint(table)["constrained_columns"]
    return Shape(table, names, tuple(types[name] for name in names), tuple(key))


def count(connection: Connection, table: str, where: str = "") -> int:
    quoted = connection.dialect.identifier_preparer.quote(table)
    condition = f" WHERE {where}" if where else ""
    return int(connection.execute(text(f"SELECT count(*) FROM {quoted}{condition}")).scalar_one())


def lines_out(connection: Connection, shape: Shape, where: str = "") -> Iterator[bytes]:
    """The rows as JSON arrays, one a line, in the order of the primary key."""
    quote = connection.dialect.identifier_preparer.quote
    cast = "CAST({} AS text)" if connection.dialect.name == "postgresql" else "{}"
    columns = ", ".join(cast.format(quote(name)) for name in shape.columns)
    statement = f"SELECT {columns} FROM {quote(shape.table)}"
    statement += f" WHERE {where}" if where else ""
    if shape.primary_key:
        statement += f" ORDER BY {', '.join(map(quote, shape.primary_key))}"
    streamed = {"stream_results": True, "yield_per": CHUNK}
    rows = connection.execute(text(statement), execution_options=streamed)
    for row in rows:
        values = [_out(value) for value in row]
        yield json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _out(value: Any) -> Any:
    return {BYTES: base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _in(value: Any) -> Any:
    return base64.b64decode(value[BYTES]) if isinstance(value, dict) else value


def lines_in(
    connection: Connection, shape: Shape, columns: Sequence[str], lines: Iterable[bytes]
) -> int:
    """Inserts what `lines_out` gave, of `columns`; a row whose key is there already is left out.

    `shape` is that of the table as it is now; returns how many rows were given.
    """
    statement = text(_insert(connection, shape, columns))
    given, waiting = 0, iter(lines)
    while chunk := list(islice(waiting, CHUNK)):
        rows = [
            {f"v{position}": _in(value) for position, value in enumerate(json.loads(line))}
            for line in chunk
        ]
        connection.execute(statement, rows)
        given += len(rows)
    return given


def _insert(connection: Connection, shape: Shape, columns: Sequence[str]) -> str:
    quote = connection.dialect.identifier_preparer.quote
    types: Mapping[str, str] = dict(zip(shape.columns, shape.types, strict=True))
    cast = "CAST(:v{} AS {})" if connection.dialect.name == "postgresql" else ":v{}"
    values = ", ".join(cast.format(i, types[name]) for i, name in enumerate(columns))
    names = ", ".join(map(quote, columns))
    return f"INSERT INTO {quote(shape.table)} ({names}) VALUES ({values}) ON CONFLICT DO NOTHING"


def counters(connection: Connection, shape: Shape) -> dict[str, int]:
    """Where the automatic counters of a table stand, by column (`` for SQLite's one)."""
    if connection.dialect.name == "sqlite":
        if not inspect(connection).has_table("sqlite_sequence"):
            return {}
        statement = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        found = connection.execute(statement, {"name": shape.table}).scalar()
        return {} if found is None else {"": int(found)}
    at: dict[str, int] = {}
    for column in shape.columns:
        name = _counter(connection, shape.table, column)
        if name is not None:
            statement = text(f"SELECT last_value FROM {name} WHERE is_called")
            for value in connection.execute(statement).scalars():
                at[column] = int(value)
    return at


def set_counters(connection: Connection, table: str, at: Mapping[str, int]) -> None:
    """Puts counters back to where `counters` found them."""
    for column, value in at.items():
        if connection.dialect.name == "sqlite":
            connection.execute(
                text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table}
            )
            connection.execute(
                text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :value)"),
                {"name": table, "value": value},
            )
            continue
        name = _counter(connection, table, column)
        connection.execute(
            text("SELECT setval(CAST(:name AS regclass), :value)"), {"name": name, "value": value}
        )


def _counter(connection: Connection, table: str, column: str) -> str | None:
    quoted = connection.dialect.identifier_preparer.quote(table)
    found = connection.execute(
        text("SELECT pg_get_serial_sequence(:table, :column)"),
        {"table": quoted, "column": column},
    ).scalar()
    return None if found is None else str(found)
