"""Whom we know at a customer, and who of them takes part in something."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from attrs import define

from tenon_core.demo.accounts import Customer
from tenon_core.demo.contacts import Contact, Job
from tenon_core.demo.dice import Dice
from tenon_core.demo.scenes import Scene
from tenon_core.demo.workdays import Days
from tenon_core.demo.writing import Row

# How often somebody of an importance is met; managing directors have little time.
MET = {5: 0.55, 4: 1.2, 3: 1.0, 2: 0.45, 1: 0.15}
NEVER_MET = 0.3
# The favourite, and whom a matter concerns, is so many times more likely to be met.
FAVOURITE, FITS = 4.0, 8.0
# The share of customers that are looked after too rarely, and of those that rest now.
NEGLECTED, FORGOTTEN = 0.15, 0.14
RARELY, ATTENTION = 2.5, (0.4, 1.3)
TOGETHER = frozenset({"visit", "meeting", "demonstration", "training", "survey", "exhibition"})
# So many of them come to something with several people, with weights.
PARTIES = ((1, 5), (2, 3), (3, 1))


@define(eq=False)
class Circle:
    """A customer with its people.

    `unmet` are important ones whom nobody of us ever met; `attention` multiplies the days between
    two contacts; `last` is the row of the last activity.
    """

    customer: Customer
    contacts: Sequence[Contact]
    favourite: Contact | None
    unmet: frozenset[UUID]
    attention: float
    forgotten_since: date | None
    last: Row | None = None

    @property
    def where(self) -> tuple[float, float]:
        return self.customer.place.longitude, self.customer.place.latitude

    @property
    def english(self) -> bool:
        return self.customer.foreign

    def attendees(self, dice: Dice, scene: Scene, day: date, moment: datetime) -> list[Contact]:
        """Who takes part: people who are there on that day and known by then."""
        there = [
            c
            for c in self.contacts
            if c.created <= moment
            and c.id not in self.unmet
            and (job := c.at(self.customer, day)) is not None
            and (not scene.chosen or job.buying in scene.who)
        ]
        count = dice.weighted(PARTIES, lambda each: each[1])[0] if scene.kind in TOGETHER else 1
        chosen: list[Contact] = []
        while there and len(chosen) < count:
            contact = dice.weighted(there, lambda c: self._appeal(scene, c, day))
            chosen.append(contact)
            there.remove(contact)
        return chosen

    def _appeal(self, scene: Scene, contact: Contact, day: date) -> float:
        """How likely it is her whom one meets for this."""
        job: Job | None = contact.at(self.customer, day)
        if job is None:
            return 0.0
        fits = FITS if job.buying in scene.who else 1.0
        return MET[job.importance] * fits * (FAVOURITE if contact is self.favourite else 1.0)


def make_circle(dice: Dice, days: Days, customer: Customer, contacts: Sequence[Contact]) -> Circle:
    important = [c for c in contacts if c.job.importance >= 4]
    unmet = {c.id for c in important if len(contacts) > 2 and dice.chance(NEVER_MET)}
    known = [c for c in contacts if c.id not in unmet]
    close = [c for c in known if c.job.importance >= 3] or known
    forgotten = None
    if customer.quiet_since is None and dice.chance(FORGOTTEN):
        forgotten = days.today - timedelta(days=dice.whole(50, 160))
    return Circle(
        customer=customer,
        contacts=contacts,
        favourite=dice.pick(close) if close else None,
        unmet=frozenset(unmet),
        attention=RARELY if dice.chance(NEGLECTED) else dice.near(*ATTENTION),
        forgotten_since=forgotten,
    )


def by_customer(contacts: Sequence[Contact]) -> Iterator[tuple[UUID, Contact]]:
    """Each contact with every customer that she is or was at."""
    for contact in contacts:
        for job in contact.jobs:
            yield job.customer.id, contact
