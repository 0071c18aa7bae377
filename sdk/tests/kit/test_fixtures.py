import pytest
from sqlalchemy import func, select

from tenon_core.entities import Account, Contact


def test_each_test_has_a_database_of_its_own(tenon):
    with tenon.system() as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(Account)) == 0
    tenon.make(Account)


def test_people_of_a_role_see_what_is_theirs(tenon):
    ann, bob = tenon.user(), tenon.user()
    tenon.make(Account, name="Ann's", owner_id=ann.id)
    with tenon.ctx(ann) as ctx:
        assert ctx.session.scalars(select(Account.name)).all() == ["Ann's"]
    with tenon.ctx(bob) as ctx:
        assert ctx.session.scalars(select(Account.name)).all() == []


def test_statements_are_counted(tenon):
    with tenon.system() as ctx, tenon.assert_statements(2):
        ctx.session.scalars(select(Account)).all()
        ctx.session.scalars(select(Contact)).all()
    with (
        pytest.raises(AssertionError, match="1 statements, exactly 2"),
        tenon.system() as ctx,
        tenon.assert_statements(2),
    ):
        ctx.session.scalars(select(Account)).all()
