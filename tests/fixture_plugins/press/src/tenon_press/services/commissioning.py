"""Beginning to work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from tenon_core.entities import Account
from tenon_press.entities import Machine
from tenon_press.events import MachineCommissioned
from tenon_press.hookspecs import CheckContext, PressHooks
from tenon_press.inputs import Commissioning, Strengthening
from tenon_sdk.context import Context
from tenon_sdk.errors import Refused
from tenon_sdk.events import Subject, on
from tenon_sdk.text import _


def commission(ctx: Context, machine: Machine, inputs: Commissioning) -> None:
    """Tells everybody that a press works now. Raises Refused while other plugins object."""
    answers = ctx.ask(PressHooks.press_checks, CheckContext(context=ctx, machine_id=machine.id))
    open_checks = [check for answer in answers for check in answer]
    if open_checks:
        raise Refused(_("First look at: {checks}.", checks=", ".join(open_checks)))
    ctx.publish(
        MachineCommissioned(machine_id=machine.id, account_id=machine.account_id, on=inputs.on)
    )


@on(MachineCommissioned)
def count_with_customer(ctx: Context, event: MachineCommissioned) -> None:
    """Keeps the number of presses in operation with the customer."""
    if event.account_id is None:
        return
    with ctx.as_system("count presses") as system:
        account: Any = system.session.get(Account, event.account_id)
        account.press_customer.presses = account.press_customer.presses + 1


@on(MachineCommissioned, durable=True)
def tell_owner(ctx: Context, event: MachineCommissioned) -> None:
    machine = ctx.session.get(Machine, event.machine_id)
    if machine is not None and machine.owner_id is not None:
        ctx.notify(
            [machine.owner_id],
            _("“{name}” works.", name=machine.name),
            subject=Subject("press.machine", machine.id),
            key=f"press-commissioned-{machine.id}",
        )


def strengthen(ctx: Context, ids: Sequence[UUID], inputs: Strengthening) -> Mapping[str, Any]:
    """Gives presses more force; tells how many there are of the given ones."""
    found = ctx.session.scalars(select(Machine).where(Machine.id.in_(ids))).all()
    for machine in found:
        machine.tonnes += inputs.tonnes
    return {"changed": len(found)}


def count_machines(ctx: Context, _args: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"machines": ctx.session.scalar(select(func.count()).select_from(Machine))}
