"""Reference data of the demo company's customers: industries, tiers, care, pools, own fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from attrs import define, field

from tenon_core.demo.company import SALES, Company
from tenon_core.demo.dice import Dice, read_data
from tenon_core.demo.writing import Row
from tenon_core.kernel.conditions import Condition, evaluate, read_condition
from tenon_core.kernel.stored import Item

CAPACITY, CLAIMS, CLAIM_DAYS = 40, 3, 7
RECYCLED_AFTER, WARNED, BANNED = 180, 14, 30


@define
class Market:
    industries: dict[str, UUID] = field(factory=dict)
    tiers: dict[str, UUID] = field(factory=dict)
    pools: dict[str, UUID] = field(factory=dict)
    tags: dict[str, UUID] = field(factory=dict)
    rows: dict[str, list[Row]] = field(factory=dict)


def make_market(seed: int, company: Company, at: datetime, by: UUID) -> Market:
    dice, made = Dice(seed, "market"), Market()

    def add(entity: str, /, **values: Any) -> UUID:
        id_ = dice.new_id(at)
        row = {"id": id_, "created_at": at, "created_by": by, **values}
        made.rows.setdefault(entity, []).append(row)
        return id_

    _industries(made, add)
    _tiers(made, add)
    _pools(made, add, company)
    _words(made, add)
    return made


def _industries(made: Market, add: Any) -> None:
    data = read_data("trades")
    for each in data["industry"]:
        made.industries[each["code"]] = add("core.industry", code=each["code"], name=each["name"])
    for each in data["trade"]:
        made.industries[each["code"]] = add(
            "core.industry",
            code=each["code"],
            name=each["name"],
            parent_id=made.industries[each["industry"]],
        )


def _tiers(made: Market, add: Any) -> None:
    data = read_data("market")
    for code, name, rank, colour in data["tiers"]["all"]:
        made.tiers[code] = add("core.tier", code=code, name=name, rank=rank, colour=colour)
    for place, rule in enumerate(data["rule"], start=1):
        add(
            "core.tier_rule",
            name=rule["name"],
            tier_id=made.tiers[rule["tier"]],
            position=place * 10,
            condition=rule["when"],
        )
    for name, tier, importance, kinds, days in data["care"]["all"]:
        add(
            "core.care_policy",
            name=name,
            tier_id=made.tiers[tier],
            importance=importance or None,
            kinds=kinds,
            every_days=days,
        )


def _pools(made: Market, add: Any, company: Company) -> None:
    for unit in SALES:
        name, regions = read_data("market")["pools"][unit]
        tests = [{"fact": "region", "op": "startswith", "value": r} for r in regions.split()]
        made.pools[unit] = add(
            "core.pool",
            code=f"POOL-{unit}",
            name=name,
            condition={"any": tests},
            capacity=CAPACITY,
            claim_limit=CLAIMS,
            claim_window_days=CLAIM_DAYS,
            recycle_after_days=RECYCLED_AFTER,
            warn_days=WARNED,
            ban_days=BANNED,
            hidden_fields=["phone", "email"],
            unit_id=company.units[unit],
        )


def _words(made: Market, add: Any) -> None:
    """Tags, steps within a status and fields of the site's own."""
    data = read_data("market")
    for name, colour, _share in data["tags"]["all"]:
        made.tags[name] = add("core.tag", name=name, entity="core.account", colour=colour)
    for place, (status, code, chinese, english) in enumerate(data["labels"]["all"], start=1):
        add(
            "core.label",
            entity="core.account",
            field_name="status",
            code=status,
            substate=code,
            labels={"zh_CN": chinese, "en": english},
            position=place * 10,
        )
    for place, (key, chinese, english, kind) in enumerate(data["fields"]["all"], start=1):
        add(
            "core.custom_field",
            entity="core.account",
            key=key,
            labels={"zh_CN": chinese, "en": english},
            kind=kind,
            in_list=place == 1,
            position=place * 10,
        )


@cache
def _rules() -> Sequence[tuple[str, Condition]]:
    rules = read_data("market")["rule"]
    return [(rule["tier"], read_condition(Item(rule["when"], rule["name"]))) for rule in rules]


def tier_of(facts: Mapping[str, Any]) -> str:
    """The tier that the rules give to an account with these facts."""
    return next(tier for tier, condition in _rules() if evaluate(condition, facts) is not None)
