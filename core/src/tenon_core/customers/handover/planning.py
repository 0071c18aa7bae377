"""Making a hand-over and showing what it would move."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from attrs import field, frozen
from sqlalchemy import delete, insert, select
from uuid_utils.compat import uuid7

from tenon_core.customers.handover.gathering import Held, gather
from tenon_core.customers.handover.reaching import RUN, require_reach
from tenon_core.customers.handover.routing import (
    Route,
    check_routes,
    read_routes,
    receiver_of,
)
from tenon_core.entities import Handover, HandoverItem, User
from tenon_sdk.errors import Invalid, Refusal, Refused
from tenon_sdk.text import Text, _

CHUNK = 2_000


@frozen(kw_only=True)
class Plan:
    """What is to be handed over; `rules` as in `Route`, in order, first fit."""

    giver_id: UUID
    receiver_id: UUID | None = None
    rules: Sequence[Mapping[str, Any]] = ()
    reason: str = "leaving"
    planned_on: date | None = None
    note: str | None = None


@frozen(kw_only=True)
class Preview:
    """Numbers by entity and receiver; `unrouted` has no receiver yet, `kept` is history."""

    handover_id: UUID
    moves: Mapping[str, Mapping[str, int]] = field(factory=dict)
    unrouted: Mapping[str, int] = field(factory=dict)
    kept: Mapping[str, int] = field(factory=dict)


def plan(ctx: Any, given: Plan) -> Preview:
    """Makes a hand-over in draft with an item for everything that the giver holds today.

    Raises Forbidden unless the giver is below the actor (see `require_reach`), Invalid for a
    faulty rule or receiver.
    """
    ctx.require(RUN)
    with ctx.as_system("hand-over planned") as system:
        giver = system.session.get(User, given.giver_id)
        if giver is None:
            raise Invalid({"giver_id": _("There is no such record, or you may not see it.")})
        require_reach(ctx, giver)
        routes = read_routes(given.rules)
        _check_people(system, given, routes)
        handover = Handover(
            giver_id=given.giver_id,
            receiver_id=given.receiver_id,
            rules=[dict(rule) for rule in given.rules],
            reason=given.reason,
            planned_on=given.planned_on,
            note=given.note,
            owner_id=ctx.actor.user_id,
        )
        system.session.add(handover)
        system.session.flush()
        return refresh(system, handover)


def preview(ctx: Any, handover_id: UUID) -> Preview:
    """Gathers anew for a hand-over in draft. Raises NotFound, Forbidden, Refused."""
    ctx.require(RUN)
    with ctx.as_system("hand-over previewed") as system:
        handover = drafted(ctx, system, handover_id)
        return refresh(system, handover)


def drafted(ctx: Any, system: Any, handover_id: UUID) -> Handover:
    """A hand-over that is still open, for who may run it."""
    handover: Handover | None = system.session.get(Handover, handover_id)
    if handover is None:
        raise Invalid({"handover_id": _("There is no such record, or you may not see it.")})
    require_reach(ctx, system.session.get(User, handover.giver_id))
    if handover.state != "draft":
        raise Refused(Refusal(_("This hand-over is no draft any more."), code="wrong_state"))
    return handover


def refresh(system: Any, handover: Handover) -> Preview:
    """Writes the items anew: receivers chosen by hand stay, what is gone goes."""
    session = system.session
    routes = read_routes(handover.rules)
    by_hand = {
        (row.entity, row.record_id, row.field_name): row.receiver_id
        for row in session.execute(
            select(
                HandoverItem.entity,
                HandoverItem.record_id,
                HandoverItem.field_name,
                HandoverItem.receiver_id,
            ).where(HandoverItem.handover_id == handover.id, HandoverItem.version > 1)
        )
    }
    session.execute(
        delete(HandoverItem).where(
            HandoverItem.handover_id == handover.id, HandoverItem.version == 1
        )
    )
    moves: dict[str, Counter[str]] = {}
    unrouted, kept = Counter[str](), Counter[str]()
    rows: list[dict[str, Any]] = []
    for held in gather(system, handover.giver_id):
        key = (held.entity, held.record_id, held.field)
        receiver = None if held.settled else by_hand.get(key)
        if receiver is None and not held.settled:
            receiver = receiver_of(held, routes, handover.receiver_id)
        if held.settled:
            kept[held.entity] += 1
        elif receiver is None:
            unrouted[held.entity] += 1
        else:
            moves.setdefault(held.entity, Counter())[str(receiver)] += 1
        if key not in by_hand and not held.settled:
            rows.append(_row(system, handover.id, held, receiver))
        if len(rows) >= CHUNK:
            session.execute(insert(HandoverItem), rows)
            rows = []
    if rows:
        session.execute(insert(HandoverItem), rows)
    return Preview(handover_id=handover.id, moves=moves, unrouted=unrouted, kept=kept)


def _row(ctx: Any, handover: UUID, held: Held, receiver: UUID | None) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "handover_id": handover,
        "entity": held.entity,
        "record_id": held.record_id,
        "field_name": held.field,
        "record_title": held.title[:300],
        "receiver_id": receiver,
        "state": "planned",
        "created_at": ctx.now,
        "updated_at": ctx.now,
        "created_by": ctx.actor.user_id,
        "updated_by": ctx.actor.user_id,
    }


def _check_people(system: Any, given: Plan, routes: Sequence[Route]) -> None:
    today = system.now.astimezone(system.zone).date()
    wanted = {route.receiver for route in routes} | {given.receiver_id} - {None}
    able = set(
        system.session.scalars(select(User.id).where(User.id.in_(wanted), User.active_on(today)))
    ) - {given.giver_id}
    if given.receiver_id is not None and given.receiver_id not in able:
        message: Text = _("This person cannot receive anything.")
        raise Invalid({"receiver_id": message})
    check_routes(routes, system.site.registry.entities.keys(), able)
