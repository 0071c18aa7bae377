"""Working time: how much of it lies between two moments, and when an amount of it has passed.

Working hours are local to the calendar's time zone. Amounts are what a clock on the wall counts
(elapsed time), so a shift over a change to summer time is an hour shorter or longer. A local
time that a change skips stands for the moment of the change, one that occurs twice for its first
occurrence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from attrs import field, frozen, validators

from tenon_sdk.errors import Invalid
from tenon_sdk.text import _

DAY_MINUTES = 24 * 60
WEEK_DAYS = 7
# A calendar that has no working day in so many days has none at all: no holiday is that long.
HORIZON_DAYS = 3 * 366

_CLOCK = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")
_ONE_DAY = timedelta(days=1)


@frozen(order=True)
class Shift:
    """Working time on one local day, from `start` to `end` in minutes since midnight.

    `end` may be 1440; a night shift is two of them, before and after midnight.
    """

    start: int
    end: int

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.start < self.end <= DAY_MINUTES:
            raise Invalid({"hours": _("Working hours must end after they start, within a day.")})


@frozen(cache_hash=True)
class WorkingCalendar:
    """When people work.

    `hours` has the shifts of Monday to Sunday, each day's in order and without overlap.
    `holidays` are days off whatever their weekday; `workdays` (调休) are worked whatever their
    weekday, with `workday_hours`, by default those of the first weekday that has any. A day in
    both is worked.
    """

    zone: str
    hours: tuple[tuple[Shift, ...], ...]
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    workday_hours: tuple[Shift, ...] = field(validator=validators.min_len(0))

    @workday_hours.default
    def _first_worked_weekday(self) -> tuple[Shift, ...]:
        return next((shifts for shifts in self.hours if shifts), ())

    def __attrs_post_init__(self) -> None:
        _zone(self.zone)
        if len(self.hours) != WEEK_DAYS:
            raise Invalid({"hours": _("Working hours must be given for all seven weekdays.")})
        for shifts in (*self.hours, self.workday_hours):
            if any(a.end > b.start for a, b in pairwise(shifts)):
                raise Invalid({"hours": _("The working hours of a day overlap.")})

    @property
    def tz(self) -> ZoneInfo:
        return _zone(self.zone)


def parse_shifts(text: str) -> tuple[Shift, ...]:
    """`"08:30-12:00, 13:30-17:30"` as shifts, in order; an empty text is a day off.

    Raises Invalid for the field `hours` if it reads otherwise.
    """
    return tuple(sorted(_parse_shift(part) for part in text.split(",") if part.strip()))


def _parse_shift(part: str) -> Shift:
    ends = [_CLOCK.fullmatch(end.strip()) for end in part.replace("–", "-").split("-")]
    minutes = [int(end[1]) * 60 + int(end[2]) for end in ends if end]
    if len(minutes) != len(ends) or len(minutes) != len(("start", "end")):
        raise Invalid(
            {"hours": _("“{part}” is no time span such as 08:30-17:30.", part=part.strip())}
        )
    return Shift(minutes[0], minutes[1])


def weekly(zone: str, workday: str, saturday: str = "", sunday: str = "") -> WorkingCalendar:
    """A calendar with the same hours from Monday to Friday, without holidays."""
    days = (parse_shifts(workday),) * 5
    return WorkingCalendar(zone, (*days, parse_shifts(saturday), parse_shifts(sunday)))


def shifts_of(calendar: WorkingCalendar, day: date) -> tuple[Shift, ...]:
    if day in calendar.workdays:
        return calendar.workday_hours
    return () if day in calendar.holidays else calendar.hours[day.weekday()]


def is_workday(calendar: WorkingCalendar, day: date) -> bool:
    return bool(shifts_of(calendar, day))


def workless(calendar: WorkingCalendar) -> bool:
    """Whether the calendar has no working time in any week; special workdays end sometime."""
    return not any(calendar.hours)


def next_workday(calendar: WorkingCalendar, day: date) -> date:
    """The first working day after `day`. Raises Invalid if the calendar has none."""
    return add_workdays(calendar, day, 1)


def workday_on_or_after(calendar: WorkingCalendar, day: date) -> date:
    return day if is_workday(calendar, day) else next_workday(calendar, day)


def add_workdays(calendar: WorkingCalendar, day: date, count: int) -> date:
    """The `count`-th working day after `day`, before it if negative, `day` itself for 0.

    Whether `day` is a working day makes no difference. Raises Invalid if the calendar has too few.
    """
    step = _ONE_DAY if count > 0 else -_ONE_DAY
    missing, idle = abs(count), 0
    while missing:
        day += step
        worked = is_workday(calendar, day)
        missing -= worked
        idle = 0 if worked else idle + 1
        if idle > HORIZON_DAYS:
            raise _no_working_time()
    return day


def working_minutes_between(calendar: WorkingCalendar, start: datetime, end: datetime) -> float:
    """Minutes of working time from `start` to `end`, both aware; negative if `end` is earlier."""
    if end < start:
        return -working_minutes_between(calendar, end, start)
    day, last = _local_day(calendar, start), _local_day(calendar, end)
    total = timedelta()
    while day <= last:
        for opens, closes in _spans(calendar, day):
            total += max(timedelta(), min(closes, end) - max(opens, start))
        day += _ONE_DAY
    return total / timedelta(minutes=1)


def add_working_minutes(calendar: WorkingCalendar, start: datetime, minutes: float) -> datetime:
    """The earliest moment (UTC) with `minutes` of working time between `start` and it.

    So 60 minutes after 17:00 is 18:00 if work ends then, not the next morning. Negative minutes
    give the latest moment before `start`, 0 gives `start`. `working_minutes_between(start, it)` is
    `minutes` again, to the microsecond. Raises Invalid if the calendar has no working time.
    """
    start = _utc(start)
    left = timedelta(minutes=abs(minutes))
    if not left:
        return start
    idle = 0
    for opens, closes in _spans_from(calendar, start, forward=minutes > 0):
        worked = closes - opens
        if left <= worked:
            return opens + left if minutes > 0 else closes - left
        left -= worked
        idle = 0 if worked else idle + 1
        if idle > HORIZON_DAYS:
            break
    raise _no_working_time()


def _spans_from(
    calendar: WorkingCalendar, start: datetime, *, forward: bool
) -> Iterator[tuple[datetime, datetime]]:
    """The spans of working time from `start` on or back, an empty one for each day off."""
    day, step = _local_day(calendar, start), _ONE_DAY if forward else -_ONE_DAY
    while True:
        spans = _spans(calendar, day)
        for opens, closes in spans if forward else reversed(spans):
            if forward and closes > start:
                yield max(opens, start), closes
            elif not forward and opens < start:
                yield opens, min(closes, start)
        if not spans:
            yield start, start
        day += step


@lru_cache(maxsize=4096)
def _spans(calendar: WorkingCalendar, day: date) -> Sequence[tuple[datetime, datetime]]:
    """The working time of a local day in UTC; spans that a clock change swallows are left out."""
    zone = calendar.tz
    ends = [
        (_moment(day, s.start, zone), _moment(day, s.end, zone)) for s in shifts_of(calendar, day)
    ]
    return tuple((opens, closes) for opens, closes in ends if opens < closes)


def _moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    before = wall.replace(tzinfo=zone).astimezone(UTC)
    if before.astimezone(zone).replace(tzinfo=None) == wall:
        return before
    # A skipped time: with the offset of before the change it lies after it, and vice versa.
    after = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return _change(after, before, lambda moment: moment.astimezone(zone).utcoffset())


def _change(
    low: datetime, high: datetime, offset: Callable[[datetime], timedelta | None]
) -> datetime:
    """The second in which the zone's offset changes between two moments, by bisection."""
    old = offset(low)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if offset(middle) == old else (low, middle)
    return high


def _local_day(calendar: WorkingCalendar, moment: datetime) -> date:
    return _utc(moment).astimezone(calendar.tz).date()


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a point in time needs a time zone")
    return moment.astimezone(UTC)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid({"zone": _("There is no time zone “{zone}”.", zone=name)}) from None


def _no_working_time() -> Invalid:
    return Invalid({"calendar": _("The calendar has no working time.")})
