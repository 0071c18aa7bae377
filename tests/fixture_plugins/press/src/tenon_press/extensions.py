"""What the press shop adds to others' entities."""

from decimal import Decimal

from sqlalchemy.orm import Mapped

from tenon_core.entities import Account
from tenon_sdk.entities import Entity, choice, field, money
from tenon_sdk.text import _


class Customer(Entity, name="press.customer", label=_("Press customer"), extends=Account):
    """What we know of a customer's pressing; read as `account.press_customer`."""

    segment: Mapped[str | None] = choice(
        (("automotive", _("Automotive")), ("appliance", _("Home appliances"))),
        label=_("Pressing segment"),
    )
    presses: Mapped[int] = field(label=_("Presses in operation"), minimum=0, default=0)
    budget: Mapped[Decimal | None] = money(label=_("Budget for presses"), currency=None)
