"""The rows of customers: accounts, addresses, invoice data, tags."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from tenon_core.demo.accounts import Customer
from tenon_core.demo.dice import Dice, Unique, read_data, rounded
from tenon_core.demo.market import Market
from tenon_core.demo.owners import Owners
from tenon_core.demo.places import Place, in_china
from tenon_core.demo.regions import degrees
from tenon_core.demo.tax_codes import credit_code, foreign_tax_number
from tenon_core.demo.workdays import Days
from tenon_core.demo.writing import Row

SOURCES = (
    ("exhibition", 26), ("referral", 24), ("cold_call", 18), ("website", 12), ("tender", 6),
    ("partner", 8), ("campaign", 6),
)  # fmt: skip
SUBSTATES = {
    "prospect": (("contacted", 5), ("solution", 3), ("quoted", 3)),
    "active": (("running", 7), ("expanding", 2), ("delivering", 2)),
    "dormant": (("low_orders", 3), ("no_reply", 2)),
    "lost": (("competitor", 4), ("closed", 1)),
}
# Credit limits in ten thousand CNY and days, by tier.
CREDIT = {"A": (300, 800, 90), "B": (80, 200, 60), "C": (20, 50, 30)}


class AccountRows:
    def __init__(
        self, seed: int, days: Days, regions: Mapping[str, Row], market: Market, owners: Owners
    ) -> None:
        self.dice, self.days = Dice(seed, "account rows"), days
        self.regions, self.market, self.owners = regions, market, owners
        self.tax_numbers: dict[UUID, str] = {}
        self.banks = Unique()
        self.rows: dict[str, list[Row]] = {}

    def add(self, customer: Customer, author: UUID | None) -> None:
        """All rows of a customer; `author` entered it."""
        customer.row = self._account(customer, author)
        self._keep("core.account", customer.row)
        self._addresses(customer, author)
        share = {"active": 1.0, "dormant": 1.0, "lost": 0.8, "prospect": 0.15}[customer.status]
        if customer.twin_of is None and self.dice.chance(share):
            self._keep("core.invoice_profile", self._invoice(customer, author))
        for entry in self.owners.pool_entries(customer):
            self._keep("core.pool_entry", entry)
        created = customer.created
        for period in self.owners.periods("core.account", customer.id, customer, created):
            self._keep("core.ownership_period", period)
        for name, _colour, share in read_data("market")["tags"]["all"]:
            if customer.twin_of is None and self.dice.chance(share):
                self._tag(customer, name, author)

    def _keep(self, entity: str, row: Row) -> None:
        self.rows.setdefault(entity, []).append(row)

    def _row(self, customer: Customer, author: UUID | None, /, **values: Any) -> Row:
        """A part of the customer, entered some minutes after it."""
        at = customer.created + timedelta(seconds=self.dice.whole(5, 400))
        return {"id": self.dice.new_id(at), "created_at": at, "created_by": author, **values}

    def _account(self, c: Customer, author: UUID | None) -> Row:
        dice = self.dice
        substates = SUBSTATES[c.status]
        return {
            "id": c.id,
            "created_at": c.created,
            "created_by": author,
            "name": c.name,
            "short_name": c.short,
            "status": c.status,
            "substate": dice.weighted(substates, lambda each: each[1])[0],
            "tier_id": self.market.tiers[c.tier],
            "industry_id": self.market.industries[c.trade["code"]],
            "region_id": self.regions[c.place.region]["id"],
            "parent_id": c.group.id if c.group else None,
            "phone": c.phone,
            "email": f"{'info' if c.foreign else 'office'}@{c.domain}"
            if dice.chance(0.7)
            else None,
            "website": f"https://www.{c.domain}" if dice.chance(0.6) else None,
            "source": dice.weighted(SOURCES, lambda each: each[1])[0],
            "founded_year": c.founded,
            "employees": c.employees,
            "revenue": Decimal(c.revenue),
            "currency": "CNY",
            "description": self._description(c) if dice.chance(0.8) else None,
            "custom": {
                "imm_count": c.imm,
                "imm_ours": c.ours,
                "own_plant": c.employees > 200 or dice.chance(0.4),
            },
            **self._credit(c),
            **self.owners.owned(c),
        }

    def _credit(self, c: Customer) -> dict[str, Any]:
        if c.status != "active" or c.tier not in CREDIT or c.foreign:
            return {}
        low, high, days = CREDIT[c.tier]
        amount = rounded(self.dice.near(low, high), 10) * 10_000
        return {"credit_limit": Decimal(amount), "credit_days": days}

    def _description(self, c: Customer) -> str:
        parts, tons = self.dice.some(c.trade["parts"], 2), c.trade["tons"]
        low, high = min(tons[:3]), max(tons[-3:])
        if c.foreign:
            ours = f", {c.ours} of them ours" if c.ours else ""
            made = c.trade["english"].capitalize()
            return f"{made}. {c.imm} injection moulding machines ({low}–{high} t){ours}."
        ours = f"，其中{c.ours}台是我们的" if c.ours else "，目前全是同行设备"
        return f"主做{'、'.join(parts)}，现有注塑机{c.imm}台（{low}–{high}吨）{ours}。"

    def _addresses(self, c: Customer, author: UUID | None) -> None:
        self._keep("core.address", self._address(c, author, c.place, "registered", primary=True))
        if c.twin_of is None and not c.foreign and c.employees > 400 and self.dice.chance(0.6):
            plant = in_china(self.dice, self.regions, self._city(c.place))
            self._keep("core.address", self._address(c, author, plant, "plant", primary=False))

    def _city(self, place: Place) -> str:
        """The code of the city that a place lies in."""
        whole = place.region[:2] in {"11", "12", "31", "50"}
        return place.region[:2] + "0000" if whole else place.region[:4] + "00"

    def _address(
        self, c: Customer, author: UUID | None, place: Place, kind: str, *, primary: bool
    ) -> Row:
        return self._row(
            c,
            author,
            account_id=c.id,
            kind=kind,
            is_primary=primary,
            lines=place.lines,
            postcode=place.postcode,
            region_id=self.regions[place.region]["id"],
            country=place.country,
            longitude=degrees(place.longitude),
            latitude=degrees(place.latitude),
        )

    def _invoice(self, c: Customer, author: UUID | None) -> Row:
        dice, banks = self.dice, read_data("market")["banks"]
        if c.foreign:
            number = foreign_tax_number(dice, c.place.country)
            bank = f"{dice.pick(banks['abroad'].split('|'))}, {c.place.city}"
        else:
            number = credit_code(dice, c.place.region, c.founded)
            bank = f"{dice.pick(banks['names'].split())}{c.place.short_city}支行"
        row = self._row(
            c,
            author,
            account_id=c.id,
            title=c.name,
            tax_number=number,
            bank=bank,
            bank_account=self.banks.draw(lambda: dice.pick("68") + dice.digits(15)),
            address=c.place.lines,
            phone=c.phone,
        )
        row["verified_at"] = row["created_at"] if c.status == "active" else None
        return row

    def _tag(self, c: Customer, name: str, author: UUID | None) -> None:
        tag = self.market.tags[name]
        self._keep(
            "core.tagging",
            self._row(c, author, entity="core.account", record_id=c.id, tag_id=tag),
        )
