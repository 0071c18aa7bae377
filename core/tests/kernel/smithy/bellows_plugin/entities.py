from sqlalchemy import String
from sqlalchemy.orm import Mapped

from tenon_sdk.entities import Entity, field
from tenon_sdk.text import Text


class Pump(Entity, name="bellows.pump", label=Text("Pump"), title="name"):
    name: Mapped[str] = field(String(80), label=Text("Name"))
