"""Who of us does what on a day: absences, who stands in, who comes along."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from pypinyin import lazy_pinyin

from tenon_core.demo.accounts import Customer
from tenon_core.demo.company import ADMIN, Company, Person, anniversaries
from tenon_core.demo.diary import Diary
from tenon_core.demo.dice import Dice, read_data
from tenon_core.demo.places import countries
from tenon_core.demo.workdays import Days

LEAVE_DAYS = 8


class Staff:
    def __init__(self, seed: int, days: Days, company: Company, diary: Diary) -> None:
        self.dice, self.days, self.company, self.diary = Dice(seed, "staff"), days, company, diary
        self.absent = dict(self._absences())
        self.free_days = anniversaries(days)
        for person in company.people.values():
            for day in self._leave():
                diary.close(person.id, day)

    def _absences(self) -> Iterator[tuple[str, tuple[date, date, str]]]:
        for login, start, end, other in read_data("company")["people"]["away"]:
            first = self.days.today + timedelta(days=start)
            yield login, (first, self.days.today + timedelta(days=end), other)

    def _leave(self) -> Iterator[date]:
        """Some single days and one week in each of the two years."""
        past = [day for day in self.days.every() if day < self.days.today]
        yield from self.dice.some(past, LEAVE_DAYS)
        for half in (past[: len(past) // 2], past[len(past) // 2 :]):
            start = self.dice.whole(0, len(half) - 6)
            yield from half[start : start + 5]

    def on_duty(self, login: str, day: date) -> Person:
        """The person, or who stands in for her on that day."""
        start, end, other = self.absent.get(login, (date.max, date.min, login))
        return self.company.people[other if start <= day <= end else login]

    def works(self, day: date, country: str) -> bool:
        return self.days.works(day, country) and day not in self.free_days

    def shift(self, person: Person, customer: Customer, day: date) -> int:
        """How many minutes later it is in China when the two meet."""
        there = datetime.combine(day, time(12), self.zone_of(person, customer))
        here = datetime.combine(day, time(12), self.days.zone)
        return round((there.timestamp() - here.timestamp()) / 60)

    def zone_of(self, person: Person, customer: Customer) -> ZoneInfo:
        """Whose hours hold: the person's where she lives abroad, else the customer's."""
        own = read_data("company")["zones"].get(person.login)
        if own is None and customer.foreign:
            own = countries()[customer.place.country]["zone"]
        return ZoneInfo(own) if own else self.days.zone

    def boss_of(self, person: Person) -> Person:
        return self.company.people[person.manager]

    def technician_of(self, customer: Customer) -> Person:
        login: str = read_data("company")["technicians"][customer.place.unit]
        return self.company.people[login]

    def author(self, login: str | None) -> UUID:
        return self.company.people[login or ADMIN].id


def written(person: Person, *, english: bool, engineer: bool = False) -> str:
    """How a salesperson writes of a colleague: 黄经理, 蔡工, Huang Zhiqiang."""
    if not english:
        return f"{person.name[0]}工" if engineer else person.salutation
    if person.name.isascii() or not "一" <= person.name[0] <= "龥":
        return person.name
    family, given = lazy_pinyin(person.name[0])[0], "".join(lazy_pinyin(person.name[1:]))
    return f"{family.title()} {given.title()}"
