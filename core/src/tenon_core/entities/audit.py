"""The audit trail: what was changed by whom, sealed in a chain of blocks.

Tables that grow with every write derive from `Base` itself, here and in `facts.py`, `system.py`
and `duplicates.py`: rows are written once by core, have no API, and need none of the columns that
an `Entity` carries.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from tenon_core.entities.people import ENTITY_NAME
from tenon_sdk.entities import Base
from tenon_sdk.types import Json

SEQUENCE = BigInteger().with_variant(Integer(), "sqlite")


class AuditEntry(Base):
    """One change of one record, or one act without a record such as a log-in.

    `seq` only ever rises. `changes` is `{field: [old, new]}` in JSON values; fields that are
    internal are named with `null` for both. `actor_name` is what the actor was called at the
    time; `on_behalf_of` the user she stood in for; `reason` why rights were raised.
    """

    __tablename__ = "core_audit_entry"

    seq: Mapped[int] = mapped_column(SEQUENCE, primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str | None] = mapped_column(String(120))
    on_behalf_of: Mapped[UUID | None]
    origin: Mapped[str] = mapped_column(String(20))
    ip: Mapped[str | None] = mapped_column(String(45))
    request_id: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str | None] = mapped_column(String(300))
    action: Mapped[str] = mapped_column(String(60))
    entity: Mapped[str | None] = mapped_column(String(ENTITY_NAME))
    record_id: Mapped[UUID | None]
    changes: Mapped[dict[str, Any]] = mapped_column(Json(), default=dict)

    __table_args__ = (
        Index(None, "entity", "record_id", "at", "seq"),
        Index(None, "actor_id", "at"),
        Index(None, "at"),
        {"sqlite_autoincrement": True},
    )


class AuditBlock(Base):
    """A seal over the entries from `from_seq` to `to_seq`, both included.

    `digest` is the SHA-256 in hexadecimal over the other columns, among them the digest of the
    block before (`previous`, empty for the first), and the `count` entries, so that no entry
    sealed can be changed, taken out or put in without every later digest changing.
    """

    __tablename__ = "core_audit_block"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    from_seq: Mapped[int] = mapped_column(BigInteger(), unique=True)
    to_seq: Mapped[int] = mapped_column(BigInteger(), unique=True)
    count: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    previous: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("count >= 1 AND count <= to_seq - from_seq + 1", name="count"),
        CheckConstraint("number >= 1 AND (number = 1) = (previous = '')", name="chained"),
    )
