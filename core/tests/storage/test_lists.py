"""Lists page without gaps or repeats, filter as they say, and sum exactly, on both databases."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tenon_core.entities import Account, Activity, CustomField
from tenon_core.storage.lists import (
    aggregate_json,
    list_json,
    list_rows,
    parse_list,
    record_json,
)
from tenon_sdk.errors import Forbidden, Invalid
from tenon_sdk.testing import Tenon

STATUSES = ("prospect", "active", "dormant")


@pytest.fixture
def accounts(tenon: Tenon) -> list[Any]:
    """30 accounts with gaps, equal values, signs that SQL patterns would take for their own."""
    owner = tenon.user("salesperson")
    made = []
    with tenon.system() as ctx:
        for n in range(30):
            account = Account(
                name=f"Name {n % 7} 100%_" if n % 5 else f"nAME {n % 7}",
                short_name=None if n % 3 == 0 else f"S{n % 4}",
                status=STATUSES[n % 3],
                employees=None if n % 4 == 0 else n % 6,
                revenue=None if n % 2 else Decimal(n) + Decimal("0.01"),
                owner_id=owner.id,
            )
            ctx.session.add(account)
            made.append(account)
        ctx.session.flush()
        ctx.session.expunge_all()
    return made


def _rows(tenon: Tenon, *pairs: tuple[str, str]) -> list[dict[str, Any]]:
    spec = parse_list(tenon.site, None, Account, pairs)
    return json.loads(list_json(tenon.site, None, spec))["items"]


SORTS = [
    "", "id", "-id", "name", "-name", "employees", "-employees", "status,-employees",
    "-short_name,name", "revenue", "-revenue,status,name", "created_at", "owner_id.title,employees",
]  # fmt: skip


@pytest.mark.parametrize("sort", SORTS)
def test_pages_make_up_the_whole(tenon: Tenon, accounts: list[Any], sort: str) -> None:
    fixed = [("fields", "id,name,employees,short_name,revenue,status")]
    fixed += [("sort", sort)] if sort else []
    whole = _rows(tenon, *fixed, ("limit", "100"))
    assert len(whole) == len(accounts)
    for size in (1, 4, 7, 30):
        found: list[dict[str, Any]] = []
        cursor = None
        for _page in range(40):
            pairs = [*fixed, ("limit", str(size))] + ([("cursor", cursor)] if cursor else [])
            page = json.loads(
                list_json(tenon.site, None, parse_list(tenon.site, None, Account, pairs))
            )
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                break
        assert found == whole


@pytest.mark.parametrize("sort", ["employees", "-employees", "short_name", "-revenue"])
def test_empty_values_come_last(tenon: Tenon, accounts: list[Any], sort: str) -> None:
    name = sort.removeprefix("-")
    values = [row[name] for row in _rows(tenon, ("sort", sort), ("fields", name))]
    given = [value for value in values if value is not None]
    assert values == given + [None] * (len(values) - len(given))
    numbers = [Decimal(str(v)) if name != "short_name" else v for v in given]
    assert numbers == sorted(numbers, reverse=sort.startswith("-"))


FILTERS = {
    ("status", "active"): lambda a: a.status == "active",
    ("status__ne", "active"): lambda a: a.status != "active",
    ("employees__ne", "3"): lambda a: a.employees != 3,
    ("employees__gte", "3"): lambda a: a.employees is not None and a.employees >= 3,
    ("employees__lt", "3"): lambda a: a.employees is not None and a.employees < 3,
    ("employees__in", "1,5"): lambda a: a.employees in {1, 5},
    ("employees__isnull", "true"): lambda a: a.employees is None,
    ("short_name__isnull", "false"): lambda a: a.short_name is not None,
    ("name__contains", "0%_"): lambda a: "0%_" in a.name,
    ("name__startswith", "NAME 1"): lambda a: a.name.lower().startswith("name 1"),
    ("revenue__gt", "10.01"): lambda a: a.revenue is not None and a.revenue > Decimal("10.01"),
    ("revenue", "10.01"): lambda a: a.revenue == Decimal("10.01"),
}


@pytest.mark.parametrize("flt", FILTERS, ids=lambda flt: f"{flt[0]}={flt[1]}")
def test_filters_say_what_they_do(tenon: Tenon, accounts: list[Any], flt: Any) -> None:
    expected = {str(a.id) for a in accounts if FILTERS[flt](a)}
    spec = parse_list(tenon.site, None, Account, [flt, ("fields", "id"), ("count", "exact")])
    page = list_rows(tenon.site, None, spec)
    assert {str(row.c0) for row in page.items} == expected
    assert page.count == len(expected) > 0


@pytest.mark.parametrize(
    ("pair", "parameter"),
    [
        (("nothing", "1"), "nothing"),
        (("name__like", "x"), "name__like"),
        (("status", "closed"), "status"),
        (("employees", "many"), "employees"),
        (("employees__in", "1,x"), "employees__in"),
        (("employees__contains", "1"), "employees__contains"),
        (("revenue", "1.001"), "revenue"),
        (("revenue", "NaN"), "revenue"),
        (("created_at__gte", "2026-01-01T00:00:00"), "created_at__gte"),
        (("owner_id", "me"), "owner_id"),
        (("employees__isnull", "maybe"), "employees__isnull"),
        (("fields", "name,password"), "fields"),
        (("fields", "owner_id.email"), "fields"),
        (("sort", "-nothing"), "sort"),
        (("sort", "custom"), "sort"),
        (("limit", "0"), "limit"),
        (("limit", "501"), "limit"),
        (("limit", "１"), "limit"),
        (("count", "about"), "count"),
        (("cursor", "x"), "cursor"),
        (("cursor", "WyJhIiwiYiJd"), "cursor"),
        (("employees", "9" * 30), "employees"),
        (("name", "x" * 600), "name"),
    ],
)
def test_mistakes_name_the_parameter(tenon: Tenon, pair: tuple[str, str], parameter: str) -> None:
    with pytest.raises(Invalid) as refused:
        list_json(tenon.site, None, parse_list(tenon.site, None, Account, [pair]))
    assert set(refused.value.fields) == {parameter}


def test_money_is_exact_in_rows_and_sums(tenon: Tenon, accounts: list[Any]) -> None:
    total = sum((a.revenue for a in accounts if a.revenue is not None), Decimal(0))
    pairs = [("measure", "sum:revenue,min:revenue,max:revenue,count"), ("group", "status")]
    items = json.loads(aggregate_json(tenon.site, None, Account, pairs))["items"]
    assert sum(Decimal(item["sum:revenue"] or 0) for item in items) == total
    assert sum(item["count"] for item in items) == len(accounts)
    assert {
        row["revenue"] for row in _rows(tenon, ("revenue", "10.01"), ("fields", "revenue"))
    } == {"10.01"}


def test_periods_are_those_of_the_sites_zone(tenon: Tenon) -> None:
    zone = tenon.site.config.zone
    moments = [
        datetime(2026, 1, 1, tzinfo=zone) + timedelta(hours=hours)
        for hours in (-1, 0, 24 * 31 - 1, 24 * 31, 24 * 200)
    ]
    for moment in moments:
        tenon.make(
            Activity, kind="call", subject="C", status="done", actual_start=moment.astimezone(UTC)
        )
    for period, first in (
        ("day", lambda d: d),
        ("week", lambda d: d - timedelta(days=d.weekday())),
        ("month", lambda d: d.replace(day=1)),
        ("quarter", lambda d: d.replace(month=(d.month - 1) // 3 * 3 + 1, day=1)),
        ("year", lambda d: d.replace(month=1, day=1)),
    ):
        group = f"{period}(actual_start)"
        items = json.loads(aggregate_json(tenon.site, None, Activity, [("group", group)]))["items"]
        days = sorted(first(moment.date()) for moment in moments)
        expected = [(day.isoformat(), len(list(some))) for day, some in itertools.groupby(days)]
        assert [(item[group], item["count"]) for item in items] == expected


def test_custom_fields_are_listed_filtered_and_sorted(tenon: Tenon, accounts: list[Any]) -> None:
    for key, kind in (("rating", "integer"), ("colour", "text")):
        tenon.make(
            CustomField, entity="core.account", key=key, kind=kind, labels={"en": key},
            required=False, choices=None, target=None, active=True,
        )  # fmt: skip
    with tenon.system() as ctx:
        for n, account in enumerate(accounts):
            ctx.session.get(Account, account.id).custom = {"rating": n % 5, "colour": f"c{n % 2}"}
    fields = ("fields", "custom.rating,custom.colour")
    rows = _rows(tenon, fields, ("custom.rating__gte", "3"), ("sort", "-custom.rating"))
    assert [row["custom.rating"] for row in rows] == [4] * 6 + [3] * 6
    assert len(_rows(tenon, fields, ("custom.colour", "c1"))) == 15
    with pytest.raises(Invalid):
        _rows(tenon, ("custom.nothing", "1"))


def test_hidden_fields_are_refused_everywhere(tenon: Tenon, accounts: list[Any]) -> None:
    seller = tenon.user("salesperson")
    guardian = tenon.site.guardian(seller.id)
    for pair in (
        ("fields", "credit_limit"),
        ("credit_limit__gte", "1"),
        ("sort", "credit_limit"),
    ):
        with pytest.raises(Forbidden):
            parse_list(tenon.site, guardian, Account, [pair])
    with pytest.raises(Forbidden):
        aggregate_json(tenon.site, guardian, Account, [("measure", "sum:credit_limit")])
    mine = tenon.make(Account, name="Mine", owner_id=seller.id, unit_id=seller.unit_id)
    found = record_json(tenon.site, guardian, Account, mine.id)
    assert found is not None
    assert b"credit_limit" not in found[0]
    assert b"credit_limit" in record_json(tenon.site, None, Account, mine.id)[0]


def test_a_shape_is_compiled_once(tenon: Tenon, accounts: list[Any]) -> None:
    guardian = tenon.site.guardian(tenon.user("salesperson").id)
    for status in (*STATUSES, "lost"):
        pairs = [("status", status), ("limit", "20")]
        list_json(tenon.site, guardian, parse_list(tenon.site, guardian, Account, pairs))
    lists = [key for key in guardian.statements if key[0] == "list"]
    assert len(lists) == 1


def test_searching_inside_a_list(tenon: Tenon) -> None:
    owner = tenon.user("salesperson")
    for name in ("广州智光电气股份有限公司", "上海智光仪表有限公司", "北京远方机械有限公司"):
        tenon.make(Account, name=name, owner_id=owner.id, unit_id=owner.unit_id)
    guardian = tenon.site.guardian(owner.id)

    def found(*pairs: tuple[str, str]) -> set[str]:
        spec = parse_list(tenon.site, guardian, Account, [*pairs, ("fields", "name")])
        return {row.c0[:2] for row in list_rows(tenon.site, guardian, spec).items}

    assert found(("q", "智光")) == {"广州", "上海"}
    assert found(("q", "zgdq")) == {"广州"}
    assert found(("q", "智光"), ("name__startswith", "上海")) == {"上海"}
    assert found(("q", "没有")) == set()
