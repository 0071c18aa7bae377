"""The 400 customers: who they are, where, how large, and what they make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from attrs import define, field, frozen
from pypinyin import lazy_pinyin

from tenon_core.demo.dice import Dice, Unique, read_data, rounded
from tenon_core.demo.market import tier_of
from tenon_core.demo.names import latin
from tenon_core.demo.places import Place, abroad, countries, in_china, phone
from tenon_core.demo.products import Catalogue, Machine
from tenon_core.demo.workdays import Days
from tenon_core.demo.writing import Row

CUSTOMERS = 400
FOREIGN = 60
TWINS = 6
GROUPS = 14
# The share that came in with the old system's list on the first day.
IMPORTED = 0.58
STATUSES = (("active", 46), ("prospect", 34), ("dormant", 13), ("lost", 7))
SUFFIXES = "auto plastic precision mould tech industry group elec pack".split()


@frozen
class Stay:
    """Who looked after a customer in which days; nobody in a pool. `until` is the day it ended."""

    person: str | None
    since: datetime
    until: datetime | None
    reason: str


@define(eq=False)
class Customer:
    """`quiet_since` is the day from which nothing happens any more, for dormant and lost ones."""

    id: UUID
    name: str
    short: str
    brand: str
    trade: Mapping[str, Any]
    place: Place
    status: str
    employees: int
    revenue: int
    founded: int
    created: datetime
    phone: str
    domain: str
    machines: list[Machine]
    imm: int
    ours: int
    group: Customer | None = None
    twin_of: Customer | None = None
    quiet_since: date | None = None
    stays: list[Stay] = field(factory=list)
    row: Row = field(factory=dict)

    @property
    def foreign(self) -> bool:
        return self.place.country != "CN"

    @property
    def tier(self) -> str:
        return tier_of({"status": self.status, "revenue": self.revenue})

    @property
    def owner(self) -> str | None:
        return self.stays[-1].person

    def owner_on(self, moment: datetime) -> str | None:
        """Who looked after it at a moment; the first one also before."""
        for stay in self.stays:
            if stay.until is None or moment < stay.until:
                return stay.person
        return self.owner


class CustomerMaker:
    """Draws customers; names, domains and numbers are given once."""

    def __init__(
        self, seed: int, days: Days, regions: Mapping[str, Row], catalogue: Catalogue
    ) -> None:
        self.dice, self.days = Dice(seed, "customers"), days
        self.regions, self.catalogue = regions, catalogue
        self.brands, self.domains, self.numbers, self.lines = (Unique() for _each in range(4))
        self.trades: Sequence[Mapping[str, Any]] = read_data("trades")["trade"]

    def make(self) -> list[Customer]:
        """All of them, parents before their parts, without owners."""
        groups = list(self._groups())
        singles = CUSTOMERS - FOREIGN - TWINS - len(groups)
        chinese = [self._chinese() for _each in range(singles)]
        return [*groups, *chinese, *(self._foreign() for _each in range(FOREIGN))]

    # ---------------------------------------------------------------------------------- China

    def _chinese(self) -> Customer:
        trade = self.dice.weighted(self.trades, lambda each: each["weight"])
        place = self._place(trade)
        brand = self.brands.draw(self._brand)
        word, _blank, short = self.dice.pick(trade["names"]).partition(" ")
        city = place.city if self.dice.chance(0.45) else place.short_city
        form = "股份有限公司" if self.dice.chance(0.07) else "有限公司"
        name = f"{city}{brand}{word}{form}"
        if self.dice.chance(0.12):
            name = f"{brand}{word}（{place.short_city}）{form}"
        return self._customer(name, brand + short, brand, trade, place)

    def _place(self, trade: Mapping[str, Any]) -> Place:
        weights = [each.split("*") for each in trade["cities"].split()]
        code = self.dice.weighted(weights, lambda each: float(each[1]))[0]
        while True:
            place = in_china(self.dice, self.regions, code)
            if self.lines.add(place.lines):
                return place

    def _brand(self) -> str:
        words = read_data("trades")["brand"]
        known = read_data("trades")["known"]["names"].split()
        while True:
            first: str = self.dice.pick(words["first"].split())
            second: str = self.dice.pick(words["second"].split())
            third: str = self.dice.pick(words["third"].split()) if self.dice.chance(0.3) else ""
            brand = first + second + third
            if first != second and not any(name in brand for name in known):
                return brand

    def _groups(self) -> Iterator[Customer]:
        """Groups: a holding, and plants of its in several cities."""
        for _group in range(GROUPS):
            trade = self.dice.pick([t for t in self.trades if t["weight"] >= 6])
            brand = self.brands.draw(self._brand)
            home = self._place(trade)
            province = self.regions[home.region[:2] + "0000"]["name"]
            area = province.removesuffix("省").removesuffix("市")
            form = self.dice.pick(("集团股份有限公司", "集团有限公司", "控股集团有限公司"))
            parent = self._customer(f"{area}{brand}{form}", f"{brand}集团", brand, trade, home)
            parent.revenue = rounded(parent.revenue * 2.5 + 6e8, 10_000_000)
            parent.employees = rounded(parent.employees * 2 + 400, 10)
            parent.imm = rounded(parent.imm * 2.5, 1)
            parent.status = self.dice.pick(("active", "active", "prospect"))
            yield parent
            yield from self._plants(parent, self.dice.whole(2, 4))

    def _plants(self, parent: Customer, count: int) -> Iterator[Customer]:
        seen = {parent.place.city}
        for _plant in range(count * 3):
            place = self._place(parent.trade)
            if place.city in seen or len(seen) > count:
                continue
            seen.add(place.city)
            word, _blank, _short = self.dice.pick(parent.trade["names"]).partition(" ")
            short = f"{place.short_city}{parent.brand}"
            name = self.dice.pick(
                (f"{place.short_city}{parent.brand}{word}有限公司",
                 f"{parent.brand}{word}（{place.short_city}）有限公司")
            )  # fmt: skip
            plant = self._customer(name, short, parent.brand, parent.trade, place)
            plant.group = parent
            plant.created = max(plant.created, parent.created + timedelta(minutes=5))
            yield plant

    # --------------------------------------------------------------------------------- abroad

    def _foreign(self) -> Customer:
        country = self.dice.weighted(list(countries().values()), lambda each: each["weight"])
        stems = read_data("abroad")["stems"].split()
        brand = self.brands.draw(lambda: self.dice.pick(stems))
        name = self.dice.pick(country["forms"]).replace("{b}", brand)
        name = name.replace("{w}", self.dice.pick(country["words"].split("|")))
        name = name.replace("{e}", self.dice.pick(read_data("abroad")["english"].split("|")))
        trade = self.dice.weighted(self.trades, lambda each: each["weight"])
        place = abroad(self.dice, self.regions, country["code"])
        short = f"{brand} {place.city}" if self.dice.chance(0.2) else brand
        return self._customer(name, short, brand, trade, place)

    # ------------------------------------------------------------------------------------ all

    def _customer(
        self, name: str, short: str, brand: str, trade: Mapping[str, Any], place: Place
    ) -> Customer:
        dice, created = self.dice, self._created()
        low, high = trade["size"]
        employees = rounded(low * (high / low) ** (dice.random.random() ** 1.5), 5)
        status = dice.weighted(STATUSES, lambda each: each[1])[0]
        imm = max(4, round(employees * dice.near(0.06, 0.14)))
        fitting = self.catalogue.fitting(trade["tons"], trade["series"].split())
        return Customer(
            id=dice.new_id(created),
            name=name,
            short=short,
            brand=brand,
            trade=trade,
            place=place,
            status=status,
            employees=employees,
            revenue=rounded(employees * dice.near(380_000, 980_000), 1_000_000),
            founded=dice.whole(1993, self.days.start.year - 2),
            created=created,
            phone=self.numbers.draw(lambda: phone(dice, place)),
            domain=self.domains.draw(lambda: self._domain(brand)),
            machines=dice.some(fitting, dice.whole(1, 3)),
            imm=imm,
            ours=0 if status == "prospect" else min(imm // 2, dice.whole(1, 4 + imm // 6)),
        )

    def _created(self) -> datetime:
        """With the list of the old system on the first morning, or on a working day since."""
        dice, days = self.dice, self.days
        if dice.chance(IMPORTED):
            first = days.next(days.start)
            return days.at(first, 9 * 60) + timedelta(seconds=dice.whole(1, 240))
        past = [day for day in days.every() if day < days.today - timedelta(days=10)]
        return days.at(dice.pick(past), dice.whole(9 * 60, 17 * 60 + 20))

    def _domain(self, brand: str) -> str:
        word = latin("".join(lazy_pinyin(brand)))
        return f"{word}-{self.dice.pick(SUFFIXES)}.example"
