"""What the press shop prints."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from tenon_core.entities import Account
from tenon_press.entities import Machine, Part
from tenon_sdk.context import Context
from tenon_sdk.papers import Money, Paper
from tenon_sdk.text import _


def certificate(ctx: Context, machine_id: UUID) -> Mapping[str, Any]:
    """A press and its parts; its price only for who may know it. Three statements."""
    machine = ctx.session.get_one(Machine, machine_id)
    operator = select(Account.name).where(Account.id == machine.account_id)
    parts = ctx.session.scalars(
        select(Part.name).where(Part.machine_id == machine_id).order_by(Part.name)
    ).all()
    facts: list[tuple[str, Any]] = [
        (_("Press number"), machine.number),
        (_("Name of the press"), machine.name),
    ]
    if ctx.can("press.machine.read_price") and machine.price is not None:
        facts.append((_("Price of the press"), Money(machine.price, "CNY")))
    return {
        "name": machine.name,
        "operator": ctx.session.scalar(operator),
        "facts": facts,
        "parts": [(Decimal(at), name) for at, name in enumerate(parts, 1)],
        "count": Decimal(len(parts)),
        "tonnes": Decimal(machine.tonnes),
    }


PAPERS = (
    Paper(
        entity="press.machine",
        key="certificate",
        label=_("Certificate of a press"),
        template="press/certificate.typ",
        load=certificate,
        permission="press.machine.view",
        drafts=("built",),
        category="certificate",
    ),
)
