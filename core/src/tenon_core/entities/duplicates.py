"""Duplicates and merges of any entity.

The ids here are plain values: a merge must not repoint what tells about merges.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenon_core.entities.people import ENTITY_NAME
from tenon_sdk.entities import Base, Entity, choice, field
from tenon_sdk.text import _
from tenon_sdk.types import Exact, Guid

PAIR_STATES = (
    ("open", _("Open")),
    ("merged", _("Merged")),
    ("dismissed", _("Not the same")),
)


class DuplicateKey(Base):
    """A blocking key of a record: only records that share one are compared."""

    __tablename__ = "core_duplicate_key"

    entity: Mapped[str] = mapped_column(String(ENTITY_NAME), primary_key=True)
    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    record_id: Mapped[UUID] = mapped_column(primary_key=True)

    __table_args__ = (Index(None, "entity", "record_id"),)


class DuplicatePair(
    Entity,
    name="core.duplicate_pair",
    label=_("Possible duplicate"),
    plural=_("Possible duplicates"),
    title="score",
    subtitle="state",
    icon="copy",
    search=False,
):
    """Two records that look alike; `score` from 0 to 1, `reasons` per compared property.

    `first_id` is the lower of the two in text form, so that a pair stands here once.
    """

    entity: Mapped[str] = field(String(ENTITY_NAME), label=_("Kind of record"), system=True)
    first_id: Mapped[UUID] = field(Guid(), label=_("First record"), system=True)
    second_id: Mapped[UUID] = field(Guid(), label=_("Second record"), system=True)
    score: Mapped[Decimal] = field(Exact(5, 4), label=_("Score"), minimum=0, maximum=1, system=True)
    reasons: Mapped[list[Any]] = field(label=_("Reasons"), default=list, system=True)
    state: Mapped[str] = choice(PAIR_STATES, label=_("Status"), default="open")

    __table_args__ = (
        UniqueConstraint("entity", "first_id", "second_id"),
        CheckConstraint("first_id < second_id", name="in_order"),
        Index(None, "entity", "second_id"),
        Index(None, "entity", "state", "score"),
    )


class Merge(
    Entity,
    name="core.merge",
    label=_("Merge"),
    plural=_("Merges"),
    title="merged_title",
    subtitle="entity",
    icon="git-merge",
    internal=True,
):
    """One record merged into another; `journal` is what undoing it needs."""

    entity: Mapped[str] = field(String(ENTITY_NAME), label=_("Kind of record"))
    kept_id: Mapped[UUID] = field(Guid(), label=_("Kept record"))
    merged_id: Mapped[UUID] = field(Guid(), label=_("Merged record"))
    merged_title: Mapped[str] = field(String(300), label=_("Title"))
    journal: Mapped[dict[str, Any]] = field(label=_("Journal"), internal=True)
    undone_at: Mapped[datetime | None] = field(label=_("Undone at"))
    undone_by: Mapped[UUID | None] = field(Guid(), label=_("Undone by"))

    __table_args__ = (
        CheckConstraint("kept_id <> merged_id", name="two_records"),
        Index(None, "entity", "kept_id"),
        Index(None, "entity", "merged_id"),
    )
