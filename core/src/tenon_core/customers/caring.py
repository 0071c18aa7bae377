"""Care: who is due to be contacted, by the policies of each tier."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import delete, func, insert, select
from uuid_utils.compat import uuid7

from tenon_core.entities import (
    Account,
    Activity,
    ActivityParticipant,
    CareDue,
    CarePolicy,
    Contact,
    ContactAccount,
    User,
)
from tenon_sdk.events import RecordsSaved, on
from tenon_sdk.jobs import Cron, Job
from tenon_sdk.text import _

REFRESH = "core.refresh_care"
CHUNK = 500
# A larger flush is an import; the nightly job sees to its accounts.
AT_ONCE = 50

WATCHED = frozenset(
    "core.account core.activity core.activity_participant core.contact_account".split()
)
# Of an account, when this changes.
MOVING = frozenset({"tier_id", "owner_id", "archived_at"})

_Key = tuple[UUID, UUID | None, UUID]


@on(RecordsSaved)
def keep_care(ctx: Any, event: RecordsSaved) -> None:
    """Keeps the due dates of the accounts that an activity or a change of tier concerns."""
    written = [*event.created, *event.changed]
    if event.entity not in WATCHED or not 0 < len(written) <= AT_ONCE:
        return
    if event.entity == "core.account" and not (event.created or MOVING & event.fields):
        return
    with ctx.as_system("care due", bookkeeping=True) as system:
        refresh(system, _concerned(system, event, written))


def _concerned(system: Any, event: RecordsSaved, written: Sequence[UUID]) -> Sequence[UUID]:
    session = system.session
    if event.entity == "core.account":
        return list(written)
    if event.entity == "core.activity":
        chosen = Activity.id.in_(written)
    elif event.entity == "core.activity_participant":
        chosen = Activity.id.in_(
            select(ActivityParticipant.activity_id).where(ActivityParticipant.id.in_(written))
        )
    else:
        statement = select(ContactAccount.account_id).where(ContactAccount.id.in_(written))
        return list(session.scalars(statement.distinct()))
    found = session.scalars(
        select(Activity.account_id).where(chosen, Activity.account_id.is_not(None)).distinct()
    )
    return list(found)


def refresh(ctx: Any, accounts: Sequence[UUID]) -> int:
    """Computes anew when some accounts and their contacts are due; returns how many are.

    For each account the policies of its tier hold, before those for any tier that name the same
    kinds and importance. The days count from the last activity of one of the policy's kinds, or
    from when the account or the contact came in. Six statements for CHUNK accounts.
    """
    policies = _policies(ctx) if accounts else []
    count = 0
    for start in range(0, len(accounts), CHUNK):
        count += _refresh(ctx, policies, accounts[start : start + CHUNK])
    return count


@frozen
class _Policy:
    id: UUID
    tier_id: UUID | None
    importance: int | None
    kinds: frozenset[str]
    days: timedelta


def _policies(ctx: Any) -> list[_Policy]:
    rows = ctx.session.scalars(select(CarePolicy).where(CarePolicy.active).order_by(CarePolicy.id))
    return [
        _Policy(p.id, p.tier_id, p.importance, frozenset(p.kinds), timedelta(days=p.every_days))
        for p in rows
    ]


def _holding(policies: Sequence[_Policy], tier: UUID | None) -> list[_Policy]:
    """One policy for each set of kinds and importance, that of the tier first."""
    chosen: dict[tuple[frozenset[str], int | None], _Policy] = {}
    for policy in policies:
        if policy.tier_id not in {None, tier}:
            continue
        key = (policy.kinds, policy.importance)
        if key not in chosen or policy.tier_id is not None:
            chosen[key] = policy
    return list(chosen.values())


def _refresh(ctx: Any, policies: Sequence[_Policy], ids: Sequence[UUID]) -> int:
    session = ctx.session
    if not policies:
        _store(ctx, ids, {})
        return 0
    accounts = session.execute(
        select(Account.id, Account.tier_id, Account.created_at).where(
            Account.id.in_(ids),
            Account.archived_at.is_(None),
            Account.status != "lost",
            Account.owner_id.is_not(None),
        )
    ).all()
    contacts: dict[UUID, list[Any]] = defaultdict(list)
    for row in session.execute(
        select(
            ContactAccount.account_id,
            ContactAccount.contact_id,
            ContactAccount.importance,
            ContactAccount.created_at,
        )
        .join(Contact, Contact.id == ContactAccount.contact_id)
        .where(
            ContactAccount.account_id.in_(ids), ContactAccount.active, Contact.archived_at.is_(None)
        )
    ):
        contacts[row.account_id].append(row)
    last = _last(ctx, ids)
    wanted: dict[_Key, tuple[datetime | None, date]] = {}
    for account in accounts:
        for policy in _holding(policies, account.tier_id):
            due = _due_of(ctx, account, contacts[account.id], policy, last)
            wanted.update(due)
    _store(ctx, ids, wanted)
    return len(wanted)


_Last = Mapping[tuple[UUID, UUID | None], Mapping[str, datetime]]


def _last(ctx: Any, ids: Sequence[UUID]) -> _Last:
    """The last activity of each kind with an account, and with each contact at it."""
    done = (Activity.account_id.in_(ids), Activity.status == "done", Activity.archived_at.is_(None))
    found: dict[tuple[UUID, UUID | None], dict[str, datetime]] = defaultdict(dict)
    latest = func.max(Activity.actual_start)
    for account, kind, moment in ctx.session.execute(
        select(Activity.account_id, Activity.kind, latest)
        .where(*done)
        .group_by(Activity.account_id, Activity.kind)
    ):
        found[account, None][kind] = moment
    for account, contact, kind, moment in ctx.session.execute(
        select(Activity.account_id, ActivityParticipant.contact_id, Activity.kind, latest)
        .join(ActivityParticipant, ActivityParticipant.activity_id == Activity.id)
        .where(*done, ActivityParticipant.contact_id.is_not(None))
        .group_by(Activity.account_id, ActivityParticipant.contact_id, Activity.kind)
    ):
        found[account, contact][kind] = moment
    return found


def _due_of(
    ctx: Any, account: Any, contacts: Sequence[Any], policy: _Policy, last: _Last
) -> Iterator[tuple[_Key, tuple[datetime | None, date]]]:
    if policy.importance is None:
        people: list[tuple[UUID | None, datetime]] = [(None, account.created_at)]
    else:
        people = [
            (row.contact_id, row.created_at)
            for row in contacts
            if row.importance == policy.importance
        ]
    for contact, since in people:
        met = last.get((account.id, contact), {})
        moments = [moment for kind, moment in met.items() if kind in policy.kinds]
        latest = max(moments, default=None)
        due = ((latest or since) + policy.days).astimezone(ctx.zone).date()
        yield (account.id, contact, policy.id), (latest, due)


def _store(
    ctx: Any, ids: Sequence[UUID], wanted: Mapping[_Key, tuple[datetime | None, date]]
) -> None:
    session = ctx.session
    known = {
        (row.account_id, row.contact_id, row.policy_id): row
        for row in session.scalars(select(CareDue).where(CareDue.account_id.in_(ids)))
    }
    gone = [row.id for key, row in known.items() if key not in wanted]
    if gone:
        session.execute(delete(CareDue).where(CareDue.id.in_(gone)))
    rows = []
    for key, (last, due) in wanted.items():
        if key in known:
            known[key].last_at, known[key].due_on = last, due
        else:
            rows.append(_row(ctx, key, last, due))
    session.flush()
    if rows:
        session.execute(insert(CareDue), rows)


def _row(ctx: Any, key: _Key, last: datetime | None, due: date) -> dict[str, Any]:
    account, contact, policy = key
    return {
        "id": uuid7(),
        "account_id": account,
        "contact_id": contact,
        "policy_id": policy,
        "last_at": last,
        "due_on": due,
        "created_at": ctx.now,
        "updated_at": ctx.now,
    }


def refresh_all(ctx: Any, _args: Mapping[str, Any]) -> int:
    """Refreshes every account. Resumable."""
    after = UUID(ctx.resumed["after"]) if ctx.resumed else None
    done = 0
    while True:
        statement = select(Account.id).order_by(Account.id).limit(CHUNK)
        ids = ctx.session.scalars(
            statement if after is None else statement.where(Account.id > after)
        ).all()
        if not ids:
            return done
        refresh(ctx, ids)
        ctx.session.expunge_all()
        done, after = done + len(ids), ids[-1]
        ctx.progress(done)
        ctx.checkpoint({"after": str(after)})


@frozen(kw_only=True)
class Overdue:
    """Somebody who should have been contacted by now."""

    account_id: UUID
    account: str
    contact_id: UUID | None
    contact: str | None
    policy: str
    owner: str | None
    last_at: datetime | None
    due_on: date
    days: int


def overdue(ctx: Any, *, owner_id: UUID | None = None, limit: int = 200) -> list[Overdue]:
    """What is overdue at the accounts that the reader sees, longest first; one statement."""
    today = ctx.now.astimezone(ctx.zone).date()
    statement = (
        select(
            CareDue.account_id,
            Account.name,
            CareDue.contact_id,
            Contact.name,
            CarePolicy.name,
            User.name,
            CareDue.last_at,
            CareDue.due_on,
        )
        .join(Account, Account.id == CareDue.account_id)
        .join(CarePolicy, CarePolicy.id == CareDue.policy_id)
        .outerjoin(Contact, Contact.id == CareDue.contact_id)
        .outerjoin(User, User.id == Account.owner_id)
        .where(CareDue.due_on < today)
        .order_by(CareDue.due_on, CareDue.id)
        .limit(max(1, min(limit, 1_000)))
    )
    if owner_id is not None:
        statement = statement.where(Account.owner_id == owner_id)
    return [
        Overdue(
            account_id=row[0],
            account=row[1],
            contact_id=row[2],
            contact=row[3],
            policy=row[4],
            owner=row[5],
            last_at=row[6],
            due_on=row[7],
            days=(today - row[7]).days,
        )
        for row in ctx.session.execute(statement)
    ]


JOBS = (
    Job(name=REFRESH, title=_("Refresh care due"), run=refresh_all, schedule=Cron("5 3 * * *")),
)
