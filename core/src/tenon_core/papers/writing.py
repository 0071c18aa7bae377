"""Values as a paper writes them: in its language, and as text that is nothing but text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import attrs
from attrs import frozen
from babel import Locale, dates, numbers

from tenon_sdk.papers import Money
from tenon_sdk.text import Text, _, translate

YES, NO = _("yes"), _("no")
# Control characters, and those that turn the direction of text: `1.00 001` could be made to
# look like another amount.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_BREAKS = re.compile("\r\n?|\u2028|\u2029|\x0b|\x0c|\x85")
_HOME = {"zh_CN": {"CNY": "¥"}}


@cache
def babel_locale(code: str) -> Locale:
    """Kept: Babel looks a thousand names up for a locale that is given as text."""
    return Locale.parse(code)


@frozen
class Writer:
    """Writes values for a paper in `locale`; moments in `zone`."""

    locale: str
    zone: ZoneInfo

    def plain(self, value: Any) -> Any:
        """What JSON can hold, every value that is no number of JSON written as text.

        `int`, `float`, `bool` and None stay: a template may count with them. Raises TypeError for
        what no paper can show, such as a mapped record.
        """
        match value:
            case None | bool() | int() | float():
                return value
            case Enum():
                return self.plain(value.value)
            case Text():
                return clean(translate(value, self.locale))
            case str():
                return clean(value)
            case Mapping():
                return {clean(str(key)): self.plain(each) for key, each in value.items()}
            case list() | tuple() | AbstractSet():
                return [self.plain(each) for each in value]
            case _:
                return self._written(value)

    def _written(self, value: Any) -> Any:
        match value:
            case Money():
                return self.money(value)
            case Decimal():
                return self.number(value)
            case datetime():
                return self.moment(value)
            case date():
                return self.day(value)
            case UUID():
                return str(value)
            case _:
                return self._fields(value)

    def _fields(self, value: Any) -> dict[str, Any]:
        if attrs.has(type(value)):
            names = [attribute.name for attribute in attrs.fields(type(value))]
            return {name: self.plain(getattr(value, name)) for name in names}
        raise TypeError(f"a paper shows plain data, not {type(value).__name__}")

    def number(self, value: Decimal | int) -> str:
        """With separators and all the digits that the number has."""
        exact = Decimal(value)
        exponent = exact.as_tuple().exponent
        digits = -exponent if isinstance(exponent, int) and exponent < 0 else 0
        pattern = f"#,##0.{'0' * digits}" if digits else "#,##0"
        return str(numbers.format_decimal(exact, format=pattern, locale=babel_locale(self.locale)))

    def money(self, value: Money) -> str:
        """`CNY 1,200.00`; the sign alone for the currency of the language's own country."""
        sign = _HOME.get(self.locale, {}).get(value.currency)
        amount = self.number(value.amount)
        if sign is None:
            return f"{clean(value.currency)} {amount}"
        return f"-{sign}{amount[1:]}" if amount.startswith("-") else f"{sign}{amount}"

    def day(self, value: date) -> str:
        form = "long" if self.locale.startswith("zh") else "medium"
        return str(dates.format_date(value, form, locale=babel_locale(self.locale)))

    def moment(self, value: datetime) -> str:
        """To the minute; one without a zone is UTC."""
        aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
        local = aware.astimezone(self.zone)
        return f"{self.day(local.date())} {local:%H:%M}"

    def flag(self, value: bool) -> str:  # noqa: FBT001 (it is what is written)
        return translate(YES if value else NO, self.locale)


def clean(text: str) -> str:
    """The text without what cannot be seen; kinds of line breaks become one."""
    text = _BREAKS.sub("\n", str.__str__(text)).replace("\t", " ")
    return _SURROGATE.sub("\ufffd", _UNSEEN.sub("", text))
