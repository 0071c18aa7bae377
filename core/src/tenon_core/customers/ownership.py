"""Who owned what from when until when."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, select, update
from uuid_utils.compat import uuid7

from tenon_core.entities import OwnershipPeriod, Unit, User
from tenon_core.storage.following import NOTE, PERIODS, Later, later, notes_of, postpone
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
    created, changed = event.created, event.changed if "owner_id" in event.fields else ()
    postponed = later(ctx.session, PERIODS)
    if postponed is not None:
        _postpone(ctx, entity, created, postponed)
        created = ()
    ids = list(dict.fromkeys((*created, *changed)))
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
            _move(system, entity, ids[start : start + CHUNK], values, set(changed))


def _end(ctx: Any, entity: str, ids: Sequence[UUID]) -> None:
    """A deleted record has an owner no more; what it was stays told."""
    with ctx.as_system("ownership periods", bookkeeping=True) as system:
        for start in range(0, len(ids), CHUNK):
            some = ids[start : start + CHUNK]
            _begin_noted(system, entity, some)
            system.session.execute(
                update(OwnershipPeriod)
                .where(
                    OwnershipPeriod.entity == entity,
                    OwnershipPeriod.record_id.in_(some),
                    OwnershipPeriod.ends_at.is_(None),
                )
                .values(ends_at=ctx.now)
            )


def _postpone(ctx: Any, entity: Any, ids: Sequence[UUID], postponed: Later) -> None:
    """Notes who owns new records now: until their periods begin they may go to somebody else."""
    known = {id_: postponed.known[id_] for id_ in ids if id_ in postponed.known}
    missing = [id_ for id_ in ids if id_ not in known]
    if missing:
        table = entity.__table__
        columns = (table.c.id, table.c.owner_id, table.c.unit_id)
        rows = ctx.connection.execute(select(*columns).where(table.c.id.in_(missing)))
        known.update((row.id, (row.owner_id, row.unit_id)) for row in rows)
    owned = [id_ for id_ in ids if known[id_][0] is not None]
    for start in range(0, len(owned), NOTE):
        _note(ctx, entity, owned[start : start + NOTE], known)


def _note(
    ctx: Any, entity: Any, owned: Sequence[UUID], known: Mapping[UUID, tuple[Any, Any]]
) -> None:
    owners = list(dict.fromkeys(known[id_] for id_ in owned))
    places = {owner: place for place, owner in enumerate(owners)}
    said = {
        "owners": [[str(owner), None if unit is None else str(unit)] for owner, unit in owners],
        "of": [places[known[id_]] for id_ in owned],
        "by": None if ctx.actor.user_id is None else str(ctx.actor.user_id),
        "reason": ctx.session.info.get(REASON, "created"),
    }
    postpone(ctx, PERIODS, entity.__tenon__.name, owned, said)


def begin_periods(
    ctx: Any, entity: str, at: datetime, said: Mapping[str, Any], ids: Iterable[UUID] | None = None
) -> None:
    """Begins the periods that a note tells of, as of then; `ids` are those of its records meant.

    A record that has a period already has been seen to. Needs a system context.
    """
    owners = dict(zip(map(UUID, said["ids"]), said["of"], strict=True))
    wanted = list(owners if ids is None else ids)
    period = OwnershipPeriod
    named = select(period.record_id).where(period.entity == entity, period.record_id.in_(wanted))
    begun = set(ctx.session.scalars(named))
    people = _remaining(ctx, said["owners"])
    by = None if said["by"] is None else UUID(said["by"])
    same = {
        "entity": entity, "starts_at": at, "created_at": at, "updated_at": at, "created_by": by,
        "updated_by": by, "version": 1, "custom": {}, "reason": said["reason"],
    }  # fmt: skip
    rows = [
        {"id": uuid7(), "record_id": id_, "user_id": user, "unit_id": unit, **same}
        for id_ in wanted
        if id_ not in begun
        for user, unit in (people[owners[id_]],)
    ]
    insert_rows(ctx.connection, cast("Table", period.__table__), rows)


def _remaining(ctx: Any, owners: Sequence[Sequence[str | None]]) -> list[tuple[Any, Any]]:
    """The owners of a note; who was deleted meanwhile is None, as in a period that had begun."""
    there: set[UUID] = set()
    for cls, place in ((User, 0), (Unit, 1)):
        ids = {UUID(one[place]) for one in owners if one[place] is not None}
        there |= set(ctx.session.scalars(select(cls.id).where(cls.id.in_(ids))))
    pairs = [[None if one is None else UUID(one) for one in pair] for pair in owners]
    return [tuple(one if one in there else None for one in pair) for pair in pairs]  # type: ignore[misc]


def _begin_noted(ctx: Any, entity: str, ids: Sequence[UUID]) -> bool:
    """Begins now what a large import has left for later, as these records change owner."""
    notes = list(notes_of(ctx.connection, PERIODS, entity, ids))
    for note, mine in notes:
        begin_periods(ctx, entity, note.at, note.records, mine)
    return bool(notes)


def _move(
    ctx: Any, entity: Any, ids: Sequence[UUID], values: dict[str, Any], changed: set[UUID]
) -> None:
    session = ctx.session
    now = {
        id_: (owner, unit)
        for id_, owner, unit in session.execute(
            select(entity.id, entity.owner_id, entity.unit_id).where(entity.id.in_(ids))
        )
    }
    before = _open(ctx, values["entity"], ids)
    unknown = [id_ for id_ in ids if id_ in changed and id_ not in before]
    if _begin_noted(ctx, values["entity"], unknown):
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
