"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

# A Monday morning in China, far from any change of month, year or clock.
START = datetime(2026, 3, 9, 1, 30, tzinfo=UTC)


class Clock:
    """What the site asks for the time; each test begins at `START`."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start

    def __call__(self) -> datetime:
        return self._now

    @property
    def now(self) -> datetime:
        return self._now

    @property
    def today(self) -> date:
        """The day in UTC."""
        return self._now.date()

    def set(self, now: datetime) -> None:
        """Raises ValueError for a naive moment: which one it is depends on the machine."""
        if now.tzinfo is None:
            raise ValueError("the clock needs a moment with its time zone")
        self._now = now.astimezone(UTC)

    def advance(self, step: timedelta | None = None, **parts: float) -> datetime:
        """Moves forward, `advance(days=3)`, and returns the new moment."""
        self._now += step if step is not None else timedelta(**parts)
        return self._now
