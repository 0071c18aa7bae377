"""The press shop's part of the demo company."""

from __future__ import annotations

import random

from sqlalchemy import select

from tenon_core.entities import Account
from tenon_press.entities import Machine
from tenon_sdk.declarations import DemoContext


def load(demo: DemoContext) -> None:
    """Three presses, at customers if there are any."""
    drawn = random.Random(demo.seed)
    session = demo.context.session
    accounts = session.scalars(select(Account.id).order_by(Account.name).limit(20)).all()
    for name in ("Stamping line A", "Stamping line B", "冲压线"):
        account = drawn.choice(accounts) if accounts else None
        tonnes = drawn.randrange(100, 1_000, 50)
        session.add(Machine(name=name, account_id=account, tonnes=tonnes, state="built"))
    demo.report("3 presses")
