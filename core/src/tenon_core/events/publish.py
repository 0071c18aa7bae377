"""Storing facts and telling handlers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from itertools import chain
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import insert
from uuid_utils.compat import uuid7

from tenon_core.entities.facts import StoredEvent, StoredEventSubject
from tenon_core.events.deliver import delivery_job
from tenon_core.events.webhooks import announce
from tenon_core.storage.changes import Change
from tenon_sdk.entities import Entity
from tenon_sdk.events import Event, Handler, RecordsSaved


def publish(ctx: Any, event: Event, evidence: Sequence[UUID] = ()) -> UUID:
    """Stores a fact with its subjects and runs its handlers; see `Context.publish`."""
    id_ = uuid7()
    handlers = _handlers(ctx, type(event))
    if event.stored:
        _store(ctx, id_, event, evidence)
        for handler in handlers:
            if handler.durable:
                ctx.enqueue(delivery_job(handler), {"event": str(id_)}, key=str(id_))
        announce(ctx, id_, event)
    for handler in handlers:
        if not handler.durable:
            handler(ctx, event)
    return id_


def publish_saved(
    ctx: Any, changes: Sequence[Change], without: Collection[Handler[Any]] = ()
) -> None:
    """Tells the handlers of RecordsSaved, once for each entity.

    `without` are those whose work whoever stored the records does itself.
    """
    handlers = [h for h in _handlers(ctx, RecordsSaved) if h not in without] if changes else []
    if not handlers:
        return
    groups: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        groups[change.entity.__tenon__.name].append(change)
    for entity, group in groups.items():
        event = RecordsSaved(
            entity=entity,
            created=_ids(group, "created"),
            changed=_ids(group, "changed"),
            deleted=_ids(group, "deleted"),
            fields=frozenset(chain.from_iterable(change.values for change in group)),
            lost={c.id: _values(c.record) for c in group if c.kind == "deleted" and c.record},
        )
        for handler in handlers:
            handler(ctx, event)


def _values(record: Entity) -> dict[str, Any]:
    columns = {column.key for column in record.__table__.columns}
    return {name: value for name, value in record.__dict__.items() if name in columns}


def _ids(changes: Sequence[Change], kind: str) -> tuple[UUID, ...]:
    return tuple(dict.fromkeys(change.id for change in changes if change.kind == kind))


def _handlers(ctx: Any, event: type[Event]) -> list[Handler[Any]]:
    return [h for h in ctx.site.registry.event_handlers if h.event is event]


def _store(ctx: Any, id_: UUID, event: Event, evidence: Sequence[UUID]) -> None:
    occurred_at = getattr(event, "occurred_at", None) or ctx.now
    connection = ctx.connection
    row = {
        "id": id_,
        "name": event.name,
        "schema": event.schema,
        "occurred_at": occurred_at,
        "recorded_at": ctx.now,
        "actor_id": ctx.actor.user_id,
        "payload": msgspec.to_builtins(event),
        "evidence": [str(document) for document in evidence] or None,
    }
    ctx.session.settle()
    connection.execute(insert(StoredEvent), [row])
    subjects = [
        {
            "event_id": id_,
            "entity": subject.entity,
            "record_id": subject.id,
            "occurred_at": occurred_at,
        }
        for subject in event.subjects()
    ]
    if subjects:
        connection.execute(insert(StoredEventSubject), subjects)
