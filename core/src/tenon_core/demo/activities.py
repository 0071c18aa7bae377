"""Two years of visits, calls and meetings with customers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from tenon_core.demo.accounts import Customer
from tenon_core.demo.activity_rows import UNPLANNED, ActivityRows, Meeting
from tenon_core.demo.circle import TOGETHER, Circle
from tenon_core.demo.company import Company, Person
from tenon_core.demo.contacts import Contact
from tenon_core.demo.diary import Diary, Slot
from tenon_core.demo.dice import Dice
from tenon_core.demo.products import Catalogue
from tenon_core.demo.scenes import Scene, Teller, Told, choose, kinds_of, stage_of
from tenon_core.demo.staff import Staff, written
from tenon_core.demo.workdays import Days
from tenon_core.demo.writing import Row

# Days between two contacts with a customer of a tier.
EVERY = {"A": 7.0, "B": 14.0, "C": 27.0, "D": 52.0}
# A new customer is courted for so many days, so many times as often.
COURTED, COURTING = 90, 2.0
CANCELLED, FOLLOWING = 0.03, 0.5
# A customer that nothing was done for in so long goes to the pool.
RESTED = timedelta(days=185)
# So many days before the end a customer begins to become quiet.
FADING = 90
PATIENCE = 9
NOON = 12 * 60
EXPERT, EXPERT_COMES, TECHNICIAN_COMES = "caoyunfei", 0.7, 0.3


class ActivityMaker:
    def __init__(
        self, seed: int, days: Days, company: Company, catalogue: Catalogue, staff: Staff
    ) -> None:
        self.dice, self.days = Dice(seed, "activities"), days
        self.company, self.staff = company, staff
        self.diary: Diary = staff.diary
        self.teller = Teller(Dice(seed, "words"), catalogue)
        self.writer = ActivityRows(self.dice, days, company)

    def past(self, circle: Circle) -> None:
        """What was done for a customer until yesterday."""
        customer, circle.last = circle.customer, None
        day = float(customer.created.toordinal() + self.dice.whole(0, 4))
        end = customer.quiet_since or circle.forgotten_since or self.days.today
        while (on := date.fromordinal(int(day))) < end:
            fading = customer.quiet_since is not None and (end - on).days < FADING
            if not self.resting(customer, on):
                self._happen(circle, on, stage_of(customer, ended=fading))
            day += self._step(circle, on)

    def _step(self, circle: Circle, on: date) -> float:
        customer = circle.customer
        every = EVERY[customer.tier] * circle.attention
        if (on - customer.created.date()).days < COURTED and customer.status != "lost":
            every /= COURTING
        return max(1.0, every * self.dice.near(0.2, 1.8))

    def resting(self, customer: Customer, day: date) -> bool:
        """Whether nobody does anything for it, because it is or will soon be in a pool."""
        moment = self.days.at(day, NOON)
        return any(
            stay.person is None
            and stay.since - RESTED <= moment
            and (stay.until is None or moment < stay.until)
            for stay in customer.stays
        )

    def _happen(self, circle: Circle, on: date, stage: str) -> None:
        """Something of a usual kind, on the first day from `on` when there is time for it."""
        customer = circle.customer
        kind = self.dice.weighted(list(kinds_of(customer).items()), lambda each: each[1])[0]
        scene = choose(self.dice, customer, kind, stage)
        scene = scene or choose(self.dice, customer, "call", stage)
        for later in range(PATIENCE if scene is not None else 0):
            day = on + timedelta(days=later)
            if day >= self.days.today or not self.staff.works(day, customer.place.country):
                continue
            owner = customer.owner_on(self.days.at(day, NOON))
            if owner is None or scene is None:
                return
            meeting = self.arrange(circle, scene, self.staff.on_duty(owner, day), day)
            if meeting is not None and self._fits(meeting):
                self.record(meeting)
                return

    def _fits(self, meeting: Meeting) -> bool:
        """Whether it was after the customer came, and is over by now."""
        day, slot = meeting.slot.day, meeting.slot
        begun = self.days.at(day, slot.begins) > meeting.customer.created
        return begun and self.days.at(day, slot.ends) < self.days.now

    def arrange(self, circle: Circle, scene: Scene, person: Person, day: date) -> Meeting | None:
        """A time on that day that is free in the person's diary."""
        shift = self.staff.shift(person, circle.customer, day)
        slot = self.diary.find(person.id, day, scene.kind, circle.where, shift)
        return None if slot is None else Meeting(circle, scene, person, slot)

    def record(self, meeting: Meeting) -> None:
        """Writes down what happened, unless a colleague who is needed has no time."""
        ours = self._ours(meeting)
        if ours is None:
            return
        theirs, told = self.tell(meeting)
        if meeting.scene.chosen and not theirs:
            return
        for colleague in ours:
            self.diary.book(colleague.id, meeting.slot, meeting.scene.kind, meeting.circle.where)
        row = self.writer.done(meeting, told)
        if meeting.scene.kind not in UNPLANNED and self.dice.chance(CANCELLED):
            self.writer.cancel(row)
        elif (last := meeting.circle.last) is not None and self._follows(last, row):
            row["follows_id"] = last["id"]
        self.writer.add(row, ours, theirs, told)
        meeting.circle.last = row

    def _follows(self, last: Row, row: Row) -> bool:
        """Whether it is the next step of what happened before."""
        before = last["next_step"] and last["created_at"] < row["created_at"]
        return bool(before) and self.dice.chance(FOLLOWING)

    def tell(self, meeting: Meeting) -> tuple[Sequence[Contact], Told]:
        """Who of them takes part, and the words; nobody does in a task."""
        circle, slot = meeting.circle, meeting.slot
        moment = self.days.at(slot.day, slot.begins)
        theirs = circle.attendees(self.dice, meeting.scene, slot.day, moment)
        told = self.teller.tell(meeting.scene, circle.customer, self._said(meeting, theirs))
        return ([] if meeting.scene.kind == "task" else theirs), told

    def _said(self, meeting: Meeting, theirs: Sequence[Contact]) -> dict[str, str]:
        circle, staff = meeting.circle, self.staff
        met = "reception" if circle.english else "对方"
        if theirs:
            job = next(j for j in theirs[0].jobs if j.customer is circle.customer)
            met = theirs[0].called(job)
        expert = staff.technician_of(circle.customer)
        return {
            "p": met,
            "boss": written(staff.boss_of(meeting.person), english=circle.english),
            "tech": written(expert, english=circle.english, engineer=True),
            "fair": meeting.fair,
        }

    def _ours(self, meeting: Meeting) -> list[Person] | None:
        """Who of us takes part; None if somebody who has to is not free."""
        scene, customer = meeting.scene, meeting.customer
        technician = self.staff.technician_of(customer)
        needed = [self.staff.boss_of(meeting.person)] if scene.boss else []
        needed += [technician] if scene.tech else []
        if not all(self._free(person, meeting.slot, meeting) for person in needed):
            return None
        welcome: list[Person] = []
        if scene.kind in {"demonstration", "training"} and self.dice.chance(EXPERT_COMES):
            welcome.append(self.company.people[EXPERT])
        alone = customer.tier == "A" and scene.kind in TOGETHER and not needed
        if alone and not welcome and self.dice.chance(TECHNICIAN_COMES):
            welcome.append(technician)
        others = [p for p in welcome if self._free(p, meeting.slot, meeting)]
        return [meeting.person, *needed, *others]

    def _free(self, person: Person, slot: Slot, meeting: Meeting) -> bool:
        return self.diary.is_free(person.id, slot, meeting.scene.kind, meeting.circle.where)
