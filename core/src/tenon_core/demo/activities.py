"""Two years of visits, calls and meetings, and what is planned for the next weeks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from attrs import define, field

from tenon_core.demo.accounts import Customer
from tenon_core.demo.company import Company, Person
from tenon_core.demo.contacts import Contact, Job
from tenon_core.demo.diary import Diary, Slot
from tenon_core.demo.dice import Dice
from tenon_core.demo.products import Catalogue
from tenon_core.demo.regions import degrees
from tenon_core.demo.scenes import Scene, Teller, Told, choose, kinds_of, stage_of
from tenon_core.demo.staff import Staff, written
from tenon_core.demo.workdays import Days
from tenon_core.demo.writing import Row

# Days between two contacts with a customer of a tier.
EVERY = {"A": 7.0, "B": 14.0, "C": 27.0, "D": 52.0}
# A new customer is courted for so many days, so many times as often.
COURTED, COURTING = 90, 2.0
NEGLECTED, FORGOTTEN = 0.15, 0.14
# How often somebody of an importance is met; managing directors have little time.
MET = {5: 0.55, 4: 1.2, 3: 1.0, 2: 0.45, 1: 0.15}
NEVER_MET = 0.3
FAVOURITE = 4.0
# Whom a matter concerns is so many times more likely to be met for it.
FITS = 8.0
CANCELLED = 0.03
PRIORITIES = (("normal", 14), ("high", 3), ("low", 1))
# A customer that nothing was done for in so long goes to the pool.
RESTED = timedelta(days=185)
TOGETHER = frozenset({"visit", "meeting", "demonstration", "training", "survey", "exhibition"})
AT_CUSTOMER = frozenset({"visit", "survey", "training"})
NO_PLAN = frozenset({"call", "message", "email"})


@define(eq=False)
class Relations:
    """Whom we know at a customer, and how well it is looked after."""

    contacts: Sequence[Contact]
    favourite: Contact | None
    unmet: frozenset[UUID]
    factor: float
    forgotten_since: date | None
    last: Row | None = field(default=None)


class ActivityMaker:
    def __init__(
        self, seed: int, days: Days, company: Company, catalogue: Catalogue, staff: Staff
    ) -> None:
        self.dice, self.days, self.company, self.staff = (
            Dice(seed, "activities"),
            days,
            company,
            staff,
        )
        self.diary: Diary = staff.diary
        self.teller = Teller(Dice(seed, "words"), catalogue)
        self.rows: dict[str, list[Row]] = {
            "core.activity": [], "core.activity_participant": [], "core.activity_subject": [],
        }  # fmt: skip

    def relations(self, customer: Customer, contacts: Sequence[Contact]) -> Relations:
        dice = self.dice
        important = [c for c in contacts if c.job.importance >= 4]
        unmet = {c.id for c in important if len(contacts) > 2 and dice.chance(NEVER_MET)}
        known = [c for c in contacts if c.id not in unmet]
        close = [c for c in known if c.job.importance >= 3] or known
        forgotten = None
        if customer.quiet_since is None and dice.chance(FORGOTTEN):
            forgotten = self.days.today - timedelta(days=dice.whole(50, 160))
        return Relations(
            contacts=contacts,
            favourite=dice.pick(close) if close else None,
            unmet=frozenset(unmet),
            factor=2.5 if dice.chance(NEGLECTED) else dice.near(0.4, 1.3),
            forgotten_since=forgotten,
        )

    # ---------------------------------------------------------------------------------- past

    def past(self, customer: Customer, relations: Relations) -> None:
        """What was done for a customer until yesterday."""
        relations.last = None
        day = float(customer.created.toordinal() + self.dice.whole(0, 4))
        end = customer.quiet_since or relations.forgotten_since or self.days.today
        while (on := date.fromordinal(int(day))) < end:
            ended = customer.quiet_since is not None and (end - on).days < 90
            if not self.resting(customer, on):
                self._happen(customer, relations, on, stage_of(customer, ended=ended))
            day += self._step(customer, relations, on)

    def _step(self, customer: Customer, relations: Relations, on: date) -> float:
        every = EVERY[customer.tier] * relations.factor
        if (on - customer.created.date()).days < COURTED and customer.status != "lost":
            every /= COURTING
        return max(1.0, every * self.dice.near(0.2, 1.8))

    def resting(self, customer: Customer, day: date) -> bool:
        moment = self.days.at(day, 720)
        return any(
            stay.person is None
            and stay.since - RESTED <= moment
            and (stay.until is None or moment < stay.until)
            for stay in customer.stays
        )

    def _happen(self, customer: Customer, relations: Relations, on: date, stage: str) -> None:
        """Something of a usual kind, on the first day from `on` when there is time for it."""
        kind = self.dice.weighted(list(kinds_of(customer).items()), lambda each: each[1])[0]
        scene = choose(self.dice, customer, kind, stage)
        scene = scene or choose(self.dice, customer, "call", stage)
        if scene is None:
            return
        for later in range(9):
            day = on + timedelta(days=later)
            if day >= self.days.today or not self.staff.works(day, customer.place.country):
                continue
            owner = customer.owner_on(self.days.at(day, 720))
            if owner is None:
                return
            person = self.staff.on_duty(owner, day)
            slot = self.slot(person, customer, scene.kind, day)
            if slot is not None and self.days.at(day, slot.start) > customer.created:
                self.record(customer, relations, scene, person, slot)
                return

    def slot(self, person: Person, customer: Customer, kind: str, day: date) -> Slot | None:
        return self.diary.find(person.id, day, kind, self.where(customer))

    def where(self, customer: Customer) -> tuple[float, float]:
        return customer.place.longitude, customer.place.latitude

    def record(
        self,
        customer: Customer,
        relations: Relations,
        scene: Scene,
        person: Person,
        slot: Slot,
        fair: str = "",
    ) -> None:
        ours = self._ours(customer, scene, person, slot)
        if ours is None:
            return
        theirs = self.theirs(customer, relations, scene, slot)
        for colleague in ours:
            self.diary.book(colleague.id, slot, scene.kind, self.where(customer))
        told = self.teller.tell(scene, customer, self.said(customer, scene, person, theirs, fair))
        row = self._done(customer, told, person, slot)
        if self.dice.chance(CANCELLED) and scene.kind not in NO_PLAN:
            self._cancel(row)
        elif (last := relations.last) is not None and self._follows(last, row):
            row["follows_id"] = last["id"]
        self.add(row, ours, theirs if scene.kind != "task" else [], told)
        relations.last = row

    def _follows(self, last: Row, row: Row) -> bool:
        """Whether it is the next step of what happened before."""
        before = last["next_step"] and last["created_at"] < row["created_at"]
        return bool(before) and self.dice.chance(0.5)

    def _ours(
        self, customer: Customer, scene: Scene, person: Person, slot: Slot
    ) -> list[Person] | None:
        """Who of us takes part; None if somebody who has to is not free."""
        needed = [person]
        if scene.boss:
            needed.append(self.staff.boss_of(person))
        if scene.tech:
            needed.append(self.staff.technician_of(customer))
        place = self.where(customer)
        if not all(self.diary.is_free(p.id, slot, scene.kind, place) for p in needed[1:]):
            return None
        if scene.kind in {"demonstration", "training"} and self.dice.chance(0.7):
            expert = self.company.people["caoyunfei"]
            if self.diary.is_free(expert.id, slot, scene.kind, place):
                needed.append(expert)
        colleagues = customer.tier == "A" and scene.kind in TOGETHER and len(needed) == 1
        if colleagues and self.dice.chance(0.3):
            extra = self.staff.technician_of(customer)
            if self.diary.is_free(extra.id, slot, scene.kind, place):
                needed.append(extra)
        return needed

    def theirs(
        self, customer: Customer, relations: Relations, scene: Scene, slot: Slot
    ) -> list[Contact]:
        """Contacts who take part: who is there on that day and known by then."""
        moment = self.days.at(slot.day, slot.start)
        there = [
            c
            for c in relations.contacts
            if c.created <= moment and c.id not in relations.unmet and c.at(customer, slot.day)
        ]
        if not there:
            return []
        count = 1
        if scene.kind in TOGETHER and len(there) > 1:
            count = self.dice.weighted((1, 2, 3), lambda n: (5, 3, 1)[n - 1])
        chosen: list[Contact] = []
        while there and len(chosen) < count:
            contact = self.dice.weighted(
                there, lambda c: self._appeal(relations, scene, c, c.at(customer, slot.day))
            )
            chosen.append(contact)
            there.remove(contact)
        return chosen

    def _appeal(
        self, relations: Relations, scene: Scene, contact: Contact, job: Job | None
    ) -> float:
        """How likely it is her whom one meets for this."""
        if job is None:
            return 0.0
        fits = FITS if job.buying in scene.who else 1.0
        return MET[job.importance] * fits * (FAVOURITE if contact is relations.favourite else 1.0)

    def said(
        self,
        customer: Customer,
        scene: Scene,
        person: Person,
        theirs: Sequence[Contact],
        fair: str,
    ) -> dict[str, str]:
        english = customer.foreign
        met = "reception" if english else "对方"
        if theirs:
            job = next(j for j in theirs[0].jobs if j.customer is customer)
            met = theirs[0].called(job)
        expert = self.staff.technician_of(customer)
        return {
            "p": met,
            "boss": written(self.staff.boss_of(person), english=english),
            "tech": written(expert, english=english, engineer=True),
            "fair": fair,
        }

    # ---------------------------------------------------------------------------------- rows

    def _done(self, customer: Customer, told: Told, person: Person, slot: Slot) -> Row:
        days, kind = self.days, told.scene.kind
        start, end = days.at(slot.day, slot.start), days.at(slot.day, slot.end)
        at = self._written(slot)
        row = self.activity(customer, told, person, at)
        row |= {"status": "done", "actual_start": start, "actual_end": end}
        row |= {"result": told.result, "outcome": told.outcome}
        row["next_step"] = told.next_step or None
        if told.next_step:
            ahead = slot.day + timedelta(days=self.dice.whole(1, 14))
            row["next_step_on"] = days.next(ahead, customer.place.country)
        if kind == "task":
            row["planned_end"] = days.at(slot.day, 17 * 60 + 30)
        elif kind not in NO_PLAN:
            planned = slot.start // 30 * 30
            row["planned_start"] = days.at(slot.day, planned)
            row["planned_end"] = days.at(slot.day, max(planned + 30, slot.end // 30 * 30))
        if kind in AT_CUSTOMER and self.dice.chance(0.8):
            self._check_in(customer, row, start)
        return row

    def _written(self, slot: Slot) -> datetime:
        """When it was noted down: soon after, at the latest in the evening."""
        minute = min(slot.end + self.dice.whole(1, 240), 22 * 60 + self.dice.whole(0, 59))
        return self.days.at(slot.day, max(minute, slot.end + 1))

    def _check_in(self, customer: Customer, row: Row, start: datetime) -> None:
        east, north = (self.dice.random.gauss(0, 0.0004) for _axis in range(2))
        row["checked_in_at"] = start - timedelta(minutes=self.dice.whole(1, 9))
        row["longitude"] = degrees(customer.place.longitude + east)
        row["latitude"] = degrees(customer.place.latitude + north)

    def activity(self, customer: Customer, told: Told, person: Person, at: datetime) -> Row:
        priority = self.dice.weighted(PRIORITIES, lambda each: each[1])[0]
        return {
            "id": self.dice.new_id(at),
            "created_at": at,
            "created_by": person.id,
            "kind": told.scene.kind,
            "subject": told.subject,
            "priority": priority,
            "account_id": customer.id,
            "owner_id": person.id,
            "unit_id": self.company.unit_id(person),
            "place": self._place(customer, told.scene),
            "next_step": None,
        }

    def _place(self, customer: Customer, scene: Scene) -> str | None:
        english = customer.foreign
        if scene.kind in AT_CUSTOMER or (scene.kind == "meeting" and not scene.online):
            return customer.place.lines
        if scene.kind == "meeting":
            return "Online" if english else "线上会议"
        if scene.kind == "demonstration":
            return "Technology centre, Foshan" if english else "总部试模中心"
        if scene.kind == "hospitality":
            return f"{customer.place.short_city}市区"
        return None

    def _cancel(self, row: Row) -> None:
        row["status"] = "cancelled"
        for name in ("actual_start", "actual_end", "result", "outcome", "next_step", "next_step_on",
                     "checked_in_at", "longitude", "latitude"):  # fmt: skip
            row[name] = None

    def add(
        self, row: Row, ours: Sequence[Person], theirs: Sequence[Contact], told: Told | None
    ) -> None:
        self.rows["core.activity"].append(row)
        people: list[dict[str, Any]] = [{"user_id": p.id, "contact_id": None} for p in ours]
        people += [{"user_id": None, "contact_id": c.id} for c in theirs]
        for person in people:
            self._part(row, "core.activity_participant", person)
        if told is not None and told.machine is not None:
            about = {"entity": "core.product", "record_id": told.machine.id}
            self._part(row, "core.activity_subject", about)

    def _part(self, row: Row, entity: str, values: Mapping[str, Any]) -> None:
        at = row["created_at"]
        part = {"id": self.dice.new_id(at), "created_at": at, "created_by": row["created_by"]}
        self.rows[entity].append({**part, "activity_id": row["id"], **values})


def by_customer(contacts: Sequence[Contact]) -> Iterator[tuple[UUID, Contact]]:
    """Each contact with every customer that she is or was at."""
    for contact in contacts:
        for job in contact.jobs:
            yield job.customer.id, contact
