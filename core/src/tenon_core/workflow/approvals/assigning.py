"""Who has to decide in a step, by the organisation as it is now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import Connection, literal, select
from sqlalchemy.orm import aliased

from tenon_core.entities.people import Grant, Role, Unit, User, UserRole
from tenon_core.workflow.approvals.definitions import (
    Approvers,
    Empty,
    Kind,
    Of,
    Own,
    Rules,
    StepPlan,
)
from tenon_core.workflow.approvals.work import ADMINISTER, Work, today
from tenon_sdk.errors import Refusal, Refused
from tenon_sdk.text import _

# Further up no company goes; a circle among managers ends here, too.
MAX_LEVELS = 30


@frozen(kw_only=True)
class Case:
    """What a request says about itself to the rules."""

    submitter_id: UUID
    values: Mapping[str, Any]


def resolve(ctx: Work, plan: StepPlan, rules: Rules, case: Case) -> list[list[UUID]]:
    """The approvers of each step that the plan makes; an empty list is a step to be skipped.

    Raises Refused where the rules forbid an empty step or the submitter's own decision.
    """
    groups = _people(ctx, plan.approvers, case)
    return [_by_rules(ctx, plan, rules, case, group) for group in groups or [[]]]


def _by_rules(
    ctx: Work, plan: StepPlan, rules: Rules, case: Case, group: Sequence[UUID]
) -> list[UUID]:
    people = list(dict.fromkeys(group))
    mine = case.submitter_id in people
    if mine and rules.submitter is Own.REFUSE:
        raise Refused(
            Refusal(
                _("You would have to approve your own request in step “{step}”.", step=plan.name),
                code="own_approval",
            )
        )
    if mine and rules.submitter is not Own.ASK:
        people.remove(case.submitter_id)
        if rules.submitter is Own.SKIP and not people:
            return []
        above = managers_above(ctx, case.submitter_id)[:1]
        if rules.submitter is Own.MANAGER:
            people = list(dict.fromkeys([*people, *above]))
    return people or _instead(ctx, plan, rules, case)


def _instead(ctx: Work, plan: StepPlan, rules: Rules, case: Case) -> list[UUID]:
    if rules.empty is Empty.SKIP:
        return []
    if rules.empty is Empty.FALLBACK:
        mine = {case.submitter_id} if rules.submitter is not Own.ASK else set()
        fallback = [user for user in map(UUID, rules.fallback) if user not in mine]
        people = active(ctx.connection, fallback, today(ctx))
        if people:
            return people
    raise Refused(
        Refusal(
            _("Nobody is found who could decide in step “{step}”.", step=plan.name),
            code="no_approver",
        )
    )


def _people(ctx: Work, source: Approvers, case: Case) -> list[list[UUID]]:
    """Groups of active people, one for each step."""
    conn, day = ctx.connection, today(ctx)
    match source.kind:
        case Kind.USER:
            return [active(conn, [UUID(user) for user in source.users], day)]
        case Kind.FIELD:
            named = case.values.get(source.field or "")
            return [active(conn, [named] if named else [], day)]
        case Kind.ROLE:
            return [_holders(conn, source, _unit(conn, source, case), day)]
        case Kind.UNIT_HEAD:
            return [_heads(conn, source, _unit(conn, source, case), day)]
        case Kind.MANAGER | Kind.MANAGER_CHAIN:
            person = case.submitter_id if source.of is Of.SUBMITTER else case.values.get("owner_id")
            above = managers_above(ctx, person) if person else []
            if source.kind is Kind.MANAGER:
                return [above[source.levels - 1 : source.levels]]
            return [[one] for one in _until(conn, source, above[: source.levels])]


def _until(conn: Connection, source: Approvers, chain: Sequence[UUID]) -> Sequence[UUID]:
    if source.until is None:
        return chain
    holders = set(conn.scalars(_with_role(source.until).where(User.id.in_(chain))))
    last = next((n for n, one in enumerate(chain) if one in holders), len(chain) - 1)
    return chain[: last + 1]


def active(conn: Connection, users: Sequence[UUID], day: date) -> list[UUID]:
    """Those of `users` whose log-in is open, in the given order."""
    found = set(
        conn.scalars(select(User.id).where(User.id.in_(users), User.active_on(day)))
        if users
        else ()
    )
    return [user for user in users if user in found]


def managers_above(ctx: Work, user_id: UUID) -> list[UUID]:
    """The active managers of a user, the nearest first; one who left is passed over."""
    start = select(User.id, User.manager_id, literal(0).label("level")).where(User.id == user_id)
    chain = start.cte("chain", recursive=True)
    boss = aliased(User)
    chain = chain.union_all(
        select(boss.id, boss.manager_id, chain.c.level + 1)
        .join(chain, boss.id == chain.c.manager_id)
        .where(chain.c.level < MAX_LEVELS)
    )
    found = ctx.connection.execute(
        select(User.id)
        .join(chain, chain.c.id == User.id)
        .where(chain.c.level > 0, User.id != user_id, User.active_on(today(ctx)))
        .order_by(chain.c.level)
    )
    return list(dict.fromkeys(found.scalars()))


def _unit(conn: Connection, source: Approvers, case: Case) -> list[UUID]:
    """The unit that is meant and those above it, the lowest first."""
    if source.of is Of.RECORD:
        unit_id = case.values.get("unit_id")
    else:
        unit_id = conn.scalar(select(User.unit_id).where(User.id == case.submitter_id))
    return lineage(conn, unit_id)


def lineage(conn: Connection, unit_id: UUID | None) -> list[UUID]:
    """A unit and those above it, the lowest first."""
    if unit_id is None:
        return []
    path = conn.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""
    above = [UUID(part) for part in reversed(path.split("/")) if part]
    return above if above[:1] == [unit_id] else [unit_id, *above]


def _with_role(key: str) -> Any:
    return (
        select(User.id)
        .join(UserRole, UserRole.user_id == User.id)
        .join(Role, Role.id == UserRole.role_id)
        .where(Role.key == key)
    )


def _holders(conn: Connection, source: Approvers, units: Sequence[UUID], day: date) -> list[UUID]:
    wanted = _with_role(source.role or "").add_columns(User.unit_id).where(User.active_on(day))
    if not source.nearest:
        return list(conn.scalars(wanted.order_by(User.login)))
    rows = conn.execute(wanted.where(User.unit_id.in_(units)).order_by(User.login)).all()
    for unit in units:
        found = [user for user, of_unit in rows if of_unit == unit]
        if found:
            return found
    return []


def _heads(conn: Connection, source: Approvers, units: Sequence[UUID], day: date) -> list[UUID]:
    above = units[source.levels - 1 :]
    rows = conn.execute(
        select(Unit.id, User.id)
        .join(User, User.id == Unit.head_id)
        .where(Unit.id.in_(above), User.active_on(day))
    )
    heads = {row[0]: row[1] for row in rows}
    asked = above if source.nearest else above[:1]
    return [heads[unit] for unit in asked if unit in heads][:1]


def administrators(ctx: Work) -> list[UUID]:
    """Who takes over where an approver has left and has no manager."""
    return list(
        ctx.connection.scalars(
            select(User.id)
            .join(UserRole, UserRole.user_id == User.id)
            .join(Grant, Grant.role_id == UserRole.role_id)
            .where(Grant.permission == ADMINISTER, Grant.revoked.is_(False))
            .where(User.active_on(today(ctx)))
            .distinct()
            .order_by(User.id)
        )
    )


def with_substitutes(ctx: Work, users: Sequence[UUID]) -> list[UUID]:
    """The users and whoever stands in for one of them today."""
    day = today(ctx)
    rows = ctx.connection.execute(
        select(User.substitute_id).where(
            User.id.in_(users),
            User.substitute_id.is_not(None),
            User.substitute_from.is_(None) | (User.substitute_from <= day),
            User.substitute_until.is_(None) | (User.substitute_until >= day),
        )
    )
    return list(dict.fromkeys([*users, *rows.scalars()]))
