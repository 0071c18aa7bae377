"""Everything of a person goes to others at once, and nothing is left behind."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from tenon_core.customers import handover
from tenon_core.customers.ownership import owners_of
from tenon_core.entities import (
    Account,
    Activity,
    Contact,
    Handover,
    HandoverItem,
    OwnershipPeriod,
    TeamMember,
    Unit,
    User,
)
from tenon_sdk.errors import Forbidden, Invalid, Refused
from tenon_sdk.testing import Tenon


class Staff:
    def __init__(self, tenon: Tenon) -> None:
        self.unit = tenon.unit("South", code="SOUTH")
        self.leaver = tenon.user("salesperson", unit=self.unit, login="leaver")
        self.near = tenon.user("salesperson", unit=self.unit, login="near")
        self.far = tenon.user("salesperson", unit=tenon.unit("North", code="NORTH"), login="far")
        self.manager = tenon.user("sales_manager", unit=self.unit, login="manager")
        with tenon.system() as ctx:
            ctx.session.get(Unit, self.unit.id).head_id = self.manager.id
        self.other = tenon.user(
            "sales_manager", unit=tenon.unit("West", code="WEST"), login="other"
        )


@pytest.fixture
def staff(tenon: Tenon) -> Staff:
    return Staff(tenon)


def _portfolio(tenon: Tenon, customers: Any, staff: Staff) -> list[Any]:
    accounts = [customers.account(staff.leaver, f"Customer {n} Ltd") for n in range(3)]
    contact = customers.contact(accounts[0], "Wang Fang", staff.leaver)
    customers.visit(accounts[0], contact, staff.leaver, days_ago=9)
    tenon.make(
        Activity,
        kind="task",
        subject="Send the offer",
        status="planned",
        account_id=accounts[0].id,
        owner_id=staff.leaver.id,
        unit_id=staff.leaver.unit_id,
    )
    shared = customers.account(staff.far, "Shared Ltd")
    tenon.make(
        TeamMember,
        entity="core.account",
        record_id=shared.id,
        user_id=staff.leaver.id,
        level="edit",
    )
    return [*accounts, shared]


def test_all_moves_at_once_and_history_stays(tenon: Tenon, customers: Any, staff: Staff) -> None:
    accounts = _portfolio(tenon, customers, staff)
    rules = [
        {"entity": "core.account", "account": str(accounts[2].id), "receiver": str(staff.far.id)}
    ]
    with tenon.ctx(staff.manager) as ctx:
        preview = handover.plan(
            ctx, handover.Plan(giver_id=staff.leaver.id, receiver_id=staff.near.id, rules=rules)
        )
        assert preview.moves["core.account"] == {str(staff.near.id): 2, str(staff.far.id): 1}
        assert preview.moves["core.activity"] == {str(staff.near.id): 1}
        assert preview.kept == {"core.activity": 1}
        assert not preview.unrouted
    with tenon.ctx(staff.manager) as ctx:
        assert handover.execute(ctx, preview.handover_id) == 5
    with tenon.system() as ctx:
        session = ctx.session
        assert handover.left_behind(ctx, staff.leaver.id) == {}
        owners = dict(session.execute(select(Account.id, Account.owner_id)).all())
        assert owners[accounts[0].id] == owners[accounts[1].id] == staff.near.id
        assert owners[accounts[2].id] == staff.far.id
        moved = session.get(Account, accounts[2].id)
        assert moved.unit_id == staff.far.unit_id
        done = session.scalars(select(Activity).where(Activity.status == "done")).one()
        assert done.owner_id == staff.leaver.id
        open_ = session.scalars(select(Activity).where(Activity.status == "planned")).one()
        assert open_.owner_id == staff.near.id
        shares = session.scalars(select(TeamMember.user_id)).all()
        assert shares == [staff.near.id]
        ended = select(func.count()).select_from(OwnershipPeriod)
        assert session.scalar(ended.where(OwnershipPeriod.ends_at.is_not(None))) == 4
        begun = ended.where(OwnershipPeriod.handover_id == preview.handover_id)
        assert session.scalar(begun) == 4
    assert any("handed" in str(n.message) for n in tenon.notifications)
    with tenon.ctx(staff.near) as ctx:
        periods = owners_of(ctx, "core.account", accounts[0].id)
        assert [(p.user_id, p.reason) for p in periods] == [
            (staff.near.id, "handover"),
            (staff.leaver.id, "created"),
        ]


def test_both_sides_confirm_and_the_login_closes(
    tenon: Tenon, customers: Any, staff: Staff
) -> None:
    _portfolio(tenon, customers, staff)
    admin = tenon.user("administrator", login="root")
    with tenon.ctx(admin) as ctx, pytest.raises(Refused, match="still holds"):
        handover.close_login(ctx, staff.leaver.id)
    with tenon.ctx(staff.manager) as ctx:
        made = handover.plan(
            ctx, handover.Plan(giver_id=staff.leaver.id, receiver_id=staff.near.id)
        )
        with pytest.raises(Refused):
            handover.confirm(ctx, made.handover_id)
        handover.execute(ctx, made.handover_id)
    with tenon.ctx(staff.other) as ctx, pytest.raises(Forbidden):
        handover.confirm(ctx, made.handover_id)
    with tenon.ctx(staff.near) as ctx:
        assert handover.confirm(ctx, made.handover_id) is False
    with tenon.ctx(staff.leaver) as ctx:
        assert handover.confirm(ctx, made.handover_id) is True
    with tenon.ctx(admin) as ctx:
        handover.close_login(ctx, staff.leaver.id)
    with tenon.system() as ctx:
        assert ctx.session.get(Handover, made.handover_id).state == "confirmed"
        leaver = ctx.session.get(User, staff.leaver.id)
        assert not leaver.is_active_on(tenon.clock.today)


def test_nothing_moves_without_a_receiver(tenon: Tenon, customers: Any, staff: Staff) -> None:
    accounts = _portfolio(tenon, customers, staff)
    rules = [{"entity": "core.contact", "receiver": str(staff.near.id)}]
    with tenon.ctx(staff.manager) as ctx:
        made = handover.plan(ctx, handover.Plan(giver_id=staff.leaver.id, rules=rules))
        assert made.unrouted["core.account"] == 3
    with pytest.raises(Refused, match=r"core\.account 3"), tenon.ctx(staff.manager) as ctx:
        handover.execute(ctx, made.handover_id)
    with tenon.system() as ctx:
        assert ctx.session.get(Account, accounts[0].id).owner_id == staff.leaver.id
        contact = ctx.session.scalars(select(Contact)).one()
        assert contact.owner_id == staff.leaver.id


def test_what_comes_in_after_the_preview_moves_too(
    tenon: Tenon, customers: Any, staff: Staff
) -> None:
    with tenon.ctx(staff.manager) as ctx:
        made = handover.plan(
            ctx, handover.Plan(giver_id=staff.leaver.id, receiver_id=staff.near.id)
        )
    late = customers.account(staff.leaver, "Late Ltd")
    with tenon.ctx(staff.manager) as ctx:
        handover.execute(ctx, made.handover_id)
    with tenon.system() as ctx:
        assert ctx.session.get(Account, late.id).owner_id == staff.near.id
        items = ctx.session.scalars(select(HandoverItem.state)).all()
        assert items == ["moved"]


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"entity": "core.account"}, "rules.0.receiver"),
        ({"entity": "core.nothing", "receiver": "NEAR"}, "rules.0.entity"),
        ({"receiver": "LEAVER"}, "rules.0.receiver"),
        ({"receiver": "NEAR", "colour": "red"}, "rules.0.colour"),
        ({"receiver": "somebody"}, "rules.0.receiver"),
    ],
)
def test_faulty_rules_are_named(
    tenon: Tenon, staff: Staff, rule: dict[str, str], field: str
) -> None:
    people = {"NEAR": str(staff.near.id), "LEAVER": str(staff.leaver.id)}
    rule = {key: people.get(value, value) for key, value in rule.items()}
    with tenon.ctx(staff.manager) as ctx, pytest.raises(Invalid) as refused:
        handover.plan(
            ctx,
            handover.Plan(giver_id=staff.leaver.id, receiver_id=staff.near.id, rules=[rule]),
        )
    assert set(refused.value.fields) == {field}


def test_only_who_leads_the_giver_hands_over(tenon: Tenon, staff: Staff) -> None:
    plan = handover.Plan(giver_id=staff.leaver.id, receiver_id=staff.near.id)
    for nobody in (staff.near, staff.other):
        with pytest.raises(Forbidden), tenon.ctx(nobody) as ctx:
            handover.plan(ctx, plan)


class Ladder:
    """HQ (boss) > SOUTH (manager heads it; deputy, seller, and her chief sit in it) > CITY."""

    def __init__(self, tenon: Tenon) -> None:
        self.hq = tenon.unit("HQ", code="HQ")
        self.south = tenon.unit("South", code="SOUTH", parent=self.hq)
        self.city = tenon.unit("City", code="CITY", parent=self.south)
        self.people = {
            "boss": tenon.user("sales_manager", unit=self.hq, login="boss"),
            "chief": tenon.user("sales_manager", unit=self.south, login="chief"),
            "manager": tenon.user("sales_manager", unit=self.south, login="manager"),
            "deputy": tenon.user("sales_manager", unit=self.south, login="deputy"),
            "seller": tenon.user("salesperson", unit=self.south, login="seller"),
            "clerk": tenon.user("salesperson", unit=self.city, login="clerk"),
            "remote": tenon.user("salesperson", unit=self.hq, login="remote"),
            "taker": tenon.user("salesperson", unit=self.city, login="taker"),
            "root": tenon.user("administrator", login="root"),
        }
        # The chief sits in a unit that a manager of his own subordinate heads.
        above = {"manager": "chief", "chief": "boss", "seller": "deputy", "remote": "manager"}
        with tenon.system() as ctx:
            for login, boss in above.items():
                ctx.session.get(User, self.id_of(login)).manager_id = self.id_of(boss)
            ctx.session.get(Unit, self.south.id).head_id = self.id_of("manager")

    def id_of(self, login: str) -> Any:
        return self.people[login].id


@pytest.mark.parametrize(
    ("actor", "giver", "allowed"),
    [
        ("manager", "seller", True),  # in the unit that she heads
        ("manager", "clerk", True),  # in a unit below
        ("manager", "remote", True),  # reports to her from another unit
        ("manager", "chief", False),  # sits in her unit, and she reports to him
        ("manager", "boss", False),  # is above over two levels
        ("manager", "manager", False),
        ("deputy", "seller", True),  # reports to the deputy, who heads nothing
        ("deputy", "manager", False),  # the same unit, but not below
        ("deputy", "remote", False),
        ("boss", "manager", True),
        ("root", "boss", True),
        ("root", "root", True),
    ],
)
def test_work_is_handed_over_for_people_below_only(
    tenon: Tenon, actor: str, giver: str, allowed: bool
) -> None:
    ladder = Ladder(tenon)
    plan = handover.Plan(giver_id=ladder.id_of(giver), receiver_id=ladder.id_of("taker"))
    with tenon.ctx(ladder.people[actor]) as ctx:
        if not allowed:
            with pytest.raises(Forbidden):
                handover.plan(ctx, plan)
            return
        made = handover.plan(ctx, plan)
        assert handover.preview(ctx, made.handover_id).handover_id == made.handover_id


def test_a_draft_of_the_administrator_is_not_executed_from_below(tenon: Tenon) -> None:
    ladder = Ladder(tenon)
    plan = handover.Plan(giver_id=ladder.id_of("chief"), receiver_id=ladder.id_of("taker"))
    with tenon.ctx(ladder.people["root"]) as ctx:
        made = handover.plan(ctx, plan)
    for step in (handover.preview, handover.execute):
        with tenon.ctx(ladder.people["manager"]) as ctx, pytest.raises(Forbidden):
            step(ctx, made.handover_id)


def test_who_is_not_above_does_not_confirm_for_one_who_left(
    tenon: Tenon, customers: Any, staff: Staff
) -> None:
    customers.account(staff.leaver, "Last Ltd")
    with tenon.ctx(staff.manager) as ctx:
        plan = handover.Plan(giver_id=staff.leaver.id, receiver_id=staff.near.id)
        made = handover.plan(ctx, plan)
        handover.execute(ctx, made.handover_id)
    with tenon.system() as ctx:
        leaver = ctx.session.get(User, staff.leaver.id)
        leaver.active_from, leaver.active_until = date(2020, 1, 1), date(2020, 1, 2)
    with tenon.ctx(staff.near) as ctx:
        assert handover.confirm(ctx, made.handover_id) is False
    with tenon.ctx(staff.other) as ctx, pytest.raises(Forbidden):
        handover.confirm(ctx, made.handover_id)
    with tenon.ctx(staff.manager) as ctx:
        assert handover.confirm(ctx, made.handover_id) is True


def test_statements_do_not_grow_with_the_records(
    tenon: Tenon, customers: Any, staff: Staff
) -> None:
    def statements(count: int) -> int:
        giver = tenon.user("salesperson", unit=staff.unit)
        with tenon.system() as ctx:
            ctx.session.add_all(
                Account(name=f"Bulk {giver.login} {n}", owner_id=giver.id) for n in range(count)
            )
        with tenon.ctx(staff.manager) as ctx:
            made = handover.plan(ctx, handover.Plan(giver_id=giver.id, receiver_id=staff.near.id))
        with tenon.ctx(staff.manager) as ctx, tenon.count_statements() as heard:
            assert handover.execute(ctx, made.handover_id) == count
        return len(heard)

    assert statements(60) <= statements(3) + 2
