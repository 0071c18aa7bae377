"""The statement of a list's page: what is shown, from where on, and by which ways it is reached."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from attrs import define, evolve, frozen
from sqlalchemy import (
    Column,
    ColumnElement,
    CompoundSelect,
    Select,
    any_,
    func,
    literal_column,
    select,
    union_all,
)

from tenon_core.storage.lists.compile import (
    Compiled,
    as_it_is,
    compile_statement,
    converters,
    fixed,
    narrowed,
)
from tenon_core.storage.lists.paging import Order, Stretch, after
from tenon_core.storage.lists.parse import ListSpec
from tenon_core.storage.lists.paths import Path, Paths
from tenon_core.storage.sessions import Way

JOINED = 4


@define(eq=False)
class CompiledList:
    """A list's statement with what turns its rows into JSON.

    `row` is a msgspec Struct whose fields are the columns in order; `converters` change what a
    driver gives into what JSON shows; `keys` are the columns that the cursor is made of.
    """

    statement: Compiled
    names: tuple[str, ...]
    row: type[msgspec.Struct]
    converters: tuple[tuple[int, Callable[[Any], Any]], ...]
    keys: tuple[int, ...]
    shown: int


@frozen
class Asked:
    """What decides a list's statement beside its description.

    limits   the person's condition, or the ways by which she reaches records
    stretch  which rows of the order, from the first on unless `nulls` are given
    nulls    which values of the cursor are empty, None for a first page
    found    how many ids the search index gave
    """

    limits: ColumnElement[bool] | Sequence[Way] | None
    stretch: Stretch
    nulls: Sequence[bool] | None
    found: int


def compile_list(paths: Paths, spec: ListSpec, order: Order, asked: Asked) -> CompiledList:
    """`order` is that of the list, of which `asked.stretch` may be a part."""
    names = spec.fields or tuple(paths.default())
    shown = [paths.resolve(name, "fields") for name in names]
    columns = [*_joined(shown), *(path for path, _desc in order if path.name not in names)]
    positions = {path.name: i for i, path in enumerate(columns)}
    return CompiledList(
        statement=compile_statement(paths.dialect, _list(paths, spec, asked, columns)),
        names=names,
        row=_row_type(names),
        converters=converters(paths.dialect, columns),
        keys=tuple(positions[path.name] for path, _desc in order),
        shown=len(shown),
    )


def _list(
    paths: Paths, spec: ListSpec, asked: Asked, columns: Sequence[Path]
) -> Select[Any] | CompoundSelect[Any]:
    most = fixed(spec.limit + 1)
    if isinstance(asked.limits, Sequence):
        keys = {path.name for path, _desc in asked.stretch.order}
        plain = [unindexed(path) if path.name in keys else path for path in columns]
        rows = _rows(paths, spec, asked, plain, unindexed)
        terms = _terms(asked.stretch.order, {path.name: i for i, path in enumerate(columns)})
        parts = [rows.where(*reached(paths, way)) for way in asked.limits]
        return _merged(paths.dialect, parts, terms, most)
    page = _rows(paths, spec, asked, columns)
    if asked.limits is not None:
        page = page.where(asked.limits)
    return page.order_by(*_terms(asked.stretch.order)).limit(most)


def _merged(
    dialect: str, parts: list[Select[Any]], terms: list[ColumnElement[Any]], most: Any
) -> CompoundSelect[Any]:
    """One page of each way together have the page. SQLite sees that by itself."""
    if dialect == "postgresql":
        pages = [part.order_by(*terms).limit(most).subquery() for part in parts]
        parts = [select(*page.c) for page in pages]
    return union_all(*parts).order_by(*terms).limit(most)


def unindexed(path: Path) -> Path:
    """The same value in a form for which the database has no index.

    A way leads to few records, so its own index is better than that of any filter or sort key:
    neither database knows that of the one person who asks.
    """
    if path.name == "id" or not isinstance(path.expression, Column):
        return path
    return evolve(path, expression=func.coalesce(path.expression, path.expression))


def _rows(
    paths: Paths,
    spec: ListSpec,
    asked: Asked,
    columns: Sequence[Path],
    form: Callable[[Path], Path] = as_it_is,
) -> Select[Any]:
    """The rows of a stretch from the cursor on, whoever may see them, in no order."""
    statement = select(*(path.expression.label(f"c{i}") for i, path in enumerate(columns)))
    statement = narrowed(statement, paths, None, spec, columns, found=asked.found, form=form)
    stretch = asked.stretch.formed(form)
    statement = statement.where(*stretch.conditions())
    if asked.nulls is None:
        return statement
    return statement.where(after(stretch.order, asked.nulls[stretch.first :]))


def _terms(order: Order, places: Mapping[str, int] | None = None) -> list[ColumnElement[Any]]:
    """What rows are ordered by; `places` are the columns of the sort keys, for a union."""
    found: list[ColumnElement[Any]] = []
    for path, descending in order:
        key = path.expression if places is None else literal_column(f"c{places[path.name]}")
        term = key.desc() if descending else key.asc()
        found.append(term.nulls_last() if path.nullable else term)
    return found


def reached(paths: Paths, way: Way) -> list[ColumnElement[bool]]:
    """The conditions of a way. On PostgreSQL its ids are made an array: of a sub-query it may
    believe that most records are in it, and read the table until it has a page.
    """
    if way.condition is not None:
        return [way.condition, *way.but]
    if way.ids is None:
        return list(way.but)
    id_ = paths.entity.__table__.c.id
    if paths.dialect != "postgresql":
        return [id_.in_(way.ids), *way.but]
    return [id_ == any_(func.array(way.ids.scalar_subquery())), *way.but]


def _joined(shown: Sequence[Path]) -> Sequence[Path]:
    """Titles by joins, as long as these are few.

    For a page of rows a join costs PostgreSQL half of what a sub-query does, but a dozen of them
    cost it more to plan than to run.
    """
    if sum(path.joined is not None for path in shown) > JOINED:
        return shown
    return [path.joined or path for path in shown]


def _row_type(names: Sequence[str]) -> type[msgspec.Struct]:
    """A Struct whose attributes are numbered and whose JSON names are the fields'."""
    fields = [(f"c{i}", Any) for i in range(len(names))]
    rename = {f"c{i}": name for i, name in enumerate(names)}
    return msgspec.defstruct("Row", fields, rename=rename, gc=False)
