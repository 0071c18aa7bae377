"""Running compiled lists on the driver's cursor."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, Protocol
from uuid import UUID

import msgspec
from attrs import frozen
from sqlalchemy import Connection, Engine, Select, select

from tenon_core.storage.lists.compile import (
    SEARCH,
    Compiled,
    compile_count,
    compile_statement,
    converters,
    filter_values,
)
from tenon_core.storage.lists.pages import Asked, CompiledList, compile_list
from tenon_core.storage.lists.paging import (
    Stretch,
    ordering,
    read_cursor,
    stretches,
    write_cursor,
)
from tenon_core.storage.lists.parse import ListSpec
from tenon_core.storage.lists.paths import ListSite, Paths, hole, kept, paths_of
from tenon_core.storage.reading import Cursor
from tenon_core.storage.sessions import Guardian
from tenon_sdk.entities import Entity

# Most records that a list with search words looks through, best first.
FOUND = 512


class ReadSite(ListSite, Protocol):
    @property
    def read_engine(self) -> Engine: ...
    @property
    def engine(self) -> Engine: ...
    def statements(self, guardian: Any) -> dict[Any, Any]: ...


class _Body(msgspec.Struct):
    items: Sequence[Any]
    next: str | None
    count: int | None


@frozen
class ListPage:
    """A page of rows; a row's attributes are `c0`, `c1`… in the order of `names`."""

    names: tuple[str, ...]
    items: Sequence[Any]
    next: str | None
    count: int | None


_encode = msgspec.json.Encoder().encode


def list_json(site: Any, guardian: Guardian | None, spec: ListSpec) -> bytes:
    """The body of a list's answer: `{"items": […], "next": cursor | null, "count": n | null}`."""
    page = list_rows(site, guardian, spec)
    return _encode(_Body(page.items, page.next, page.count))


def list_rows(site: Any, guardian: Guardian | None, spec: ListSpec) -> ListPage:
    """Runs a list: one statement, one more where empty values follow, one more for the count.

    Raises Invalid for a bad cursor, TooLong for a list that would read too much.
    """
    found = _searched(site, guardian, spec)
    reader = _Reader(site, guardian, spec, len(found))
    keys = read_cursor(reader.order, spec.cursor) if spec.cursor else None
    values = filter_values(spec.filters)
    values.update((f"{SEARCH}_{i}", id_) for i, id_ in enumerate(found))
    with Cursor(site) as cursor:
        compiled, rows = reader.rows(cursor, values, keys)
        counted = reader.count(cursor, values) if spec.count else None
    following = None
    if len(rows) > spec.limit:
        last = _converted(rows[spec.limit - 1], compiled.converters)
        following = write_cursor([last[key] for key in compiled.keys])
    return ListPage(compiled.names, _shown(compiled, rows[: spec.limit]), following, counted)


class _Reader:
    """The statements of one list, compiled where its shape is new to the person."""

    def __init__(self, site: Any, guardian: Guardian | None, spec: ListSpec, found: int) -> None:
        self._site, self._guardian, self._spec = site, guardian, spec
        self._found = found
        self._paths = paths_of(site, guardian, spec.entity)
        self.order = ordering(self._paths, spec)
        self._cache = site.statements(guardian)
        shapes = tuple([flt.shape for flt in spec.filters])
        self._shape = (spec.entity, shapes, spec.archived, bool(spec.search), found)

    def rows(
        self, cursor: Cursor, values: dict[str, Any], keys: list[Any] | None
    ) -> tuple[CompiledList, list[Any]]:
        """One row more than the page has, if there is one; `keys` are those of the cursor."""
        first, *rest = (part for part in stretches(self.order) if not part.is_before(keys))
        compiled, rows = self._stretch(cursor, first, values, keys)
        for stretch in rest:
            if len(rows) <= self._spec.limit:
                rows += self._stretch(cursor, stretch, values, keys)[1]
        return compiled, rows

    def _stretch(
        self, cursor: Cursor, stretch: Stretch, values: dict[str, Any], keys: list[Any] | None
    ) -> tuple[CompiledList, list[Any]]:
        behind = keys if stretch.has(keys) else None
        nulls = None if behind is None else tuple([key is None for key in behind])
        spec = self._spec
        shape = ("list", spec.limit, spec.fields, spec.sort, stretch.empty, nulls, *self._shape)
        compiled: CompiledList = kept(
            self._cache, shape, functools.partial(self._compiled, stretch, nulls)
        )
        if behind is not None:
            own = behind[stretch.first :]
            values.update((f"p_k{i}", key) for i, key in enumerate(own))
        return compiled, compiled.statement.run(cursor, values)

    def _compiled(self, stretch: Stretch, nulls: tuple[bool, ...] | None) -> CompiledList:
        asked = Asked(self._limits(), stretch, nulls, self._found)
        return compile_list(self._paths, self._spec, self.order, asked)

    def count(self, cursor: Cursor, values: dict[str, Any]) -> int:
        def make() -> Compiled:
            limits = self._limits(ways=False)
            return compile_count(self._paths, limits, self._spec, self._found)

        statement: Compiled = kept(self._cache, ("count", *self._shape), make)
        counted: int = statement.run(cursor, values)[0][0]
        return counted

    def _limits(self, *, ways: bool = True) -> Any:
        """The person's limits in the form that fits how much she sees of the entity."""
        guardian, entity = self._guardian, self._spec.entity
        if guardian is None:
            return None
        if self._spec.search is not None:
            return guardian.tested(entity)
        with self._site.read_engine.connect() as connection:
            many = guardian.sees_many(connection, entity)
        if many:
            return guardian.tested(entity)
        return (guardian.ways(entity) if ways else ()) or guardian.criteria(entity, "view")


def _searched(site: Any, guardian: Guardian | None, spec: ListSpec) -> list[UUID]:
    """Ids that the search index gives, filled up to a power of two so that shapes stay few."""
    if spec.search is None:
        return []
    found: list[UUID] = site.search_ids(guardian, spec.entity, spec.search, FOUND)
    size = 1 << (len(found) - 1).bit_length() if found else 0
    return found + found[-1:] * (size - len(found))


def record_json(
    site: Any,
    guardian: Guardian | None,
    entity: type[Entity],
    id_: UUID,
    fields: tuple[str, ...] | None = None,
    *,
    connection: Connection | None = None,
) -> tuple[bytes, int] | None:
    """One record as JSON with its version; None if there is none that the person may see.

    Read on a connection of its own, or on that of an open transaction, which sees its own writes.
    """
    paths = paths_of(site, guardian, entity)
    compiled, row_type = kept(
        site.statements(guardian),
        ("record", entity, fields),
        lambda: _compile_record(paths, guardian, fields),
    )
    with Cursor(site, connection) as cursor:
        rows = compiled.statement.run(cursor, {"p_id": id_})
    if not rows:
        return None
    row = _converted(rows[0], compiled.converters)
    return _encode(row_type(*row[:-1])), row[-1]


def _compile_record(
    paths: Paths, guardian: Guardian | None, fields: tuple[str, ...] | None
) -> tuple[CompiledList, type[msgspec.Struct]]:
    names = fields or tuple(paths.whole())
    columns = [*(paths.resolve(name, "fields") for name in names), paths.resolve("version", "")]
    table = paths.entity.__table__
    source: Any = table
    joined: set[str] = set()
    for path in columns:
        for key, target, condition in path.joins:
            if key not in joined:
                joined.add(key)
                source = source.outerjoin(target, condition)
    statement: Select[Any] = select(
        *(path.expression.label(f"c{i}") for i, path in enumerate(columns))
    ).select_from(source)
    statement = statement.where(table.c.id == hole("p_id", table.c.id.type))
    criteria = guardian.tested(paths.entity) if guardian is not None else None
    if criteria is not None:
        statement = statement.where(criteria)
    fields_ = [(f"c{i}", Any) for i in range(len(names))]
    row = msgspec.defstruct(
        "Row", fields_, rename={f"c{i}": n for i, n in enumerate(names)}, gc=False
    )
    compiled = CompiledList(
        statement=compile_statement(paths.dialect, statement),
        names=names,
        row=row,
        converters=converters(paths.dialect, columns),
        keys=(),
        shown=len(names),
    )
    return compiled, row


def _converted(row: Sequence[Any], changes: Sequence[tuple[int, Callable[[Any], Any]]]) -> Any:
    if not changes:
        return row
    values = list(row)
    for index, convert in changes:
        if values[index] is not None:
            values[index] = convert(values[index])
    return values


def _shown(compiled: CompiledList, rows: Sequence[Any]) -> list[Any]:
    make, changes, shown = compiled.row, compiled.converters, compiled.shown
    if not changes and all(key < shown for key in compiled.keys):
        return [make(*row) for row in rows]
    return [make(*_converted(row, changes)[:shown]) for row in rows]
