"""What the framework writes into every record: id, times, authors, owner and number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from functools import cache, partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import inspect, select
from sqlalchemy.orm.interfaces import RelationshipDirection
from uuid_utils.compat import uuid7

from tenon_core.entities.people import User
from tenon_core.storage.sequences import draw
from tenon_core.storage.sessions import GuardedSession
from tenon_sdk.context import Actor
from tenon_sdk.entities import Entity, Owned, fields_of


def stamp(session: GuardedSession, actor: Actor, now: datetime, zone: ZoneInfo) -> None:
    """Fills the fields of pending records that nobody types in.

    A new owned record without owner belongs to the actor; its unit is the owner's at this
    moment. A new owner brings her unit along unless one is given.
    """
    created = [record for record in session.new if isinstance(record, Entity)]
    for record in created:
        if record.id is None:
            record.id = uuid7()
        for name, make in defaults_of(type(record)):
            if getattr(record, name) is None:
                setattr(record, name, make())
        record.created_at = record.updated_at = now
        record.created_by = record.updated_by = actor.user_id
        for name in authors_of(type(record)):
            if getattr(record, name) is None:
                setattr(record, name, actor.user_id)
        if isinstance(record, Owned) and record.owner_id is None:
            record.owner_id = actor.user_id
    for record in (*created, *session.dirty):
        _link(record)
    changed = [r for r in session.dirty if isinstance(r, Entity) and session.is_modified(r)]
    for record in changed:
        record.updated_at, record.updated_by = now, actor.user_id
    _fill_units(session, actor, [*created, *changed])
    _fill_numbers(session, created, now.astimezone(zone))


def _link(record: Any) -> None:
    """Fills references from related objects now, so that checks need not wait for the flush."""
    loaded = record.__dict__
    for relation in record.__mapper__.relationships:
        value = loaded.get(relation.key)
        if not value or relation.viewonly:
            continue
        others = value if relation.uselist else (value,)
        for local, remote in relation.local_remote_pairs:
            for other in others:
                if relation.direction is RelationshipDirection.MANYTOONE:
                    _fill(record, local.key, getattr(other, remote.key))
                else:
                    _fill(other, remote.key, getattr(record, local.key))


def _fill(record: Any, name: str, value: Any) -> None:
    if getattr(record, name) is None:
        setattr(record, name, value)


@cache
def authors_of(entity: type[Entity]) -> tuple[str, ...]:
    return tuple(name for name, info in fields_of(entity).items() if info.actor)


@cache
def defaults_of(entity: type[Entity]) -> tuple[tuple[str, Callable[[], Any]], ...]:
    """Fields with a default, and what makes it: guards and the audit see values, not gaps."""
    found: list[tuple[str, Callable[[], Any]]] = []
    for column in entity.__table__.columns:
        default: Any = column.default
        if default is None or column.name in {"id", "version"}:
            continue
        if default.is_scalar:
            found.append((column.name, partial(_given, default.arg)))
        elif default.is_callable:
            found.append((column.name, partial(default.arg, None)))
    return tuple(found)


def _given(value: Any) -> Any:
    return value


def _fill_units(session: GuardedSession, actor: Actor, records: list[Any]) -> None:
    waiting: dict[UUID, list[Any]] = defaultdict(list)
    for record in records:
        if not isinstance(record, Owned) or record.owner_id is None:
            continue
        state = inspect(record)
        moved = state.attrs.owner_id.history.has_changes()
        given = state.attrs.unit_id.history.added
        if moved and not (given and given[0] is not None):
            waiting[record.owner_id].append(record)
    mine = waiting.pop(actor.user_id, []) if actor.user_id else []
    for record in mine:
        record.unit_id = actor.unit_id
    if waiting:
        statement = select(User.__table__.c.id, User.__table__.c.unit_id).where(
            User.__table__.c.id.in_(list(waiting))
        )
        for owner, unit in session.unguarded_connection().execute(statement):
            for record in waiting[owner]:
                record.unit_id = unit


def _fill_numbers(session: GuardedSession, created: list[Any], local: datetime) -> None:
    wanted: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for record in created:
        entity: type[Entity] = type(record)
        for name, info in fields_of(entity).items():
            if info.number is not None and getattr(record, name) is None:
                wanted[name, info.number].append(record)
    for (name, pattern), records in wanted.items():
        drawn = draw(session.unguarded_connection(), pattern, local.date(), len(records))
        for record, number in zip(records, drawn, strict=True):
            setattr(record, name, number)
