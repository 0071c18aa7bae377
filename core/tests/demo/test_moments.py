"""History that is written afterwards: another moment, another person."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import select

from tenon_core.entities import Account, AuditEntry, OwnershipPeriod
from tenon_sdk.errors import Forbidden, NotFound

THEN = datetime(2025, 5, 12, 2, 30, tzinfo=UTC)


def test_a_record_is_of_the_moment_and_the_person(tenon):
    seller = tenon.user("salesperson")
    with tenon.system() as ctx:
        with ctx.at(THEN, seller.id) as then:
            account = Account(name="Old customer")
            then.session.add(account)
        assert ctx.now == tenon.clock.now
        kept = ctx.session.get(Account, account.id)
        assert (kept.created_at, kept.created_by, kept.owner_id) == (THEN, seller.id, seller.id)
    with tenon.system(read_only=True) as ctx:
        period = ctx.session.scalars(select(OwnershipPeriod)).one()
        assert (period.starts_at, period.user_id) == (THEN, seller.id)
        said = select(AuditEntry).where(AuditEntry.entity == "core.account")
        entry = ctx.session.scalars(said).one()
        assert (entry.at, entry.actor_id) == (THEN, seller.id)


def test_it_is_undone_with_the_rest(tenon):
    def fails_later(ctx):
        with ctx.at(THEN) as then:
            then.session.add(Account(name="Never was"))
        raise RuntimeError

    with pytest.raises(RuntimeError), tenon.system() as ctx:
        fails_later(ctx)
    with tenon.system(read_only=True) as ctx:
        assert ctx.session.scalars(select(Account)).all() == []


def test_only_work_without_limits_may_date_back(tenon):
    with tenon.ctx("administrator") as ctx, pytest.raises(Forbidden), ctx.at(THEN):
        pass


def test_nobody_unknown_did_it(tenon):
    with tenon.system() as ctx, pytest.raises(NotFound), ctx.at(THEN, uuid4()):
        pass
