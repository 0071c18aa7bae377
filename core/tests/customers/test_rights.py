"""Services of customers give and change no more than the person may see and change herself."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from tenon_core.access.explain import who_sees
from tenon_core.customers.merging import Merging, merge
from tenon_core.entities import Account
from tenon_sdk.errors import Invalid, NotFound
from tenon_sdk.testing import Tenon


@pytest.fixture
def strangers(tenon: Tenon) -> tuple[Any, Any]:
    """A salesperson, and the account of a colleague in another unit."""
    other = tenon.user(unit=tenon.unit("West", code="WEST"))
    account = tenon.make(Account, owner_id=other.id, unit_id=other.unit_id)
    return tenon.user(unit=tenon.unit("East", code="EAST")), account


def test_who_owned_a_record_is_told_only_to_who_sees_it(
    tenon: Tenon, strangers: tuple[Any, Any]
) -> None:
    her, account = strangers
    path = f"/api/v1/core/owners/core.account/{account.id}"
    assert tenon.client(account.owner_id).get(path).status_code == 200
    assert tenon.client(her).get(path).status_code == 404
    unknown = (f"core.account/{uuid4()}", f"core.nothing/{account.id}", f"core.session/{uuid4()}")
    for record in unknown:
        assert tenon.client(her).get(f"/api/v1/core/owners/{record}").status_code == 404


def test_who_sees_a_record_is_told_only_to_who_sees_it(
    tenon: Tenon, strangers: tuple[Any, Any]
) -> None:
    her, account = strangers
    with tenon.ctx(account.owner_id, read_only=True) as ctx:
        assert account.owner_id in {id_ for id_, _name in who_sees(ctx, Account, account.id)}
    with tenon.ctx(her, read_only=True) as ctx, pytest.raises(NotFound):
        who_sees(ctx, Account, account.id)


def test_merging_sets_no_field_that_the_person_may_not_change(tenon: Tenon) -> None:
    manager = tenon.user("sales_manager")
    kept, merged = (
        tenon.make(
            Account,
            owner_id=manager.id,
            unit_id=manager.unit_id,
            currency="CNY",
            credit_limit=Decimal(limit),
        )
        for limit in (1, 1_000_000)
    )
    wish = Merging(
        entity="core.account", kept_id=kept.id, merged_id=merged.id, take=["credit_limit"]
    )
    with tenon.ctx(manager) as ctx, pytest.raises(Invalid) as caught:
        merge(ctx, wish)
    assert list(caught.value.fields) == ["take"]
    with tenon.ctx("administrator") as ctx:
        merge(ctx, wish)
    with tenon.system(read_only=True) as ctx:
        assert ctx.session.get_one(Account, kept.id).credit_limit == 1_000_000
