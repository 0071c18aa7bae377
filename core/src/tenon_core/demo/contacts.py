"""The 1,500 people at customers: what they are there, and who moved on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from attrs import define

from tenon_core.demo.accounts import Customer
from tenon_core.demo.dice import Dice, Unique, read_data
from tenon_core.demo.names import Name, chinese, foreign
from tenon_core.demo.workdays import Days

CONTACTS = 1500
MOVED = 55
# So many of the planted twins come with a person who is there already, too.
DOUBLED = 2
# How many people are known at a customer of a tier, at least and at most.
KNOWN = {"A": (6, 11), "B": (4, 7), "C": (2, 5), "D": (1, 3)}
SMALL = 150
SENIOR = 4


@define(eq=False)
class Job:
    """What a contact is at a customer, in which days."""

    customer: Customer
    position: str
    department: str
    buying: str
    importance: int
    address: str
    since: date
    until: date | None = None


@define(eq=False)
class Contact:
    id: UUID
    name: Name
    created: datetime
    jobs: list[Job]
    age: str
    same_as: Contact | None = None
    superior: Contact | None = None

    @property
    def job(self) -> Job:
        return self.jobs[-1]

    def at(self, customer: Customer, day: date) -> Job | None:
        """What she was there on a day, of what we knew then."""
        for job in self.jobs:
            ended = job.until is not None and job.until <= day
            if job.customer is customer and job.since <= day and not ended:
                return job
        return None

    def called(self, job: Job) -> str:
        """How colleagues write of her: 王经理, Thomas Krüger."""
        return job.address.replace("{s}", self.name.surname) if job.address else self.name.full


class ContactMaker:
    def __init__(self, seed: int, days: Days) -> None:
        self.dice, self.days = Dice(seed, "contacts"), days
        self.names = Unique()
        self.made: list[Contact] = []

    def make(self, customers: Sequence[Customer]) -> list[Contact]:
        twins = [c for c in customers if c.twin_of is not None]
        singles = [c for c in customers if c.twin_of is None]
        counts = self._counts(singles, CONTACTS - len(twins))
        for customer in singles:
            self._people(customer, counts[customer.id])
        self._move([c for c in singles if not c.foreign and c.status != "lost"])
        for place, twin in enumerate(twins):
            if place < DOUBLED:
                self._double(twin)
            else:
                self._people(twin, 1)
        self._report_lines()
        return self.made

    def _counts(self, customers: Sequence[Customer], wanted: int) -> dict[UUID, int]:
        """How many people each customer has, in sum what is wanted; some have only one."""
        found = {c.id: self.dice.whole(*KNOWN[c.tier]) for c in customers}
        larger = [c for c in customers if c.employees >= SMALL]
        while (gap := wanted - sum(found.values())) != 0:
            id_ = self.dice.pick(larger).id
            if gap > 0 or found[id_] > 2:
                found[id_] += 1 if gap > 0 else -1
        return found

    # -------------------------------------------------------------------------------- people

    def _people(self, customer: Customer, count: int) -> None:
        if customer.foreign:
            options = read_data("abroad")["positions"]["all"]
        else:
            options = read_data("positions")["small" if customer.employees < SMALL else "large"]
        taken: list[Any] = []
        for place in range(count):
            free = [option for option in options if option not in taken] or options
            option = self.dice.weighted(free, lambda each: each[4])
            taken.append(option)
            self._person(customer, option, first=place == 0)

    def _person(self, customer: Customer, option: Sequence[Any], *, first: bool) -> None:
        position, department, buying, importance, _weight, *rest = option
        address, age, share = rest or ("", "middle", 0.25)
        woman = self.dice.chance(share)
        country = customer.place.country
        name = self._name(country, age, woman=woman)
        created = self._created(customer, first=first)
        since = created.date() - timedelta(days=self.dice.whole(200, 2500))
        job = Job(customer, position, department, buying, importance, address, since)
        self.made.append(Contact(self.dice.new_id(created), name, created, [job], age))

    def _name(self, country: str, age: str, *, woman: bool) -> Name:
        """One that nobody here has."""
        while True:
            if country == "CN":
                name = chinese(self.dice, age, woman=woman)
            else:
                name = foreign(self.dice, country, woman=woman)
            if self.names.add(name.full):
                return name

    def _created(self, customer: Customer, *, first: bool) -> datetime:
        """With the customer, or met at some later day."""
        if first or self.dice.chance(0.45):
            return customer.created + timedelta(seconds=self.dice.whole(20, 1500))
        last = (customer.quiet_since or self.days.today) - timedelta(days=6)
        span = max(1, int((last - customer.created.date()).days * 0.8))
        day = self.days.next(customer.created.date() + timedelta(days=self.dice.whole(1, span)))
        if day >= self.days.today:
            return customer.created + timedelta(seconds=900)
        return self.days.at(day, self.dice.whole(9 * 60, 18 * 60))

    def _move(self, customers: Sequence[Customer]) -> None:
        """Some change to another moulder, where we hear of them again."""
        ready = [c for c in self.made if c.job.customer in customers]
        ready = [c for c in ready if (self.days.today - c.created.date()).days > 150]
        for contact in self.dice.some(ready, MOVED):
            old = contact.job
            trade = old.customer.trade
            others = [c for c in customers if c.trade is trade and c is not old.customer]
            if not others:
                continue
            new = self.dice.pick(others)
            first = max(contact.created, new.created).date() + timedelta(days=40)
            span = (self.days.today - first).days - 20
            if span < 1 or old.customer.created > contact.created:
                continue
            left = self.days.next(first + timedelta(days=self.dice.whole(0, span)))
            old.until = left
            begins = left + timedelta(days=self.dice.whole(1, 15))
            contact.jobs.append(
                Job(new, old.position, old.department, old.buying, old.importance, old.address,
                    begins)
            )  # fmt: skip

    def _double(self, twin: Customer) -> None:
        """The person whom the colleague met at the customer that was there already."""
        known = next(c for c in self.made if c.job.customer is twin.twin_of)
        created = twin.created + timedelta(minutes=3)
        old = known.job
        job = Job(twin, old.position, old.department, old.buying, old.importance, old.address,
                  created.date())  # fmt: skip
        double = Contact(self.dice.new_id(created), known.name, created, [job], known.age, known)
        self.made.append(double)

    def _report_lines(self) -> None:
        """Who reports to whom: to somebody more important who was entered before."""
        here: dict[UUID, list[Contact]] = {}
        for contact in sorted(self.made, key=lambda each: each.created):
            team = here.setdefault(contact.job.customer.id, [])
            above = [c for c in team if c.job.importance > contact.job.importance]
            if above and contact.job.importance < SENIOR + 1:
                closest = min(above, key=lambda each: each.job.importance)
                contact.superior = closest
            if len(contact.jobs) == 1:
                team.append(contact)
