"""For whom a person may hand work over."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.orm import aliased

from tenon_core.access.clauses import units_of
from tenon_core.entities import Unit, User
from tenon_sdk.errors import Forbidden
from tenon_sdk.permissions import Scope

RUN = "core.handover.run"


def require_reach(ctx: Any, giver: User | None) -> None:
    """Raises Forbidden unless `reaches`."""
    if not reaches(ctx, giver):
        raise Forbidden(RUN)


def reaches(ctx: Any, giver: User | None) -> bool:
    """Whether the actor may hand over for `giver`.

    Scope `all` reaches everybody. A narrower one reaches who is below the actor: who reports to
    her over any number of managers, who is in a unit below hers, and, where she heads her own
    unit, the others in it. It never reaches herself, nor whoever she reports to.
    """
    if ctx.guardian is None:
        return True
    access = ctx.guardian.access
    scope = access.scope(RUN)
    if scope is Scope.ALL:
        return True
    if giver is None or scope is None or scope.width < Scope.UNIT.width:
        return False
    return _is_below(ctx.connection, giver, access.actor, units_of(access, scope))


def _is_below(connection: Connection, giver: User, actor: Any, units: frozenset[UUID]) -> bool:
    if giver.id in {actor.user_id, *managers_of(connection, actor.user_id)}:
        return False
    if actor.user_id in managers_of(connection, giver.id):
        return True
    if giver.unit_id is None or giver.unit_id not in units:
        return False
    if giver.unit_id != actor.unit_id:
        return True
    head = connection.scalar(select(Unit.head_id).where(Unit.id == actor.unit_id))
    return bool(head == actor.user_id)


def managers_of(connection: Connection, user_id: UUID) -> frozenset[UUID]:
    """Everybody a person reports to, whether active or not."""
    chain = select(User.id, User.manager_id).where(User.id == user_id).cte("chain", recursive=True)
    above = aliased(User)
    # Not UNION ALL: managers in a circle, which no entry allows, would never end.
    chain = chain.union(
        select(above.id, above.manager_id).join(chain, above.id == chain.c.manager_id)
    )
    found = connection.scalars(select(chain.c.manager_id).where(chain.c.manager_id.is_not(None)))
    return frozenset(found)
