from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped

from tenon_core.entities import Account
from tenon_sdk.entities import (
    Entity,
    Owned,
    Workflowed,
    choice,
    field,
    money,
    number,
    reference,
)
from tenon_sdk.text import Text
from tenon_sdk.types import Json

MARGIN = "lathe.order.margin"


class Order(Owned, Workflowed, Entity, name="lathe.order", label=Text("Order"), title="name"):
    """One of everything that an API can be sent."""

    number: Mapped[str] = number("L-{seq:04}", label=Text("Number"))
    name: Mapped[str] = field(String(40), label=Text("Name"))
    code: Mapped[str | None] = field(String(20), label=Text("Code"), unique=True)
    account_id: Mapped[UUID | None] = reference(Account, label=Text("Customer"))
    amount: Mapped[Decimal | None] = money(label=Text("Amount"), minimum=0)
    currency: Mapped[str | None] = field(String(3), label=Text("Currency"))
    weight: Mapped[Decimal | None] = field(label=Text("Weight"))
    count: Mapped[int | None] = field(label=Text("Count"), minimum=0, maximum=100)
    urgent: Mapped[bool] = field(label=Text("Urgent"), default=False)
    due: Mapped[date | None] = field(label=Text("Due"))
    begins_at: Mapped[datetime | None] = field(label=Text("Begins at"))
    kind: Mapped[str | None] = choice(
        (("new", Text("New")), ("used", Text("Used"))), label=Text("Kind")
    )
    email: Mapped[str | None] = field(String(100), label=Text("E-mail"), kind="email")
    notes: Mapped[dict[str, Any] | None] = field(Json(), label=Text("Notes"))
    parts: Mapped[list[Any] | None] = field(Json(), label=Text("Parts"))
    margin: Mapped[Decimal | None] = money(label=Text("Margin"), read=MARGIN, write=MARGIN)
    secret: Mapped[str | None] = field(String(20), label=Text("Secret"), internal=True)
    low: Mapped[int | None] = field(label=Text("From"))
    high: Mapped[int | None] = field(label=Text("To"))

    __table_args__ = (CheckConstraint("low <= high", name="range"),)


class Line(Entity, name="lathe.line", label=Text("Line"), parent="order_id"):
    order_id: Mapped[UUID] = reference(Order, label=Text("Order"), on_delete="cascade")
    position: Mapped[int] = field(label=Text("Position"))

    __table_args__ = (UniqueConstraint("order_id", "position"),)


class Hidden(Entity, name="lathe.hidden", label=Text("Hidden"), internal=True):
    name: Mapped[str] = field(String(40), label=Text("Name"))


class Machine(Entity, name="lathe.machine", label=Text("Machine"), extends=Account):
    tonnage: Mapped[int | None] = field(label=Text("Tonnage"), minimum=0)
    serial: Mapped[str | None] = field(String(20), label=Text("Serial"), unique=True)
    rate: Mapped[int | None] = field(label=Text("Rate"), read=MARGIN, write=MARGIN)
