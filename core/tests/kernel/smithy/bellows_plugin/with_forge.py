from uuid import UUID

from sqlalchemy.orm import Mapped

from tenon_sdk.entities import Entity, reference
from tenon_sdk.hooks import Hooks, implements
from tenon_sdk.text import Text


class PumpPress(Entity, name="bellows.pump_press", label=Text("Pump of a press")):
    pump_id: Mapped[UUID] = reference("bellows.pump", label=Text("Pump"), on_delete="cascade")
    press_id: Mapped[UUID] = reference("forge.press", label=Text("Press"), on_delete="cascade")


@implements(Hooks.register_entities)
def entities():
    return (PumpPress,)
