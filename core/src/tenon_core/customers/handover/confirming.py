"""The check list that both sides confirm, and the log-in that can be closed afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, update

from tenon_core.customers.handover.gathering import left_behind
from tenon_core.customers.handover.reaching import RUN, reaches
from tenon_core.entities import Handover, HandoverItem, LoginSession, User
from tenon_core.entities.people import ApiToken
from tenon_sdk.errors import Forbidden, NotFound, Refusal, Refused
from tenon_sdk.text import _


def confirm(ctx: Any, handover_id: UUID, items: Sequence[UUID] | None = None) -> bool:
    """Confirms items on the actor's side, all of hers by default; True once both sides did.

    The giver confirms what she gave, a receiver what she received; whoever may run the
    hand-over confirms in place of a giver who has left. Raises Forbidden for anybody else.
    """
    actor = ctx.actor.user_id
    with ctx.as_system("hand-over confirmed") as system:
        session = system.session
        handover = session.get(Handover, handover_id)
        if handover is None:
            raise NotFound("core.handover", handover_id)
        if handover.state != "executed":
            raise Refused(
                Refusal(_("Only an executed hand-over is confirmed."), code="wrong_state")
            )
        mine = HandoverItem.handover_id == handover_id
        if items is not None:
            mine = mine & HandoverItem.id.in_(items)
        giver = session.get(User, handover.giver_id)
        gives = actor == handover.giver_id or (_gone(system, giver) and reaches(ctx, giver))
        receives = session.scalar(
            select(func.count())
            .select_from(HandoverItem)
            .where(mine, HandoverItem.receiver_id == actor)
        )
        if not gives and not receives:
            raise Forbidden(RUN)
        if gives:
            _set(system, mine & HandoverItem.giver_confirmed_at.is_(None), "giver_confirmed_at")
        if receives:
            open_ = HandoverItem.receiver_confirmed_at.is_(None)
            mine = mine & (HandoverItem.receiver_id == actor) & open_
            _set(system, mine, "receiver_confirmed_at")
        return _settle(system, handover)


def _gone(system: Any, giver: User | None) -> bool:
    today = system.now.astimezone(system.zone).date()
    return giver is not None and not giver.is_active_on(today)


def _set(system: Any, items: Any, field: str) -> None:
    system.session.execute(update(HandoverItem).where(items).values(**{field: system.now}))


def _settle(system: Any, handover: Handover) -> bool:
    waiting = system.session.scalar(
        select(func.count())
        .select_from(HandoverItem)
        .where(
            HandoverItem.handover_id == handover.id,
            or_(
                HandoverItem.giver_confirmed_at.is_(None),
                HandoverItem.receiver_confirmed_at.is_(None),
            ),
        )
    )
    if waiting:
        return False
    handover.state, handover.confirmed_at = "confirmed", system.now
    system.session.flush()
    return True


def close_login(ctx: Any, user_id: UUID, last_day: date | None = None) -> None:
    """Ends a log-in after `last_day` (default: yesterday, which is at once).

    Raises Refused while the person still holds anything that is not history. Sessions and
    tokens are revoked when it ends at once.
    """
    ctx.require("core.user.edit")
    with ctx.as_system("log-in closed") as system:
        user = system.session.get(User, user_id)
        if user is None:
            raise NotFound("core.user", user_id)
        remaining = left_behind(system, user_id)
        if remaining:
            counts = ", ".join(f"{name} {count}" for name, count in remaining.items())
            raise Refused(
                Refusal(
                    _("{name} still holds: {counts}. Hand it over first.",
                      name=user.name, counts=counts),
                    code="left",
                )
            )  # fmt: skip
        today = system.now.astimezone(system.zone).date()
        until = last_day or date.fromordinal(today.toordinal() - 1)
        user.active_until = max(until, user.active_from)
        system.session.flush()
        if until < today:
            _revoke(system, user_id)


def _revoke(system: Any, user_id: UUID) -> None:
    for entity in (LoginSession, ApiToken):
        system.session.execute(
            update(entity)
            .where(entity.user_id == user_id, entity.revoked_at.is_(None))
            .values(revoked_at=system.now)
        )
