"""The demo company itself: its units, people, calendars and the rates of its currencies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from attrs import define, field

from tenon_core.demo.dice import Dice, read_data
from tenon_core.demo.workdays import Days
from tenon_core.demo.writing import Row

SALES = ("SC", "EC", "NC", "SW", "CC", "OS")
FOUNDED = 2009
ADMIN = "yukai"


@define(eq=False)
class Person:
    """An employee; `until` is her last day, empty for who is still here."""

    id: UUID
    login: str
    name: str
    unit: str
    position: str
    role: str
    manager: str
    since: date
    until: date | None = None

    @property
    def salutation(self) -> str:
        """How a salesperson writes of a superior: 黄经理, and by first name abroad."""
        if not "一" <= self.name[0] <= "龥":
            return self.name.split()[0]
        return self.name[0] + ("总" if "总" in self.position else "经理")


@define(eq=False)
class Company:
    units: dict[str, UUID]
    people: dict[str, Person]
    calendars: dict[str, UUID]
    started: datetime
    rows: dict[str, list[Row]] = field(factory=dict)

    def of(self, unit: str, role: str) -> list[Person]:
        return [p for p in self.people.values() if p.unit == unit and p.role == role]

    def sellers(self, unit: str, day: date) -> list[Person]:
        """Salespeople of a branch who work there on a day."""
        return [p for p in self.of(unit, "salesperson") if p.until is None or day <= p.until]

    def unit_id(self, person: Person) -> UUID:
        return self.units[person.unit]


def make_company(seed: int, days: Days) -> Company:
    """The company as it is when its history here begins, with all who ever worked in it."""
    dice = Dice(seed, "company")
    started = days.at(days.start, 0)
    calendars = {
        code: dice.new_id(started) for code, *_rest in read_data("company")["calendars"]["all"]
    }
    units = {code: dice.new_id(started) for code, *_rest in read_data("company")["units"]["all"]}
    people = {person.login: person for person in _people(dice, days)}
    company = Company(units, people, calendars, started)
    admin = company.people[ADMIN].id
    company.rows = {
        "core.calendar": [_stamped(row, started, None) for row in _calendars(calendars)],
        "core.calendar_day": list(_free_days(dice, days, calendars["HQ"], started)),
        "core.unit": [_stamped(row, started, None) for row in _units(company)],
        "core.user": [_stamped(row, started, None) for row in _users(company, days)],
        "core.currency": [],
        "core.exchange_rate": [],
    }
    _money(dice, days, company.rows, admin, started)
    return company


def _stamped(row: Row, at: datetime, by: UUID | None) -> Row:
    return {**row, "created_at": at, "created_by": by}


def _people(dice: Dice, days: Days) -> Iterator[Person]:
    data = read_data("company")
    gone = {login: days.today - timedelta(days=ago) for login, ago, _heir in data["people"]["left"]}
    for name, login, unit, position, role, manager, years in data["people"]["all"]:
        since = days.next(days.start - timedelta(days=365 * (years - 2) + dice.whole(0, 300)))
        yield Person(
            id=dice.new_id(days.at(days.start, 0)),
            login=login,
            name=name,
            unit=unit,
            position=position,
            role=role,
            manager=manager,
            since=since,
            until=gone.get(login),
        )


def _calendars(ids: Mapping[str, UUID]) -> Iterator[Row]:
    for code, name, zone, weekdays, saturday, country in read_data("company")["calendars"]["all"]:
        hours = {str(day): weekdays for day in range(1, 6)}
        yield {
            "id": ids[code],
            "code": code,
            "name": name,
            "zone": zone,
            "hours": {**hours, "6": saturday} if saturday else hours,
            "holidays": country,
            "is_default": code == "HQ",
        }


def _free_days(dice: Dice, days: Days, calendar: UUID, at: datetime) -> Iterator[Row]:
    """The company's yearly outing, on a Friday in November."""
    for year in range(days.start.year, days.today.year + 1):
        first = date(year, 11, 1)
        friday = first + timedelta(days=(4 - first.weekday()) % 7 + 7)
        row = {
            "id": dice.new_id(at),
            "calendar_id": calendar,
            "day": friday,
            "kind": "holiday",
            "name": "司庆日",
        }
        yield _stamped(row, at, None)


def anniversaries(days: Days) -> set[date]:
    """The free days that only this company has."""
    rows = _free_days(Dice(0, "free days"), days, UUID(int=0), days.now)
    return {row["day"] for row in rows}


def _units(company: Company) -> Iterator[Row]:
    paths: dict[str, str] = {}
    for code, name, parent, _head, calendar in read_data("company")["units"]["all"]:
        paths[code] = f"{paths.get(parent, '')}{company.units[code]}/"
        yield {
            "id": company.units[code],
            "name": name,
            "code": code,
            "parent_id": company.units.get(parent),
            "path": paths[code],
            "calendar_id": company.calendars.get(calendar),
        }


def heads(company: Company) -> Iterator[tuple[UUID, UUID]]:
    """(unit, its head)."""
    for code, _name, _parent, head, _calendar in read_data("company")["units"]["all"]:
        yield company.units[code], company.people[head].id


def _users(company: Company, days: Days) -> Iterator[Row]:
    data = read_data("company")
    away = {login: (start, end, other) for login, start, end, other in data["people"]["away"]}
    mobiles = Dice(0, "our mobiles")
    # Who stands in comes before whom she stands in for.
    for person in sorted(company.people.values(), key=lambda each: each.login in away):
        boss = company.people.get(person.manager)
        start, end, other = away.get(person.login, (None, None, None))
        yield {
            "id": person.id,
            "login": person.login,
            "name": person.name,
            "email": f"{person.login}@{data['company']['domain']}",
            "phone": f"13{mobiles.pick('5678')}{mobiles.digits(8)}",
            "position": person.position,
            "manager_id": boss.id if boss else None,
            "unit_id": company.units[person.unit],
            "locale": "zh_CN" if person.login not in data["zones"] else "en",
            "zone": data["zones"].get(person.login),
            "calendar_id": company.calendars["VN"] if person.login == "nguyenthanhlong" else None,
            "active_from": person.since,
            "active_until": person.until,
            "substitute_id": company.people[other].id if other else None,
            "substitute_from": None if start is None else days.today + timedelta(days=start),
            "substitute_until": None if end is None else days.today + timedelta(days=end),
        }


def _money(dice: Dice, days: Days, rows: dict[str, list[Row]], admin: UUID, at: datetime) -> None:
    data = read_data("company")["currencies"]
    base = dice.new_id(at)
    code, name, symbol = data["base"]
    currency = {"id": base, "code": code, "name": name, "symbol": symbol, "is_base": True}
    rows["core.currency"].append(_stamped(currency, at, admin))
    for code, name, symbol, start, drift in data["others"]:
        id_ = dice.new_id(at)
        currency = {"id": id_, "code": code, "name": name, "symbol": symbol, "is_base": False}
        rows["core.currency"].append(_stamped(currency, at, admin))
        rate = Decimal(start)
        for day in _first_workdays(days):
            moment = days.at(day, 9 * 60 + 40)
            row = {
                "id": dice.new_id(moment),
                "base_id": id_,
                "quote_id": base,
                "day": day,
                "rate": round(rate, 8),
                "source": "财务部录入",
            }
            rows["core.exchange_rate"].append(_stamped(row, moment, admin))
            rate = round(rate * Decimal(str(1 + dice.random.gauss(0, drift))), 8)


def _first_workdays(days: Days) -> Sequence[date]:
    """The first working day of each month until today."""
    first: dict[tuple[int, int], date] = {}
    for day in days.every():
        if day < days.today:
            first.setdefault((day.year, day.month), day)
    return list(first.values())
