"""What is planned for the next weeks, what is overdue, and the trade fairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from tenon_core.demo.accounts import Customer
from tenon_core.demo.activities import ActivityMaker, Relations
from tenon_core.demo.company import Person
from tenon_core.demo.diary import Slot
from tenon_core.demo.scenes import Scene, choose, scenes, stage_of

# The share of customers of a tier with something planned, and with something more.
SHARE = {"A": (0.95, 0.6), "B": (0.7, 0.25), "C": (0.4,), "D": (0.22,)}
KINDS = {"visit": 40, "call": 25, "task": 20, "meeting": 8, "demonstration": 5, "email": 2}
OVERDUE = {"A": 0.7, "B": 0.5, "C": 0.36, "D": 0.24}
# Name, month and first day, and the branches that go there.
FAIRS = (
    ("春季橡塑工业展（广州）", 4, 15, ("SC", "CC")),
    ("中西部模具与注塑展（重庆）", 6, 11, ("SW", "CC")),
    ("秋季塑料机械展（苏州）", 9, 16, ("EC", "NC")),
    ("Asia Plastics Machinery Fair, Bangkok", 8, 20, ("OS",)),
)
FAIR_DAYS = 3
ORGANISER = "wenkexin"


class Planner:
    def __init__(self, maker: ActivityMaker) -> None:
        self.maker, self.dice, self.days = maker, maker.dice, maker.days
        self.staff = maker.staff

    def ahead(self, customer: Customer, relations: Relations) -> None:
        """What the owner has planned with a customer, from today on, and what she forgot."""
        if customer.owner is None or customer.quiet_since is not None:
            return
        for share in SHARE[customer.tier]:
            if self.dice.chance(share):
                self._plan(customer, relations)
        if self.dice.chance(OVERDUE[customer.tier]):
            self._overdue(customer, relations)

    def _scene(self, customer: Customer, kind: str) -> Scene | None:
        scene = choose(self.dice, customer, kind, stage_of(customer, ended=False))
        return None if scene is None or scene.boss or scene.tech else scene

    def _plan(self, customer: Customer, relations: Relations) -> None:
        kind = self.dice.weighted(list(KINDS.items()), lambda each: each[1])[0]
        scene = self._scene(customer, kind)
        if scene is None:
            return
        last = self.days.end if kind != "demonstration" else self.days.end - timedelta(days=3)
        span = (last - self.days.today).days
        first = self.days.today + timedelta(days=int(span * self.dice.random.random() ** 1.7))
        for later in range(7):
            day = first + timedelta(days=later)
            if day > self.days.end or not self.staff.works(day, customer.place.country):
                continue
            person = self._owner(customer, day)
            slot = self.maker.slot(person, customer, kind, day)
            if slot is not None:
                self._write(customer, relations, scene, person, slot)
                return

    def _owner(self, customer: Customer, day: date) -> Person:
        return self.staff.on_duty(customer.owner or ORGANISER, day)

    def _overdue(self, customer: Customer, relations: Relations) -> None:
        """A task that should be done by now, sometimes a visit that nobody reported on."""
        kind = "task" if self.dice.chance(0.8) else "visit"
        scene = self._scene(customer, kind)
        ago = self.dice.whole(1, 25 if kind == "task" else 6)
        day = self.days.today - timedelta(days=ago)
        if scene is None or not self.staff.works(day, customer.place.country):
            return
        if day <= customer.created.date() + timedelta(days=20):
            return
        person = self._owner(customer, day)
        slot = self.maker.slot(person, customer, kind, day)
        if slot is not None:
            self._write(customer, relations, scene, person, slot)

    def _write(
        self,
        customer: Customer,
        relations: Relations,
        scene: Scene,
        person: Person,
        slot: Slot,
    ) -> None:
        maker, days = self.maker, self.days
        theirs = maker.theirs(customer, relations, scene, slot)
        said = maker.said(customer, scene, person, theirs, "")
        told = maker.teller.tell(scene, customer, said)
        noted = min(slot.day, days.today) - timedelta(days=self.dice.whole(1, 9))
        noted = max(noted, customer.created.date() + timedelta(days=1))
        at = min(days.at(noted, self.dice.whole(520, 1080)), days.now)
        row = maker.activity(customer, told, person, at)
        row["status"] = "planned"
        if scene.kind == "task":
            row["planned_end"] = days.at(slot.day, 17 * 60 + 30)
        else:
            start = slot.start // 15 * 15
            end = max(start + 15, slot.end // 15 * 15)
            row["planned_start"] = days.at(slot.day, start)
            row["planned_end"] = days.at(slot.day, end)
            row["remind_at"] = row["planned_start"] - timedelta(minutes=30)
        maker.diary.book(person.id, slot, scene.kind, maker.where(customer))
        maker.add(row, [person], theirs if scene.kind != "task" else [], None)

    # --------------------------------------------------------------------------------- fairs

    def fairs(self, customers: Sequence[Customer], relations: Mapping[UUID, Relations]) -> None:
        """The fairs of two years with whom we met on the stand; the coming one is planned."""
        for year in range(self.days.start.year, self.days.end.year + 1):
            for name, month, first, units in FAIRS:
                day = date(year, month, first)
                dates = [day + timedelta(days=n) for n in range(FAIR_DAYS)]
                inside = self.days.start < day and dates[-1] < self.days.today
                if inside and all(self.staff.works(each, "CN") for each in dates):
                    self._fair(name, dates, units, customers, relations)

    def _fair(
        self,
        name: str,
        dates: Sequence[date],
        units: Sequence[str],
        customers: Sequence[Customer],
        relations: Mapping[UUID, Relations],
    ) -> None:
        crew = [self.staff.company.people[ORGANISER]]
        for unit in units:
            crew += self.dice.some(self.staff.company.sellers(unit, dates[0]), 3)
        crew = [p for p in crew if all((p.id, day) not in self.staff.diary.closed for day in dates)]
        self._stand(name, dates, crew)
        logins = {p.login for p in crew}
        near = [
            c
            for c in customers
            if c.owner_on(self.days.at(dates[0], 600)) in logins
            and c.created < self.days.at(dates[0], 0)
            and not self.maker.resting(c, dates[0])
            and (c.quiet_since is None or dates[0] < c.quiet_since)
        ]
        for customer in self.dice.some(near, 12):
            self._meet(name, self.dice.pick(dates), customer, relations[customer.id])
        for person in crew:
            for day in dates:
                self.staff.diary.close(person.id, day)

    def _meet(self, name: str, day: date, customer: Customer, relations: Relations) -> None:
        person = self.staff.on_duty(customer.owner_on(self.days.at(day, 600)) or ORGANISER, day)
        slot = self.maker.slot(person, customer, "exhibition", day)
        language = "en" if customer.foreign else "zh"
        fitting = [s for s in scenes(language) if s.kind == "exhibition"]
        if slot is not None and fitting:
            self.maker.record(customer, relations, self.dice.pick(fitting), person, slot, name)

    def _stand(self, name: str, dates: Sequence[date], crew: Sequence[Person]) -> None:
        """The fair itself, for all who stand there."""
        days, person = self.days, self.staff.company.people[ORGANISER]
        at = days.at(dates[-1], 18 * 60 + 20)
        start, end = days.at(dates[0], 9 * 60), days.at(dates[-1], 17 * 60)
        english = name.isascii()
        row = {
            "id": self.dice.new_id(at),
            "created_at": at,
            "created_by": person.id,
            "kind": "exhibition",
            "subject": name,
            "status": "done",
            "owner_id": person.id,
            "unit_id": self.staff.company.unit_id(person),
            "all_day": True,
            "planned_start": start,
            "planned_end": end,
            "actual_start": start,
            "actual_end": end,
            "result": "good",
            "outcome": self._report(english=english),
            "next_step": "Distribute the leads" if english else "线索分到各分公司",
        }
        self.maker.add(row, crew, [], None)

    def _report(self, *, english: bool) -> str:
        cards, leads = self.dice.whole(140, 420), self.dice.whole(18, 60)
        if english:
            return f"{cards} visitors registered on the stand, {leads} leads with a concrete need."
        return f"展台登记客户{cards}位，其中有明确需求的线索{leads}条，样机现场演示三天无故障。"
