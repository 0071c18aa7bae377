"""What a flush is about to do, gathered once for everything that wants to know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal
from uuid import UUID

from attrs import frozen
from sqlalchemy import inspect

from tenon_core.storage.sessions import CHANGES, GuardedSession
from tenon_sdk.entities import Entity

Kind = Literal["created", "changed", "deleted"]


@frozen
class Change:
    """One record with its changed columns as name -> (old, new); old is None for a new one."""

    entity: type[Entity]
    id: UUID
    kind: Kind
    values: Mapping[str, tuple[Any, Any]]
    record: Entity | None = None


def gather(session: GuardedSession) -> list[Change]:
    """The changes of the coming flush; they are kept for `taken` as well."""
    found = list(_pending(session))
    session.info.setdefault(CHANGES, []).extend(found)
    return found


def keep(session: GuardedSession, changes: list[Change]) -> None:
    """Adds changes that an update or delete statement made."""
    session.info.setdefault(CHANGES, []).extend(changes)


def taken(session: GuardedSession) -> list[Change]:
    """All changes since the last call."""
    changes: list[Change] = session.info.pop(CHANGES, [])
    return changes


def _pending(session: GuardedSession) -> Iterator[Change]:
    for record in session.new:
        if isinstance(record, Entity):
            yield Change(type(record), record.id, "created", _values(record, created=True), record)
    for record in session.dirty:
        if isinstance(record, Entity) and (values := _values(record, created=False)):
            yield Change(type(record), record.id, "changed", values, record)
    for record in session.deleted:
        if isinstance(record, Entity):
            yield Change(type(record), record.id, "deleted", {}, record)


def _values(record: Entity, *, created: bool) -> dict[str, tuple[Any, Any]]:
    state = inspect(record)
    found: dict[str, tuple[Any, Any]] = {}
    for attribute in state.mapper.column_attrs:
        history = state.attrs[attribute.key].history
        if not history.added and not history.deleted:
            continue
        old = history.deleted[0] if history.deleted and not created else None
        new = history.added[0] if history.added else None
        if old != new:
            found[attribute.key] = (old, new)
    return found
