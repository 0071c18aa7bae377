"""Days that people name relative to today: this month, the last 30 days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tenon_sdk.text import Text, _

WITHIN = "__within"
PERIODS: Mapping[str, Text] = {
    "today": _("Today"),
    "yesterday": _("Yesterday"),
    "this_week": _("This week"),
    "last_week": _("Last week"),
    "next_week": _("Next week"),
    "this_month": _("This month"),
    "last_month": _("Last month"),
    "next_month": _("Next month"),
    "this_quarter": _("This quarter"),
    "last_quarter": _("Last quarter"),
    "this_year": _("This year"),
    "last_year": _("Last year"),
    "last_7_days": _("Last 7 days"),
    "last_30_days": _("Last 30 days"),
    "last_90_days": _("Last 90 days"),
    "next_7_days": _("Next 7 days"),
    "next_30_days": _("Next 30 days"),
    "overdue": _("Before today"),
}


def days_of(name: str, today: date) -> tuple[date | None, date] | None:
    """First day and the day after the last; None for a name that there is not.

    Weeks begin on Monday. “The last 30 days” end with today, “the next” begin with it.
    """
    if name == "overdue":
        return None, today
    if name in {"today", "yesterday"}:
        first = today - timedelta(days=name == "yesterday")
        return first, first + timedelta(days=1)
    which, _sep, rest = name.partition("_")
    if rest.endswith("_days") and name in PERIODS:
        length = timedelta(days=int(rest.removesuffix("_days")))
        tomorrow = today + timedelta(days=1)
        return (today, today + length) if which == "next" else (tomorrow - length, tomorrow)
    if name not in PERIODS:
        return None
    step = {"last": -1, "this": 0, "next": 1}[which]
    first = start_of(rest, today)
    return moved(rest, first, step), moved(rest, first, step + 1)


def start_of(period: str, day: date) -> date:
    if period == "week":
        return day - timedelta(days=day.weekday())
    if period == "day":
        return day
    month = {"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1, "year": 1}[period]
    return date(day.year, month, 1)


def moved(period: str, first: date, steps: int) -> date:
    """The first day of the period so many periods later."""
    if period in {"day", "week"}:
        return first + timedelta(days=steps * (7 if period == "week" else 1))
    months = {"month": 1, "quarter": 3, "year": 12}[period] * steps
    at = first.year * 12 + first.month - 1 + months
    return date(at // 12, at % 12 + 1, 1)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The beginning of a day somewhere, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
