"""Working calendars: weekly hours, holidays, adjusted workdays."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, relationship

from tenon_sdk.entities import Entity, choice, field, reference
from tenon_sdk.text import _

DAY_KINDS = (("holiday", _("Holiday")), ("workday", _("Workday")))


class Calendar(
    Entity,
    name="core.calendar",
    label=_("Calendar"),
    plural=_("Calendars"),
    title="name",
    subtitle="code",
    icon="calendar",
    search=False,
):
    """When is worked (工作日历).

    `hours` has a text such as `08:30-12:00, 13:30-17:30`, in `zone`, for each weekday "1" (Monday)
    to "7"; a missing weekday is free. `workday_hours` are those of workdays outside the week
    (调休), by default those of the first weekday that has any. `holidays` names the country
    (ISO 3166-1) whose official holidays and workdays apply; the special days come before both.
    """

    code: Mapped[str] = field(String(40), label=_("Code"), unique=True)
    name: Mapped[str] = field(String(120), label=_("Name"))
    zone: Mapped[str] = field(String(40), label=_("Time zone"), default="Asia/Shanghai")
    hours: Mapped[dict[str, Any]] = field(label=_("Weekly hours"), default=dict)
    workday_hours: Mapped[str | None] = field(String(200), label=_("Hours of special workdays"))
    holidays: Mapped[str | None] = field(String(2), label=_("Holidays of"))
    is_default: Mapped[bool] = field(label=_("Default"), default=False)

    days: Mapped[list["CalendarDay"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="CalendarDay.day"
    )

    __table_args__ = (
        Index(
            "uq_core_calendar_default",
            "is_default",
            unique=True,
            sqlite_where=text("is_default"),
            postgresql_where=text("is_default"),
        ),
    )


class CalendarDay(
    Entity,
    name="core.calendar_day",
    label=_("Special day"),
    plural=_("Special days"),
    title="day",
    subtitle="name",
    icon="calendar-x",
    parent="calendar_id",
    search=False,
):
    """A day off, or a workday, whatever the weekday."""

    calendar_id: Mapped[UUID] = reference(
        "core.calendar", label=_("Calendar"), on_delete="cascade", index=False
    )
    day: Mapped[date] = field(label=_("Day"))
    kind: Mapped[str] = choice(DAY_KINDS, label=_("Kind"))
    name: Mapped[str | None] = field(String(120), label=_("Name"))

    __table_args__ = (UniqueConstraint("calendar_id", "day"),)
