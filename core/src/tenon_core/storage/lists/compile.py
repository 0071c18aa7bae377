"""Compiling a list once for its shape: SQL text, parameters to fill in, and how rows are written.

Measured (design notes): on a page of 50 rows SQLAlchemy Core spends three quarters of the time
on building and compiling the same statement again; run compiled, it is as fast as SQL by hand.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from attrs import define, frozen
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Dialect,
    Integer,
    Select,
    String,
    bindparam,
    false,
    func,
    select,
)
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from tenon_core.storage.lists.parse import Filter, ListSpec
from tenon_core.storage.lists.paths import Path, Paths, hole
from tenon_core.storage.reading import Cursor
from tenon_sdk.entities import Archived
from tenon_sdk.types import Exact

SEARCH = "p_search"
_DIALECTS: Mapping[str, Dialect] = {
    "sqlite": SQLiteDialect_pysqlite(paramstyle="qmark"),
    "postgresql": PGDialect_psycopg(paramstyle="format"),  # type: ignore[no-untyped-call]
}


@frozen
class Slot:
    """A parameter that each request fills: its place in the statement and how it is bound."""

    position: int
    name: str
    bind: Callable[[Any], Any] | None


@define(eq=False)
class Compiled:
    """A statement ready for the driver; `params` has the constant values already in place."""

    sql: str
    params: tuple[Any, ...]
    slots: tuple[Slot, ...]

    def bound(self, values: Mapping[str, Any]) -> list[Any]:
        bound = list(self.params)
        for slot in self.slots:
            value = values[slot.name]
            bound[slot.position] = slot.bind(value) if slot.bind and value is not None else value
        return bound

    def run(self, cursor: Cursor, values: Mapping[str, Any]) -> list[Any]:
        return cursor.fetch(self.sql, self.bound(values))


def compile_statement(dialect: str, statement: Select[Any] | CompoundSelect[Any]) -> Compiled:
    """Compiles for the driver; parameters named `p_…` are left open."""
    target = _DIALECTS[dialect]
    compiled: Any = statement.compile(dialect=target, compile_kwargs={"render_postcompile": True})
    processors = dict(compiled._bind_processors)
    expanded = compiled._post_compile_expanded_state
    if expanded is not None:
        processors.update(expanded.processors)
    params: list[Any] = []
    slots: list[Slot] = []
    for position, name in enumerate(compiled.positiontup):
        process = processors.get(name)
        value = compiled.params[name]
        if name.startswith("p_"):
            slots.append(Slot(position, name, process))
        elif process is not None and value is not None:
            value = process(value)
        params.append(value)
    return Compiled(str(compiled), tuple(params), tuple(slots))


def as_it_is(path: Path) -> Path:
    return path


def compile_count(
    paths: Paths, criteria: ColumnElement[bool] | None, spec: ListSpec, found: int
) -> Compiled:
    statement = select(func.count()).select_from(paths.entity.__table__)
    return compile_statement(
        paths.dialect, narrowed(statement, paths, criteria, spec, (), found=found)
    )


def narrowed(
    statement: Select[Any],
    paths: Paths,
    criteria: ColumnElement[bool] | None,
    spec: ListSpec,
    columns: Iterable[Path],
    *,
    found: int = 0,
    form: Callable[[Path], Path] = as_it_is,
) -> Select[Any]:
    """The statement with its joins, the person's limits, the filters and the search.

    `found` is how many ids the search index gave for `spec.search`, `form` what the filters
    compare.
    """
    entity = paths.entity
    filtered = [(flt, form(paths.resolve(flt.field, flt.field))) for flt in spec.filters]
    source: Any = entity.__table__
    joined: set[str] = set()
    for path in (*columns, *(path for _flt, path in filtered)):
        for key, target, condition in path.joins:
            if key not in joined:
                joined.add(key)
                source = source.outerjoin(target, condition)
    statement = statement.select_from(source)
    if criteria is not None:
        statement = statement.where(criteria)
    for index, (flt, path) in enumerate(filtered):
        statement = statement.where(condition_of(flt, path, index))
    if issubclass(entity, Archived) and spec.archived is not False:
        archived: Any = entity.__table__.c.archived_at
        statement = statement.where(archived.is_not(None) if spec.archived else archived.is_(None))
    if spec.search is not None:
        id_ = entity.__table__.c.id
        holes = [hole(f"{SEARCH}_{i}", id_.type) for i in range(found)]
        statement = statement.where(id_.in_(holes) if holes else false())
    return statement


def fixed(limit: int) -> BindParameter[int]:
    """A limit that stands in the text: for one it does not know PostgreSQL plans at each use."""
    return bindparam(None, limit, Integer(), literal_execute=True)


def condition_of(flt: Filter, path: Path, index: int) -> ColumnElement[bool]:
    """The condition of one filter; its values are the parameters `p_f<index>…`."""
    name = f"p_f{index}"
    column: Any = path.expression
    if flt.lookup == "isnull":
        empty: ColumnElement[bool] = column.is_(None) if flt.value else column.is_not(None)
        return empty
    if flt.lookup == "in":
        binds = [hole(f"{name}_{i}", path.type) for i in range(len(flt.value))]
        return column.in_(binds) if binds else false()
    bind = hole(name, path.type)
    if flt.lookup in {"contains", "startswith"}:
        text = hole(name, String())
        found: ColumnElement[bool] = func.lower(column).like(func.lower(text), escape="\\")
        return found
    if flt.lookup == "ne":
        different: ColumnElement[bool] = column.is_distinct_from(bind)
        return different
    compared: ColumnElement[bool] = _OPERATORS[flt.lookup](column, bind)
    return compared


_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}


def filter_values(filters: Sequence[Filter]) -> dict[str, Any]:
    """Values of the parameters that `condition_of` named."""
    values: dict[str, Any] = {}
    for index, flt in enumerate(filters):
        name = f"p_f{index}"
        if flt.lookup == "in":
            values.update((f"{name}_{i}", value) for i, value in enumerate(flt.value))
        elif flt.lookup == "contains":
            values[name] = f"%{escaped(flt.value)}%"
        elif flt.lookup == "startswith":
            values[name] = f"{escaped(flt.value)}%"
        elif flt.lookup != "isnull":
            values[name] = flt.value
    return values


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def converters(
    dialect: str, columns: Sequence[Path]
) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
    """For each column that the driver gives in another form than JSON shows."""
    found: list[tuple[int, Callable[[Any], Any]]] = []
    for index, path in enumerate(columns):
        if dialect == "sqlite" and isinstance(path.type, Exact):
            found.append((index, functools.partial(_exact, path.type.scale)))
        elif isinstance(path.type, Exact):
            found.append((index, functools.partial(_quantized, path.type.scale)))
        elif path.kind == "boolean" and dialect == "sqlite":
            found.append((index, bool))
        elif path.kind == "json" and dialect == "sqlite":
            found.append((index, _raw))
    return tuple(found)


def _exact(scale: int, value: int) -> str:
    if not scale:
        return str(value)
    digits = f"{abs(value):0{scale + 1}}"
    return f"{'-' if value < 0 else ''}{digits[:-scale]}.{digits[-scale:]}"


def _quantized(scale: int, value: Any) -> str:
    return f"{value:.{scale}f}"


def _raw(value: str) -> msgspec.Raw:
    return msgspec.Raw(value.encode())
