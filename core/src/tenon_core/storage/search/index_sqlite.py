"""The index on SQLite: words in an FTS5 table that triggers keep equal to the table of entries.

FTS5 returns the rows of a token newest first as it reads them, so a limit bounds the time however
common the token is, and it leaps over what an intersection does not need.
"""

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import Connection, MetaData

from tenon_core.storage.search.entries import Candidate, Entry
from tenon_core.storage.search.query import AllOf, AnyOf
from tenon_core.storage.search.tables import COLUMNS, NAME, Pool, Round, table

FTS = "core_search_fts"
DEEP = 1000
FEW = 1000
"""A scope of at most so many rows is read whole."""

MANY = 4
"""Unions of more tokens are tested by what their tokens have in common."""

_FTS_COLUMNS = ", ".join("entry." + name for name in COLUMNS.split(", "))
_CREATE = (
    f"CREATE VIRTUAL TABLE {FTS} USING fts5(tokens, content='{NAME}', content_rowid='id', "
    "detail=none, columnsize=0, tokenize=\"ascii tokenchars '@^=._'\")",
    f"INSERT INTO {FTS}({FTS}, rank) VALUES ('hashsize', 8388608)",
)
_DELETE_OLD = f"INSERT INTO {FTS}({FTS}, rowid, tokens) VALUES ('delete', old.id, old.tokens)"
_INSERT_NEW = f"INSERT INTO {FTS}(rowid, tokens) VALUES (new.id, new.tokens)"
_TRIGGERS = {
    "insert": f"AFTER INSERT ON {NAME} BEGIN {_INSERT_NEW}; END",
    "delete": f"AFTER DELETE ON {NAME} BEGIN {_DELETE_OLD}; END",
    "update": f"AFTER UPDATE OF tokens ON {NAME} WHEN old.tokens <> new.tokens "
    f"BEGIN {_DELETE_OLD}; {_INSERT_NEW}; END",
}
_UPSERT = f"""
INSERT INTO {NAME} ({COLUMNS}, tokens) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (record_id, entity) DO UPDATE SET
  title = excluded.title, subtitle = excluded.subtitle, keywords = excluded.keywords,
  weight = excluded.weight, updated_ms = excluded.updated_ms, tokens = excluded.tokens
"""


def _union(tokens: AnyOf) -> str:
    return "(" + " OR ".join(f'"{token}"' for token in tokens) + ")"


def _match(ways: Sequence[AllOf]) -> str:
    """An FTS5 expression; tokens hold no quotation marks, see `folding`."""
    return " OR ".join("(" + " AND ".join(map(_union, way)) + ")" for way in ways)


def _tests(ways: Sequence[AllOf]) -> tuple[str, list[Any]]:
    """The same as a condition on the column of tokens; it lets through a little more."""
    alternatives, values = [], []
    for way in ways:
        parts = []
        for tokens in way:
            wanted = [f" {token} " for token in tokens]
            if len(tokens) > MANY and (common := _beginning(tokens)):
                wanted = [f" {common}"]
            parts.append("(" + " OR ".join(["instr(entry.tokens, ?)"] * len(wanted)) + ")")
            values += wanted
        alternatives.append(" AND ".join(parts))
    return "(" + " OR ".join(alternatives) + ")", values


def _beginning(tokens: AnyOf) -> str:
    pairs = zip(min(tokens), max(tokens), strict=False)
    return "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _read(connection: Connection, where: str, values: list[Any]) -> list[Candidate]:
    sql = (
        f"SELECT {_FTS_COLUMNS} FROM {FTS} JOIN {NAME} AS entry ON entry.id = {FTS}.rowid "
        f"WHERE {FTS} MATCH ? {where} ORDER BY {FTS}.rowid DESC LIMIT ?"
    )
    rows = connection.exec_driver_sql(sql, tuple(values))
    return [Candidate(entity, UUID(one), *rest) for entity, one, *rest in rows]


@frozen
class _SmallPool:
    """A scope of so few rows that they are read one and all: those of `few` that pass `tests`."""

    connection: Connection
    few: AnyOf
    tests: AllOf

    def rounds(self, ways: Sequence[AllOf], enough: int) -> Iterator[Round]:
        where, values = _tests([(*way, *self.tests) for way in ways])
        limit = max(DEEP, enough)
        rows = _read(self.connection, f"AND {where}", [_union(self.few), *values, limit])
        yield Round(rows, len(rows) < limit)


@frozen
class _WidePool:
    connection: Connection
    group: AllOf

    def rounds(self, ways: Sequence[AllOf], enough: int) -> Iterator[Round]:
        match = f"({_match(ways)})" + "".join(f" AND {_union(tokens)}" for tokens in self.group)
        for limit in (3 * enough, max(DEEP, 4 * enough)):
            rows = _read(self.connection, "", [match, limit])
            yield Round(rows, len(rows) < limit)


class SqliteIndex:
    """See `tables.Index`."""

    def create(self, connection: Connection) -> None:
        table(MetaData()).create(connection)
        self._create_index(connection)

    def drop(self, connection: Connection) -> None:
        connection.exec_driver_sql(f"DROP TABLE {FTS}")
        table(MetaData()).drop(connection)

    def suspend(self, connection: Connection) -> None:
        for name in _TRIGGERS:
            connection.exec_driver_sql(f"DROP TRIGGER {NAME}_{name}")
        connection.exec_driver_sql(f"DROP TABLE {FTS}")
        connection.exec_driver_sql(f"DELETE FROM {NAME}")

    def resume(self, connection: Connection) -> None:
        self._create_index(connection)
        connection.exec_driver_sql(f"INSERT INTO {FTS}({FTS}) VALUES ('rebuild')")

    def _create_index(self, connection: Connection) -> None:
        for sql in _CREATE:
            connection.exec_driver_sql(sql)
        for name, sql in _TRIGGERS.items():
            connection.exec_driver_sql(f"CREATE TRIGGER {NAME}_{name} {sql}")

    def upsert(self, connection: Connection, entries: Sequence[Entry]) -> None:
        rows = [
            (
                one.entity,
                str(one.record_id),
                one.title,
                one.subtitle,
                "\n".join(one.keywords),
                one.weight,
                one.updated_ms,
                " " + " ".join(one.tokens()) + " ",
            )
            for one in entries
        ]
        if rows:
            connection.exec_driver_sql(_UPSERT, rows)

    def remove(self, connection: Connection, entity: str, ids: Sequence[str]) -> None:
        if ids:
            sql = f"DELETE FROM {NAME} WHERE entity = ? AND record_id = ?"
            connection.exec_driver_sql(sql, [(entity, one) for one in ids])

    def settle(self, connection: Connection) -> None:
        """FTS5 merges as it writes; there is nothing to settle."""

    def pools(self, connection: Connection, groups: Sequence[AllOf]) -> list[Pool]:
        return [self._pool(connection, group) for group in groups]

    def _pool(self, connection: Connection, group: AllOf) -> Pool:
        sql = f"SELECT count(*) FROM (SELECT 1 FROM {FTS} WHERE {FTS} MATCH ? LIMIT {FEW + 1})"
        for few in reversed(group):
            if connection.exec_driver_sql(sql, (_union(few),)).scalar_one() <= FEW:
                return _SmallPool(connection, few, tuple(one for one in group if one != few))
        return _WidePool(connection, group)
