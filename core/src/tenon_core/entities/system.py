"""What the core keeps for itself: counters, repeated requests, log-in attempts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from tenon_core.entities.audit import SEQUENCE
from tenon_core.entities.people import ENTITY_NAME
from tenon_sdk.entities import Base
from tenon_sdk.types import Json


class Sequence(Base):
    """The last value drawn for an automatic number; `key` is its pattern without the counter."""

    __tablename__ = "core_sequence"

    key: Mapped[str] = mapped_column(String(160), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger(), default=0)

    __table_args__ = (CheckConstraint("value >= 0", name="value"),)


class RepeatedRequest(Base):
    """The answer to a request with an `Idempotency-Key`; `digest` is that of what was sent."""

    __tablename__ = "core_repeated_request"

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("core_user.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None] = mapped_column(Json())
    body: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(index=True)


class FollowUp(Base):
    """Records stored by a large import whose search entries, keys or periods are still to be made.

    A row goes in the transaction that makes them. `kind` says what is to be made, `source` is the
    import run, `records` holds the ids and what else is needed of that moment (`at`). All ids lie
    between `first_id` and `last_id`, so that what waits for one record is found.
    """

    __tablename__ = "core_follow_up"

    id: Mapped[int] = mapped_column(SEQUENCE, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(20))
    entity: Mapped[str] = mapped_column(String(ENTITY_NAME))
    source: Mapped[UUID | None]
    first_id: Mapped[UUID]
    last_id: Mapped[UUID]
    size: Mapped[int]
    records: Mapped[dict[str, Any]] = mapped_column(Json())
    at: Mapped[datetime]

    __table_args__ = (
        Index(None, "kind", "entity", "first_id"),
        Index(None, "source"),
        CheckConstraint("size >= 1", name="size"),
    )


class LoginAttempt(Base):
    """A log-in that was tried, by its log-in name whether or not there is such a user."""

    __tablename__ = "core_login_attempt"

    id: Mapped[int] = mapped_column(SEQUENCE, primary_key=True, autoincrement=True)
    login: Mapped[str] = mapped_column(String(80))
    ip: Mapped[str | None] = mapped_column(String(45))
    at: Mapped[datetime] = mapped_column(index=True)
    succeeded: Mapped[bool]

    __table_args__ = (Index(None, "login", "at"), Index(None, "ip", "at"))
