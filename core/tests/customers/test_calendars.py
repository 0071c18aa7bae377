import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from tenon_core.reckoning.calendars import (
    Shift,
    WorkingCalendar,
    add_workdays,
    add_working_minutes,
    is_workday,
    next_workday,
    parse_shifts,
    shifts_of,
    weekly,
    workday_on_or_after,
    working_minutes_between,
)
from tenon_core.reckoning.public_holidays import noticed_years, public_holidays
from tenon_sdk.errors import Invalid

SHANGHAI = weekly("Asia/Shanghai", "09:00-12:00, 13:00-18:00")
NEW_YORK = weekly("America/New_York", "09:00-17:00")
ALWAYS = WorkingCalendar("America/New_York", ((Shift(0, 1440),),) * 7)
NIGHTS = WorkingCalendar("Europe/Berlin", ((Shift(0, 360), Shift(1320, 1440)),) * 7)
APIA = WorkingCalendar("Pacific/Apia", ((Shift(0, 1440),),) * 7)
CALENDARS = (SHANGHAI, NEW_YORK, ALWAYS, NIGHTS)


def at(zone, *parts):
    return datetime(*parts, tzinfo=ZoneInfo(zone))


def shanghai(*parts):
    return at("Asia/Shanghai", *parts)


def test_hours_of_one_day():
    morning, evening = shanghai(2025, 3, 5, 8), shanghai(2025, 3, 5, 20)
    assert working_minutes_between(SHANGHAI, morning, evening) == 480
    assert working_minutes_between(SHANGHAI, evening, morning) == -480
    assert (
        working_minutes_between(
            SHANGHAI, shanghai(2025, 3, 5, 11, 30), shanghai(2025, 3, 5, 13, 30)
        )
        == 60
    )


def test_a_weekend_does_not_count():
    friday, monday = shanghai(2025, 3, 7, 17), shanghai(2025, 3, 10, 10)
    assert working_minutes_between(SHANGHAI, friday, monday) == 120
    assert add_working_minutes(SHANGHAI, friday, 90) == shanghai(2025, 3, 10, 9, 30)


def test_an_amount_that_ends_with_the_shift_ends_then():
    assert add_working_minutes(SHANGHAI, shanghai(2025, 3, 5, 17), 60) == shanghai(2025, 3, 5, 18)
    assert add_working_minutes(SHANGHAI, shanghai(2025, 3, 5, 10), -60) == shanghai(2025, 3, 5, 9)
    assert add_working_minutes(SHANGHAI, shanghai(2025, 3, 5, 9), -60) == shanghai(2025, 3, 4, 17)
    sunday = shanghai(2025, 3, 9, 3)
    assert add_working_minutes(SHANGHAI, sunday, 0) == sunday


def test_summer_time_makes_the_day_shorter_and_longer():
    spring = at("America/New_York", 2025, 3, 9), at("America/New_York", 2025, 3, 10)
    autumn = at("America/New_York", 2025, 11, 2), at("America/New_York", 2025, 11, 3)
    assert working_minutes_between(ALWAYS, *spring) == 23 * 60
    assert working_minutes_between(ALWAYS, *autumn) == 25 * 60
    assert add_working_minutes(ALWAYS, spring[0], 180) == at("America/New_York", 2025, 3, 9, 4)
    berlin = at("Europe/Berlin", 2025, 3, 29, 22), at("Europe/Berlin", 2025, 3, 30, 12)
    assert working_minutes_between(NIGHTS, *berlin) == 7 * 60


def test_hours_that_the_clock_skips_or_repeats():
    zone = "America/New_York"
    early = WorkingCalendar(zone, ((Shift(60, 150), Shift(150, 240)),) * 7)  # 1:00-2:30-4:00
    spring, after = at(zone, 2025, 3, 9), at(zone, 2025, 3, 9, 12)
    assert working_minutes_between(early, spring, after) == 120
    assert working_minutes_between(early, at(zone, 2025, 11, 2), at(zone, 2025, 11, 2, 12)) == 240
    skipped = WorkingCalendar(zone, ((Shift(125, 170),),) * 7)  # 2:05-2:50 does not exist
    assert working_minutes_between(skipped, spring, after) == 0


def test_a_whole_day_can_be_skipped():
    # Samoa crossed the date line at the end of 2011-12-29.
    start, end = at("Pacific/Apia", 2011, 12, 29), at("Pacific/Apia", 2012, 1, 1)
    assert working_minutes_between(APIA, start, end) == 2 * 1440
    assert end - start.astimezone(UTC) == timedelta(days=2)


moments = st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@settings(deadline=None)
@given(st.sampled_from(CALENDARS), moments, st.integers(-20_000, 20_000))
def test_adding_and_measuring_are_inverse(calendar, start, minutes):
    end = add_working_minutes(calendar, start, minutes)
    assert working_minutes_between(calendar, start, end) == minutes
    assert (end > start) == (minutes > 0)


@settings(deadline=None)
@given(st.sampled_from(CALENDARS), moments, st.integers(1, 5000))
def test_no_earlier_moment_would_do(calendar, start, minutes):
    end = add_working_minutes(calendar, start, minutes)
    assert working_minutes_between(calendar, start, end - timedelta(seconds=1)) < minutes


@settings(deadline=None)
@given(st.sampled_from(CALENDARS), st.lists(moments, min_size=3, max_size=3))
def test_amounts_add_up(calendar, three):
    a, b, c = three
    parts = working_minutes_between(calendar, a, b) + working_minutes_between(calendar, b, c)
    assert parts == pytest.approx(working_minutes_between(calendar, a, c), abs=1e-6)


@settings(deadline=None)
@given(st.dates(date(2024, 1, 1), date(2026, 12, 31)), st.integers(1, 300))
def test_workdays_forth_and_back(day, count):
    there = add_workdays(SHANGHAI, day, count)
    assert is_workday(SHANGHAI, there)
    worked = sum(
        is_workday(SHANGHAI, day + timedelta(days=n)) for n in range(1, (there - day).days + 1)
    )
    assert worked == count
    if is_workday(SHANGHAI, day):
        assert add_workdays(SHANGHAI, there, -count) == day


def test_workdays():
    friday, saturday, monday = date(2025, 3, 7), date(2025, 3, 8), date(2025, 3, 10)
    assert next_workday(SHANGHAI, friday) == next_workday(SHANGHAI, saturday) == monday
    assert workday_on_or_after(SHANGHAI, friday) == friday
    assert workday_on_or_after(SHANGHAI, saturday) == monday
    assert add_workdays(SHANGHAI, saturday, 0) == saturday
    assert add_workdays(SHANGHAI, monday, -1) == friday


def test_chinese_holidays_with_adjusted_workdays():
    calendar = public_holidays("CN", [2025]).apply(SHANGHAI)
    # State Council notice of 2024-11-12: 28 January to 4 February off, 26 January and 8 February
    # worked; 1 to 5 May off, 27 April worked; 1 to 8 October off, 28 September, 11 October worked.
    assert not is_workday(calendar, date(2025, 1, 28))
    assert is_workday(calendar, date(2025, 1, 26))
    assert is_workday(calendar, date(2025, 2, 8))
    assert shifts_of(calendar, date(2025, 9, 28)) == shifts_of(calendar, date(2025, 9, 29))
    assert next_workday(calendar, date(2025, 9, 30)) == date(2025, 10, 9)
    assert add_workdays(calendar, date(2025, 9, 30), 3) == date(2025, 10, 11)
    worked = sum(is_workday(calendar, date(2025, 1, 1) + timedelta(days=n)) for n in range(365))
    assert worked == 248


def test_names_of_holidays_in_both_languages():
    english, chinese = (public_holidays("CN", [2025], locale=x) for x in ("en", "zh_CN"))
    assert {d.day: d.works for d in english.days} == {d.day: d.works for d in chinese.days}
    assert {"Spring Festival", "National Day"} <= {d.name for d in english.days}
    assert {"春节", "国庆节"} <= {d.name for d in chinese.days}


def test_chinese_years_without_notice_are_provisional():
    year = noticed_years().stop
    found = public_holidays("CN", [year - 1, year])
    assert found.provisional == (year,)
    assert date(year, 10, 1) in {d.day for d in found.days}


def test_holidays_of_other_countries():
    days = {d.day: d.name for d in public_holidays("DE", [2025, 2026], subdivision="BY").days}
    assert days[date(2025, 1, 6)] == "Epiphany"
    assert date(2025, 1, 6) not in {d.day for d in public_holidays("DE", [2025]).days}
    assert {d.year for d in days} == {2025, 2026}
    assert public_holidays("DE", [2025]).provisional == ()


@pytest.mark.parametrize(("country", "part"), [("QQ", None), ("DE", "QQ")])
def test_an_unknown_country_is_an_error(country, part):
    with pytest.raises(Invalid, match="not known") as error:
        public_holidays(country, [2025], subdivision=part)
    assert set(error.value.fields) == {"country"}


def test_a_worked_day_may_have_hours_of_its_own():
    sunday = date(2025, 3, 9)
    calendar = evolve(
        SHANGHAI, workdays=frozenset({sunday}), workday_hours=parse_shifts("10:00-14:00")
    )
    assert shifts_of(calendar, sunday) == (Shift(600, 840),)
    both = evolve(calendar, holidays=frozenset({sunday}))
    assert is_workday(both, sunday)


def test_shifts_are_read():
    assert parse_shifts(" 13:30-17:30, 8:30–12:00") == (Shift(510, 720), Shift(810, 1050))
    assert parse_shifts("22:00-24:00") == (Shift(1320, 1440),)
    assert parse_shifts("") == ()


@pytest.mark.parametrize(
    "text", ["9-17", "09:00", "09:00-08:00", "09:00-24:30", "25:00-26:00", "09:00-10:00-11:00", "-"]
)
def test_bad_hours_are_refused(text):
    with pytest.raises(Invalid) as error:
        parse_shifts(text)
    assert set(error.value.fields) == {"hours"}


def test_bad_calendars_are_refused():
    with pytest.raises(Invalid, match="overlap"):
        weekly("Asia/Shanghai", "09:00-12:00, 11:00-15:00")
    with pytest.raises(Invalid, match="seven"):
        WorkingCalendar("Asia/Shanghai", ((),) * 6)
    for zone in ("Asia/Nowhere", "", "../etc/passwd"):
        with pytest.raises(Invalid, match="no time zone"):
            weekly(zone, "09:00-17:00")


def test_a_calendar_without_hours_ends():
    idle = WorkingCalendar("Asia/Shanghai", ((),) * 7)
    with pytest.raises(Invalid, match="no working time"):
        add_working_minutes(idle, shanghai(2025, 3, 5), 1)
    with pytest.raises(Invalid, match="no working time"):
        next_workday(idle, date(2025, 3, 5))
    assert working_minutes_between(idle, shanghai(2025, 3, 5), shanghai(2026, 3, 5)) == 0


def test_a_time_without_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        add_working_minutes(SHANGHAI, datetime(2025, 3, 5), 1)  # noqa: DTZ001


def test_a_year_of_working_time_is_measured_quickly():
    start, end = shanghai(2025, 1, 1), shanghai(2026, 1, 1)
    working_minutes_between(SHANGHAI, start, end)
    begin = time.process_time()
    for _ in range(20):
        working_minutes_between(SHANGHAI, start, end)
    assert time.process_time() - begin < 0.4, "more than 20 ms a year"
