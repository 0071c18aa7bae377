"""Core's own widgets: a seller's day, who waits for her, and her numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from tenon_core.customers.caring import overdue
from tenon_core.entities.accounts import ACCOUNT_STATUSES, Account
from tenon_core.entities.activities import ACTIVITY_KINDS, Activity, ActivityParticipant
from tenon_core.workflow.approvals.reading import waiting_for
from tenon_core.workflow.approvals.routes import USE
from tenon_sdk.declarations import Widget
from tenon_sdk.text import _, translate

SHOWN = 8
WEEKS = 12
MOST = 5_000
# The kinds that a chart names; all others are one.
NAMED = ("visit", "call", "meeting", "message")


def _today(ctx: Any) -> date:
    found: date = ctx.now.astimezone(ctx.actor.zone).date()
    return found


def _begins(ctx: Any, day: date) -> datetime:
    return datetime.combine(day, time(), ctx.actor.zone)


def _mine(ctx: Any) -> ColumnElement[bool]:
    """What she owns or takes part in."""
    me = ctx.actor.user_id
    part = select(ActivityParticipant.activity_id).where(ActivityParticipant.user_id == me)
    return or_(Activity.owner_id == me, Activity.id.in_(part))


def _open() -> ColumnElement[bool]:
    return and_(Activity.status == "planned", Activity.archived_at.is_(None))


def my_day(ctx: Any) -> Mapping[str, Any]:
    """What is planned for today, in its order, and what should be done by now; two statements."""
    start, end = _begins(ctx, _today(ctx)), _begins(ctx, _today(ctx) + timedelta(days=1))
    a = Activity
    wanted = (
        select(
            a.id, a.kind, a.subject, a.place, a.all_day, a.planned_start, a.planned_end,
            Account.name.label("account"),
        )
        .outerjoin(Account, Account.id == a.account_id)
        .where(_mine(ctx), _open())
    )  # fmt: skip
    begins = func.coalesce(a.planned_start, a.planned_end)
    today = wanted.where(a.planned_end >= start, begins < end).order_by(begins, a.id)
    late = wanted.where(a.planned_end < start).order_by(a.planned_end.desc(), a.id)
    return {
        "today": ctx.session.execute(today.limit(SHOWN + 4)).all(),
        "late": ctx.session.execute(late.limit(SHOWN - 3)).all(),
        "me": ctx.actor.user_id,
    }


def numbers(ctx: Any) -> Mapping[str, Any]:
    """Her customers and her week; two statements."""
    me, today = ctx.actor.user_id, _today(ctx)
    monday = _begins(ctx, today - timedelta(days=today.weekday()))
    month = _begins(ctx, today.replace(day=1))
    count, own = func.count(), Account.owner_id == me
    accounts = ctx.session.execute(
        select(
            count,
            count.filter(Account.status == "active"),
            count.filter(Account.created_at >= month),
        ).where(own, Account.archived_at.is_(None))
    ).one()
    a = Activity
    week = and_(a.status == "done", a.actual_start >= monday)
    before = and_(
        a.status == "done",
        a.actual_start >= monday - timedelta(weeks=1),
        a.actual_start < monday,
    )
    planned = and_(a.status == "planned", a.planned_end >= ctx.now)
    late = and_(a.status == "planned", a.planned_end < ctx.now)
    work = ctx.session.execute(
        select(
            count.filter(week), count.filter(before), count.filter(planned), count.filter(late)
        ).where(a.owner_id == me, a.archived_at.is_(None))
    ).one()
    names = ("accounts", "customers", "new", "week", "before", "planned", "late")
    return dict(zip(names, (*accounts, *work), strict=True), me=me, month=month.date(), now=ctx.now)


def approvals(ctx: Any) -> Mapping[str, Any]:
    return {"waiting": waiting_for(ctx, limit=SHOWN)}


def care(ctx: Any) -> Mapping[str, Any]:
    """Contacts at her own customers whom she should have met by now; one statement."""
    return {"overdue": overdue(ctx, owner_id=ctx.actor.user_id, limit=SHOWN)}


def recent(_ctx: Any) -> Mapping[str, Any]:
    """The browser alone knows what was seen in it: the template asks for it."""
    return {}


def activity_chart(ctx: Any) -> Mapping[str, Any]:
    """What she did in each of the last weeks, by kind; one statement."""
    today = _today(ctx)
    monday = today - timedelta(days=today.weekday())
    weeks = [monday - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1)]
    a = Activity
    rows = ctx.session.execute(
        select(a.actual_start, a.kind)
        .where(
            a.owner_id == ctx.actor.user_id,
            a.status == "done",
            a.archived_at.is_(None),
            a.actual_start >= _begins(ctx, weeks[0]),
        )
        .order_by(a.actual_start.desc())
        .limit(MOST)
    ).all()
    counts: dict[str, list[int]] = {kind: [0] * WEEKS for kind in (*NAMED, "other")}
    for begun, kind in rows:
        at = (begun.astimezone(ctx.actor.zone).date() - weeks[0]).days // 7
        if 0 <= at < WEEKS:
            counts[kind if kind in NAMED else "other"][at] += 1
    return {"chart": _stacked(weeks, counts) if rows else _nothing(), "height": 260}


def _stacked(weeks: list[date], counts: Mapping[str, list[int]]) -> Mapping[str, Any]:
    kinds = dict(ACTIVITY_KINDS)
    return {
        "legend": {"top": 0, "left": 0},
        "grid": {"left": 4, "right": 8, "top": 36, "bottom": 4, "containLabel": True},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": [f"{day:%m-%d}" for day in weeks]},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {
                "type": "bar", "stack": "all", "name": translate(kinds[kind]), "data": found,
                "barMaxWidth": 28,
                "itemStyle": {"color": "$gray" if kind == "other" else f"$c{at}"},
            }
            for at, (kind, found) in enumerate(counts.items(), 1)
            if any(found)
        ],
    }  # fmt: skip


def _nothing() -> Mapping[str, Any]:
    return {"empty": translate(_("No activities in these weeks."))}


def account_chart(ctx: Any) -> Mapping[str, Any]:
    """Her customers by status; one statement."""
    me = ctx.actor.user_id
    rows = ctx.session.execute(
        select(Account.status, func.count())
        .where(Account.owner_id == me, Account.archived_at.is_(None))
        .group_by(Account.status)
    ).all()
    found = dict(rows)
    points = [
        {
            "name": translate(label), "value": found[status],
            "url": f"/core/account?owner_id={me}&status={status}",
        }
        for status, label in ACCOUNT_STATUSES
        if found.get(status)
    ]  # fmt: skip
    if not points:
        return {"chart": {"empty": translate(_("No customers yet."))}, "height": 260}
    series = {"type": "pie", "radius": ["52%", "78%"], "center": ["50%", "44%"], "data": points}
    option = {
        "legend": {"bottom": 0, "left": "center"},
        "tooltip": {"trigger": "item"},
        "series": [{**series, "label": {"show": False}}],
    }
    return {"chart": option, "height": 260}


SEE_ACCOUNTS, SEE_ACTIVITIES = "core.account.view", "core.activity.view"

WIDGETS = (
    Widget(
        key="core.numbers", label=_("My numbers"), load=numbers, permission=SEE_ACTIVITIES,
        template="core/home/numbers.html", width=12, order=10,
    ),
    Widget(
        key="core.my_day", label=_("My day"), load=my_day, permission=SEE_ACTIVITIES,
        template="core/home/my_day.html", width=6, order=20,
    ),
    Widget(
        key="core.approvals", label=_("Approvals waiting"), load=approvals, permission=USE,
        template="core/home/approvals.html", width=6, order=30,
    ),
    Widget(
        key="core.activity_chart", label=_("What I did, by week"), load=activity_chart,
        permission=SEE_ACTIVITIES, width=8, order=40,
    ),
    Widget(
        key="core.account_chart", label=_("My customers by status"), load=account_chart,
        permission=SEE_ACCOUNTS, width=4, order=50,
    ),
    Widget(
        key="core.care", label=_("Overdue contacts"), load=care, permission=SEE_ACCOUNTS,
        template="core/home/care.html", width=6, order=60,
    ),
    Widget(
        key="core.recent", label=_("Opened lately"), load=recent, permission="core.timeline.view",
        template="core/home/recent.html", width=6, order=70,
    ),
)  # fmt: skip
