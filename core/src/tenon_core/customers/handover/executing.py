"""Moving everything in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import delete, func, select, update

from tenon_core.customers.handover.gathering import left_behind
from tenon_core.customers.handover.planning import drafted, refresh
from tenon_core.customers.handover.reaching import RUN
from tenon_core.customers.ownership import HANDOVER, REASON
from tenon_core.entities import Handover, HandoverItem, TeamMember, User
from tenon_core.storage.scanning import Unscoped
from tenon_sdk.entities import Entity, Owned
from tenon_sdk.errors import Refusal, Refused
from tenon_sdk.events import Event
from tenon_sdk.text import _

CHUNK = 1_000


@frozen(kw_only=True)
class HandoverExecuted(
    Event,
    name="core.handover.executed",
    label=_("Work handed over"),
    subjects={"handover_id": "core.handover", "giver_id": "core.user"},
    icon="transfer",
):
    """Everything a person held went to others."""

    handover_id: UUID
    giver_id: UUID
    receivers: tuple[UUID, ...]
    moved: int


def execute(ctx: Any, handover_id: UUID) -> int:
    """Moves everything that the giver holds now; returns how many references moved.

    All or nothing, in the caller's transaction: what came in after the preview moves too, and
    if anything is left without a receiver nothing moves. Records change by their owner only, so
    stages, histories, open tasks and waiting approvals go on as they are; each change is audited
    and begins an ownership period.

    Raises Refused with code `unrouted`, or what a guard of a plugin says.
    """
    ctx.require(RUN)
    with ctx.as_system("hand-over executed") as system:
        handover = drafted(ctx, system, handover_id)
        preview = refresh(system, handover)
        if preview.unrouted:
            counts = ", ".join(f"{name} {count}" for name, count in preview.unrouted.items())
            raise Refused(
                Refusal(_("Nobody receives these yet: {counts}.", counts=counts), code="unrouted")
            )
        system.session.info[REASON] = "handover"
        system.session.info[HANDOVER] = handover.id
        moved = 0
        receivers: set[UUID] = set()
        for entity, field, receiver, ids in _groups(system, handover):
            moved += _move(system, entity, field, ids, giver=handover.giver_id, receiver=receiver)
            receivers.add(receiver)
        _move_shares(system, handover)
        _finish(system, handover)
        system.publish(
            HandoverExecuted(
                handover_id=handover.id,
                giver_id=handover.giver_id,
                receivers=tuple(sorted(receivers)),
                moved=moved,
            )
        )
        _tell(system, handover, receivers)
    return moved


def _groups(
    system: Any, handover: Handover
) -> Iterator[tuple[type[Entity], str, UUID, Sequence[UUID]]]:
    groups: dict[tuple[str, str, UUID], list[UUID]] = defaultdict(list)
    for row in system.session.execute(
        select(
            HandoverItem.entity,
            HandoverItem.field_name,
            HandoverItem.receiver_id,
            HandoverItem.record_id,
        ).where(HandoverItem.handover_id == handover.id, HandoverItem.receiver_id.is_not(None))
    ):
        groups[row[0], row[1], row[2]].append(row[3])
    for (entity, field, receiver), ids in groups.items():
        for start in range(0, len(ids), CHUNK):
            some = ids[start : start + CHUNK]
            yield system.site.registry.entity(entity), field, receiver, some


def _move(
    system: Any,
    entity: type[Entity],
    field: str,
    ids: Sequence[UUID],
    *,
    giver: UUID,
    receiver: UUID,
) -> int:
    """One statement where no plugin wants to see each record, else record by record."""
    session = system.session
    column: Any = getattr(entity, field)
    values: dict[str, Any] = {field: receiver}
    if issubclass(entity, Owned) and field == "owner_id":
        values["unit_id"] = session.scalar(select(User.unit_id).where(User.id == receiver))
    held = (entity.id.in_(ids), column == giver)
    try:
        result = session.execute(update(entity).where(*held).values(**values))
        return int(result.rowcount)
    except Unscoped:
        records = session.scalars(select(entity).where(*held)).all()
        for record in records:
            for name, value in values.items():
                setattr(record, name, value)
        session.flush()
        return len(records)


def _move_shares(system: Any, handover: Handover) -> None:
    """What was shared with the giver is shared with whoever takes the rest, or with nobody."""
    session = system.session
    giver, rest = handover.giver_id, handover.receiver_id
    if handover.reason == "absence":
        return
    if rest is not None:
        other = TeamMember.__table__.alias()
        has = (
            select(other.c.id)
            .where(
                other.c.entity == TeamMember.entity,
                other.c.record_id == TeamMember.record_id,
                other.c.user_id == rest,
            )
            .exists()
        )
        session.execute(
            update(TeamMember).where(TeamMember.user_id == giver, ~has).values(user_id=rest)
        )
    session.execute(delete(TeamMember).where(TeamMember.user_id == giver))


def _finish(system: Any, handover: Handover) -> None:
    session = system.session
    remaining = left_behind(system, handover.giver_id)
    if remaining:
        counts = ", ".join(f"{name} {count}" for name, count in remaining.items())
        raise Refused(
            Refusal(_("Something would be left behind: {counts}.", counts=counts), code="left")
        )
    items = HandoverItem.handover_id == handover.id
    session.execute(update(HandoverItem).where(items).values(state="moved"))
    handover.state = "executed"
    handover.executed_at = system.now
    handover.executed_by_id = system.actor.user_id
    session.flush()


def _tell(system: Any, handover: Handover, receivers: set[UUID]) -> None:
    name = system.session.scalar(select(User.name).where(User.id == handover.giver_id))
    count = func.count()
    for receiver, moved in system.session.execute(
        select(HandoverItem.receiver_id, count)
        .where(HandoverItem.handover_id == handover.id)
        .group_by(HandoverItem.receiver_id)
    ):
        if receiver in receivers:
            system.notify(
                [receiver],
                _("{name} handed {count} records over to you.", name=name, count=moved),
                key=f"handover:{handover.id}",
            )
