"""What colleagues leave on customers: comments, ties, shares, views, documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

from attrs import frozen
from xlsxwriter import Workbook

from tenon_core.demo.accounts import Customer
from tenon_core.demo.company import ADMIN, Company, Person
from tenon_core.demo.dice import Dice, read_data
from tenon_core.demo.staff import Staff
from tenon_core.demo.workdays import Days
from tenon_core.demo.writing import Row

COMMENTED, ANSWERED = 0.22, 0.35
SHARED = {"A": 0.9, "B": 0.2}
TIED = 70
SHEETS = 18
# Cavity pressure in MPa of a usual part, and the force in tons of 1 MPa on 1 cm².
PRESSURE, TONS = 38, 0.010197
FOLLOWS_UP = timedelta(hours=5)


@frozen(kw_only=True)
class Remark:
    """A comment as it is written by somebody at a moment; mentions are found in its text."""

    id: UUID
    at: datetime
    author: Person
    customer: Customer
    text: str
    answer_to: UUID | None = None


@frozen(kw_only=True)
class Paper:
    """A document that somebody attached."""

    id: UUID
    at: datetime
    author: Person
    customer: Customer
    file_name: str
    content: bytes


class Extras:
    def __init__(self, seed: int, days: Days, company: Company, staff: Staff) -> None:
        self.dice, self.days = Dice(seed, "extras"), days
        self.company, self.staff = company, staff

    def remarks(self, customers: Sequence[Customer]) -> Iterator[Remark]:
        """Comments in the order in which they were written, answers behind what they answer."""
        data = read_data("records")["comments"]
        found: list[Remark] = []
        for customer in customers:
            owner = self._owner(customer)
            if owner is None or customer.quiet_since or not self.dice.chance(COMMENTED):
                continue
            at = self._moment(customer)
            boss = self.staff.boss_of(owner)
            text = self.dice.pick(data["en" if customer.foreign else "zh"])
            asked = {
                "tech": self.staff.technician_of(customer),
                "boss": boss,
                "con": self.dice.pick(self.company.of("CON", "contract_clerk")),
                "fin": self.company.people["fangjing"],
            }
            said = text
            for name, person in asked.items():
                said = said.replace("{" + name + "}", person.login)
            remark = Remark(
                id=self.dice.new_id(at), at=at, author=owner, customer=customer, text=said
            )
            found.append(remark)
            named = [p for name, p in asked.items() if "{" + name + "}" in text]
            if named and self.dice.chance(ANSWERED) and at + FOLLOWS_UP < self.days.now:
                found.append(self._answer(remark, named[0]))
        yield from sorted(found, key=lambda remark: remark.at)

    def _answer(self, remark: Remark, person: Person) -> Remark:
        data = read_data("records")["comments"]
        words = data["replies_en" if remark.customer.foreign else "replies"]
        at = remark.at + timedelta(minutes=self.dice.whole(6, 240))
        return Remark(
            id=self.dice.new_id(at),
            at=at,
            author=person,
            customer=remark.customer,
            text=self.dice.pick(words),
            answer_to=remark.id,
        )

    def _owner(self, customer: Customer) -> Person | None:
        return self.company.people[customer.owner] if customer.owner else None

    def _moment(self, customer: Customer) -> datetime:
        """In the working hours of a day since its owner got the customer, rather a late one."""
        since = max(customer.stays[-1].since, customer.created).date() + timedelta(days=1)
        span = max((self.days.today - since).days - 1, 0)
        day = self.days.today - timedelta(days=1 + int(span * self.dice.random.random() ** 3))
        return self.days.at(self.days.last(day), self.dice.whole(9 * 60, 17 * 60 + 20))

    def shares(self, customers: Sequence[Customer]) -> Iterator[Row]:
        """Important customers are seen by the technician of their region, some by a colleague."""
        for customer in customers:
            owner = self._owner(customer)
            if owner is None or not self.dice.chance(SHARED.get(customer.tier, 0.0)):
                continue
            others = [self.staff.technician_of(customer)]
            if self.dice.chance(0.3):
                sellers = self.company.sellers(customer.place.unit, self.days.today)
                others += self.dice.some([p for p in sellers if p is not owner], 1)
            for place, person in enumerate(others):
                yield self._stamped(
                    self._moment(customer),
                    owner,
                    entity="core.account",
                    record_id=customer.id,
                    user_id=person.id,
                    level="edit" if place else "view",
                )

    def _stamped(self, at: datetime, author: Person, **values: Any) -> Row:
        row = {"id": self.dice.new_id(at), "created_at": at, "created_by": author.id}
        return {**row, **values}

    def ties(
        self, met: Mapping[tuple[UUID, UUID], datetime], foreign: frozenset[UUID]
    ) -> Iterator[Row]:
        """What is known of some relationships beyond business; `met` is when the two first met."""
        people = {p.id: p for p in self.company.people.values()}
        for contact, user in self.dice.some(sorted(met), TIED):
            language = "en" if contact in foreign else "zh"
            kind, note = self.dice.pick(read_data("records")["ties"][language])
            at = met[contact, user]
            row = self._stamped(at, people[user], contact_id=contact, user_id=user)
            yield {**row, "kind": kind, "note": note, "since": at.astimezone(self.days.zone).date()}

    def views(self) -> Iterator[Row]:
        for login, entity, name, shared, fields, filters, sort in read_data("records")["views"][
            "all"
        ]:
            person = self.company.people[login]
            at = self.days.at(self.days.next(self.days.today - timedelta(days=90)), 15 * 60)
            yield self._stamped(
                at,
                person,
                entity=entity,
                name=name,
                shared=shared,
                definition={"fields": fields.split(","), "filters": filters, "sort": [sort]},
                owner_id=person.id,
                unit_id=self.company.unit_id(person),
            )

    # --------------------------------------------------------------------------------- papers

    def papers(self, customers: Sequence[Customer]) -> Iterator[Paper]:
        """Selection sheets of machines for some important customers."""
        ready = [c for c in customers if c.owner and c.tier in {"A", "B"} and not c.quiet_since]
        for customer in self.dice.some(ready, SHEETS):
            at = self._moment(customer)
            title = read_data("records")["sheet"]["title_en" if customer.foreign else "title"]
            yield Paper(
                id=self.dice.new_id(at),
                at=at,
                author=self.company.people[customer.owner or ADMIN],
                customer=customer,
                file_name=f"{title} {customer.short}.xlsx",
                content=self._sheet(customer, title, at),
            )

    def _sheet(self, customer: Customer, title: str, at: datetime) -> bytes:
        dice, machine = self.dice, self.dice.pick(customer.machines)
        force = machine.tons * dice.near(0.72, 0.9)
        area = force / (PRESSURE * TONS)
        parts = customer.trade["parts_en" if customer.foreign else "parts"]
        values = (
            ("客户", "Customer", customer.short),
            ("产品", "Part", dice.pick(parts)),
            ("材料", "Material", dice.pick(customer.trade["materials"])),
            ("投影面积（cm²，含流道）", "Projected area (cm², with runner)", round(area)),
            ("型腔压力（MPa）", "Cavity pressure (MPa)", PRESSURE),
            ("所需锁模力（吨）", "Clamping force needed (t)", round(force)),
            ("推荐机型", "Recommended machine", machine.model),
            ("锁模力（吨）", "Clamping force (t)", machine.tons),
            ("安全余量", "Reserve", f"{(machine.tons - force) / machine.tons:.0%}"),
        )
        stream = BytesIO()
        with Workbook(stream, {"in_memory": True}) as book:
            book.set_properties({"title": title, "created": at.replace(tzinfo=None)})
            sheet = book.add_worksheet()
            sheet.set_column(0, 0, 36)
            sheet.set_column(1, 1, 28)
            sheet.write(0, 0, title, book.add_format({"bold": True, "font_size": 14}))
            for place, (chinese, english, value) in enumerate(values, start=2):
                sheet.write(place, 0, english if customer.foreign else chinese)
                sheet.write(place, 1, value)
        return stream.getvalue()
