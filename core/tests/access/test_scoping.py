"""What a person may see is the same at every exit, for every scope, and cannot be got round."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import (
    delete,
    exists,
    func,
    insert,
    literal_column,
    select,
    text,
    union,
    union_all,
    update,
)
from sqlalchemy.orm import aliased

from tenon_core.entities import Account, Activity, Contact, ContactAccount, TeamMember
from tenon_core.events.timeline import timeline
from tenon_core.storage.lists import aggregate_json, list_rows, parse_list, record_json
from tenon_core.storage.scanning import Unscoped
from tenon_sdk.errors import Forbidden, Invalid, NotFound
from tenon_sdk.testing import Tenon

SCOPES = ("own", "team", "unit", "unit_tree", "all")
ROLE = "tester"


class Company:
    """Three branches of three teams of one person each; everybody owns one account.

    The reader leads the second branch. An account of the third branch is shared with her.
    """

    def __init__(self, tenon: Tenon) -> None:
        self.tenon = tenon
        top = tenon.unit("Company", code="TOP")
        self.accounts: dict[tuple[int, int], Any] = {}
        for branch in range(3):
            house = tenon.unit(f"Branch {branch}", parent=top, code=f"B{branch}")
            boss = tenon.user(role=None, unit=house, login=f"boss{branch}")
            if branch == 1:
                self.reader = boss
            self.accounts[branch, 0] = self._account(boss, house, branch, 0)
            for level in (1, 2):
                house = tenon.unit(f"Team {branch}.{level}", parent=house, code=f"T{branch}{level}")
                owner = tenon.user(role=None, unit=house, login=f"user{branch}{level}")
                self.accounts[branch, level] = self._account(owner, house, branch, level)
        colleague = tenon.user(role=None, unit=None, login="colleague")
        self.colleagues = tenon.make(
            Account,
            name="Of a colleague in my unit",
            owner_id=colleague.id,
            unit_id=self.reader.unit_id,
        )
        self.shared = self.accounts[2, 2]
        tenon.make(
            TeamMember,
            entity="core.account",
            record_id=self.shared.id,
            user_id=self.reader.id,
            level="view",
        )

    def _account(self, owner: Any, unit: Any, branch: int, level: int) -> Any:
        return self.tenon.make(
            Account, name=f"Account {branch}.{level}", owner_id=owner.id, unit_id=unit.id
        )

    def visible(self, scope: str) -> set[Any]:
        """Worked out by hand, so that the test does not ask the code that it tests."""
        own = {self.accounts[1, 0].id}
        team = own | {self.shared.id}
        unit = team | {self.colleagues.id}
        tree = unit | {self.accounts[1, 1].id, self.accounts[1, 2].id}
        everything = {account.id for account in self.accounts.values()} | {self.colleagues.id}
        return {"own": own, "team": team, "unit": unit, "unit_tree": tree, "all": everything}[scope]

    def grant(self, scope: str, *actions: str) -> None:
        for action in actions:
            self.tenon.grant(ROLE, f"core.account.{action}", scope)


@pytest.fixture
def company(tenon: Tenon) -> Company:
    company = Company(tenon)
    tenon.grant(ROLE, "core.timeline.view", "all")
    with tenon.system() as ctx:
        tenon._give_role(ctx, company.reader, ROLE)
    return company


@pytest.mark.parametrize("scope", SCOPES)
def test_every_exit_shows_the_same(company: Company, scope: str) -> None:
    tenon, reader = company.tenon, company.reader
    company.grant(scope, "view", "edit", "delete", "export")
    expected = company.visible(scope)
    hidden = {a.id for a in (*company.accounts.values(), company.colleagues)} - expected
    with tenon.ctx(reader, read_only=True) as ctx:
        session = ctx.session
        other = aliased(Account)
        assert set(session.scalars(select(Account.id))) == expected
        assert {a.id for a in session.scalars(select(other))} == expected
        assert session.scalar(select(func.count()).select_from(Account)) == len(expected)
        assert session.scalar(select(func.count(Account.id))) == len(expected)
        for id_ in hidden:
            assert session.get(Account, id_) is None
            with pytest.raises(NotFound):
                timeline(ctx, "core.account", id_)
        for id_ in expected:
            assert session.get(Account, id_) is not None
    site = tenon.site
    guardian = site.guardian(reader.id)
    rows = list_rows(
        site, guardian, parse_list(site, guardian, Account, [("fields", "id"), ("count", "exact")])
    )
    assert {str(row.c0) for row in rows.items} == {str(id_) for id_ in expected}
    assert rows.count == len(expected)
    assert f'"count":{len(expected)}' in aggregate_json(site, guardian, Account, []).decode()
    for id_ in hidden:
        assert record_json(site, guardian, Account, id_) is None


@pytest.mark.parametrize("scope", SCOPES)
def test_statements_change_what_the_scope_reaches_only(company: Company, scope: str) -> None:
    company.grant("all", "view")
    company.grant(scope, "edit", "delete")
    reach = company.visible(scope)
    if scope != "all":
        reach = reach - {company.shared.id}  # shared to be viewed, not to be edited
    with company.tenon.ctx(company.reader) as ctx:
        changed = ctx.session.execute(update(Account).values(short_name="X"))
        assert changed.rowcount == len(reach)
    with company.tenon.system(read_only=True) as ctx:
        found = ctx.session.scalars(select(Account.id).where(Account.short_name == "X"))
        assert set(found) == reach
    with company.tenon.ctx(company.reader) as ctx:
        assert ctx.session.execute(delete(Account)).rowcount == len(reach)


@pytest.mark.parametrize("scope", SCOPES)
def test_editing_one_record(company: Company, scope: str) -> None:
    company.grant("all", "view")
    company.grant(scope, "edit")
    reach = company.visible(scope) - (set() if scope == "all" else {company.shared.id})
    for account in (*company.accounts.values(), company.colleagues):
        if account.id in reach:
            with company.tenon.ctx(company.reader) as ctx:
                ctx.session.get(Account, account.id).short_name = "Y"
        else:
            with pytest.raises(Forbidden), company.tenon.ctx(company.reader) as ctx:
                ctx.session.get(Account, account.id).short_name = "Y"


def test_a_share_to_edit_lets_edit(company: Company) -> None:
    company.grant("team", "view", "edit")
    with pytest.raises(Forbidden), company.tenon.ctx(company.reader) as ctx:
        ctx.session.get(Account, company.shared.id).short_name = "Y"
    with company.tenon.system() as ctx:
        member = ctx.session.scalars(select(TeamMember)).one()
        member.level = "edit"
    with company.tenon.ctx(company.reader) as ctx:
        ctx.session.get(Account, company.shared.id).short_name = "Y"


def test_nothing_without_a_permission(company: Company) -> None:
    company.tenon.assert_invisible(company.reader, company.accounts[1, 0])


def test_giving_away_needs_reach(company: Company) -> None:
    company.grant("unit", "view", "edit")
    other = company.accounts[0, 0].owner_id
    with pytest.raises((Forbidden, Invalid)), company.tenon.ctx(company.reader) as ctx:
        ctx.session.get(Account, company.accounts[1, 0].id).owner_id = other


RAW: dict[str, Callable[[], Any]] = {
    "text": lambda: text("SELECT * FROM core_account"),
    "text inside": lambda: select(Account.id).where(text("1=1")),
    "literal": lambda: select(literal_column("(SELECT count(*) FROM core_account)")),
    "table": lambda: select(Account.__table__),
    "column of the table": lambda: select(Account.__table__.c.name),
    "table in a sub-query": lambda: select(
        select(func.count(Account.__table__.c.id)).scalar_subquery()
    ),
    "aliased table": lambda: select(Account.id).where(
        Account.id.in_(select(Account.__table__.alias().c.id))
    ),
    "entity from the bare table": lambda: select(aliased(Account).name).select_from(
        Account.__table__
    ),
    "union": lambda: union(select(Account.id), select(Account.id)),
    "union below": lambda: select(func.count()).select_from(
        union_all(select(Account.id), select(Account.id)).subquery()
    ),
    "from_statement": lambda: select(Account).from_statement(text("SELECT * FROM core_account")),
    "prefix": lambda: select(Account.id).prefix_with("/* */"),
    "suffix": lambda: select(Account.id).suffix_with("UNION SELECT id FROM core_account"),
    "update of the table": lambda: update(Account.__table__).values(name="X"),
    "insert into the table": lambda: insert(Account.__table__).values(name="X"),
    "exists on the table": lambda: select(Contact.id).where(
        exists(select(Account.__table__.c.id))
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RAW)
def test_what_no_condition_reaches_is_refused(company: Company, name: str) -> None:
    company.grant("own", "view", "edit", "create")
    with company.tenon.ctx(company.reader) as ctx, pytest.raises(Unscoped):
        ctx.session.execute(RAW[name]()).all()


def test_ways_round_the_session_are_refused(company: Company) -> None:
    company.grant("own", "view", "create")
    with company.tenon.ctx(company.reader) as ctx:
        with pytest.raises(Unscoped):
            ctx.session.connection()
        with pytest.raises(Unscoped):
            ctx.session.bulk_save_objects([Account(name="X")])
        with pytest.raises(Unscoped):
            ctx.session.bulk_insert_mappings(Account, [{"name": "X"}])
        with pytest.raises(Forbidden):
            ctx.session.execute(insert(Account).values(name="X"))


NESTED: dict[str, Callable[[], Any]] = {
    "sub-query": lambda: select(func.count()).select_from(select(Account.id).subquery()),
    "cte": lambda: select(func.count()).select_from(select(Account.id).cte()),
    "scalar sub-query": lambda: select(select(func.count(Account.id)).scalar_subquery()),
    "alias": lambda: select(func.count(aliased(Account).id)),
    "query": lambda: select(func.count()).select_from(aliased(Account)),
}


@pytest.mark.parametrize("name", NESTED)
def test_conditions_reach_everywhere_in_a_statement(company: Company, name: str) -> None:
    company.grant("own", "view")
    with company.tenon.ctx(company.reader) as ctx:
        assert ctx.session.scalar(NESTED[name]()) == 1


def test_joined_aliases_are_limited(company: Company) -> None:
    """SQLAlchemy's own option leaves the condition of a joined alias on the other table."""
    company.grant("own", "view")
    with company.tenon.system() as ctx:
        account = ctx.session.get(Account, company.accounts[0, 0].id)
        account.parent_id = company.accounts[1, 0].id
    child = aliased(Account)
    with company.tenon.ctx(company.reader) as ctx:
        joined = select(Account.name, child.name).join(child, child.parent_id == Account.id)
        assert ctx.session.execute(joined).all() == []
        found = select(Account.id).where(
            exists(select(child.id).where(child.parent_id == Account.id))
        )
        assert ctx.session.scalars(found).all() == []


def test_contacts_and_activities_follow_their_account(company: Company) -> None:
    tenon = company.tenon
    company.grant("own", "view")
    tenon.grant(ROLE, "core.contact.view", "own")
    tenon.grant(ROLE, "core.activity.view", "own")
    stranger = company.accounts[0, 0].owner_id
    seen, unseen = (
        tenon.make(Contact, name=name, owner_id=stranger) for name in ("Seen", "Unseen")
    )
    tenon.make(ContactAccount, contact_id=seen.id, account_id=company.accounts[1, 0].id)
    tenon.make(ContactAccount, contact_id=unseen.id, account_id=company.accounts[0, 0].id)
    tenon.make(
        Activity,
        kind="task",
        subject="Mine by account",
        account_id=company.accounts[1, 0].id,
        owner_id=stranger,
    )
    with tenon.ctx(company.reader, read_only=True) as ctx:
        assert [c.name for c in ctx.session.scalars(select(Contact))] == ["Seen"]
        assert len(ctx.session.scalars(select(ContactAccount)).all()) == 1
        assert [a.subject for a in ctx.session.scalars(select(Activity))] == ["Mine by account"]
    tenon.assert_invisible(company.reader, unseen)


def test_masked_fields_stay_masked(company: Company) -> None:
    company.grant("all", "view", "edit", "export")
    account = company.accounts[1, 0]
    with company.tenon.system() as ctx:
        ctx.session.get(Account, account.id).credit_limit = 1000
    with company.tenon.ctx(company.reader) as ctx:
        record = ctx.session.get(Account, account.id)
        with pytest.raises(Forbidden):
            _ = record.credit_limit
        for statement in (
            select(Account.credit_limit),
            select(Account.id).where(Account.credit_limit > 1),
            select(Account.id).order_by(Account.credit_limit),
            select(func.sum(aliased(Account).credit_limit)),
        ):
            with pytest.raises(Forbidden):
                ctx.session.execute(statement).all()
    account.credit_limit = Decimal("98765.43")
    with company.tenon.system() as ctx:
        ctx.session.get(Account, account.id).credit_limit = account.credit_limit
    company.tenon.assert_invisible(company.reader, account, "credit_limit")
    with pytest.raises(Invalid) as refused, company.tenon.ctx(company.reader) as ctx:
        ctx.session.get(Account, account.id).credit_limit = 5
    assert "credit_limit" in refused.value.fields


def test_a_reference_to_an_invisible_record_is_refused(company: Company) -> None:
    company.grant("own", "view", "edit")
    with pytest.raises(Invalid) as refused, company.tenon.ctx(company.reader) as ctx:
        ctx.session.get(Account, company.accounts[1, 0].id).parent_id = company.accounts[0, 0].id
    assert set(refused.value.fields) == {"parent_id"}


def test_a_substitute_sees_what_the_absent_one_would(company: Company) -> None:
    company.grant("own", "view")
    absent = company.accounts[0, 0].owner_id
    with company.tenon.system() as ctx:
        from tenon_core.entities import User

        user = ctx.session.get(User, absent)
        user.substitute_id = company.reader.id
        user.substitute_until = company.tenon.clock.today
    expected = {company.accounts[1, 0].id, company.accounts[0, 0].id}
    with company.tenon.ctx(company.reader) as ctx:
        assert set(ctx.session.scalars(select(Account.id))) == expected
    company.tenon.clock.advance(days=1)
    with company.tenon.ctx(company.reader) as ctx:
        assert set(ctx.session.scalars(select(Account.id))) == {company.accounts[1, 0].id}


def test_elevation_is_explicit_and_audited(company: Company) -> None:
    from tenon_core.entities import AuditEntry

    company.grant("own", "view")
    with company.tenon.ctx(company.reader) as ctx, ctx.as_system("counting for a test") as system:
        assert len(system.session.scalars(select(Account)).all()) == 10
    with company.tenon.system() as ctx:
        entry = ctx.session.scalars(select(AuditEntry).where(AuditEntry.action == "elevated")).one()
        assert (entry.reason, entry.actor_id) == ("counting for a test", company.reader.id)


def test_elevation_is_audited_in_a_unit_of_work_that_only_reads(company: Company) -> None:
    from tenon_core.entities import AuditEntry

    company.grant("own", "view")
    with company.tenon.ctx(company.reader, read_only=True) as ctx, ctx.as_system("a look"):
        pass
    with company.tenon.system() as ctx:
        reasons = select(AuditEntry.reason).where(AuditEntry.action == "elevated")
        assert ctx.session.scalars(reasons).all() == ["a look"]
