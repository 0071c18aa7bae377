"""What the site knows of its plugins."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from tenon_sdk.entities import Base
from tenon_sdk.types import Json, UtcDateTime


class PluginState(Base):
    """A plugin that was enabled once: whether it still is, and what it was when it last ran.

    `protects` are the entities that its decisions concern, known here even when the package is
    broken; `released` means that an administrator opened them although it does not run.
    """

    __tablename__ = "core_plugin_state"

    key: Mapped[str] = mapped_column(String(30), primary_key=True)
    enabled: Mapped[bool] = mapped_column(default=True)
    version: Mapped[str] = mapped_column(String(40), default="")
    protects: Mapped[list[Any]] = mapped_column(Json(), default=list)
    released: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime())
