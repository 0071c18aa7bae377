"""Numbers without gaps or doubles: a counter is drawn in the transaction that uses it."""

from __future__ import annotations

import re
from datetime import date

from sqlalchemy import Connection, text

from tenon_sdk.errors import TenonError
from tenon_sdk.text import _

_SEQ = re.compile(r"\{seq(?::0(\d+))?\}")


class PatternError(TenonError):
    """A number pattern that cannot be drawn from."""

    code = "pattern"


def counter_key(pattern: str, day: date) -> str:
    """The pattern with the day filled in and `{seq}` left: each such key counts by itself."""
    if len(_SEQ.findall(pattern)) != 1:
        raise PatternError(
            _("The number pattern “{pattern}” needs exactly one {seq}.", pattern=pattern)
        )
    parts = {"yyyy": f"{day:%Y}", "yy": f"{day:%y}", "mm": f"{day:%m}", "dd": f"{day:%d}"}
    for name, value in parts.items():
        pattern = pattern.replace("{" + name + "}", value)
    return pattern


def draw(connection: Connection, pattern: str, day: date, count: int = 1) -> list[str]:
    """The next `count` numbers of a pattern, in order.

    Two transactions wait for each other on the counter, so that a rolled back one leaves no gap.
    """
    key = counter_key(pattern, day)
    drawn = connection.execute(
        text(
            "INSERT INTO core_sequence (key, value) VALUES (:key, :count) "
            "ON CONFLICT (key) DO UPDATE SET value = core_sequence.value + :count "
            "RETURNING value"
        ),
        {"key": key, "count": count},
    ).scalar_one()
    width = int(_SEQ.findall(key)[0] or 1)
    first = int(drawn) - count + 1
    return [_SEQ.sub(f"{first + i:0{width}}", key) for i in range(count)]
