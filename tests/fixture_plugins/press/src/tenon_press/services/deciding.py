"""What the press shop forbids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

from tenon_core.entities import Account
from tenon_press.entities import Machine
from tenon_press.settings import PressSettings
from tenon_sdk.errors import Refusal
from tenon_sdk.hooks import DeleteContext, LimitContext, SaveContext, TransitionContext
from tenon_sdk.text import _

LOCKED = "Locked away"
"""A machine of this name is out of everybody's reach."""


def heavy(decision: SaveContext) -> Sequence[Refusal]:
    most = decision.context.settings(PressSettings).most_tonnes
    record: Any = decision.record
    if isinstance(record, Machine) and record.tonnes is not None and record.tonnes > most:
        message = _("A press has at most {most} tonnes.", most=most)
        return (Refusal(message=message, code="too_heavy", field="tonnes"),)
    return ()


def running(decision: DeleteContext) -> Sequence[Refusal]:
    if isinstance(decision.record, Machine) and decision.record.state == "running":
        return (Refusal(message=_("A running press cannot be deleted."), code="running"),)
    if isinstance(decision.record, Account):
        open_ = select(Machine.id).where(
            Machine.account_id == decision.record.id, Machine.state == "running"
        )
        with decision.context.as_system("look for running presses") as system:
            if system.session.scalar(open_.limit(1)) is not None:
                return (Refusal(message=_("A press of this customer is running."), code="running"),)
    return ()


def without_customer(decision: TransitionContext) -> Sequence[Refusal]:
    if decision.transition.name == "commission" and decision.record.account_id is None:
        message = _("Say first which customer operates the press.")
        return (Refusal(message=message, code="no_customer", field="account_id"),)
    return ()


def locked(decision: LimitContext) -> ColumnElement[bool] | None:
    if decision.entity is Machine:
        return Machine.name != LOCKED
    return None
