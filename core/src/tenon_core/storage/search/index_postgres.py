"""The index on PostgreSQL: hashed tokens in an array under a GIN index.

A GIN index collects all rows of a token before it returns the first, so a common token would cost
time in proportion to the table. Therefore a sixteenth of the rows, chosen by a hash of their ids,
stands in the index a second time under tokens of level 1, a sixteenth of these under level 2 and
so on. A search begins at the highest level and descends until it has enough. When a level gave
fewer than 20 rows, the next holds about 320: common tokens are answered from a sample, rare ones
completely, and none costs more.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from attrs import define, frozen
from sqlalchemy import Connection, MetaData

from tenon_core.storage.reading import Reading
from tenon_core.storage.search.entries import Candidate, Entry
from tenon_core.storage.search.query import AllOf, AnyOf
from tenon_core.storage.search.tables import COLUMNS, NAME, Pool, Round, table

LEVELS = 3
FRACTION = 16
GIN = f"ix_{NAME}_tokens"
BULK = 1000
CHUNK = 5000
DEEP = 1000
ROOM = 40
FEW = 6
"""At most so many rows at level 2 (a 256th) make a scope that is read whole.

That is 1,500 rows, read in about a millisecond; of a scope of some hundred it is all but certain.
"""

FEWER = 1
"""At level 3 (a 4,096th) at most so many, or there are too many to count them at level 2."""

CROWD = 40
"""From so many rows at a level on, the index intersects at the next, which has 16 times as many."""

_BEST = "ORDER BY weight DESC, updated_ms DESC, record_id DESC"
_UPSERT = f"""
INSERT INTO {NAME} AS old ({COLUMNS}, tokens)
SELECT new.entity, new.record_id, new.title, new.subtitle, new.keywords, new.weight,
       new.updated_ms, new.tokens::int4[]
FROM unnest(%s::text[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::int4[], %s::int8[],
            %s::text[])
  AS new ({COLUMNS}, tokens)
ON CONFLICT (record_id, entity) DO UPDATE SET
  title = excluded.title, subtitle = excluded.subtitle, keywords = excluded.keywords,
  weight = excluded.weight, updated_ms = excluded.updated_ms, tokens = excluded.tokens
WHERE (old.title, old.subtitle, old.keywords, old.weight, old.updated_ms, old.tokens)
  IS DISTINCT FROM (excluded.title, excluded.subtitle, excluded.keywords, excluded.weight,
                    excluded.updated_ms, excluded.tokens)
"""


class _Hashes(dict[str, str]):
    """CRC-32 of tokens as signed decimal numbers. A collision costs a row that `grade` drops."""

    def __missing__(self, token: str) -> str:
        if len(self) > 500_000:
            self.clear()
        number = self[token] = str(zlib.crc32(token.encode()) - (1 << 31))
        return number


_HASHES = _Hashes()


def _hashed(tokens: Iterable[str], level: int = 0) -> str:
    prefix = f"#{level}" if level else ""
    return ",".join([_HASHES[prefix + token] for token in tokens])


def level_of(record_id: UUID) -> int:
    """The highest level at which a record stands in the index."""
    number = zlib.crc32(record_id.bytes)
    level = 0
    while level < LEVELS and number % FRACTION == 0:
        level += 1
        number //= FRACTION
    return level


def _array(entry: Entry) -> str:
    tokens = entry.tokens()
    levels = range(1, level_of(entry.record_id) + 1)
    more = [_hashed(tokens, level) for level in levels]
    return "{" + ",".join([_hashed(tokens), *more]) + "}"


def _braced(tokens: AnyOf, level: int) -> str:
    return "{" + _hashed(tokens, level) + "}"


def _condition(sets: AllOf, level: int) -> tuple[str, list[Any]]:
    single = tuple(tokens[0] for tokens in sets if len(tokens) == 1)
    unions = [tokens for tokens in sets if len(tokens) != 1]
    parts = [("tokens @> %s::int4[]", _braced(single, level))] if single else []
    parts += [("tokens && %s::int4[]", _braced(tokens, level)) for tokens in unions]
    return " AND ".join(sql for sql, _ in parts) or "true", [values for _, values in parts]


def _any_of(ways: Sequence[AllOf], level: int) -> tuple[str, list[Any]]:
    parts = [_condition(way, level) for way in ways]
    sql = " OR ".join(f"({sql})" for sql, _ in parts)
    return sql, [value for _, values in parts for value in values]


def _read(reading: Reading, sql: str, values: list[Any]) -> list[Candidate]:
    return [Candidate(*row) for row in reading.fetch(sql, values)]


@frozen
class _SmallPool:
    """A scope of so few rows that they are read one and all: those of `few` that pass `tests`."""

    reading: Reading
    few: AnyOf
    tests: AllOf

    def rounds(self, ways: Sequence[AllOf], enough: int) -> Iterator[Round]:
        inner, values = _condition((self.few,), 0)
        outer, more = _any_of([(*way, *self.tests) for way in ways], 0)
        sql = (
            f"WITH seen AS MATERIALIZED (SELECT {COLUMNS}, tokens FROM {NAME} WHERE {inner}) "
            f"SELECT {COLUMNS} FROM seen WHERE {outer} {_BEST} LIMIT %s"
        )
        limit = max(DEEP, enough)
        rows = _read(self.reading, sql, [*values, *more, limit])
        yield Round(rows, len(rows) < limit)


@define
class _WidePool:
    """A scope of many rows.

    While the words have few rows at a level, all of these are read and tested for visibility;
    from where they have more, the index intersects with the last union of the group, which is the
    scope if there is one, and the others are tested. A search for less, such as for titles that
    begin with what was sought before anywhere, begins at the level where the other ended, as the
    higher ones cannot have enough of it.
    """

    reading: Reading
    group: AllOf
    level: int = LEVELS
    size: int = 0

    def rounds(self, ways: Sequence[AllOf], enough: int) -> Iterator[Round]:
        limit = max(ROOM, 2 * enough)
        for level in range(self.level, -1, -1):
            self.level = level
            self.size, rows = self._level(ways, level, self.size, limit)
            yield Round(rows, level == 0 and len(rows) < limit)
        _, rows = self._level(ways, 0, self.size, max(DEEP, limit))
        yield Round(rows, len(rows) < max(DEEP, limit))

    def _level(
        self, ways: Sequence[AllOf], level: int, size: int, limit: int
    ) -> tuple[int, list[Candidate]]:
        """Rows of a level and the number of rows met, given that of the level above."""
        small = size < CROWD
        index, tests = ((), self.group) if small else (self.group[-1:], self.group[:-1])
        inner, values = _any_of([(*way, *index) for way in ways], level)
        outer, more = _condition(tests, 0)
        tokens = ", tokens" if tests else ""
        met = f"WITH met AS MATERIALIZED (SELECT {COLUMNS}{tokens} FROM {NAME} WHERE {inner})"
        best = f"SELECT {COLUMNS} FROM met WHERE {outer} {_BEST} LIMIT %s"
        values += [*more, limit]
        if not (tests and small):
            return size, _read(self.reading, f"{met} {best}", values)
        sql = (
            f"{met} SELECT met.size, entry.* FROM (SELECT count(*) AS size FROM met) AS met "
            f"LEFT JOIN ({best}) AS entry ON true"
        )
        found = self.reading.fetch(sql, values)
        return found[0][0], [Candidate(*row) for _, *row in found if row[0]]


class PostgresIndex:
    """See `tables.Index`."""

    def create(self, connection: Connection) -> None:
        table(MetaData()).create(connection)
        self.resume(connection)

    def drop(self, connection: Connection) -> None:
        table(MetaData()).drop(connection)

    def suspend(self, connection: Connection) -> None:
        connection.exec_driver_sql(f"DROP INDEX {GIN}")
        connection.exec_driver_sql(f"TRUNCATE {NAME}")

    def resume(self, connection: Connection) -> None:
        connection.exec_driver_sql(f"CREATE INDEX {GIN} ON {NAME} USING gin (tokens)")

    def upsert(self, connection: Connection, entries: Sequence[Entry]) -> None:
        """See `tables.Index`.

        A large batch leaves its tokens in the list beside the index that `settle` merges; a small
        one keeps that list short, since every search reads it.
        """
        pending = "256MB" if len(entries) >= BULK else "256kB"
        connection.exec_driver_sql(f"SET LOCAL gin_pending_list_limit = '{pending}'")
        for start in range(0, len(entries), CHUNK):
            chunk = entries[start : start + CHUNK]
            rows = [
                (
                    one.entity,
                    one.record_id,
                    one.title,
                    one.subtitle,
                    "\n".join(one.keywords),
                    one.weight,
                    one.updated_ms,
                    _array(one),
                )
                for one in chunk
            ]
            columns = tuple(list(column) for column in zip(*rows, strict=True))
            connection.exec_driver_sql(_UPSERT, columns)

    def remove(self, connection: Connection, entity: str, ids: Sequence[str]) -> None:
        connection.exec_driver_sql(
            f"DELETE FROM {NAME} WHERE entity = %s AND record_id = ANY(%s::uuid[])",
            (entity, list(ids)),
        )

    def settle(self, connection: Connection) -> None:
        connection.exec_driver_sql(f"SELECT gin_clean_pending_list('{GIN}')")

    def pools(self, reading: Reading, groups: Sequence[AllOf]) -> list[Pool]:
        sets = list(dict.fromkeys(tokens for group in groups for tokens in group))
        sizes = _sizes(reading, sets) if sets else {}
        pools: list[Pool] = []
        for group in groups:
            few = min(group, key=lambda tokens: sizes[tokens], default=())
            if group and sizes[few] <= FEW:
                tests = tuple(tokens for tokens in group if tokens != few)
                pools.append(_SmallPool(reading, few, tests))
            else:
                pools.append(_WidePool(reading, group))
        return pools


def _sizes(reading: Reading, sets: list[AnyOf]) -> dict[AnyOf, int]:
    """Rows of each union at level 2, or FEW + 1 if there are more, or too many at the top level.

    Limits stand outside of the materialized part, or else the planner would read the table in
    the hope of soon meeting so few rows.
    """
    met = f"WITH met AS MATERIALIZED (SELECT 1 FROM {NAME} WHERE tokens && %s::int4[])"

    def count(most: int) -> str:
        return f"({met} SELECT count(*) FROM (SELECT 1 FROM met LIMIT {most + 1}) AS few)"

    size = f"CASE WHEN {count(FEWER)} > {FEWER} THEN {FEW + 1} ELSE {count(FEW)} END"
    counts = ", ".join([size] * len(sets))
    values = [_braced(tokens, level) for tokens in sets for level in (LEVELS, 2)]
    row = reading.fetch(f"SELECT {counts}", values)[0]
    return dict(zip(sets, row, strict=True))
