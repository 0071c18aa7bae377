"""Facts of the press shop."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from attrs import frozen

from tenon_sdk.events import Event
from tenon_sdk.text import _


@frozen(kw_only=True)
class MachineCommissioned(
    Event,
    name="press.machine.commissioned",
    label=_("Press commissioned"),
    icon="engine",
    subjects={"machine_id": "press.machine", "account_id": "core.account"},
):
    """A press began to work at a customer's."""

    machine_id: UUID
    account_id: UUID | None
    on: date
