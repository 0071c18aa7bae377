"""When people of the demo company work, and moments within that."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from tenon_core.reckoning.calendars import WorkingCalendar, is_workday, weekly
from tenon_core.reckoning.public_holidays import public_holidays

ZONE = "Asia/Shanghai"
HOURS = "08:30-12:00, 13:30-17:30"
YEARS_BACK = 2
WEEKS_AHEAD = 3


@cache
def calendar_of(country: str, first: int, last: int) -> WorkingCalendar:
    """Monday to Friday with the public holidays of a country, in China with adjusted workdays."""
    days = public_holidays(country, range(first, last + 1))
    return days.apply(weekly(ZONE, HOURS))


class Days:
    """The working days from two years before `today` until some weeks after it."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.start = today - timedelta(days=365 * YEARS_BACK)
        self.end = today + timedelta(weeks=WEEKS_AHEAD)
        self.zone = ZoneInfo(ZONE)
        self.now = self.at(today, 0)
        self._every: dict[str, tuple[date, ...]] = {}

    def works(self, day: date, country: str = "CN") -> bool:
        """Whether both our people and those of the customer's country work."""
        first, last = self.start.year, self.end.year
        countries = ("CN",) if country == "CN" else ("CN", country)
        return all(is_workday(calendar_of(c, first, last), day) for c in countries)

    def every(self, country: str = "CN") -> tuple[date, ...]:
        if country not in self._every:
            span = range((self.end - self.start).days + 1)
            days = (self.start + timedelta(days=n) for n in span)
            self._every[country] = tuple(day for day in days if self.works(day, country))
        return self._every[country]

    def next(self, day: date, country: str = "CN") -> date:
        """The first working day on or after `day`."""
        while not self.works(day, country):
            day += timedelta(days=1)
        return day

    def last(self, day: date) -> date:
        """The last working day on or before `day`."""
        while not self.works(day):
            day -= timedelta(days=1)
        return day

    def at(self, day: date, minute: int) -> datetime:
        """A minute of a day in China, in UTC."""
        local = datetime.combine(day, time(), self.zone) + timedelta(minutes=minute)
        return local.astimezone(UTC)
