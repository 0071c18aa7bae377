"""Every place where a record of an entity is referred to, in the tables of all plugins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import frozen
from sqlalchemy import Column, ColumnElement, Table, UniqueConstraint, and_

from tenon_core.entities import AuditEntry, DuplicateKey, OwnershipPeriod
from tenon_sdk.entities import Base, Entity
from tenon_sdk.fields import describe

# What tells of a record's past keeps its id; block keys are made anew.
LEFT_ALONE = frozenset(
    entity.__tablename__ for entity in (AuditEntry, DuplicateKey, OwnershipPeriod)
)


@frozen
class Place:
    """A column that refers to records of the entity; `kind` names them where any may stand.

    `unique` are the sets of columns, this one among them, that must not occur twice.
    """

    table: Table
    column: str
    kind: str | None
    unique: tuple[tuple[str, ...], ...]

    def refers(self, entity: str, value: object) -> ColumnElement[bool]:
        condition: ColumnElement[bool] = self.table.c[self.column] == value
        if self.kind is None:
            return condition
        return and_(condition, self.table.c[self.kind] == entity)


def places_of(entity: type[Entity], stored: Iterable[type[Entity]]) -> Iterator[Place]:
    """All places for an entity, side tables of its extensions included.

    `stored` are the entities of the enabled plugins: a disabled plugin's tables are not touched,
    their foreign keys follow when the merged record is deleted for good.
    """
    name = entity.__tenon__.name
    tables = {cls.__tablename__ for cls in stored}
    plugins = {cls.__tenon__.plugin for cls in stored}
    for table in Base.metadata.sorted_tables:
        owned = table.name in tables or table.name.partition("_")[0] in plugins
        if not owned or table.name in LEFT_ALONE:
            continue
        for column in table.columns:
            kind = _kind(column, name, entity.__tablename__)
            if kind is not None:
                unique = tuple(_unique(table, column.name))
                yield Place(table, column.name, kind or None, unique)


def _kind(column: Column[object], name: str, target: str) -> str | None:
    """`""` for a reference to the entity, the kind's column for one to anything, else None."""
    info = describe(column)
    if info is not None and info.kind == "any_reference":
        return info.entity_field
    if any(key.column.table.name == target for key in column.foreign_keys):
        return ""
    return "" if info is not None and info.target == name else None


def _unique(table: Table, column: str) -> Iterator[tuple[str, ...]]:
    """Unique sets of columns that contain this one, conditional indexes included."""
    if column in table.primary_key.columns:
        yield tuple(c.name for c in table.primary_key.columns)
    for constraint in table.constraints:
        names = tuple(c.name for c in getattr(constraint, "columns", ()))
        if isinstance(constraint, UniqueConstraint) and column in names:
            yield names
    for index in table.indexes:
        names = tuple(c.name for c in index.columns)
        if index.unique and column in names:
            yield names
