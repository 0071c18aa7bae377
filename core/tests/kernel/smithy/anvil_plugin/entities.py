from uuid import UUID

from forge_plugin.entities import Press
from sqlalchemy import String
from sqlalchemy.orm import Mapped

from tenon_sdk.entities import Entity, field, reference
from tenon_sdk.text import Text


class Order(Entity, name="anvil.order", label=Text("Order"), title="name"):
    name: Mapped[str] = field(String(80), label=Text("Name"))
    press_id: Mapped[UUID] = reference(Press, label=Text("Press"), on_delete="cascade")
