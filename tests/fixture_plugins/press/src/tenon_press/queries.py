"""What pages, widgets and reports of the press shop read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from tenon_press.entities import Machine
from tenon_press.inputs import Limits
from tenon_sdk.context import Context
from tenon_sdk.entities import Entity


def total_tonnes(cls: type[Entity]) -> ColumnElement[Any]:
    return func.sum(cls.__table__.c.tonnes)


def of_account(ctx: Context, account_id: UUID) -> Mapping[str, Any]:
    """The presses of a customer that the person may see, by number."""
    found = select(Machine.number, Machine.name).where(Machine.account_id == account_id)
    rows = ctx.session.execute(found.order_by(Machine.number)).all()
    return {"machines": [{"number": row.number, "name": row.name} for row in rows]}


def overview(ctx: Context, _values: Mapping[str, str] | None = None) -> Mapping[str, Any]:
    rows = ctx.session.execute(select(Machine.state, func.count()).group_by(Machine.state))
    return {"states": {row[0]: row[1] for row in rows}}


def tile(ctx: Context) -> Mapping[str, Any]:
    return overview(ctx)


def strongest(ctx: Context, inputs: Limits) -> Mapping[str, Any]:
    """The force of the strongest press that has at least `least` tonnes, None without one."""
    return {
        "tonnes": ctx.session.scalar(
            select(func.max(Machine.tonnes)).where(Machine.tonnes >= inputs.least)
        )
    }
