"""Running compiled lists on the driver's cursor."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, Protocol, Self
from uuid import UUID

import msgspec
from attrs import frozen
from sqlalchemy import ColumnElement, Connection, Engine, Select, select

from tenon_core.storage.lists.compile import (
    SEARCH,
    Compiled,
    CompiledList,
    compile_count,
    compile_list,
    compile_statement,
    converters,
    filter_values,
    hole,
    ordering,
)
from tenon_core.storage.lists.parse import ListSpec
from tenon_core.storage.lists.paths import ListSite, Path, Paths, kept, paths_of
from tenon_core.storage.lists.values import read_value
from tenon_core.storage.sessions import Guardian
from tenon_sdk.entities import Entity
from tenon_sdk.errors import Invalid
from tenon_sdk.text import _

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
    """Runs a list: one statement, two with the exact count. Raises Invalid for a bad cursor."""
    cache = site.statements(guardian)
    paths = paths_of(site, guardian, spec.entity)
    keys = _read_cursor(paths, spec) if spec.cursor else None
    nulls = None if keys is None else tuple(key is None for key in keys)
    found = _searched(site, guardian, spec)
    shapes = tuple(flt.shape for flt in spec.filters)
    shape = (spec.entity, spec.fields, shapes, spec.sort, nulls, spec.archived, len(found))
    limited = ("list", bool(spec.search), spec.limit, *shape)
    compiled: CompiledList = kept(
        cache,
        limited,
        lambda: compile_list(paths, _criteria(site, guardian, spec), spec, nulls, len(found)),
    )
    values = filter_values(spec.filters)
    values.update((f"{SEARCH}_{i}", id_) for i, id_ in enumerate(found))
    if keys is not None:
        values.update((f"p_k{i}", key) for i, key in enumerate(keys))
    with Cursor(site) as cursor:
        rows = cursor.fetch(compiled.statement, values)
        counted = None
        if spec.count:
            count: Compiled = kept(
                cache,
                ("count", bool(spec.search), *shape),
                lambda: compile_count(paths, _criteria(site, guardian, spec), spec, len(found)),
            )
            counted = cursor.fetch(count, values)[0][0]
    following = _next(compiled, rows, spec.limit)
    return ListPage(compiled.names, _shown(compiled, rows[: spec.limit]), following, counted)


def _criteria(site: Any, guardian: Guardian | None, spec: ListSpec) -> ColumnElement[bool] | None:
    """The person's limits in the form that fits how much she sees of the entity."""
    if guardian is None:
        return None
    if spec.search is not None:
        return guardian.tested(spec.entity)
    with site.read_engine.connect() as connection:
        many = guardian.sees_many(connection, spec.entity)
    return guardian.tested(spec.entity) if many else guardian.criteria(spec.entity, "view")


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
        rows = cursor.fetch(compiled.statement, {"p_id": id_})
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
        key_paths=(),
    )
    return compiled, row


class Cursor:
    """A cursor of the driver on a read connection, for as long as a request needs it.

    With `connection` it is one of that connection, which stays open. Otherwise each statement
    stands for itself: a transaction around it would cost PostgreSQL two more round trips.
    """

    def __init__(self, site: Any, connection: Connection | None = None) -> None:
        self._engine: Engine = site.read_engine
        self._given = connection
        self._native = self._engine.dialect.name == "postgresql"

    def __enter__(self) -> Self:
        if self._given is not None:
            self._connection = self._given.connection
        else:
            self._connection = self._engine.raw_connection()
        driver: Any = self._connection.driver_connection
        self._driver = driver
        if not self._native:
            self._cursor = driver.cursor()
            return self
        if self._given is None:
            driver.autocommit = True
        self._cursor = driver.cursor(binary=True)
        return self

    def __exit__(self, *_error: object) -> None:
        self._cursor.close()
        if self._given is not None:
            return
        if self._native and self._driver.closed:
            self._connection.invalidate()
        elif self._native:
            self._driver.autocommit = False
        self._connection.close()

    def fetch(self, statement: Compiled, values: dict[str, Any]) -> list[Any]:
        self._cursor.execute(statement.sql, statement.bound(values))
        rows: list[Any] = self._cursor.fetchall()
        return rows


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


def _next(compiled: CompiledList, rows: Sequence[Any], limit: int) -> str | None:
    if len(rows) <= limit:
        return None
    last = _converted(rows[limit - 1], compiled.converters)
    values = [None if last[key] is None else _text(last[key]) for key in compiled.keys]
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).rstrip(b"=").decode()


def _text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _read_cursor(paths: Paths, spec: ListSpec) -> list[Any]:
    order = ordering(paths, spec)
    raw = spec.cursor or ""
    try:
        padded = raw + "=" * (-len(raw) % 4)
        texts = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=list[str | None])
    except (msgspec.DecodeError, binascii.Error, UnicodeDecodeError, ValueError):
        raise _bad_cursor() from None
    if len(texts) != len(order):
        raise _bad_cursor()
    return [_key(path, text) for (path, _desc), text in zip(order, texts, strict=True)]


def _key(path: Path, text: str | None) -> Any:
    if text is None:
        if not path.nullable:
            raise _bad_cursor()
        return None
    try:
        return read_value(path, text, "cursor")
    except Invalid:
        raise _bad_cursor() from None


def _bad_cursor() -> Invalid:
    return Invalid({"cursor": _("The cursor does not belong to this list; begin it anew.")})
