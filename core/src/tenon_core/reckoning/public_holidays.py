"""Public holidays by country and year, from the libraries that keep them.

Mainland China by `chinesecalendar`, which follows the State Council's yearly notices with their
adjusted working days (调休); other countries, and Chinese years without a notice yet, by
`holidays`, which knows the statutory days only.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache

from attrs import evolve, field, frozen

from tenon_core.reckoning.calendars import WorkingCalendar
from tenon_sdk.errors import Invalid
from tenon_sdk.text import _


@frozen
class SpecialDay:
    """A day that is off, or worked (`works`) though it is a weekend. `name` is shown as it is."""

    day: date
    name: str
    works: bool = False


@frozen
class PublicHolidays:
    """`provisional` holds the years that may still change, for want of an official notice."""

    days: tuple[SpecialDay, ...] = ()
    provisional: tuple[int, ...] = field(default=())

    def apply(self, calendar: WorkingCalendar) -> WorkingCalendar:
        """The calendar with these days added; what it has already stays."""
        return evolve(
            calendar,
            holidays=calendar.holidays | {d.day for d in self.days if not d.works},
            workdays=calendar.workdays | {d.day for d in self.days if d.works},
        )


def public_holidays(
    country: str, years: Iterable[int], *, subdivision: str | None = None, locale: str = "en"
) -> PublicHolidays:
    """The special days of an ISO 3166 country, in order of the date.

    `subdivision` is its ISO 3166-2 part (`BY` of `DE-BY`). Names are in `locale` (`en`, `zh_CN`)
    where the library has them, else in the country's language. Raises Invalid for `country` if
    the country or the subdivision is not known.
    """
    days: list[SpecialDay] = []
    provisional: list[int] = []
    for year in sorted(set(years)):
        if country == "CN" and year in noticed_years():
            days += _chinese_days(year, locale)
        else:
            days += _statutory_days(country, year, subdivision, locale)
            provisional += [year] * (country == "CN")
    return PublicHolidays(tuple(days), tuple(provisional))


@lru_cache(maxsize=1)
def noticed_years() -> range:
    """The years whose Chinese holidays are officially arranged and known to the library."""
    from chinese_calendar import constants

    return range(min(constants.holidays).year, max(constants.holidays).year + 1)


def _chinese_days(year: int, locale: str) -> list[SpecialDay]:
    from chinese_calendar import Holiday, constants

    def name(english: str) -> str:
        return str(Holiday(english).chinese) if locale.startswith("zh") else english

    days = []
    day = date(year, 1, 1)
    while day.year == year:
        if holiday := constants.holidays.get(day):
            days.append(SpecialDay(day, name(holiday)))
        elif holiday := constants.workdays.get(day):
            days.append(SpecialDay(day, name(holiday), works=True))
        day += timedelta(days=1)
    return days


def _statutory_days(
    country: str, year: int, subdivision: str | None, locale: str
) -> list[SpecialDay]:
    import holidays

    languages = holidays.list_localized_countries().get(country, [])
    wanted = "zh_CN" if locale.startswith("zh") else "en_US"
    try:
        found = holidays.country_holidays(
            country,
            subdiv=subdivision,
            years=year,
            language=wanted if wanted in languages else None,
        )
    except NotImplementedError:
        place = f"{country}-{subdivision}" if subdivision else country
        raise Invalid(
            {"country": _("The public holidays of “{place}” are not known.", place=place)}
        ) from None
    return [SpecialDay(day, name) for day, name in sorted(found.items()) if day.year == year]
