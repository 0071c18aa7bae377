"""The site's working calendars, from the database to the arithmetic of `calendars`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from attrs import evolve
from sqlalchemy import select

from tenon_core.entities.calendars import Calendar, CalendarDay
from tenon_core.entities.people import Unit, User
from tenon_core.reckoning.calendars import WorkingCalendar, parse_shifts, weekly
from tenon_core.reckoning.public_holidays import public_holidays
from tenon_sdk.errors import NotFound

# Where no calendar is kept: five days of eight hours, as labour law has it in China.
STANDARD = "08:30-12:00, 13:30-18:00"


def calendars_of(ctx: Any, users: Collection[UUID]) -> dict[UUID, WorkingCalendar]:
    """When people work: each one's own calendar, else that of her unit or of the closest one
    above it that has one, else the default one.

    Two statements, and two for each calendar that is found.
    """
    people = ctx.session.execute(
        select(User.id, User.calendar_id, Unit.path)
        .outerjoin(Unit, Unit.id == User.unit_id)
        .where(User.id.in_(users))
    ).all()
    above = {row.id: [UUID(part) for part in (row.path or "").split("/") if part] for row in people}
    wanted = {unit for units in above.values() for unit in units}
    rows = ctx.session.execute(
        select(Unit.id, Unit.calendar_id).where(Unit.id.in_(wanted), Unit.calendar_id.is_not(None))
    )
    of_units: dict[UUID, UUID] = dict(rows.all())
    chosen: dict[UUID, UUID | None] = {
        row.id: row.calendar_id
        or next((of_units[unit] for unit in reversed(above[row.id]) if unit in of_units), None)
        for row in people
    }
    known = {id_: working_calendar(ctx, id_) for id_ in {*chosen.values()}}
    return {user: known[id_] for user, id_ in chosen.items()}


def working_calendar(
    ctx: Any, calendar_id: UUID | None = None, *, years: Iterable[int] | None = None
) -> WorkingCalendar:
    """A calendar with its special days and its country's holidays; the default one by default.

    `years` are those whose holidays are needed: last, this and next year unless given. Without
    any stored calendar a standard week in the site's time zone. Raises NotFound.
    """
    statement = select(Calendar)
    statement = statement.where(
        Calendar.id == calendar_id if calendar_id is not None else Calendar.is_default
    )
    stored = ctx.session.scalar(statement)
    if stored is None:
        if calendar_id is not None:
            raise NotFound("core.calendar", calendar_id)
        return weekly(str(ctx.zone), STANDARD)
    special = ctx.session.execute(
        select(CalendarDay.day, CalendarDay.kind).where(CalendarDay.calendar_id == stored.id)
    ).all()
    calendar = WorkingCalendar(
        zone=stored.zone,
        hours=tuple(parse_shifts(stored.hours.get(str(n), "")) for n in range(1, 8)),
    )
    if stored.workday_hours:
        calendar = evolve(calendar, workday_hours=parse_shifts(stored.workday_hours))
    if stored.holidays:
        now = ctx.now.astimezone(calendar.tz).year
        known = public_holidays(stored.holidays, years or (now - 1, now, now + 1))
        calendar = known.apply(calendar)
    off = {day for day, kind in special if kind == "holiday"}
    on = {day for day, kind in special if kind == "workday"}
    return evolve(
        calendar,
        holidays=(calendar.holidays - on) | off,
        workdays=(calendar.workdays - off) | on,
    )
