"""A person's schedule as an iCalendar feed (RFC 5545), opened with a secret address."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from attrs import frozen
from icalendar import Alarm, Calendar, Event
from sqlalchemy import or_, select

from tenon_core.entities.activities import ACTIVITY_KINDS, Activity, ActivityParticipant
from tenon_core.entities.people import User
from tenon_sdk.errors import NotFound
from tenon_sdk.text import _, translate

PAST = timedelta(days=90)
FUTURE = timedelta(days=400)
MOST = 2_000
STATUS = {"planned": "CONFIRMED", "done": "CONFIRMED", "cancelled": "CANCELLED"}
PRIORITY = {"high": 1, "normal": 5, "low": 9}
KINDS = dict(ACTIVITY_KINDS)
PRODID = "-//Tenon//Tenon CRM//EN"


@frozen
class Feed:
    """`text` is the calendar with CRLF line ends, `etag` its quoted entity tag (RFC 9110)."""

    text: str
    etag: str


def new_calendar_token(ctx: Any) -> str:
    """Gives the actor a new secret for her feed; the one before stops working."""
    token = secrets.token_urlsafe(32)
    _keep(ctx, _digest(token))
    return token


def revoke_calendar_token(ctx: Any) -> None:
    """Closes the actor's feed."""
    _keep(ctx, None)


def _keep(ctx: Any, digest: str | None) -> None:
    with ctx.as_system("calendar feed") as system:
        system.session.get(User, ctx.actor.user_id).calendar_token_hash = digest


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def calendar_feed(site: Any, token: str) -> Feed:
    """The feed that `token` opens: what its user sees and takes part in or owns.

    From 90 days back to 400 ahead, at most 2,000 activities. Raises NotFound for an unknown
    token, and for one of a log-in that is closed.
    """
    with site.system("calendar feed", read_only=True) as ctx:
        today = ctx.now.astimezone(ctx.zone).date()
        user_id = ctx.session.scalar(
            select(User.id).where(User.calendar_token_hash == _digest(token), User.active_on(today))
        )
    if user_id is None:
        raise NotFound("core.user")
    with site.context(user_id, read_only=True) as ctx:
        text = _calendar(ctx, _activities(ctx, user_id))
    return Feed(text, f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"')


def _activities(ctx: Any, user_id: UUID) -> Iterable[Activity]:
    a = Activity
    begins, ends = ctx.now - PAST, ctx.now + FUTURE
    mine = select(ActivityParticipant.activity_id).where(ActivityParticipant.user_id == user_id)
    near = [
        column.between(begins, ends) for column in (a.planned_start, a.planned_end, a.actual_start)
    ]
    chosen = (
        select(a)
        .where(or_(a.owner_id == user_id, a.id.in_(mine)), a.archived_at.is_(None), or_(*near))
        .order_by(a.id.desc())
        .limit(MOST)
    )
    return cast("Iterable[Activity]", ctx.session.scalars(chosen))


def _calendar(ctx: Any, activities: Iterable[Activity]) -> str:
    calendar = Calendar()
    calendar.add("prodid", PRODID)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    name = translate(_("Schedule of {name}", name=ctx.actor.name), ctx.locale)
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", timedelta(minutes=30), parameters={"VALUE": "DURATION"})
    for activity in activities:
        calendar.add_component(_event(ctx, activity))
    return cast("str", calendar.to_ical().decode("utf-8"))


def _event(ctx: Any, activity: Activity) -> Event:
    event = Event()
    event.add("uid", f"{activity.id}@tenon")
    event.add("dtstamp", activity.updated_at)
    event.add("last-modified", activity.updated_at)
    event.add("created", activity.created_at)
    event.add("sequence", activity.version - 1)
    event.add("summary", _summary(ctx, activity))
    event.add("status", STATUS[activity.status])
    event.add("categories", [translate(KINDS[activity.kind], ctx.locale)])
    event.add("priority", PRIORITY[activity.priority])
    event.add("url", f"{ctx.site.config.site.base_url.rstrip('/')}/core/activity/{activity.id}")
    if activity.place:
        event.add("location", activity.place)
    if activity.longitude is not None and activity.latitude is not None:
        event.add("geo", (float(activity.latitude), float(activity.longitude)))
    described = "\n\n".join(
        text for text in (activity.description, activity.outcome, activity.next_step) if text
    )
    if described:
        event.add("description", described)
    _add_times(event, activity, ctx.actor.zone)
    if activity.remind_at is not None and activity.status == "planned":
        event.add_component(_alarm(activity.remind_at, activity.subject))
    return event


def _summary(ctx: Any, activity: Activity) -> str:
    if activity.status != "done":
        return activity.subject
    return translate(_("{subject} (done)", subject=activity.subject), ctx.locale)


def _add_times(event: Event, activity: Activity, zone: ZoneInfo) -> None:
    """Actual times as far as known, else planned ones; UTC, or whole days in the user's zone."""
    start = activity.actual_start or activity.planned_start or activity.planned_end
    if start is None:
        return
    end = activity.actual_end if activity.actual_start else activity.planned_end
    if activity.all_day:
        first = start.astimezone(zone).date()
        last = end.astimezone(zone).date() if end is not None else first
        event.add("dtstart", first)
        event.add("dtend", max(first, last) + timedelta(days=1))
        return
    event.add("dtstart", start)
    if end is not None and end > start:
        event.add("dtend", end)


def _alarm(moment: datetime, text: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", text)
    alarm.add("trigger", moment)
    return alarm
