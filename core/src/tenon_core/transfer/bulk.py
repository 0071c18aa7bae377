"""Storing many new records by plain inserts, with everything that a flush would have done.

A flush of mapped records costs some 0.3 ms a record. Where the person may create any record of an
entity, no look at each record's reach is needed, and rows can be stamped, checked, guarded,
audited, indexed and announced from plain values. Whatever has a life of its own in the ORM
(validators, listeners) goes the ordinary way. A test holds both ways to the same result.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache, partial
from typing import Any, cast
from uuid import UUID

from attrs import frozen
from sqlalchemy import Table, inspect, select
from uuid_utils.compat import uuid7

from tenon_core.access.grants import changes_rights
from tenon_core.entities.people import User
from tenon_core.storage.auditing import audit_changes
from tenon_core.storage.changes import Change, keep
from tenon_core.storage.following import SEARCH, later
from tenon_core.storage.inserting import insert_rows
from tenon_core.storage.sequences import draw
from tenon_core.storage.stamping import defaults_of
from tenon_core.transfer.checking import refusals
from tenon_sdk.entities import Entity, Owned, fields_of
from tenon_sdk.errors import TenonError

LISTENERS = ("before_insert", "after_insert", "before_update", "after_update")

Values = Mapping[str, Any]


class RowsRefused(Exception):
    """Rows that are not stored, by their position; nothing of the batch is."""

    def __init__(self, errors: Mapping[int, TenonError]) -> None:
        super().__init__(len(errors))
        self.errors = errors


def fits(ctx: Any, entity: type[Entity], names: Iterable[str]) -> bool:
    """Whether plain inserts do the same as a flush for this person and these fields."""
    if not _plain(entity) or changes_rights((entity,)):
        return False
    guardian = ctx.guardian
    if guardian is None:
        return True
    fixed = guardian.fields.fixed(entity)
    return bool(guardian.may_insert_rows(entity)) and fixed.isdisjoint(names)


@cache
def _plain(entity: type[Entity]) -> bool:
    mapper = inspect(entity)
    heard: Any = [getattr(mapper.dispatch, name) for name in LISTENERS]
    heard += [getattr(entity, attribute.key).dispatch.set for attribute in mapper.column_attrs]
    return not mapper.validators and not any(list(listeners) for listeners in heard)


@frozen
class Shape:
    """What is the same for all new records of an entity."""

    entity: type[Entity]
    table: Table
    make: Callable[..., Any]
    order: tuple[str, ...]
    defaults: tuple[tuple[str, Callable[[], Any]], ...]
    numbers: tuple[tuple[str, str], ...]
    owned: bool


@cache
def shape_of(entity: type[Entity]) -> Shape:
    mapper = inspect(entity)
    return Shape(
        entity=entity,
        table=cast("Table", entity.__table__),
        make=mapper.class_manager.new_instance,
        order=tuple(attribute.key for attribute in mapper.column_attrs),
        defaults=defaults_of(entity),
        numbers=tuple((n, i.number) for n, i in fields_of(entity).items() if i.number is not None),
        owned=issubclass(entity, Owned),
    )


def insert_records(
    ctx: Any, entity: type[Entity], rows: Sequence[Values], checked: Collection[str] = ()
) -> list[UUID]:
    """Stores new records and returns their ids in order; values of `checked` fields are right.

    References have been resolved with the person's eyes. Raises RowsRefused for what a check or
    a guard says against single rows, before anything is written.
    """
    shape = shape_of(entity)
    stamped = [_stamped(ctx, shape, row) for row in rows]
    _fill_units(ctx, shape, stamped)
    _fill_numbers(ctx, shape, stamped)
    whole = partial(_change, shape, whole=True)
    errors = refusals(ctx, entity, stamped, lambda at: whole(stamped[at]), checked)
    if errors:
        raise RowsRefused(errors)
    # Who makes entries at once takes their values from the records.
    at_once = later(ctx.session, SEARCH) is None
    changes = [_change(shape, values, whole=at_once) for values in stamped]
    audit_changes(ctx, changes)
    insert_rows(ctx.connection, shape.table, stamped)
    postponed = later(ctx.session)
    if postponed is not None and shape.owned:
        owners = ((row["id"], (row.get("owner_id"), row.get("unit_id"))) for row in stamped)
        postponed.known = dict(owners)
    keep(ctx.session, changes)
    ctx.session.announce()
    return [values["id"] for values in stamped]


def _stamped(ctx: Any, shape: Shape, row: Values) -> dict[str, Any]:
    """As `storage.stamping.stamp` fills a pending record."""
    values = {name: value for name, value in row.items() if value is not None}
    if "id" not in values:
        values["id"] = uuid7()
    for name, make in shape.defaults:
        if name not in values:
            values[name] = make()
    actor = ctx.actor.user_id
    values["version"] = 1
    values["created_at"] = values["updated_at"] = ctx.now
    if actor is not None:
        values["created_by"] = values["updated_by"] = actor
        if shape.owned:
            values.setdefault("owner_id", actor)
    return values


def _fill_units(ctx: Any, shape: Shape, rows: Sequence[dict[str, Any]]) -> None:
    if not shape.owned:
        return
    units: dict[UUID, UUID | None] = {ctx.actor.user_id: ctx.actor.unit_id}
    waiting = [r for r in rows if r.get("owner_id") is not None and r.get("unit_id") is None]
    others = {row["owner_id"] for row in waiting} - set(units)
    if others:
        table = User.__table__
        found = ctx.connection.execute(
            select(table.c.id, table.c.unit_id).where(table.c.id.in_(sorted(others)))
        )
        units.update((row.id, row.unit_id) for row in found)
    for row in waiting:
        unit = units.get(row["owner_id"])
        if unit is not None:
            row["unit_id"] = unit


def _fill_numbers(ctx: Any, shape: Shape, rows: Sequence[dict[str, Any]]) -> None:
    for name, pattern in shape.numbers:
        waiting = [row for row in rows if row.get(name) is None]
        if waiting:
            day = ctx.now.astimezone(ctx.zone).date()
            drawn = draw(ctx.connection, pattern, day, len(waiting))
            for row, number in zip(waiting, drawn, strict=True):
                row[name] = number


def _change(shape: Shape, values: dict[str, Any], *, whole: bool) -> Change:
    """The change as a flush tells it; `whole` with a record that has its values, no session."""
    said = {name: (None, value) for name, value in values.items()}
    del said["version"]
    record = None
    if whole:
        record = shape.make()
        record.__dict__.update(dict.fromkeys(shape.order), **values)
    return Change(shape.entity, values["id"], "created", said, record)
