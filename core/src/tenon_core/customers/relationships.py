"""Who knows whom: relationships kept in step with activities, and what they tell of an account."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import func, insert, or_, select
from sqlalchemy.orm import aliased
from uuid_utils.compat import uuid7

from tenon_core.customers.network import (
    Path,
    Tie,
    coverage,
    paths,
    resilience,
    single_points,
)
from tenon_core.customers.strength import Score, decayed, level, rank, score
from tenon_core.entities import (
    Account,
    Activity,
    ActivityParticipant,
    Contact,
    ContactAccount,
    Relationship,
    User,
)
from tenon_core.settings import CoreSettings
from tenon_sdk.errors import NotFound
from tenon_sdk.events import RecordsSaved, on
from tenon_sdk.jobs import Cron, Job
from tenon_sdk.text import _

# Older activities add less than a thousandth of their weight.
HORIZON_HALF_LIVES = 10
IMPORTANT = 4
CHUNK = 400
REBUILD = "core.rebuild_relationships"

Pair = tuple[UUID, UUID]


@on(RecordsSaved)
def keep_relationships(ctx: Any, event: RecordsSaved) -> None:
    """Recomputes the ties of everybody who took part in the activities that were written."""
    if event.entity not in {"core.activity", "core.activity_participant"}:
        return
    written = (*event.created, *event.changed)
    lost = event.lost.values()
    with ctx.as_system("relationships computed", bookkeeping=True) as system:
        activities = set(written)
        if event.entity == "core.activity_participant":
            named = select(ActivityParticipant.activity_id)
            activities = set(
                system.session.scalars(named.where(ActivityParticipant.id.in_(written)))
            )
            activities |= {values["activity_id"] for values in lost}
        contacts = _who_met(system, activities, event.changed)
        contacts |= {values["contact_id"] for values in lost if values.get("contact_id")}
        recompute(system, sorted(contacts))


def _who_met(system: Any, activities: set[UUID], changed: Collection[UUID]) -> set[UUID]:
    """Contacts of activities that are done, or that may have been before they changed."""
    counts = or_(Activity.status == "done", Activity.id.in_(changed))
    rows = system.session.scalars(
        select(ActivityParticipant.contact_id)
        .join(Activity, Activity.id == ActivityParticipant.activity_id)
        .where(
            ActivityParticipant.activity_id.in_(activities),
            ActivityParticipant.contact_id.is_not(None),
            counts,
        )
        .distinct()
    )
    return {contact for contact in rows if contact is not None}


def recompute(ctx: Any, contacts: Sequence[UUID]) -> None:
    """Writes the relationships of some contacts anew from their activities.

    Three statements for each CHUNK of contacts. An activity ties every contact who attended to
    every employee who did, and to its owner when no employee is named. Needs a system context.
    """
    for start in range(0, len(contacts), CHUNK):
        _recompute(ctx, contacts[start : start + CHUNK])


def _recompute(ctx: Any, contacts: Sequence[UUID]) -> None:
    settings = ctx.settings(CoreSettings).strength
    since = ctx.now - timedelta(days=settings.half_life_days * HORIZON_HALF_LIVES)
    events: dict[Pair, list[tuple[str, datetime, float | None]]] = {}
    for contact, user, kind, began, ended in ctx.session.execute(_met(contacts, since)):
        minutes = (ended - began).total_seconds() / 60 if ended is not None else None
        events.setdefault((contact, user), []).append((kind, began, minutes))
    known = {
        (row.contact_id, row.user_id): row
        for row in ctx.session.scalars(
            select(Relationship).where(Relationship.contact_id.in_(contacts))
        )
    }
    rows = []
    for pair in events.keys() | known.keys():
        met = events.get(pair, [])
        value = score(met, ctx.now, settings)
        values = _computed(Score(value, ctx.now), met, ctx.now, settings)
        if pair in known:
            for name, new in values.items():
                setattr(known[pair], name, new)
        elif met:
            rows.append(_new(ctx, pair, values, min(began for _k, began, _m in met)))
    ctx.session.flush()
    if rows:
        ctx.session.execute(insert(Relationship), rows)


def _met(contacts: Sequence[UUID], since: datetime) -> Any:
    theirs, ours = ActivityParticipant, aliased(ActivityParticipant)
    at_our_side = (ours.activity_id == theirs.activity_id) & ours.user_id.is_not(None)
    return (
        select(
            theirs.contact_id,
            func.coalesce(ours.user_id, Activity.owner_id),
            Activity.kind,
            Activity.actual_start,
            Activity.actual_end,
        )
        .join(Activity, Activity.id == theirs.activity_id)
        .outerjoin(ours, at_our_side & ours.attended)
        .where(
            theirs.contact_id.in_(contacts),
            theirs.attended,
            Activity.status == "done",
            Activity.archived_at.is_(None),
            Activity.actual_start >= since,
            or_(ours.user_id.is_not(None), Activity.owner_id.is_not(None)),
        )
    )


def _computed(
    stored: Score, met: Sequence[tuple[str, datetime, float | None]], now: datetime, settings: Any
) -> dict[str, Any]:
    past = [began for _kind, began, _minutes in met if began <= now]
    ranked = round(Decimal(rank(stored, settings)), 9) if stored.value > 0 else None
    return {
        "score": round(Decimal(stored.value), 6),
        "score_as_of": stored.as_of,
        "rank": ranked,
        "level": level(stored.value, settings),
        "last_contact_at": max(past, default=None),
    }


def _new(ctx: Any, pair: Pair, values: Mapping[str, Any], since: datetime) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "contact_id": pair[0],
        "user_id": pair[1],
        "kind": "business",
        "since": since.astimezone(ctx.zone).date(),
        "created_at": ctx.now,
        "updated_at": ctx.now,
        "created_by": None,
        "updated_by": None,
        **values,
    }


def rebuild(ctx: Any, _args: Mapping[str, Any]) -> int:
    """Recomputes every relationship: levels fall while nobody meets. Resumable."""
    done = 0
    after = UUID(ctx.resumed["after"]) if ctx.resumed else None
    while True:
        statement = select(Contact.id).order_by(Contact.id).limit(CHUNK)
        if after is not None:
            statement = statement.where(Contact.id > after)
        contacts = ctx.session.scalars(statement).all()
        if not contacts:
            return done
        recompute(ctx, contacts)
        ctx.session.expunge_all()
        done, after = done + len(contacts), contacts[-1]
        ctx.progress(done)
        ctx.checkpoint({"after": str(after)})


JOBS = (
    Job(
        name=REBUILD,
        title=_("Recompute relationships"),
        run=rebuild,
        schedule=Cron("20 2 * * *"),
    ),
)


@frozen(kw_only=True)
class Person:
    id: UUID
    name: str


@frozen(kw_only=True)
class KnownTie:
    """A tie as it is now: `strength` level 0 to 5, decayed to this moment."""

    contact: UUID
    employee: UUID
    level: int
    last_contact_at: datetime | None


@frozen(kw_only=True)
class AccountNetwork:
    """Who knows whom at an account, and what hangs on it.

    unknown      important contacts (importance 4 and 5) that nobody knows
    share        part of the important contacts that somebody knows, 1.0 if there are none
    sole         contact -> the only employee who knows her
    resilience   how many people must leave on either side before the tie is cut
    cut          one smallest such set of people
    """

    contacts: tuple[Person, ...]
    employees: tuple[Person, ...]
    ties: tuple[KnownTie, ...]
    unknown: tuple[UUID, ...]
    share: float
    sole: Mapping[UUID, UUID]
    resilience: int
    cut: tuple[UUID, ...]


def account_network(ctx: Any, account_id: UUID) -> AccountNetwork:
    """The network of an account, for who may see it; three statements whatever its size.

    Raises NotFound.
    """
    if ctx.session.scalar(select(Account.id).where(Account.id == account_id)) is None:
        raise NotFound("core.account", account_id)
    with ctx.as_system("network of an account", bookkeeping=True) as system:
        people = system.session.execute(
            select(Contact.id, Contact.name, ContactAccount.importance)
            .join(ContactAccount, ContactAccount.contact_id == Contact.id)
            .where(
                ContactAccount.account_id == account_id,
                ContactAccount.active,
                Contact.archived_at.is_(None),
            )
            .order_by(ContactAccount.importance.desc(), Contact.name)
        ).all()
        known = _ties(system, [row.id for row in people])
    important = [row.id for row in people if row.importance >= IMPORTANT]
    ties = [Tie(tie.contact, tie.employee, tie.level) for tie, _name in known]
    covered = coverage(ties, important)
    cut = resilience(ties)
    return AccountNetwork(
        contacts=tuple(Person(id=row.id, name=row.name) for row in people),
        employees=tuple(
            Person(id=id_, name=name)
            for id_, name in {tie.employee: name for tie, name in known}.items()
        ),
        ties=tuple(tie for tie, _name in known),
        unknown=covered.unknown,
        share=covered.share,
        sole=dict(single_points(ties).sole),
        resilience=cut.value,
        cut=(*cut.contacts, *cut.employees),
    )


def _ties(ctx: Any, contacts: Collection[UUID]) -> list[tuple[KnownTie, str]]:
    """Ties of active employees to some contacts, with the employee's name, strongest first."""
    settings = ctx.settings(CoreSettings).strength
    today = ctx.now.astimezone(ctx.zone).date()
    rows = ctx.session.execute(
        select(
            Relationship.contact_id,
            Relationship.user_id,
            Relationship.score,
            Relationship.score_as_of,
            Relationship.last_contact_at,
            User.name,
        )
        .join(User, User.id == Relationship.user_id)
        .where(Relationship.contact_id.in_(contacts), User.active_on(today))
        .order_by(Relationship.rank.desc().nulls_last(), Relationship.id)
    )
    found = []
    for contact, employee, value, as_of, last, name in rows:
        now = decayed(Score(float(value), as_of), max(ctx.now, as_of), settings) if as_of else None
        tie = KnownTie(
            contact=contact,
            employee=employee,
            level=level(now.value, settings) if now else 0,
            last_contact_at=last,
        )
        found.append((tie, name))
    return found


@frozen(kw_only=True)
class Introduction:
    """A way to a contact: names from the asking employee to her, and its strength 0 to 1."""

    people: tuple[Person, ...]
    strength: float


def who_knows(ctx: Any, contact_id: UUID) -> list[Introduction]:
    """Who can introduce the actor to a contact that she may see; the strongest ways first."""
    contact = ctx.session.execute(
        select(Contact.id, Contact.name).where(Contact.id == contact_id)
    ).one_or_none()
    if contact is None:
        raise NotFound("core.contact", contact_id)
    with ctx.as_system("who knows whom", bookkeeping=True) as system:
        known = _ties(system, [contact_id])
    names = {tie.employee: name for tie, name in known}
    names |= {contact.id: contact.name, ctx.actor.user_id: ctx.actor.name}
    ties = [Tie(tie.contact, tie.employee, tie.level) for tie, _name in known]
    found: Iterable[Path[UUID]] = paths(ties, ctx.actor.user_id, contact_id)
    return [
        Introduction(
            people=tuple(Person(id=id_, name=names[id_]) for id_ in path.people),
            strength=round(path.strength, 4),
        )
        for path in found
    ]
