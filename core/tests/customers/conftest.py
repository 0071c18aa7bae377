"""A small company with customers, for the tests of the customer services."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tenon_core.entities import Account, Activity, ActivityParticipant, Contact, ContactAccount
from tenon_sdk.testing import Tenon


class Customers:
    """Makes accounts, contacts and visits the short way."""

    def __init__(self, tenon: Tenon) -> None:
        self.tenon = tenon

    def account(self, owner: Any, name: str = "智光电气股份有限公司", **values: Any) -> Any:
        values.setdefault("unit_id", owner.unit_id)
        return self.tenon.make(Account, name=name, owner_id=owner.id, **values)

    def contact(self, account: Any, name: str, owner: Any, importance: int = 3) -> Any:
        contact = self.tenon.make(Contact, name=name, owner_id=owner.id, unit_id=owner.unit_id)
        self.tenon.make(
            ContactAccount,
            contact_id=contact.id,
            account_id=account.id,
            importance=importance,
            active=True,
            is_primary=False,
            starts_on=None,
            ends_on=None,
        )
        return contact

    def visit(
        self, account: Any, contact: Any, user: Any, *, days_ago: float = 0, kind: str = "visit"
    ) -> Any:
        began = self.tenon.clock() - timedelta(days=days_ago, hours=1)
        with self.tenon.system() as ctx:
            activity = Activity(
                kind=kind,
                subject="Visit",
                status="done",
                account_id=account.id,
                owner_id=user.id,
                actual_start=began,
                actual_end=began + timedelta(hours=1),
            )
            activity.participants = [
                ActivityParticipant(contact_id=contact.id),
                ActivityParticipant(user_id=user.id),
            ]
            ctx.session.add(activity)
        return activity


@pytest.fixture
def customers(tenon: Tenon) -> Customers:
    return Customers(tenon)
