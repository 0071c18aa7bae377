"""What people say with what they do."""

from __future__ import annotations

from datetime import date

from attrs import frozen


@frozen(kw_only=True)
class Commissioning:
    """`on` is the day from which the press works, `note` what was seen on that day."""

    on: date
    note: str | None = None


@frozen(kw_only=True)
class Strengthening:
    tonnes: int


@frozen(kw_only=True)
class Limits:
    least: int = 0
