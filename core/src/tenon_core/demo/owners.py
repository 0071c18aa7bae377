"""Who looks after which customer, since when, and which ones wait in a pool."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tenon_core.demo.accounts import Customer, Stay
from tenon_core.demo.company import Company
from tenon_core.demo.dice import Dice, read_data
from tenon_core.demo.market import BANNED, Market
from tenon_core.demo.workdays import Days
from tenon_core.demo.writing import Row

POOLED, CLAIMED = 28, 14
# Managers look after some of the most important ones themselves.
MANAGED = 0.2
# Plants of a group in one branch mostly have the owner of the group.
SAME_OWNER = 0.7


class Owners:
    def __init__(self, seed: int, days: Days, company: Company, market: Market) -> None:
        self.dice, self.days = Dice(seed, "owners"), days
        self.company, self.market = company, market
        self.load: Counter[str] = Counter()

    def share_out(self, customers: Sequence[Customer]) -> None:
        """Gives every customer its owners over time, then rests some in the pools."""
        for customer in customers:
            self._quiet(customer)
            first = self._first(customer)
            self.load[first] += 1
            customer.stays = [Stay(first, customer.created, None, "created")]
        self._leavers(customers)
        resting = [c for c in customers if c.status in {"dormant", "prospect"} and not c.group]
        resting = [c for c in resting if c.created < self.days.now - timedelta(days=300)]
        chosen = self.dice.some(resting, POOLED + CLAIMED)
        for customer in chosen[:POOLED]:
            self._rest(customer, claimed=False)
        for customer in chosen[POOLED:]:
            self._rest(customer, claimed=True)

    def _quiet(self, customer: Customer) -> None:
        """Since when nothing happens any more at dormant and lost ones."""
        if customer.status not in {"dormant", "lost"}:
            return
        least = 120 if customer.status == "dormant" else 60
        known = (self.days.today - customer.created.date()).days
        ago = self.dice.whole(least, max(least + 20, min(known - 10, 420)))
        customer.quiet_since = self.days.today - timedelta(days=ago)

    def _first(self, customer: Customer) -> str:
        unit, day = customer.place.unit, customer.created.date()
        if customer.group is not None and customer.group.place.unit == unit:
            login = customer.group.owner_on(customer.created)
            until = self.company.people[login].until if login else None
            if login and (until is None or day <= until) and self.dice.chance(SAME_OWNER):
                return login
        if customer.tier == "A" and not customer.foreign and self.dice.chance(MANAGED):
            return self.company.of(unit, "sales_manager")[0].login
        there = [p.login for p in self.company.sellers(unit, day)]
        if customer.foreign:
            there = read_data("company")["countries"][customer.place.country]
        return min(self.dice.some(there, 3), key=lambda login: self.load[login])

    def _leavers(self, customers: Sequence[Customer]) -> None:
        """Hands the customers of who left to the colleague who took over."""
        for login, ago, heir in read_data("company")["people"]["left"]:
            day = self.days.last(self.days.today - timedelta(days=ago + 1))
            moment = self.days.at(day, 16 * 60 + 30)
            for customer in customers:
                if customer.owner == login:
                    first = customer.stays[-1]
                    ended = Stay(login, first.since, moment, first.reason)
                    customer.stays = [*customer.stays[:-1], ended]
                    customer.stays.append(Stay(heir, moment, None, "handover"))
                    self.load[heir] += 1

    def _rest(self, customer: Customer, *, claimed: bool) -> None:
        """Puts a customer into its pool, and lets a colleague claim it if wanted."""
        dice, days = self.dice, self.days
        last = customer.stays[-1]
        start = last.since + timedelta(days=180)
        span = max(1, (days.now - start).days - (60 if claimed else 3))
        day = days.next((start + timedelta(days=dice.whole(0, span))).date())
        entered = days.at(day, 3 * 60 + 30)
        reason = "recycled"
        if dice.chance(0.35):
            entered, reason = days.at(day, dice.whole(9 * 60, 17 * 60)), "released"
        if entered >= days.now:
            entered = days.at(days.today - timedelta(days=1), 3 * 60 + 30)
        ended = Stay(last.person, last.since, entered, last.reason)
        customer.stays = [*customer.stays[:-1], ended, Stay(None, entered, None, reason)]
        quiet = entered.date() - timedelta(days=dice.whole(180, 200))
        if not claimed:
            customer.quiet_since = quiet
            return
        customer.quiet_since = None
        if customer.status == "dormant":
            customer.status = "prospect"
        self._claim(customer, entered)

    def _claim(self, customer: Customer, entered: datetime) -> None:
        days = self.days
        rest = max(2, (days.now - entered).days - 2)
        day = days.next(entered.date() + timedelta(days=self.dice.whole(1, min(rest, 45))))
        moment = min(days.at(day, self.dice.whole(9 * 60, 11 * 60)), days.now - timedelta(hours=9))
        previous = customer.stays[-2].person
        there = [p.login for p in self.company.sellers(customer.place.unit, days.today)]
        heir = self.dice.pick([login for login in there if login != previous])
        waited = Stay(None, entered, moment, customer.stays[-1].reason)
        customer.stays = [*customer.stays[:-1], waited, Stay(heir, moment, None, "claimed")]

    # ----------------------------------------------------------------------------------- rows

    def periods(
        self, entity: str, record: UUID, customer: Customer, since: datetime
    ) -> Iterator[Row]:
        """Ownership periods of a record that follows a customer's owners from `since` on."""
        for stay in customer.stays:
            if stay.person is None or (stay.until is not None and stay.until <= since):
                continue
            person = self.company.people[stay.person]
            begins = max(stay.since, since)
            first = begins == since
            yield {
                "id": self.dice.new_id(begins),
                "entity": entity,
                "record_id": record,
                "user_id": person.id,
                "unit_id": self.company.unit_id(person),
                "starts_at": begins,
                "ends_at": stay.until,
                "reason": "created" if first else stay.reason,
                "created_at": begins,
                "created_by": person.id,
            }

    def pool_entries(self, customer: Customer) -> Iterator[Row]:
        for before, stay, after in _neighbours(customer.stays):
            if stay.person is not None:
                continue
            previous = self._id(before)
            yield {
                "id": self.dice.new_id(stay.since),
                "pool_id": self.market.pools[customer.place.unit],
                "account_id": customer.id,
                "reason": stay.reason,
                "entered_at": stay.since,
                "previous_owner_id": previous,
                "banned_until": stay.since + timedelta(days=BANNED),
                "left_at": stay.until,
                "claimed_by_id": self._id(after),
                "created_at": stay.since,
                "created_by": previous if stay.reason == "released" else None,
            }

    def _id(self, stay: Stay | None) -> UUID | None:
        if stay is None or stay.person is None:
            return None
        return self.company.people[stay.person].id

    def owned(self, customer: Customer) -> dict[str, Any]:
        """The owner and unit of today; the pool of one that waits."""
        if customer.owner is None:
            return {
                "owner_id": None,
                "unit_id": self.company.units[customer.place.unit],
                "pool_id": self.market.pools[customer.place.unit],
            }
        person = self.company.people[customer.owner]
        return {"owner_id": person.id, "unit_id": self.company.unit_id(person), "pool_id": None}


def _neighbours(
    stays: Sequence[Stay],
) -> Iterator[tuple[Stay | None, Stay, Stay | None]]:
    padded: list[Stay | None] = [None, *stays, None]
    yield from zip(padded, stays, padded[2:], strict=False)
