from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Float, Index, Integer, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from tenon_core.entities import Tag
from tenon_sdk.entities import Base, Entity, choice, field, reference
from tenon_sdk.text import Text
from tenon_sdk.types import Exact, Json


class Press(Entity, name="forge.press", label=Text("Press"), title="name"):
    name: Mapped[str] = field(String(80), label=Text("Name"), unique=True)
    kind: Mapped[str] = choice({"hot": Text("Hot"), "cold": Text("Cold")}, label=Text("Kind"))
    price: Mapped[Decimal | None] = field(
        Exact(14, 3), label=Text("Price"), minimum=Decimal("0.001"), maximum=Decimal("99999.5")
    )
    tested_at: Mapped[datetime | None] = field(label=Text("Tested at"))
    built_on: Mapped[date | None] = field(label=Text("Built on"))
    facts: Mapped[dict[str, Any] | None] = field(Json(), label=Text("Facts"))
    force: Mapped[float | None] = field(Float(), label=Text("Force"), kind="decimal")
    stamp: Mapped[bytes | None] = mapped_column(LargeBinary())
    ready: Mapped[bool] = field(label=Text("Ready"), default=False)
    parent_id: Mapped[UUID | None] = reference("forge.press", label=Text("Parent"))

    __table_args__ = (
        Index(
            "ix_forge_press_ready",
            "name",
            sqlite_where=text("ready"),
            postgresql_where=text("ready"),
        ),
    )


class TagColour(Entity, name="forge.tag_colour", label=Text("Colour"), extends=Tag):
    rgb: Mapped[str | None] = field(String(6), label=Text("RGB"))


class Log(Base):
    __tablename__ = "forge_log"

    id: Mapped[int] = mapped_column(Integer(), primary_key=True, autoincrement=True)
    line: Mapped[str] = mapped_column(String(200))

    __table_args__ = ({"sqlite_autoincrement": True},)
