from decimal import Decimal
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import String
from sqlalchemy.orm import Mapped

from tenon_sdk.entities import Entity, Owned, Workflowed, field, money, reference
from tenon_sdk.errors import Refused
from tenon_sdk.text import Text
from tenon_sdk.workflows import State, Transition, Workflow


class Quotation(
    Owned, Workflowed, Entity, name="quoting.quotation", label=Text("Quotation"), title="name"
):
    name: Mapped[str] = field(String(100), label=Text("Name"))
    amount: Mapped[Decimal] = money(label=Text("Amount"), currency=None)
    margin: Mapped[Decimal | None] = money(
        label=Text("Margin"), currency=None, read="quoting.quotation.margin"
    )
    remark: Mapped[str | None] = field(String(100), label=Text("Remark"))
    reviewer_id: Mapped[UUID | None] = reference("core.user", label=Text("Reviewer"))
    discount: Mapped[Decimal | None] = money(label=Text("Discount"), currency=None)
    price: Mapped[Decimal | None] = money(label=Text("Price"))
    currency: Mapped[str | None] = field(String(3), label=Text("Currency"))


class Line(Entity, name="quoting.line", label=Text("Line"), title="product", parent="quotation_id"):
    quotation_id: Mapped[UUID] = reference(Quotation, label=Text("Quotation"), on_delete="cascade")
    product: Mapped[str] = field(String(100), label=Text("Product"))
    quantity: Mapped[int] = field(label=Text("Quantity"))


@frozen(kw_only=True)
class Sending:
    discount: Decimal = Decimal(0)
    note: str | None = None


# What a test makes the plugin say; the guard and `apply` of "send" ask here.
SAYS: dict[str, Any] = {"guard": None, "apply": None, "moves": []}


def send(ctx, record, inputs):
    record.discount = inputs.discount
    ctx.session.flush()
    SAYS["moves"].append((record.id, ctx.actor.login, inputs))
    if SAYS["apply"]:
        raise Refused(Text(SAYS["apply"]))


def state(key):
    return State(key=key, label=Text(key.title()))


WORKFLOW = Workflow(
    entity="quoting.quotation",
    states=(state("draft"), state("sent"), state("won"), state("cancelled")),
    transitions=(
        Transition(
            name="send",
            label=Text("Send"),
            source=("draft",),
            target="sent",
            inputs=Sending,
            apply=send,
        ),
        Transition(name="win", label=Text("Win"), source=("sent",), target="won"),
        Transition(
            name="cancel", label=Text("Cancel"), source=("draft", "sent"), target="cancelled"
        ),
    ),
    initial="draft",
)
