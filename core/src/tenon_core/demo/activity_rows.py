"""The rows of activities: what was done, what is planned, who took part."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from tenon_core.demo.accounts import Customer
from tenon_core.demo.circle import Circle
from tenon_core.demo.company import Company, Person
from tenon_core.demo.contacts import Contact
from tenon_core.demo.diary import Slot
from tenon_core.demo.dice import Dice
from tenon_core.demo.regions import degrees
from tenon_core.demo.scenes import Scene, Told
from tenon_core.demo.workdays import Days
from tenon_core.demo.writing import Row

PRIORITIES = (("normal", 14), ("high", 3), ("low", 1))
AT_CUSTOMER = frozenset({"visit", "survey", "training"})
# What is done without having been planned.
UNPLANNED = frozenset({"call", "message", "email"})
CHECKED_IN = 0.8
# About 40 m, in degrees: how exact a telephone is in a factory.
GPS = 0.0004
END_OF_DAY = 17 * 60 + 30
REPORTED_BY = 22 * 60
# Words of a next step, and in how many days it is then; the first that occurs counts.
HORIZONS = {
    "半年|six months": (170, 190),
    "下个季度|下季度|quarter": (75, 100),
    "下个月|下月|每月|next month|two months": (25, 35),
    "月底|一周内|两周|fortnight|after the fair": (8, 14),
    "明天|tomorrow": (1, 1),
    "两天|三天|within two|within three": (2, 3),
    "下周|一周|本周|a week|next week": (4, 8),
}
DONE_ONLY = (
    "actual_start", "actual_end", "result", "outcome", "next_step", "next_step_on",
    "checked_in_at", "longitude", "latitude",
)  # fmt: skip


@frozen
class Meeting:
    """Something between us and a customer: `person` is who has to do it."""

    circle: Circle
    scene: Scene
    person: Person
    slot: Slot
    fair: str = ""

    @property
    def customer(self) -> Customer:
        return self.circle.customer


class ActivityRows:
    def __init__(self, dice: Dice, days: Days, company: Company) -> None:
        self.dice, self.days, self.company = dice, days, company
        self.rows: dict[str, list[Row]] = {
            "core.activity": [],
            "core.activity_participant": [],
            "core.activity_subject": [],
        }

    def done(self, meeting: Meeting, told: Told) -> Row:
        """What happened, as it was noted down after it."""
        days, slot, kind = self.days, meeting.slot, meeting.scene.kind
        row = self._activity(meeting, told, self._noted(slot))
        row["status"] = "done"
        row["actual_start"] = days.at(slot.day, slot.begins)
        row["actual_end"] = days.at(slot.day, slot.ends)
        row["result"], row["outcome"] = told.result, told.outcome
        row["next_step"] = told.next_step or None
        if told.next_step:
            ahead = slot.day + timedelta(days=self._horizon(told.next_step))
            row["next_step_on"] = days.next(ahead, meeting.customer.place.country)
        if kind not in UNPLANNED:
            self._plan(row, slot, kind, 30)
        if kind in AT_CUSTOMER and self.dice.chance(CHECKED_IN):
            self._check_in(meeting.customer, row)
        return row

    def planned(self, meeting: Meeting, told: Told, at: datetime) -> Row:
        """What is to be done, as it was noted at a moment."""
        row = self._activity(meeting, told, at)
        row["status"] = "planned"
        self._plan(row, meeting.slot, meeting.scene.kind, 15)
        if row.get("planned_start"):
            row["remind_at"] = row["planned_start"] - timedelta(minutes=30)
        return row

    def cancel(self, row: Row) -> None:
        row["status"] = "cancelled"
        row |= dict.fromkeys(DONE_ONLY)

    def add(
        self, row: Row, ours: Sequence[Person], theirs: Sequence[Contact], told: Told | None
    ) -> None:
        """Keeps an activity with who takes part and the machine that it is about."""
        self.rows["core.activity"].append(row)
        for person in ours:
            self._part(row, "core.activity_participant", user_id=person.id, contact_id=None)
        for contact in theirs:
            self._part(row, "core.activity_participant", user_id=None, contact_id=contact.id)
        if told is not None and told.machine is not None:
            machine = told.machine.id
            self._part(row, "core.activity_subject", entity="core.product", record_id=machine)

    def _part(self, row: Row, kind: str, /, **values: Any) -> None:
        at = row["created_at"]
        part = {"id": self.dice.new_id(at), "created_at": at, "created_by": row["created_by"]}
        self.rows[kind].append({**part, "activity_id": row["id"], **values})

    def _activity(self, meeting: Meeting, told: Told, at: datetime) -> Row:
        person = meeting.person
        return {
            "id": self.dice.new_id(at),
            "created_at": at,
            "created_by": person.id,
            "kind": meeting.scene.kind,
            "subject": told.subject,
            "priority": self.dice.weighted(PRIORITIES, lambda each: each[1])[0],
            "account_id": meeting.customer.id,
            "owner_id": person.id,
            "unit_id": self.company.unit_id(person),
            "place": _place(meeting.customer, meeting.scene),
            "next_step": None,
        }

    def _plan(self, row: Row, slot: Slot, kind: str, grid: int) -> None:
        """Planned times are rounder than what came of them; a task has its day only."""
        if kind == "task":
            row["planned_end"] = self.days.at(slot.day, END_OF_DAY + slot.shift)
            return
        start = slot.begins // grid * grid
        row["planned_start"] = self.days.at(slot.day, start)
        row["planned_end"] = self.days.at(slot.day, max(start + grid, slot.ends // grid * grid))

    def _noted(self, slot: Slot) -> datetime:
        """When it was noted down: soon after, at the latest in the evening."""
        latest = REPORTED_BY + self.dice.whole(0, 59)
        minute = max(min(slot.end + self.dice.whole(1, 240), latest), slot.end + 1)
        return min(self.days.at(slot.day, minute + slot.shift), self.days.now)

    def _horizon(self, step: str) -> int:
        """In how many days the next step is, as far as its words tell."""
        for words, (low, high) in HORIZONS.items():
            if any(word in step for word in words.split("|")):
                return self.dice.whole(low, high)
        return self.dice.whole(2, 12)

    def _check_in(self, customer: Customer, row: Row) -> None:
        east, north = (self.dice.random.gauss(0, GPS) for _axis in range(2))
        row["checked_in_at"] = row["actual_start"] - timedelta(minutes=self.dice.whole(1, 9))
        row["longitude"] = degrees(customer.place.longitude + east)
        row["latitude"] = degrees(customer.place.latitude + north)


def _place(customer: Customer, scene: Scene) -> str | None:
    english = customer.foreign
    if scene.kind in AT_CUSTOMER or (scene.kind == "meeting" and not scene.online):
        return customer.place.lines
    if scene.kind == "meeting":
        return "Online" if english else "线上会议"
    if scene.kind == "demonstration":
        return "Technology centre, Foshan" if english else "总部试模中心"
    return f"{customer.place.short_city}市区" if scene.kind == "hospitality" else None
