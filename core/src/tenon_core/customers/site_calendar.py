"""The site's working calendars, from the database to the arithmetic of `calendars`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from attrs import evolve
from sqlalchemy import select

from tenon_core.customers.calendars import WorkingCalendar, parse_shifts, weekly
from tenon_core.customers.public_holidays import public_holidays
from tenon_core.entities import Calendar
from tenon_core.entities.calendars import CalendarDay
from tenon_sdk.errors import NotFound

# Where no calendar is kept: five days of eight hours, as labour law has it in China.
STANDARD = "08:30-12:00, 13:30-18:00"


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
