"""Customer pools (公海): accounts without owner, and how they come in and go out again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import func, select, update

from tenon_core.customers.ownership import REASON
from tenon_core.customers.tiering import facts_of
from tenon_core.entities import (
    Account,
    Activity,
    Notification,
    OwnershipPeriod,
    Pool,
    PoolEntry,
    User,
)
from tenon_core.kernel.conditions import evaluate, read_condition
from tenon_core.kernel.stored import Item
from tenon_sdk.errors import NotFound, Refusal, Refused
from tenon_sdk.events import Event, RecordsSaved, Subject, on
from tenon_sdk.jobs import Cron, Job
from tenon_sdk.text import _

RECYCLE = "core.recycle_accounts"
CHUNK = 500
# What the pool shows of an account before it is claimed, less the pool's hidden fields.
SHOWN = ("name", "short_name", "code", "status", "source", "website", "phone", "email", "employees")


@frozen(kw_only=True)
class AccountClaimed(
    Event,
    name="core.account.claimed",
    label=_("Claimed from the pool"),
    subjects={"account_id": "core.account"},
    icon="hand-grab",
):
    account_id: UUID
    pool_id: UUID
    user_id: UUID


@frozen(kw_only=True)
class AccountPooled(
    Event,
    name="core.account.pooled",
    label=_("Put into the pool"),
    subjects={"account_id": "core.account"},
    icon="ripple",
):
    account_id: UUID
    pool_id: UUID
    previous_owner_id: UUID | None
    reason: str


@frozen(kw_only=True)
class Waiting:
    """An account that can be claimed, without the pool's hidden fields.

    `banned_until` is set when the reader owned it last and has to wait.
    """

    id: UUID
    entered_at: datetime
    values: Mapping[str, Any]
    banned_until: datetime | None


@frozen(kw_only=True)
class Standing:
    """How many accounts the reader owns and has claimed, and how many more she may; None: any."""

    owned: int
    claimed: int
    left: int | None


@frozen(kw_only=True)
class PoolPage:
    pool_id: UUID
    name: str
    standing: Standing
    waiting: tuple[Waiting, ...]


def browse(ctx: Any, pool_id: UUID, *, after: UUID | None = None, limit: int = 100) -> PoolPage:
    """Accounts of a pool that the reader sees, newest first; `after` is the last entry's account.

    Only the fields of `SHOWN` leave the pool, and none of its hidden ones.
    """
    ctx.require("core.account.claim")
    pool = _pool(ctx, pool_id)
    hidden = set(pool.hidden_fields or ())
    shown = [name for name in SHOWN if name not in hidden]
    with ctx.as_system("pool browsed", bookkeeping=True) as system:
        statement = (
            select(
                PoolEntry.account_id,
                PoolEntry.entered_at,
                PoolEntry.previous_owner_id,
                PoolEntry.banned_until,
                *(getattr(Account, name) for name in shown),
            )
            .join(Account, Account.id == PoolEntry.account_id)
            .where(
                PoolEntry.pool_id == pool_id,
                PoolEntry.left_at.is_(None),
                Account.archived_at.is_(None),
            )
            .order_by(PoolEntry.account_id.desc())
            .limit(max(1, min(limit, 500)))
        )
        if after is not None:
            statement = statement.where(PoolEntry.account_id < after)
        rows = system.session.execute(statement).all()
        standing = standing_of(system, pool, ctx.actor.user_id)
    waiting = tuple(
        Waiting(
            id=row[0],
            entered_at=row[1],
            values=dict(zip(shown, row[4:], strict=True)),
            banned_until=row[3] if row[2] == ctx.actor.user_id else None,
        )
        for row in rows
    )
    return PoolPage(pool_id=pool_id, name=pool.name, standing=standing, waiting=waiting)


def standing_of(system: Any, pool: Pool, user_id: UUID) -> Standing:
    """Counts a person's accounts and recent claims against the pool's limits; two statements."""
    since = system.now - timedelta(days=pool.claim_window_days)
    claimed = system.session.scalar(
        select(func.count())
        .select_from(PoolEntry)
        .where(PoolEntry.claimed_by_id == user_id, PoolEntry.left_at > since)
    )
    owned = system.session.scalar(
        select(func.count())
        .select_from(Account)
        .where(Account.owner_id == user_id, Account.archived_at.is_(None))
    )
    room = [
        limit - used
        for limit, used in ((pool.claim_limit, claimed), (pool.capacity, owned))
        if limit is not None
    ]
    return Standing(owned=owned, claimed=claimed, left=max(min(room), 0) if room else None)


def claim(ctx: Any, account_id: UUID) -> None:
    """Makes the actor the owner of an account that waits in a pool.

    Raises Refused when somebody was faster, a limit is used up, or the actor owned it last and
    has to wait. Two people who claim at once: one gets it, the other is refused.
    """
    ctx.require("core.account.claim")
    actor = ctx.actor.user_id
    with ctx.as_system("account claimed") as system:
        session = system.session
        # The lock on the person's row makes her own claims wait for each other.
        session.execute(select(User.id).where(User.id == actor).with_for_update())
        entry = session.scalar(
            select(PoolEntry)
            .where(PoolEntry.account_id == account_id, PoolEntry.left_at.is_(None))
            .with_for_update()
        )
        if entry is None:
            raise Refused(Refusal(_("Somebody else was faster."), code="claimed"))
        pool = _pool(ctx, entry.pool_id)
        _check_claim(system, pool, entry, actor)
        entry.left_at, entry.claimed_by_id = system.now, actor
        account = session.get(Account, account_id)
        account.pool_id, account.owner_id = None, actor
        session.info[REASON] = "claimed"
        session.flush()
        del session.info[REASON]
        system.publish(AccountClaimed(account_id=account_id, pool_id=pool.id, user_id=actor))


def _check_claim(system: Any, pool: Pool, entry: PoolEntry, actor: UUID) -> None:
    banned = entry.banned_until
    if entry.previous_owner_id == actor and banned is not None and banned > system.now:
        day = banned.astimezone(system.zone).date()
        raise Refused(
            Refusal(
                _("You owned it last and may claim it again from {day}.", day=day), code="banned"
            )
        )
    standing = standing_of(system, pool, actor)
    if pool.capacity is not None and standing.owned >= pool.capacity:
        raise Refused(
            Refusal(
                _("You own {count} accounts, as many as this pool allows.", count=standing.owned),
                code="capacity",
            )
        )
    if pool.claim_limit is not None and standing.claimed >= pool.claim_limit:
        raise Refused(
            Refusal(
                _(
                    "You have claimed {count} within {days} days, as many as this pool allows.",
                    count=standing.claimed,
                    days=pool.claim_window_days,
                ),
                code="claim_limit",
            )
        )


def release(ctx: Any, account_id: UUID, pool_id: UUID) -> None:
    """Puts an account into a pool; its owner gives it up. For who may edit it."""
    account = ctx.session.get(Account, account_id)
    if account is None:
        raise NotFound("core.account", account_id)
    ctx.require("core.account.edit", account)
    pool = _pool(ctx, pool_id)
    with ctx.as_system("account released") as system:
        put_in(system, system.session.get(Account, account_id), pool, "released")


def put_in(system: Any, account: Any, pool: Pool, reason: str) -> None:
    """Ends the ownership of an account and lets it wait in a pool."""
    if account.pool_id is not None:
        raise Refused(Refusal(_("It waits in a pool already."), code="pooled"))
    previous = account.owner_id
    session = system.session
    ban = timedelta(days=pool.ban_days)
    session.add(
        PoolEntry(
            pool_id=pool.id,
            account_id=account.id,
            reason=reason,
            entered_at=system.now,
            previous_owner_id=previous,
            banned_until=system.now + ban if previous is not None and pool.ban_days else None,
        )
    )
    account.owner_id, account.pool_id = None, pool.id
    account.unit_id = pool.unit_id
    session.info[REASON] = reason
    session.flush()
    del session.info[REASON]
    system.publish(
        AccountPooled(
            account_id=account.id, pool_id=pool.id, previous_owner_id=previous, reason=reason
        )
    )


def _pool(ctx: Any, pool_id: UUID) -> Pool:
    pool: Pool | None = ctx.session.get(Pool, pool_id)
    if pool is None or not pool.active:
        raise NotFound("core.pool", pool_id)
    return pool


def recycle(ctx: Any, _args: Mapping[str, Any]) -> Mapping[str, int]:
    """Takes back what nobody did anything for, after warning its owner in time.

    An account rests since its last activity that was done, or since its owner got it, whichever
    is later. It comes into the first active pool whose condition describes it. Nobody is
    surprised: without a warning at least `warn_days` before it stays another round.
    """
    warned = recycled = 0
    pools = ctx.session.scalars(
        select(Pool).where(Pool.active, Pool.recycle_after_days.is_not(None)).order_by(Pool.code)
    ).all()
    for pool in pools:
        limit = timedelta(days=pool.recycle_after_days)
        warning = timedelta(days=pool.warn_days)
        for account, since in _resting(ctx, pool, ctx.now - limit + warning):
            key = f"recycle:{account.id}:{since:%Y%m%d}"
            if since > ctx.now - limit:
                _warn(ctx, account, since + limit, key)
                warned += 1
            elif not pool.warn_days or _warned(ctx, account.owner_id, key, warning):
                put_in(ctx, account, pool, "recycled")
                recycled += 1
            else:
                _warn(ctx, account, ctx.now + warning, key)
                warned += 1
    return {"warned": warned, "recycled": recycled}


def _resting(ctx: Any, pool: Pool, before: datetime) -> Iterator[tuple[Any, datetime]]:
    last = (
        select(Activity.account_id, func.max(Activity.actual_start).label("at"))
        .where(Activity.status == "done", Activity.account_id.is_not(None))
        .group_by(Activity.account_id)
        .subquery()
    )
    got = _owned_since()
    rows = ctx.session.execute(
        select(Account.id, last.c.at, got.c.at)
        .outerjoin(last, last.c.account_id == Account.id)
        .outerjoin(got, got.c.record_id == Account.id)
        .where(
            Account.owner_id.is_not(None),
            Account.archived_at.is_(None),
            func.coalesce(last.c.at, Account.created_at) < before,
            func.coalesce(got.c.at, Account.created_at) < before,
        )
        .order_by(Account.id)
    ).all()
    condition = read_condition(Item(pool.condition or {"all": []}, "condition"))
    for start in range(0, len(rows), CHUNK):
        some = rows[start : start + CHUNK]
        fitting = _fitting(ctx, condition, [row[0] for row in some])
        for id_, active, owned in some:
            if id_ in fitting:
                account = ctx.session.get(Account, id_)
                yield account, max(filter(None, (active, owned, account.created_at)))


def _owned_since() -> Any:
    return (
        select(OwnershipPeriod.record_id, func.max(OwnershipPeriod.starts_at).label("at"))
        .where(OwnershipPeriod.entity == "core.account", OwnershipPeriod.ends_at.is_(None))
        .group_by(OwnershipPeriod.record_id)
        .subquery()
    )


def _fitting(ctx: Any, condition: Any, ids: Sequence[UUID]) -> set[UUID]:
    return {id_ for id_, facts in facts_of(ctx, ids) if evaluate(condition, facts) is not None}


def _warn(ctx: Any, account: Any, when: datetime, key: str) -> None:
    ctx.notify(
        [account.owner_id],
        _(
            "{account} goes into the pool on {day} unless you do something for it.",
            account=account.name,
            day=when.astimezone(ctx.zone).date(),
        ),
        subject=Subject("core.account", account.id),
        key=key,
    )


def _warned(ctx: Any, owner: UUID, key: str, warning: timedelta) -> bool:
    told = ctx.session.scalar(
        select(Notification.created_at).where(
            Notification.user_id == owner, Notification.key == key
        )
    )
    return told is not None and told <= ctx.now - warning


@on(RecordsSaved)
def leave_pools(ctx: Any, event: RecordsSaved) -> None:
    """Ends the stay of accounts that got an owner without being claimed."""
    if event.entity != "core.account" or "owner_id" not in event.fields or not event.changed:
        return
    with ctx.as_system("pools left", bookkeeping=True) as system:
        owned = select(Account.id).where(
            Account.id.in_(event.changed), Account.owner_id.is_not(None)
        )
        system.session.execute(
            update(PoolEntry)
            .where(PoolEntry.account_id.in_(owned), PoolEntry.left_at.is_(None))
            .values(left_at=system.now)
        )


JOBS = (
    Job(
        name=RECYCLE,
        title=_("Take resting accounts back into the pool"),
        run=recycle,
        schedule=Cron("30 3 * * *"),
    ),
)
