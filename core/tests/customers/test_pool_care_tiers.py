"""Tiers, care and pools: one method for all customers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tenon_core.customers import caring, pool, tiering
from tenon_core.entities import (
    Account,
    CareDue,
    CarePolicy,
    OwnershipPeriod,
    Pool,
    PoolEntry,
    Tier,
    TierRule,
)
from tenon_sdk.errors import Invalid, NotFound, Refused
from tenon_sdk.testing import Tenon


def _tier(tenon: Tenon, code: str, rank: int, condition: dict[str, Any]) -> Any:
    tier = tenon.make(Tier, code=code, name=code, rank=rank)
    tenon.make(TierRule, name=f"rule {code}", tier_id=tier.id, position=rank, condition=condition)
    return tier


def test_the_first_rule_that_holds_decides(tenon: Tenon, customers: Any) -> None:
    seller = tenon.user("salesperson")
    big = _tier(tenon, "A", 1, {"all": [{"fact": "employees", "op": "gte", "value": 500}]})
    _tier(tenon, "B", 2, {"any": [{"fact": "contacts", "op": "gte", "value": 1}]})
    rest = _tier(tenon, "C", 3, {})
    large = customers.account(seller, "Large Ltd", employees=800)
    customers.contact(large, "Wang", seller)
    small = customers.account(seller, "Small Ltd", employees=20)
    fixed = customers.account(seller, "Fixed Ltd", employees=900, tier_id=rest.id, tier_fixed=True)
    with tenon.system() as ctx:
        assert tiering.classify_accounts(ctx, {}) == 2
    with tenon.ctx(seller) as ctx:
        get = ctx.session.get
        assert get(Account, large.id).tier_id == big.id
        assert get(Account, small.id).tier_id == rest.id
        assert get(Account, fixed.id).tier_id == rest.id
        why = tiering.explain_tier(ctx, large.id)
        assert (why.rule, why.because) == ("rule A", ("employees gte 500",))
    stranger = tenon.user("salesperson")
    with tenon.ctx(stranger) as ctx, pytest.raises(NotFound):
        tiering.explain_tier(ctx, large.id)


def test_a_faulty_rule_names_its_place(tenon: Tenon) -> None:
    tier = tenon.make(Tier, code="A", name="A", rank=1)
    tenon.make(
        TierRule,
        name="bad",
        tier_id=tier.id,
        condition={"all": [{"fact": "employees", "op": "about", "value": 5}]},
    )
    with tenon.system() as ctx, pytest.raises(Invalid) as refused:
        tiering.classify_accounts(ctx, {})
    assert next(iter(refused.value.fields)).startswith("bad.all[0].op")


def test_care_falls_due_and_is_done(tenon: Tenon, customers: Any) -> None:
    seller = tenon.user("salesperson")
    tier = tenon.make(Tier, code="A", name="A", rank=1)
    policy = {"kinds": ["visit", "call"], "active": True}
    tenon.make(CarePolicy, name="all", tier_id=None, importance=None, every_days=90, **policy)
    tenon.make(CarePolicy, name="A", tier_id=tier.id, importance=None, every_days=30, **policy)
    tenon.make(CarePolicy, name="top", tier_id=tier.id, importance=5, every_days=14, **policy)
    account = customers.account(seller, "Care Ltd", tier_id=tier.id)
    boss = customers.contact(account, "Boss", seller, importance=5)
    customers.contact(account, "Clerk", seller, importance=2)
    today = tenon.clock.today
    with tenon.system() as ctx:
        rows = ctx.session.scalars(select(CareDue)).all()
        due = {(row.contact_id, row.due_on) for row in rows}
    assert due == {(None, today + timedelta(days=30)), (boss.id, today + timedelta(days=14))}
    tenon.clock.advance(days=31)
    with tenon.ctx(seller) as ctx:
        late = caring.overdue(ctx)
        assert [(o.contact, o.days) for o in late] == [("Boss", 17), (None, 1)]
    customers.visit(account, boss, seller)
    with tenon.ctx(seller) as ctx:
        assert caring.overdue(ctx) == []
    with tenon.ctx(tenon.user("salesperson")) as ctx:
        tenon.clock.advance(days=100)
        assert caring.overdue(ctx) == []
    with tenon.system() as ctx:
        assert caring.refresh_all(ctx, {}) == 1
        ctx.session.get(Account, account.id).status = "lost"
    with tenon.system() as ctx:
        caring.refresh(ctx, [account.id])
        assert ctx.session.scalars(select(CareDue)).all() == []


class Pools:
    def __init__(self, tenon: Tenon) -> None:
        self.tenon = tenon
        self.pool = tenon.make(
            Pool,
            name="South",
            code="S",
            owner_id=None,
            capacity=3,
            claim_limit=2,
            claim_window_days=7,
            recycle_after_days=60,
            warn_days=7,
            ban_days=30,
            hidden_fields=["phone", "email"],
            condition={},
            active=True,
        )


@pytest.fixture
def pools(tenon: Tenon) -> Pools:
    return Pools(tenon)


def test_claiming_and_its_limits(tenon: Tenon, customers: Any, pools: Pools) -> None:
    giver, taker = tenon.user("salesperson"), tenon.user("salesperson")
    accounts = [
        customers.account(giver, f"Pool {n} Ltd", phone=f"+86 20 8551 000{n}") for n in range(4)
    ]
    for account in accounts:
        with tenon.ctx(giver) as ctx:
            pool.release(ctx, account.id, pools.pool.id)
    tenon.assert_invisible(taker, accounts[0])
    with tenon.ctx(taker) as ctx:
        page = pool.browse(ctx, pools.pool.id)
        assert len(page.waiting) == 4
        assert all(not {"phone", "email"} & waiting.values.keys() for waiting in page.waiting)
        assert page.standing.left == 2
    with tenon.ctx(giver) as ctx, pytest.raises(Refused) as banned:
        pool.claim(ctx, accounts[0].id)
    assert banned.value.refusals[0].code == "banned"
    for account in accounts[:2]:
        with tenon.ctx(taker) as ctx:
            pool.claim(ctx, account.id)
    with tenon.ctx(taker) as ctx:
        assert ctx.session.get(Account, accounts[0].id).phone == "+86 20 8551 0000"
        with pytest.raises(Refused) as limited:
            pool.claim(ctx, accounts[2].id)
        assert limited.value.refusals[0].code == "claim_limit"
    with tenon.ctx(tenon.user("salesperson")) as ctx, pytest.raises(Refused) as late:
        pool.claim(ctx, accounts[0].id)
    assert late.value.refusals[0].code == "claimed"
    tenon.clock.advance(days=8)
    with tenon.ctx(taker) as ctx:
        pool.claim(ctx, accounts[2].id)
    tenon.clock.advance(days=8)
    with tenon.ctx(taker) as ctx, pytest.raises(Refused) as full:
        pool.claim(ctx, accounts[3].id)
    assert full.value.refusals[0].code == "capacity"
    tenon.clock.advance(days=30)
    with tenon.ctx(giver) as ctx:
        pool.claim(ctx, accounts[3].id)
    with tenon.system() as ctx:
        reasons = select(OwnershipPeriod.reason).where(OwnershipPeriod.record_id == accounts[0].id)
        found = ctx.session.scalars(reasons.order_by(OwnershipPeriod.starts_at)).all()
        assert found == ["created", "claimed"]
        assert {e.name for e in tenon.events} >= {"core.account.claimed", "core.account.pooled"}


def test_resting_accounts_come_back_after_a_warning(
    tenon: Tenon, customers: Any, pools: Pools
) -> None:
    seller = tenon.user("salesperson")
    resting = customers.account(seller, "Resting Ltd")
    busy = customers.account(seller, "Busy Ltd")
    contact = customers.contact(busy, "Wang", seller)

    def recycle() -> Any:
        with tenon.system() as ctx:
            return pool.recycle(ctx, {})

    assert recycle() == {"warned": 0, "recycled": 0}
    tenon.clock.advance(days=54)
    customers.visit(busy, contact, seller)
    assert recycle() == {"warned": 1, "recycled": 0}
    assert recycle() == {"warned": 1, "recycled": 0}
    assert len(tenon.notifications) == 1
    tenon.clock.advance(days=7)
    assert recycle() == {"warned": 0, "recycled": 1}
    with tenon.system() as ctx:
        account = ctx.session.get(Account, resting.id)
        assert (account.owner_id, account.pool_id) == (None, pools.pool.id)
        entry = ctx.session.scalars(select(PoolEntry)).one()
        assert (entry.reason, entry.previous_owner_id) == ("recycled", seller.id)
        assert ctx.session.get(Account, busy.id).owner_id == seller.id


def test_nobody_loses_an_account_unwarned(tenon: Tenon, customers: Any, pools: Pools) -> None:
    seller = tenon.user("salesperson")
    account = customers.account(seller, "Sudden Ltd")
    tenon.clock.advance(days=200)
    with tenon.system() as ctx:
        assert pool.recycle(ctx, {}) == {"warned": 1, "recycled": 0}
    tenon.clock.advance(days=7)
    with tenon.system() as ctx:
        assert pool.recycle(ctx, {}) == {"warned": 0, "recycled": 1}
        assert ctx.session.get(Account, account.id).pool_id == pools.pool.id


def test_a_new_owner_ends_the_stay(tenon: Tenon, customers: Any, pools: Pools) -> None:
    seller = tenon.user("salesperson")
    account = customers.account(seller, "Given Ltd")
    with tenon.ctx(seller) as ctx:
        pool.release(ctx, account.id, pools.pool.id)
    with tenon.system() as ctx:
        found = ctx.session.get(Account, account.id)
        found.pool_id, found.owner_id = None, seller.id
    with tenon.system() as ctx:
        assert ctx.session.scalars(select(PoolEntry)).one().left_at is not None
