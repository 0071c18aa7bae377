"""What the desks have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attrs import frozen


@frozen
class Choice:
    """One value of a filter, with where it leads and how many there are."""

    value: str
    label: str
    count: int | None
    url: str
    chosen: bool


def chosen(
    known: Iterable[tuple[str, str, int | None]], given: str, address: Callable[[str], str]
) -> list[Choice]:
    """Choices of (value, label, count); choosing the chosen one again takes it away."""
    return [
        Choice(value, label, count, address("" if value == given else value), value == given)
        for value, label, count in known
    ]
