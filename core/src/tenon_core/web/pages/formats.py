"""Numbers, dates and amounts as the reader writes them: her language, her time zone."""

from __future__ import annotations

import datetime as dt
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from attrs import frozen
from babel import Locale, dates, numbers

from tenon_sdk.text import _, translate

WAN = 10_000
YI = 100_000_000


@cache
def babel_locale(code: str) -> Locale:
    """Kept: Babel looks a thousand names up for a locale that is given as text."""
    return Locale.parse(code)


@frozen
class Formats:
    """How one person reads values; `currency` is the company's own."""

    code: str
    zone: ZoneInfo
    now: datetime
    currency: str = "CNY"

    @property
    def locale(self) -> Locale:
        return babel_locale(self.code)

    def number(self, value: Any, digits: int | None = None) -> str:
        if value is None or value == "":
            return ""
        pattern = None
        if digits is not None:
            pattern = "#,##0." + "0" * digits if digits else "#,##0"
        return str(numbers.format_decimal(exact(value), format=pattern, locale=self.locale))

    def percent(self, value: Any, digits: int = 0) -> str:
        """`value` is the share itself: 0.25 is 25 %."""
        if value is None:
            return ""
        pattern = "#,##0" + ("." + "0" * digits if digits else "") + "%"
        return str(numbers.format_percent(exact(value), format=pattern, locale=self.locale))

    def money(self, value: Any, currency: str | None = None) -> str:
        """An amount with its currency sign, exact to the scale it is stored with."""
        if value is None or value == "":
            return ""
        amount = exact(value)
        shown = numbers.format_decimal(abs(amount), format="#,##0.00", locale=self.locale)
        return f"{'-' if amount < 0 else ''}{self._sign(currency or self.currency)}{shown}"

    def _sign(self, currency: str) -> str:
        """The company's own currency needs no letters that tell it from others: ¥, not CN¥."""
        sign = str(numbers.get_currency_symbol(currency, locale=self.locale))
        bare = sign.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        return bare if currency == self.currency and bare else sign

    def compact(self, value: Any, currency: str | None = None) -> str:
        """Short: 1.2M, in Chinese 120万; for figures whose last digits do not matter."""
        if value is None or value == "":
            return ""
        amount = exact(value)
        sign = self._sign(currency) if currency else ""
        if self.code.startswith("zh"):
            return sign + self._wan(amount)
        if abs(amount) < 1000:
            return sign + self.number(amount.quantize(Decimal(1)))
        shown = numbers.format_compact_decimal(amount, locale=self.locale, fraction_digits=1)
        return sign + str(shown)

    def _wan(self, amount: Decimal) -> str:
        for size, unit in ((YI, "亿"), (WAN, "万")):
            if abs(amount) >= size:
                shown = (amount / size).quantize(Decimal("0.1"))
                return f"{shown:,f}".removesuffix(".0") + unit
        return f"{amount.quantize(Decimal(1)):,f}"

    def date(self, value: Any, form: str = "medium") -> str:
        if value is None or value == "":
            return ""
        found = moment(value)
        if isinstance(found, datetime):
            found = found.astimezone(self.zone).date()
        return str(dates.format_date(found, form, locale=self.locale))

    def time(self, value: Any) -> str:
        found = moment(value) if value else None
        if not isinstance(found, datetime):
            return ""
        return str(dates.format_time(found.astimezone(self.zone), "HH:mm", locale=self.locale))

    def datetime(self, value: Any) -> str:
        """To the minute, in the reader's zone."""
        if value is None or value == "":
            return ""
        return f"{self.date(value)} {self.time(value)}".strip()

    def ago(self, value: Any) -> str:
        """How long ago, or until when; a plain date after a month."""
        if value is None or value == "":
            return ""
        found = moment(value)
        if not isinstance(found, datetime):
            found = datetime.combine(found, time(12), self.zone)
        passed = self.now - found
        if abs(passed) > timedelta(days=30):
            return self.date(found)
        if abs(passed) < timedelta(minutes=1):
            return translate(_("just now"), self.code)
        return str(
            dates.format_timedelta(-passed, add_direction=True, locale=self.locale, threshold=1.2)
        )

    def local(self, value: Any) -> dt.date:
        """The reader's day of a moment."""
        found = moment(value)
        return found.astimezone(self.zone).date() if isinstance(found, datetime) else found

    @property
    def today(self) -> dt.date:
        return self.now.astimezone(self.zone).date()

    def size(self, value: int | None) -> str:
        """Bytes in the largest unit that leaves a number of one or more."""
        if value is None:
            return ""
        amount = Decimal(value)
        for unit in ("B", "kB", "MB"):
            if amount < 1000:
                return f"{self.number(amount.quantize(Decimal(1)))} {unit}"
            amount /= 1000
        return f"{self.number(amount.quantize(Decimal('0.1')))} GB"

    def duration(self, seconds: Any) -> str:
        if seconds is None:
            return ""
        whole = timedelta(seconds=float(seconds))
        return str(dates.format_timedelta(whole, locale=self.locale, threshold=1.5))


def exact(value: Any) -> Decimal:
    """A number as Decimal, whatever the driver or JSON made of it."""
    return value if isinstance(value, Decimal) else Decimal(str(value))


def moment(value: Any) -> date:
    """A date, or an aware datetime, from itself or from ISO 8601."""
    if isinstance(value, str):
        if len(value) == 10:
            return date.fromisoformat(value)
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    if not isinstance(value, date):
        raise TypeError(f"no date: {value!r}")
    return value
