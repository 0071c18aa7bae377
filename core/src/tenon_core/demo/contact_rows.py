"""The rows of contacts: how they are reached, their positions, their further numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from tenon_core.demo.accounts import Customer
from tenon_core.demo.company import Company
from tenon_core.demo.contacts import Contact, Job
from tenon_core.demo.dice import Dice, Unique, read_data
from tenon_core.demo.owners import Owners
from tenon_core.demo.places import mobile
from tenon_core.demo.workdays import Days
from tenon_core.demo.writing import Row
from tenon_core.entities.contacts import normalised

BORN = {"old": (1962, 1974), "middle": (1975, 1988), "young": (1989, 2000)}


class ContactRows:
    def __init__(self, seed: int, days: Days, company: Company, owners: Owners) -> None:
        self.dice, self.days = Dice(seed, "contact rows"), days
        self.company, self.owners = company, owners
        self.mobiles, self.emails = Unique(), Unique()
        self.numbers: dict[UUID, str] = {}
        self.rows: dict[str, list[Row]] = {}

    def add_all(self, contacts: Sequence[Contact]) -> None:
        for contact in contacts:
            self._write(contact)

    def _keep(self, entity: str, row: Row) -> None:
        self.rows.setdefault(entity, []).append(row)

    def _write(self, contact: Contact) -> None:
        author = self._author(contact.jobs[0].customer, contact.created)
        base = {"created_at": contact.created, "created_by": author}
        self._keep("core.contact", {"id": contact.id, **base, **self._values(contact)})
        for place, job in enumerate(contact.jobs):
            moment = contact.created if place == 0 else self.days.at(job.since, 10 * 60)
            self._keep("core.contact_account", self._position(contact, job, moment))
        self._channels(contact, author)
        customer = contact.job.customer
        for period in self.owners.periods("core.contact", contact.id, customer, contact.created):
            self._keep("core.ownership_period", period)

    def _author(self, customer: Customer, moment: datetime) -> UUID | None:
        login = customer.owner_on(moment)
        return self.company.people[login].id if login else None

    def _values(self, contact: Contact) -> Row:
        dice, customer = self.dice, contact.job.customer
        chinese_firm = not customer.foreign
        number = self._number(contact)
        owned = self.owners.owned(customer)
        return {
            "name": contact.name.full,
            "salutation": "ms" if contact.name.woman else "mr",
            "mobile": number,
            "phone": self._extension(customer) if chinese_firm and dice.chance(0.3) else None,
            "email": self._email(contact) if dice.chance(0.45 if chinese_firm else 0.97) else None,
            "wechat": self._wechat(contact, number) if chinese_firm and dice.chance(0.7) else None,
            "birthday": self._birthday(contact.age) if dice.chance(0.12) else None,
            "language": None if chinese_firm else "en",
            "no_calls": dice.chance(0.02),
            "no_mailings": dice.chance(0.06),
            "description": self._note() if chinese_firm and dice.chance(0.14) else None,
            "reports_to_id": contact.superior.id if contact.superior else None,
            "owner_id": owned["owner_id"],
            "unit_id": owned["unit_id"],
        }

    def _number(self, contact: Contact) -> str:
        """Her mobile phone; who stands here twice has the same."""
        if contact.same_as is not None:
            return self.numbers[contact.same_as.id]
        place = contact.job.customer.place
        number = self.mobiles.draw(lambda: mobile(self.dice, place))
        self.numbers[contact.id] = number
        return number

    def _extension(self, customer: Customer) -> str:
        """Her own line behind the customer's number."""
        return self.mobiles.draw(lambda: f"{customer.phone}-{self.dice.whole(800, 889)}")

    def _email(self, contact: Contact) -> str:
        name, domain = contact.name, contact.job.customer.domain
        if contact.job.customer.foreign:
            firsts = (name.given, name.given[0], name.given[:2])
            return self.emails.draw(lambda: f"{self.dice.pick(firsts)}.{name.family}@{domain}")
        forms = (f"{name.given}.{name.family}", f"{name.family}{name.given}",
                 f"{name.family}{name.given[:1]}{self.dice.whole(1, 99)}")  # fmt: skip
        return self.emails.draw(lambda: f"{self.dice.pick(forms)}@{domain}")

    def _wechat(self, contact: Contact, number: str) -> str:
        if self.dice.chance(0.55):
            return number
        return f"{contact.name.family}{contact.name.given}{self.dice.whole(1, 9999)}"

    def _birthday(self, age: str) -> date:
        return date(self.dice.whole(*BORN[age]), self.dice.whole(1, 12), self.dice.whole(1, 28))

    def _note(self) -> str:
        notes: str = read_data("positions")["notes"]["all"]
        return self.dice.pick(notes.split())

    def _position(self, contact: Contact, job: Job, moment: datetime) -> Row:
        now = job.until is None
        return {
            "id": self.dice.new_id(moment),
            "created_at": moment,
            "created_by": self._author(job.customer, moment),
            "contact_id": contact.id,
            "account_id": job.customer.id,
            "position": job.position,
            "department": job.department,
            "buying_role": job.buying,
            "importance": job.importance,
            "is_primary": now,
            "active": now,
            "starts_on": job.since,
            "ends_on": job.until,
        }

    def _channels(self, contact: Contact, author: UUID | None) -> None:
        """A second number of some, as people with a private telephone have."""
        if contact.same_as is not None or not self.dice.chance(0.08):
            return
        value = self.mobiles.draw(lambda: mobile(self.dice, contact.job.customer.place))
        self._keep(
            "core.contact_channel",
            {
                "id": self.dice.new_id(contact.created),
                "created_at": contact.created,
                "created_by": author,
                "contact_id": contact.id,
                "kind": "mobile",
                "value": value,
                "normalised": normalised(value),
                "note": "私人手机" if not contact.job.customer.foreign else "private",
            },
        )
