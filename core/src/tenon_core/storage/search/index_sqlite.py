"""The index on SQLite: words in an FTS5 table beside the table of entries.

FTS5 returns the rows of a token newest first as it reads them, so a limit bounds the time however
common the token is, and it leaps over what an intersection does not need. It is written to by
statements of its own, not by triggers: a trigger would make it flush to disk after each row.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import Connection, MetaData

from tenon_core.storage.reading import Reading
from tenon_core.storage.search.entries import Candidate, Entry
from tenon_core.storage.search.query import AllOf, AnyOf
from tenon_core.storage.search.tables import COLUMNS, NAME, Pool, Round, table

FTS = "core_search_fts"
DEEP = 1000
ROOM = 40
FEW = 1000
"""A scope of at most so many rows is read whole."""

TESTED = 200
"""So many matches are tested for visibility before the index is asked to intersect."""

MANY = 4
"""Unions of more tokens are tested by what their tokens have in common."""

_FTS_COLUMNS = ", ".join("entry." + name for name in COLUMNS.split(", "))
_CREATE = f"""
CREATE VIRTUAL TABLE {FTS} USING fts5(
  tokens, content='{NAME}', content_rowid='id', detail=none, columnsize=0,
  tokenize="ascii tokenchars '@^=._'"
)
"""
_CONFIGURE = f"INSERT INTO {FTS}({FTS}, rank) VALUES ('hashsize', 8388608)"
_FTS_DELETE = f"INSERT INTO {FTS}({FTS}, rowid, tokens) VALUES ('delete', ?, ?)"
_FTS_INSERT = f"INSERT INTO {FTS}(rowid, tokens) VALUES (?, ?)"
_KNOWN = f"""
SELECT entity, record_id, id, tokens FROM {NAME}
WHERE record_id IN (SELECT value FROM json_each(?))
"""
_INSERT = f"INSERT INTO {NAME} (id, {COLUMNS}, tokens) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_UPDATE = f"""
UPDATE {NAME}
SET (id, {COLUMNS}, tokens) = (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
WHERE id = ?1
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


_FOUND = f"FROM {FTS} JOIN {NAME} AS entry ON entry.id = {FTS}.rowid WHERE {FTS} MATCH ?"


def _read(
    reading: Reading, where: str, values: list[Any], group: AllOf = ()
) -> tuple[int, list[Candidate]]:
    """The number of rows met, newest first, and those of them that the group lets through."""
    tokens = ", entry.tokens" if group else ""
    sql = f"SELECT {_FTS_COLUMNS}{tokens} {_FOUND} {where} ORDER BY {FTS}.rowid DESC LIMIT ?"
    met = reading.fetch(sql, values)
    size = len(COLUMNS.split(", "))
    rows = [row[:size] for row in met if all(_has(row[size], union) for union in group)]
    return len(met), [Candidate(entity, UUID(one), *rest) for entity, one, *rest in rows]


def _has(tokens: str, union: AnyOf) -> bool:
    if len(union) > 2 * MANY:
        return not set(tokens.split()).isdisjoint(union)
    return any(f" {token} " in tokens for token in union)


@frozen
class _SmallPool:
    """A scope of so few rows that they are read one and all: those of `few` that pass `tests`."""

    reading: Reading
    few: AnyOf
    tests: AllOf

    def rounds(self, ways: Sequence[AllOf], enough: int) -> Iterator[Round]:
        where, values = _tests(ways)
        limit = max(DEEP, enough)
        values = [_union(self.few), *values, limit]
        size, rows = _read(self.reading, f"AND {where}", values, self.tests)
        yield Round(rows, size < limit)


@frozen
class _WidePool:
    """A scope of many rows.

    The first round takes the newest rows that match and tests them one by one; if there are more
    and too few of them pass, the index intersects with the last union of the group, which is the
    scope if there is one, and the others are tested.
    """

    reading: Reading
    group: AllOf

    def rounds(self, ways: Sequence[AllOf], enough: int) -> Iterator[Round]:
        match = f"({_match(ways)})"
        if self.group:
            limit = max(TESTED, enough)
            size, rows = _read(self.reading, "", [match, limit], self.group)
            yield Round(rows, size < limit)
        match += "".join(f" AND {_union(tokens)}" for tokens in self.group[-1:])
        for limit in (max(ROOM, 2 * enough), max(DEEP, 4 * enough)):
            size, rows = _read(self.reading, "", [match, limit], self.group[:-1])
            yield Round(rows, size < limit)


class SqliteIndex:
    """See `tables.Index`."""

    def create(self, connection: Connection) -> None:
        table(MetaData()).create(connection)
        self._create_index(connection)

    def drop(self, connection: Connection) -> None:
        connection.exec_driver_sql(f"DROP TABLE {FTS}")
        table(MetaData()).drop(connection)

    def suspend(self, connection: Connection) -> None:
        connection.exec_driver_sql(f"DROP TABLE {FTS}")
        connection.exec_driver_sql(f"DELETE FROM {NAME}")
        self._create_index(connection)

    def resume(self, connection: Connection) -> None:
        connection.exec_driver_sql(f"INSERT INTO {FTS}({FTS}) VALUES ('optimize')")

    def _create_index(self, connection: Connection) -> None:
        connection.exec_driver_sql(_CREATE)
        connection.exec_driver_sql(_CONFIGURE)

    def upsert(self, connection: Connection, entries: Sequence[Entry]) -> None:
        known = _known(connection, [str(one.record_id) for one in entries])
        last = connection.exec_driver_sql(f"SELECT max(id) FROM {NAME}").scalar_one() or 0
        inserted, updated, stale, fresh = [], [], [], []
        for one in entries:
            row = _row(one)
            number, tokens = known.get((row[0], row[1]), (0, ""))
            if not number:
                last += 1
                inserted.append((last, *row))
                fresh.append((last, row[-1]))
                continue
            updated.append((number, *row))
            if tokens != row[-1]:
                stale.append((number, tokens))
                fresh.append((number, row[-1]))
        _write(connection, _FTS_DELETE, stale)
        _write(connection, _UPDATE, updated)
        _write(connection, _INSERT, inserted)
        _write(connection, _FTS_INSERT, fresh)

    def remove(self, connection: Connection, entity: str, ids: Sequence[str]) -> None:
        rows = [row for key, row in _known(connection, ids).items() if key[0] == entity]
        _write(connection, _FTS_DELETE, rows)
        _write(connection, f"DELETE FROM {NAME} WHERE id = ?", [(number,) for number, _ in rows])

    def settle(self, connection: Connection) -> None:
        """FTS5 merges as it writes; there is nothing to settle."""

    def pools(self, reading: Reading, groups: Sequence[AllOf]) -> list[Pool]:
        return [self._pool(reading, group) for group in groups]

    def _pool(self, reading: Reading, group: AllOf) -> Pool:
        sql = f"SELECT count(*) FROM (SELECT 1 FROM {FTS} WHERE {FTS} MATCH ? LIMIT {FEW + 1})"
        for few in reversed(group):
            if reading.fetch(sql, [_union(few)])[0][0] <= FEW:
                return _SmallPool(reading, few, tuple(one for one in group if one != few))
        return _WidePool(reading, group)


def _known(connection: Connection, ids: Sequence[str]) -> dict[tuple[str, str], tuple[int, str]]:
    """Number and tokens of the rows of records, by entity and id."""
    rows = connection.exec_driver_sql(_KNOWN, (json.dumps(list(ids)),))
    return {(entity, one): (number, tokens) for entity, one, number, tokens in rows}


def _row(entry: Entry) -> tuple[Any, ...]:
    return (
        entry.entity,
        str(entry.record_id),
        entry.title,
        entry.subtitle,
        "\n".join(entry.keywords),
        entry.weight,
        entry.updated_ms,
        " " + " ".join(entry.tokens()) + " ",
    )


def _write(connection: Connection, sql: str, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        connection.exec_driver_sql(sql, rows)
