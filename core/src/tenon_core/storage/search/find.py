"""Writing to the index and finding in it."""

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import islice
from uuid import UUID

from attrs import define, field
from sqlalchemy import Connection

from tenon_core.storage.reading import Reading, Within
from tenon_core.storage.search.entries import Candidate, Entry, Hit, Narrowing, narrow, rank
from tenon_core.storage.search.index_postgres import PostgresIndex
from tenon_core.storage.search.index_sqlite import SqliteIndex
from tenon_core.storage.search.matching import grade
from tenon_core.storage.search.query import AllOf, Query, parse_query
from tenon_core.storage.search.tables import Index, Pool

Permit = Callable[[str, Sequence[UUID]], Collection[UUID]]
"""Given an entity and ids, those of the records that the person may see."""

ENOUGH = 20
"""Hits without which a search goes on to all rows, even if fewer are wanted: the best of a small
table must not depend on which of its rows are in a sample."""

_BATCH = 5000
_INDEXES: dict[str, Index] = {"sqlite": SqliteIndex(), "postgresql": PostgresIndex()}


def _index(connection: Connection) -> Index:
    return _INDEXES[connection.dialect.name]


def create(connection: Connection) -> None:
    """Create the table of entries and its index, for a migration."""
    _index(connection).create(connection)


def drop(connection: Connection) -> None:
    """Undo `create`."""
    _index(connection).drop(connection)


def upsert(connection: Connection, entries: Sequence[Entry]) -> None:
    """Put entries in place of what the index has of their records, in the open transaction.

    Of several entries of a record the last counts. After a large batch is committed, call
    `settle`: until then each search reads its tokens one by one on PostgreSQL.
    """
    last = {(one.entity, one.record_id): one for one in entries}
    _index(connection).upsert(connection, list(last.values()))


def remove(connection: Connection, entity: str, ids: Iterable[UUID]) -> None:
    """Take records out of the index; unknown ones are ignored."""
    _index(connection).remove(connection, entity, [str(one) for one in ids])


def settle(connection: Connection) -> None:
    """Merge into the index what large batches left beside it."""
    _index(connection).settle(connection)


def rebuild(connection: Connection, entries: Iterable[Entry]) -> None:
    """Replace the whole content. On PostgreSQL nobody can search until the transaction ends."""
    index = _index(connection)
    index.suspend(connection)
    rest = iter(entries)
    while batch := list(islice(rest, _BATCH)):
        upsert(connection, batch)
    index.resume(connection)


def search(
    source: Connection | Reading,
    text: str,
    *,
    narrowing: Narrowing | None = None,
    entities: Collection[str] | None = None,
    limit: int = 20,
    permit: Permit | None = None,
) -> list[Hit]:
    """The best matches for a typed text, best first, at most `limit`.

    A record matches when it has every word: Chinese characters in a row; the beginning of a word
    in any script; digits anywhere in a number, from four on; or letters that spell characters in
    a row as pinyin, initials or both. `智光`, `zhiguang`, `zhigu`, `zgdq` and `zhigdq` find
    智光电气.

    Rare words are answered completely. Of very common ones some are returned: titles that equal
    the text or begin with it first. `narrowing` keeps to what a person may see at all, and makes
    that her few records are found among many; None stands for everything. It is no permission:
    unless the person sees everything, `permit` is asked for the records of each entity.
    """
    query = parse_query(text)
    groups = narrow(narrowing, None if entities is None else frozenset(entities))
    if not query.ways or not groups or limit < 1:
        return []
    found: dict[tuple[str, UUID], Hit] = {}
    reading = Within(source) if isinstance(source, Connection) else source
    for pool in _INDEXES[reading.dialect].pools(reading, groups):
        finder = _Finder(pool, query, max(limit, ENOUGH), permit)
        if not finder.run(query.ways):
            finder.run(query.starts) or finder.run(query.whole)
        found.update(finder.found)
    return sorted(found.values(), key=rank)[:limit]


@define
class _Finder:
    """Collects, from one part of the index, the hits that the person may see."""

    pool: Pool
    query: Query
    limit: int
    permit: Permit | None
    found: dict[tuple[str, UUID], Hit] = field(factory=dict)

    def run(self, ways: Sequence[AllOf]) -> bool:
        """Collect until there are `limit` hits of these ways; true if there are no others."""
        if not ways:
            return True
        hits: dict[tuple[str, UUID], Hit] = {}
        for batch in self.pool.rounds(ways, self.limit):
            graded = [hit for row in batch.rows if (hit := self._graded(row))]
            keyed = {(hit.entity, hit.record_id): hit for hit in sorted(graded, key=rank)}
            hits.update((key, hit) for key, hit in keyed.items() if key in self.found)
            fresh = [(key, hit) for key, hit in keyed.items() if key not in hits]
            for some in (fresh[: 2 * self.limit], fresh[2 * self.limit :]):
                if some and len(hits) < self.limit:
                    hits.update(self._permitted(dict(some)))
            if batch.complete or len(hits) >= self.limit:
                self.found.update(hits)
                return batch.complete
        self.found.update(hits)
        return False

    def _graded(self, row: Candidate) -> Hit | None:
        quality = grade(self.query, row.title, row.keywords)
        if quality is None:
            return None
        return Hit(
            quality,
            row.weight,
            row.updated_ms,
            row.record_id,
            row.entity,
            row.title,
            row.subtitle,
        )

    def _permitted(
        self, hits: dict[tuple[str, UUID], Hit]
    ) -> Iterable[tuple[tuple[str, UUID], Hit]]:
        if self.permit is None:
            return hits.items()
        ids: dict[str, list[UUID]] = {}
        for entity, record_id in hits:
            ids.setdefault(entity, []).append(record_id)
        seen = {(entity, one) for entity, some in ids.items() for one in self.permit(entity, some)}
        return [(key, hit) for key, hit in hits.items() if key in seen]
