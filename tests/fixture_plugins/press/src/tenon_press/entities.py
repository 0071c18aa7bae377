"""What the press shop stores."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped

from tenon_core.entities import Account
from tenon_sdk.entities import (
    Commented,
    Documented,
    Entity,
    Owned,
    Tagged,
    Workflowed,
    field,
    money,
    number,
    reference,
)
from tenon_sdk.text import _


class Machine(
    Owned,
    Workflowed,
    Commented,
    Documented,
    Tagged,
    Entity,
    name="press.machine",
    label=_("Press"),
    plural=_("Presses"),
    title="name",
    subtitle="number",
    icon="engine",
):
    """A press (压力机) at a customer's; `tonnes` is its pressing force."""

    number: Mapped[str] = number("PM-{yyyy}-{seq:04}", label=_("Press number"))
    name: Mapped[str] = field(String(120), label=_("Name of the press"), search=True)
    account_id: Mapped[UUID | None] = reference(
        Account, label=_("Operated by"), on_delete="cascade"
    )
    tonnes: Mapped[int] = field(label=_("Pressing force in tonnes"), minimum=1, default=100)
    price: Mapped[Decimal | None] = money(
        label=_("Price of the press"), currency=None, read="press.machine.read_price"
    )


class Part(
    Entity,
    name="press.part",
    label=_("Part of a press"),
    plural=_("Parts of a press"),
    title="name",
    icon="puzzle",
    parent="machine_id",
):
    """A part (零件) that belongs to one press and goes with it."""

    machine_id: Mapped[UUID] = reference(Machine, label=_("Press"), on_delete="cascade")
    name: Mapped[str] = field(String(120), label=_("Name of the part"), search=True)

    __table_args__ = (UniqueConstraint("machine_id", "name"),)
