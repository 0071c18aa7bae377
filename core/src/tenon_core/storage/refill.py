"""Filling tables from an archive while their foreign keys wait, and settling what is gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import IntegrityError

from tenon_core.kernel.discovery import PluginError
from tenon_sdk.text import _


@frozen
class Link:
    """A foreign key of one column as the database holds it."""

    name: str
    table: str
    column: str
    target: str
    target_column: str
    rule: str


def links_of(connection: Connection, tables: Sequence[str]) -> list[Link]:
    found: list[Link] = []
    inspector = inspect(connection)
    for table in tables:
        for key in inspector.get_foreign_keys(table):
            rule = str(key.get("options", {}).get("ondelete", "")).upper()
            columns = zip(key["constrained_columns"], key["referred_columns"], strict=True)
            found += [
                Link(str(key["name"]), table, column, key["referred_table"], other, rule)
                for column, other in columns
            ]
    return found


@contextmanager
def waiting_keys(connection: Connection, links: Sequence[Link]) -> Iterator[None]:
    """Inside, rows may come before those they refer to; PostgreSQL checks when it is left.

    SQLite checks at the end of the schema change that this happens in.
    """
    if connection.dialect.name == "sqlite":
        yield
        return
    _set_mode(connection, links, "DEFERRABLE INITIALLY DEFERRED")
    yield
    _check_now(connection)
    _set_mode(connection, links, "NOT DEFERRABLE")


def _set_mode(connection: Connection, links: Sequence[Link], mode: str) -> None:
    quote = connection.dialect.identifier_preparer.quote
    for table, name in sorted({(link.table, link.name) for link in links}):
        connection.exec_driver_sql(
            f"ALTER TABLE {quote(table)} ALTER CONSTRAINT {quote(name)} {mode}"
        )


def _check_now(connection: Connection) -> None:
    try:
        connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
    except IntegrityError as error:
        raise PluginError(
            _("Rows of the archive refer to rows that are gone: {error}", error=str(error.orig))
        ) from None


def settle(connection: Connection, links: Sequence[Link]) -> int:
    """Does what deleting a target would have done to rows whose target is gone meanwhile.

    Returns how many rows were left out; a reference that forbids deletion stays and is an error
    when the keys are checked.
    """
    lost = 0
    while True:
        changed = 0
        for link in links:
            gone = _run(connection, link)
            changed += gone
            lost += gone if link.rule == "CASCADE" else 0
        if not changed:
            return lost


def _run(connection: Connection, link: Link) -> int:
    quote = connection.dialect.identifier_preparer.quote
    table, column = quote(link.table), quote(link.column)
    start = {
        "CASCADE": f"DELETE FROM {table}",
        "SET NULL": f"UPDATE {table} SET {column} = NULL",
    }.get(link.rule)
    if start is None:
        return 0
    target = f"SELECT 1 FROM {quote(link.target)} AS target"
    condition = f"target.{quote(link.target_column)} = {table}.{column}"
    result: Any = connection.execute(
        text(f"{start} WHERE {column} IS NOT NULL AND NOT EXISTS ({target} WHERE {condition})")
    )
    return int(result.rowcount)
