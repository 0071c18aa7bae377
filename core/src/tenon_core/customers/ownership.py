"""Who owned what from when until when."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, select, update
from uuid_utils.compat import uuid7

from tenon_core.entities import OwnershipPeriod
from tenon_core.storage.inserting import insert_rows
from tenon_sdk.context import Context
from tenon_sdk.entities import entity_named
from tenon_sdk.errors import NotFound
from tenon_sdk.events import RecordsSaved, on

CHUNK = 1_000
# What a change of owner is for; a service sets it in the session's `info` before it writes.
REASON = "ownership_reason"
HANDOVER = "ownership_handover"


@on(RecordsSaved)
def keep_periods(ctx: Any, event: RecordsSaved) -> None:
    """Ends the period of the owner before and begins one, for every entity that keeps them."""
    entity = entity_named(event.entity)
    if not entity.__tenon__.periods:
        return
    if event.deleted:
        _end(ctx, event.entity, event.deleted)
    changed = event.changed if "owner_id" in event.fields else ()
    ids = list(dict.fromkeys((*event.created, *changed)))
    if not ids:
        return
    info = ctx.session.info
    values = {
        "entity": event.entity,
        "reason": info.get(REASON, "created" if event.created else "assigned"),
        "handover_id": info.get(HANDOVER),
    }
    with ctx.as_system("ownership periods", bookkeeping=True) as system:
        for start in range(0, len(ids), CHUNK):
            _move(system, entity, ids[start : start + CHUNK], values)


def _end(ctx: Any, entity: str, ids: Sequence[UUID]) -> None:
    """A deleted record has an owner no more; what it was stays told."""
    with ctx.as_system("ownership periods", bookkeeping=True) as system:
        for start in range(0, len(ids), CHUNK):
            some = ids[start : start + CHUNK]
            system.session.execute(
                update(OwnershipPeriod)
                .where(
                    OwnershipPeriod.entity == entity,
                    OwnershipPeriod.record_id.in_(some),
                    OwnershipPeriod.ends_at.is_(None),
                )
                .values(ends_at=ctx.now)
            )


def _move(ctx: Any, entity: Any, ids: Sequence[UUID], values: dict[str, Any]) -> None:
    session = ctx.session
    now = {
        id_: (owner, unit)
        for id_, owner, unit in session.execute(
            select(entity.id, entity.owner_id, entity.unit_id).where(entity.id.in_(ids))
        )
    }
    before = _open(ctx, values["entity"], ids)
    ended = [period for id_, (period, owner) in before.items() if owner != now[id_][0]]
    if ended:
        session.execute(
            update(OwnershipPeriod).where(OwnershipPeriod.id.in_(ended)).values(ends_at=ctx.now)
        )
    rows = [
        {
            "id": uuid7(),
            "record_id": id_,
            "user_id": owner,
            "unit_id": unit,
            "starts_at": ctx.now,
            "created_at": ctx.now,
            "updated_at": ctx.now,
            "created_by": ctx.actor.user_id,
            "updated_by": ctx.actor.user_id,
            "version": 1,
            "custom": {},
            **values,
        }
        for id_, (owner, unit) in now.items()
        if owner is not None and (id_ not in before or before[id_][1] != owner)
    ]
    insert_rows(ctx.connection, cast("Table", OwnershipPeriod.__table__), rows)


def _open(ctx: Any, entity: str, ids: Sequence[UUID]) -> dict[UUID, tuple[UUID, UUID | None]]:
    """Id and owner of the period that records are in."""
    rows = ctx.session.execute(
        select(OwnershipPeriod.id, OwnershipPeriod.record_id, OwnershipPeriod.user_id).where(
            OwnershipPeriod.entity == entity,
            OwnershipPeriod.record_id.in_(ids),
            OwnershipPeriod.ends_at.is_(None),
        )
    )
    return {record: (period, owner) for period, record, owner in rows}


def owners_of(ctx: Any, entity: str, record_id: UUID) -> list[OwnershipPeriod]:
    """A record's periods, newest first, for who may see the record. Raises NotFound."""
    cls = ctx.site.registry.entities.get(entity)
    if cls is None or ctx.session.scalar(select(cls.id).where(cls.id == record_id)) is None:
        raise NotFound(entity, record_id)
    with ctx.as_system("ownership history") as system:
        found = system.session.scalars(
            select(OwnershipPeriod)
            .where(OwnershipPeriod.entity == entity, OwnershipPeriod.record_id == record_id)
            .order_by(OwnershipPeriod.starts_at.desc())
        ).all()
        system.session.expunge_all()
    return list(found)


def ever_owned(ctx: Context, entity: str, user_id: UUID, ids: Collection[UUID]) -> set[UUID]:
    """Which of the records this user owned at any time; needs a system context."""
    return set(
        ctx.session.scalars(
            select(OwnershipPeriod.record_id).where(
                OwnershipPeriod.entity == entity,
                OwnershipPeriod.user_id == user_id,
                OwnershipPeriod.record_id.in_(ids),
            )
        )
    )
