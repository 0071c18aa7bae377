"""The demo company as it stands in the database, on both."""

from collections import Counter
from datetime import timedelta

from sqlalchemy import func, select

from tenon_core.access.roles import READY_ROLES
from tenon_core.customers.caring import overdue
from tenon_core.customers.relationships import account_network
from tenon_core.customers.tiering import classify_accounts
from tenon_core.entities import (
    Account,
    Activity,
    AuditEntry,
    BomLine,
    Comment,
    Contact,
    ContactAccount,
    CustomField,
    Document,
    DuplicatePair,
    Mention,
    Notification,
    OwnershipPeriod,
    Pool,
    PoolEntry,
    Relationship,
    Role,
    SavedView,
    TeamMember,
    Unit,
    User,
    UserRole,
)
from tenon_core.settings import CoreSettings

CERTAIN = CoreSettings().duplicates.certain


def count(ctx, entity, *conditions):
    return ctx.session.scalar(select(func.count()).select_from(entity).where(*conditions))


def test_it_is_as_large_as_promised(demo, ctx):
    active = User.active_on(demo.now.date())
    assert count(ctx, User, active) == 60
    assert count(ctx, User) == 62
    assert count(ctx, Account) == 400
    assert count(ctx, Contact) == 1500
    assert 8_000 <= count(ctx, Activity) <= 16_000
    assert count(ctx, Unit, Unit.code.in_(["SC", "EC", "NC", "SW", "CC", "OS"])) == 6
    assert count(ctx, Pool) == 6
    assert count(ctx, Document) == 18
    assert any("core.contact" in line for line in demo.said)


def test_every_ready_role_has_somebody_and_every_unit_a_head(ctx):
    held = select(Role.key).join(UserRole, UserRole.role_id == Role.id).distinct()
    assert set(ctx.session.scalars(held)) == {role.key for role in READY_ROLES}
    assert count(ctx, Unit, Unit.head_id.is_(None)) == 0
    assert count(ctx, User, User.manager_id.is_(None)) == 1
    away = ctx.session.scalars(select(User).where(User.substitute_id.is_not(None))).all()
    today = ctx.now.date()
    assert {user.login for user in away if user.substitute_on(today)} == {
        "linxiaoyan",
        "wangzhenyu",
    }


def test_people_see_their_part(demo):
    def sees(login):
        with demo.tenon.ctx(login, read_only=True) as ctx:
            return count(ctx, Account)

    mine, branch = sees("dengliping"), sees("huangzhiqiang")
    assert 10 < mine < branch < sees("zhouzhuoran") == sees("zoumingde") == 400


def test_the_history_is_dated_back(demo, ctx):
    for entity in (Account, Contact, Activity, Comment, Document):
        first, last = ctx.session.execute(
            select(func.min(entity.created_at), func.max(entity.created_at))
        ).one()
        assert first < demo.now - timedelta(days=60)
        assert last <= demo.now
    said = select(func.count()).select_from(AuditEntry).where(AuditEntry.entity == "core.activity")
    recent = AuditEntry.at >= demo.now - timedelta(days=30)
    assert 0 < ctx.session.scalar(said.where(recent)) < ctx.session.scalar(said) / 10
    named = select(AuditEntry.actor_name).where(AuditEntry.entity == "core.activity").distinct()
    assert len(ctx.session.scalars(named).all()) > 25


def test_tiers_are_those_of_the_rules(demo):
    with demo.tenon.system() as ctx:
        assert classify_accounts(ctx, {}) == 0


def test_levels_gaps_and_overdue_care_all_occur(demo, ctx):
    levels = dict(
        ctx.session.execute(
            select(Relationship.level, func.count()).group_by(Relationship.level)
        ).all()
    )
    assert set(levels) == {0, 1, 2, 3, 4, 5}
    assert count(ctx, Relationship, Relationship.kind != "business") == 70
    late = overdue(ctx, limit=1_000)
    assert 50 < len(late) < 400
    important = select(ContactAccount.account_id).where(
        ContactAccount.importance >= 4, ContactAccount.active
    )
    some = ctx.session.scalars(
        select(Account.id).where(Account.id.in_(important)).order_by(Account.code).limit(60)
    ).all()
    networks = [account_network(ctx, id_) for id_ in some]
    assert any(network.unknown for network in networks)
    assert any(network.share == 1.0 for network in networks)
    assert {network.resilience for network in networks} >= {0, 1, 2}


def test_planted_twins_are_on_the_desk_and_hardly_anything_else(world, ctx):
    pairs = ctx.session.execute(
        select(DuplicatePair.first_id, DuplicatePair.second_id, DuplicatePair.score).where(
            DuplicatePair.entity == "core.account"
        )
    ).all()
    certain = {frozenset(pair[:2]) for pair in pairs if pair.score >= CERTAIN}
    planted = {frozenset((c.id, c.twin_of.id)) for c in world.customers if c.twin_of is not None}
    assert len(planted) == 6
    assert planted <= certain
    assert len(pairs) <= len(planted) + 6
    people = ctx.session.execute(
        select(DuplicatePair.first_id, DuplicatePair.second_id).where(
            DuplicatePair.entity == "core.contact"
        )
    ).all()
    doubles = {frozenset((c.id, c.same_as.id)) for c in world.contacts if c.same_as is not None}
    assert len(doubles) == 2
    assert doubles <= {frozenset(pair) for pair in people}
    assert len(people) <= 12


def test_ownership_is_continuous(ctx):
    open_ = OwnershipPeriod.ends_at.is_(None)
    for entity in (Account, Contact):
        name = entity.__tenon__.name
        of = OwnershipPeriod.entity == name
        owners = dict(ctx.session.execute(select(entity.id, entity.owner_id)).all())
        found = select(OwnershipPeriod.record_id, OwnershipPeriod.user_id).where(of, open_)
        periods = dict(ctx.session.execute(found).all())
        assert periods == {id_: owner for id_, owner in owners.items() if owner is not None}
    reasons = Counter(ctx.session.scalars(select(OwnershipPeriod.reason)))
    assert reasons["handover"] > 20
    assert reasons["claimed"] > 10


def test_pools_hold_what_nobody_owns(ctx):
    pooled = set(ctx.session.scalars(select(Account.id).where(Account.pool_id.is_not(None))))
    ownerless = set(ctx.session.scalars(select(Account.id).where(Account.owner_id.is_(None))))
    waiting = set(
        ctx.session.scalars(select(PoolEntry.account_id).where(PoolEntry.left_at.is_(None)))
    )
    assert pooled == ownerless == waiting
    assert len(pooled) == 28
    assert count(ctx, PoolEntry, PoolEntry.claimed_by_id.is_not(None)) == 14


def test_colleagues_talk_and_share(demo, ctx):
    assert count(ctx, Comment) > 30
    assert count(ctx, Mention) > 10
    assert count(ctx, Notification) >= count(ctx, Mention)
    assert 0 < count(ctx, Notification, Notification.read_at.is_(None)) < count(ctx, Notification)
    assert count(ctx, TeamMember) > 30
    assert count(ctx, SavedView) == 5
    assert count(ctx, CustomField) == 3
    with demo.tenon.ctx("huangzhiqiang", read_only=True) as mine:
        account = mine.session.scalars(select(Account).limit(1)).one()
        assert account.custom["imm_count"] >= account.custom["imm_ours"]


def test_bills_of_materials_have_three_levels(ctx):
    lines = ctx.session.execute(select(BomLine.product_id, BomLine.component_id)).all()
    above = {component: product for product, component in lines}
    whole = {product for product, _component in lines}
    depths = Counter()
    for _product, component in lines:
        depth, current = 1, component
        while current in above:
            depth, current = depth + 1, above[current]
        if component not in whole:
            depths[depth] += 1
    assert set(depths) == {3}


def test_the_same_seed_gives_the_same_rows_anywhere(open_demo, digests, request):
    chosen = request.config.getoption("tenon_database")
    other = open_demo(chosen, copy=1) if chosen else open_demo("postgresql")
    first, second = digests(open_demo(chosen or "sqlite").tenon), digests(other.tenon)
    assert {name for name in first if first[name] != second[name]} == set()
    assert first["core_activity"][0] > 8_000
