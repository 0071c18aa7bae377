"""When approvers are late: working hours of each one's calendar, counted from a step's start."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from attrs import frozen

from tenon_core.reckoning.calendars import (
    WorkingCalendar,
    add_working_minutes,
    working_minutes_between,
    workless,
)
from tenon_core.reckoning.site_calendar import calendars_of

HOUR = 60
# Moments are kept to the microsecond: a job that begins with it has waited long enough.
TINY = 1e-4


@frozen
class Clocks:
    """The calendars of some people. Who has one without working time is late by the wall clock."""

    calendars: Mapping[UUID, WorkingCalendar]

    @classmethod
    def of(cls, ctx: Any, people: Collection[UUID]) -> Clocks:
        return cls(calendars_of(ctx, people))

    def after(self, user: UUID, start: datetime, hours: int) -> datetime:
        """The moment at which `hours` of the person's working time have passed since `start`."""
        calendar = self.calendars[user]
        if workless(calendar):
            return start + timedelta(hours=hours)
        return add_working_minutes(calendar, start, hours * HOUR)

    def first(self, start: datetime, hours: int) -> datetime | None:
        """The earliest `after` of all; None for nobody."""
        return min((self.after(user, start, hours) for user in self.calendars), default=None)

    def times(self, user: UUID, start: datetime, end: datetime, hours: int) -> int:
        """How many whole spans of `hours` have passed for the person from `start` to `end`."""
        calendar = self.calendars[user]
        minutes = (
            (end - start) / timedelta(minutes=1)
            if workless(calendar)
            else working_minutes_between(calendar, start, end)
        )
        return int((minutes + TINY) // (hours * HOUR))
