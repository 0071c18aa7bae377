"""The unified view of an account: one customer, everything the company knows, in one answer."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from attrs import frozen
from sqlalchemy import Select, and_, case, func, or_, select

from tenon_core.customers.relationships import AccountNetwork, account_network
from tenon_core.entities import Account, Activity, ActivitySubject
from tenon_core.events.timeline import Timeline, timeline
from tenon_core.storage.lists import record_json
from tenon_sdk.errors import NotFound, TenonError
from tenon_sdk.text import _, translate

log = logging.getLogger(__name__)

OPEN_WORK = 50
NAMING = 500
GROUP = 200


@frozen(kw_only=True)
class OpenWork:
    """A planned activity about the account; `due` is its planned end or start."""

    id: UUID
    kind: str
    subject: str
    owner_id: UUID | None
    due: datetime | None
    overdue: bool


@frozen(kw_only=True)
class Member:
    """An account of the group that the reader may see; `depth` 0 is the top of the group."""

    id: UUID
    name: str
    parent_id: UUID | None
    depth: int


@frozen(kw_only=True)
class PanelData:
    """What a plugin adds; `error` instead of `data` when it failed, alone."""

    key: str
    label: str
    data: Mapping[str, Any] | None
    error: str | None = None


@frozen(kw_only=True)
class UnifiedView:
    account: Mapping[str, Any]
    network: AccountNetwork
    open_work: tuple[OpenWork, ...]
    group: tuple[Member, ...]
    panels: tuple[PanelData, ...]
    timeline: Timeline


def unified_view(ctx: Any, account_id: UUID) -> UnifiedView:
    """Facts, people and relationships, open work, group, every plugin's panel and the timeline.

    A bounded number of statements whatever the account's history: each part has a limit of its
    own, and each plugin's panel promises the same. Raises NotFound unless the reader sees it.
    """
    found = record_json(ctx.site, ctx.guardian, Account, account_id)
    if found is None:
        raise NotFound("core.account", account_id)
    return UnifiedView(
        account=msgspec.json.decode(found[0]),
        network=account_network(ctx, account_id),
        open_work=tuple(open_work(ctx, account_id)),
        group=tuple(group_tree(ctx, account_id)),
        panels=tuple(panels(ctx, "core.account", account_id)),
        timeline=timeline(ctx, "core.account", account_id),
    )


def open_work(ctx: Any, account_id: UUID) -> list[OpenWork]:
    """Planned activities that the reader sees, those due first; two statements.

    Those that name the account as a subject are looked up before: asked for in one with those
    whose account it is, PostgreSQL reads every planned activity that there is.
    """
    due = func.coalesce(Activity.planned_end, Activity.planned_start)
    with ctx.as_system("open work of an account", bookkeeping=True) as system:
        named = system.session.scalars(_naming(account_id)).all()
    mine = Activity.account_id == account_id
    rows = ctx.session.execute(
        select(Activity.id, Activity.kind, Activity.subject, Activity.owner_id, due)
        .where(
            Activity.status == "planned",
            Activity.archived_at.is_(None),
            or_(mine, Activity.id.in_(named)) if named else mine,
        )
        .order_by(case((due.is_(None), 1), else_=0), due, Activity.id)
        .limit(OPEN_WORK)
    )
    return [
        OpenWork(
            id=id_,
            kind=kind,
            subject=subject,
            owner_id=owner,
            due=moment,
            overdue=moment is not None and moment < ctx.now,
        )
        for id_, kind, subject, owner, moment in rows
    ]


def _naming(account_id: UUID) -> Select[UUID]:
    """Planned activities that name an account as one of their subjects, the latest first."""
    return (
        select(ActivitySubject.activity_id)
        .join(Activity, Activity.id == ActivitySubject.activity_id)
        .where(
            ActivitySubject.entity == "core.account",
            ActivitySubject.record_id == account_id,
            Activity.status == "planned",
        )
        .order_by(ActivitySubject.id.desc())
        .limit(NAMING)
    )


def group_tree(ctx: Any, account_id: UUID) -> list[Member]:
    """The whole group of an account from its top down, as far as the reader sees it.

    One statement to find the group, one for what may be seen of it; at most GROUP members.
    """
    with ctx.as_system("group of an account", bookkeeping=True) as system:
        depths = dict(_group(system, account_id))
    rows = ctx.session.execute(
        select(Account.id, Account.name, Account.parent_id).where(Account.id.in_(depths))
    )
    seen = [
        Member(id=id_, name=name, parent_id=parent, depth=depths[id_]) for id_, name, parent in rows
    ]
    return sorted(seen, key=lambda member: (member.depth, member.name)) if len(seen) > 1 else []


def _group(system: Any, account_id: UUID) -> list[tuple[UUID, int]]:
    table = Account.__table__
    up = (
        select(table.c.id, table.c.parent_id)
        .where(table.c.id == account_id)
        .cte("up", recursive=True)
    )
    up = up.union(select(table.c.id, table.c.parent_id).join(up, table.c.id == up.c.parent_id))
    down = (
        select(up.c.id, func.abs(0).label("depth"))
        .where(up.c.parent_id.is_(None))
        .cte("down", recursive=True)
    )
    down = down.union(
        select(table.c.id, down.c.depth + 1).where(
            and_(table.c.parent_id == down.c.id, down.c.depth < 20)
        )
    )
    rows = system.session.execute(select(down.c.id, down.c.depth).limit(GROUP))
    return [(UUID(str(id_)), depth) for id_, depth in rows]


def panels(ctx: Any, entity: str, record_id: UUID) -> list[PanelData]:
    """Every plugin's panel on a record that the reader may open; one that fails fails alone."""
    found = []
    for panel in sorted(ctx.site.registry.panels, key=lambda panel: (panel.order, panel.key)):
        if panel.entity != entity or not ctx.can(panel.permission):
            continue
        label = translate(panel.label, ctx.locale)
        try:
            data: Mapping[str, Any] | None = panel.load(ctx, record_id)
            found.append(PanelData(key=panel.key, label=label, data=data))
        except TenonError as error:
            found.append(PanelData(key=panel.key, label=label, data=None, error=str(error)))
        except Exception:
            log.exception("panel %s of %s failed", panel.key, entity)
            error_text = translate(_("This part could not be loaded."), ctx.locale)
            found.append(PanelData(key=panel.key, label=label, data=None, error=error_text))
    return found
