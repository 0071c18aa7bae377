"""The diaries of our people: nobody is at two places at once, nor at work on a holiday."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from uuid import UUID

from attrs import define, frozen

from tenon_core.customers.regions import distance_km
from tenon_core.demo.dice import Dice

# Minutes: the shortest and longest of each kind, and its usual hours of the day.
LENGTHS = {
    "visit": (45, 150), "call": (4, 25), "message": (2, 8), "email": (5, 20), "meeting": (45, 120),
    "demonstration": (120, 300), "survey": (60, 150), "training": (120, 360),
    "hospitality": (90, 150), "exhibition": (20, 50), "task": (15, 60),
}  # fmt: skip
HOURS = {
    "visit": ((540, 660), (830, 960)),
    "hospitality": ((1080, 1125),),
    "demonstration": ((540, 570), (810, 840)),
    "training": ((540, 570), (810, 840)),
    "exhibition": ((570, 700), (800, 970)),
}
USUAL = ((515, 695), (812, 1030))
ROUNDED = {"call": 1, "message": 1, "email": 1}
AWAY = frozenset({"visit", "survey", "training", "hospitality"})
GAP = 10
# Two customers of one day lie at most so far apart, in km, with a way between them.
NEAR, TRAVEL = 60.0, 40

Where = tuple[float, float]


@define
class Entry:
    start: int
    end: int
    place: Where | None


@frozen
class Slot:
    """Minutes of a local day; `shift` is how much later it is then in China."""

    day: date
    start: int
    end: int
    shift: int = 0

    @property
    def begins(self) -> int:
        """Minutes after midnight in China."""
        return self.start + self.shift

    @property
    def ends(self) -> int:
        return self.end + self.shift


class Diary:
    def __init__(self, dice: Dice) -> None:
        self.dice = dice
        self.entries: dict[tuple[UUID, date], list[Entry]] = defaultdict(list)
        self.closed: set[tuple[UUID, date]] = set()

    def close(self, person: UUID, day: date) -> None:
        """Somebody is away for that whole day."""
        self.closed.add((person, day))

    def is_closed(self, person: UUID, day: date) -> bool:
        return (person, day) in self.closed

    def find(
        self, person: UUID, day: date, kind: str, where: Where | None, shift: int = 0
    ) -> Slot | None:
        """A free time on a day for something of this kind, at a place if one goes there."""
        if self.is_closed(person, day):
            return None
        low, high = LENGTHS[kind]
        grid = ROUNDED.get(kind, 5)
        for _attempt in range(6):
            first, last = self.dice.pick(HOURS.get(kind, USUAL))
            start = self.dice.whole(first // grid, last // grid) * grid
            length = max(1, round(self.dice.near(low, high) / grid)) * grid
            slot = Slot(day, start, start + length, shift)
            if self.is_free(person, slot, kind, where):
                return slot
        return None

    def book(self, person: UUID, slot: Slot, kind: str, where: Where | None) -> None:
        there = where if kind in AWAY else None
        self.entries[person, slot.day].append(Entry(slot.begins, slot.ends, there))

    def is_free(self, person: UUID, slot: Slot, kind: str, where: Where | None) -> bool:
        """Whether somebody has time then, and can be there."""
        if self.is_closed(person, slot.day):
            return False
        there = where if kind in AWAY else None
        for entry in self.entries[person, slot.day]:
            gap = GAP
            if there is not None and entry.place is not None and entry.place != there:
                if distance_km(there, entry.place) > NEAR:
                    return False
                gap = TRAVEL
            if slot.begins < entry.end + gap and entry.start < slot.ends + gap:
                return False
        return True
